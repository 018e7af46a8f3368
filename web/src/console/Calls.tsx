// Calls, live and past, found by id, digits, tenant, result and day. The address has it all.
import { Button, Field, Input, makeStyles, SearchBox, Select, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { callsQuery, type CallFilter } from "../api/queries";
import type { Call } from "../api/types";
import { Card, Moment, Row, Stack, Title } from "../parts/bits";
import { Listed, rowsOf } from "../parts/Listed";
import { State } from "../parts/state";
import { useWords } from "../words";
import { TenantPicker } from "./TenantPicker";

const useStyles = makeStyles({ find: { display: "flex", flexWrap: "wrap", gap: "12px", alignItems: "flex-end" }, box: { minWidth: "min(320px, 100%)" } });

const results = ["completed", "unanswered", "abandoned", "cancelled", "failed"] as const;
const resultTone: Record<string, string> = { completed: "ok", failed: "failed", unanswered: "doubtful", abandoned: "doubtful" };
const isCall = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function CallsPage() {
  const s = useStyles();
  const words = useWords();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as CallFilter & { tenant_name?: string };
  const ending = String(search.ending ?? "");
  const [text, setText] = useState(ending); // in the box
  const [seen, setSeen] = useState(ending); // in the address
  const query = useInfiniteQuery(callsQuery(search));
  const rows = rowsOf(query);
  const narrow = (change: Partial<CallFilter & { tenant_name?: string }>) => void navigate({ to: "/console/calls", search: { ...search, ...change }, replace: true });
  // What comes into the address by another way (back, a link) goes into the box.
  if (ending !== seen) {
    setSeen(ending);
    setText(ending);
  }
  const digits = text.replace(/[^0-9]/g, "");
  const wrong = text.trim() !== "" && !isCall.test(text.trim()) && (digits.length < 3 || digits.length > 15);
  const find = () => {
    if (isCall.test(text.trim())) void navigate({ to: "/console/calls/$call", params: { call: text.trim().toLowerCase() } });
    else if (!wrong) narrow({ ending: digits || undefined });
  };
  return (
    <Stack>
      <Title>{words.t("console.calls")}</Title>
      <form className={s.find} role="search" onSubmit={(e) => { e.preventDefault(); find(); }}>
        <Field className={s.box} label={words.t("calls.find")} hint={words.t("calls.find_hint")} validationMessage={wrong ? words.t("calls.find_wrong") : undefined}>
          <SearchBox value={text} onChange={(_, data) => { setText(data.value); if (data.value === "") narrow({ ending: undefined }); }} />
        </Field>
        <Field label={words.t("calls.result")}>
          <Select value={search.result ?? ""} onChange={(_, data) => narrow({ result: (data.value || undefined) as CallFilter["result"] })}>
            <option value="">{words.t("calls.any")}</option>
            {results.map((r) => <option key={r} value={r}>{words.code("call_result", r)}</option>)}
          </Select>
        </Field>
        <Field label={words.t("calls.day")}><Input type="date" value={search.day ?? ""} onChange={(_, data) => narrow({ day: data.value || undefined })} /></Field>
        <Button type="submit" disabled={wrong}>{words.t("calls.search")}</Button>
      </form>
      <TenantPicker label={words.t("keys.tenant")} hint={words.t("calls.tenant_hint")} none={words.t("overview.all")} chosen={search.tenant ? { id: search.tenant, name: search.tenant_name ?? search.tenant } : undefined} onChoose={(t) => narrow({ tenant: t?.id, tenant_name: t?.name })} />
      <Card label={words.t("console.calls")}>
        <Listed<Call>
          query={query} caption={words.t("console.calls")} empty={words.t("calls.empty")} rowKey={(c) => c.id}
          columns={[
            { id: "started", head: words.t("calls.started"), short: true, cell: (c) => <Link to="/console/calls/$call" params={{ call: c.id }}><Moment at={c.started_at} /></Link> },
            { id: "direction", head: words.t("calls.direction"), cell: (c) => words.code("direction", c.direction) },
            { id: "caller", head: words.t("calls.caller"), cell: (c) => (c.caller === "anonymous" ? words.t("calls.anonymous") : c.caller) },
            { id: "number", head: words.t("calls.number"), cell: (c) => c.number ?? c.called ?? "" },
            { id: "result", head: words.t("calls.result"), cell: (c) => (c.ending ? <State state={resultTone[c.ending.result] ?? "subtle"}>{words.code("call_result", c.ending.result)}</State> : <State state="running">{words.code("call_phase", c.phase)}</State>) },
            { id: "fault", head: words.t("calls.fault"), cell: (c) => (c.ending && c.ending.fault !== "none" ? words.code("party", c.ending.fault) : "") },
            { id: "tenant", head: words.t("keys.tenant"), cell: (c) => <Link to="/console/tenants/$tenant" params={{ tenant: c.tenant }}>{c.tenant_name ?? c.tenant}</Link> },
          ]}
        />
      </Card>
      {rows.length > 0 && <Row><Text size={200}>{words.t("calls.shown", { count: rows.length })}</Text></Row>}
    </Stack>
  );
}
