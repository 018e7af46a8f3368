import { makeStyles, SearchBox, Text, ToggleButton } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { StandingState, TenantRow, TenantState } from "../api/types";
import { tenantsQuery } from "../api/queries";
import { Age, Card, Row, Stack, Title } from "../parts/bits";
import { Listed, rowsOf } from "../parts/Listed";
import { State } from "../parts/state";
import { useWords } from "../words";
import { standingColumns } from "./Standing";

const states: TenantState[] = ["invited", "onboarding", "active", "suspended", "offboarded"];
const standings: StandingState[] = ["ready", "needs_other", "waiting", "paused", "blocked"];

const useStyles = makeStyles({ box: { width: "100%", maxWidth: "420px" } });

/** Several values in one parameter of the address, so that it can be read. */
const among = <T extends string>(all: T[], given: unknown) => all.filter((x) => String(given ?? "").split(",").includes(x));
const turned = <T extends string>(on: T[], x: T) => (on.includes(x) ? on.filter((y) => y !== x) : [...on, x]).join(",") || undefined;

export function TenantsPage() {
  const s = useStyles();
  const words = useWords();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<"q" | "state" | "standing" | "attention" | "drift" | "find", unknown>;
  const q = String(search.q ?? "");
  const state = among(states, search.state);
  const standing = among(standings, search.standing);
  const attention = search.attention === true;
  const drift = search.drift === true;
  const [text, setText] = useState(q); // in the box
  const [sent, setSent] = useState(q); // by us into the address
  const [seen, setSeen] = useState(q); // there
  const box = useRef<HTMLInputElement>(null);
  const query = useInfiniteQuery(tenantsQuery({ q, state, standing, attention, drift }));
  const rows = rowsOf(query);
  const filtered = q !== "" || state.length + standing.length > 0 || attention || drift;
  const filter = (next: Record<string, unknown>) => void navigate({ to: "/console/tenants", search: (old: Record<string, unknown>) => ({ ...old, find: undefined, ...next }), replace: true });
  const columns = standingColumns(words);

  // What comes into the address by another way (back, a link) goes into the box.
  if (q !== seen) {
    setSeen(q);
    if (q !== sent) {
      setSent(q);
      setText(q);
    }
  }
  useEffect(() => {
    if (search.find) box.current?.focus();
  }, [search.find]);
  // What is typed goes into the address when the hand rests.
  useEffect(() => {
    if (text === sent) return;
    const timer = setTimeout(() => {
      setSent(text);
      void navigate({ to: "/console/tenants", search: (old: Record<string, unknown>) => ({ ...old, q: text || undefined, find: undefined }), replace: true });
    }, 250);
    return () => clearTimeout(timer);
  }, [text, sent, navigate]);

  return (
    <Stack>
      <Title>{words.t("console.tenants")}</Title>
      <Row>
        <SearchBox ref={box} className={s.box} aria-label={words.t("tenants.search")} placeholder={words.t("tenants.search")} value={text} onChange={(_, data) => setText(data.value)} />
        <ToggleButton size="small" checked={attention} onClick={() => filter({ attention: attention ? undefined : true })}>{words.t("overview.needy")}</ToggleButton>
        <ToggleButton size="small" checked={drift} onClick={() => filter({ drift: drift ? undefined : true })}>{words.t("tenants.drift")}</ToggleButton>
      </Row>
      <div role="group" aria-label={words.t("tenants.state")}>
        <Row>{states.map((x) => <ToggleButton key={x} size="small" checked={state.includes(x)} onClick={() => filter({ state: turned(state, x) })}>{words.t(`tenant_state.${x}`)}</ToggleButton>)}</Row>
      </div>
      <div role="group" aria-label={words.t("tenants.ready")}>
        <Row>{standings.map((x) => <ToggleButton key={x} size="small" checked={standing.includes(x)} onClick={() => filter({ standing: turned(standing, x) })}>{words.t(`list_state.${x}`)}</ToggleButton>)}</Row>
      </div>
      <Card label={words.t("console.tenants")}>
        <Listed<TenantRow>
          query={query} caption={words.t("console.tenants")} rowKey={(t) => t.id}
          empty={filtered ? words.t("tenants.none") : <>{words.t("tenants.empty")} <Link to="/console/invite">{words.t("console.invite")}</Link></>}
          columns={[
            columns.name,
            { id: "state", head: words.t("tenants.state"), cell: (t) => <State state={t.paused_at ? "paused" : t.state}>{words.code("tenant_state", t.paused_at ? "paused" : t.state)}</State> },
            columns.stands, columns.agents, columns.drift,
            { id: "region", head: words.t("tenants.region"), cell: (t) => t.home_region },
            { id: "changed", head: words.t("tenants.changed"), cell: (t) => <Age at={t.changed_at ?? t.created_at} /> },
          ]}
        />
        {query.data && <Text size={200} role="status">{query.isPlaceholderData ? words.t("do.loading") : words.t("tenants.shown", { count: rows.length })}</Text>}
      </Card>
    </Stack>
  );
}
