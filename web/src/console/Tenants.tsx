import { makeStyles, SearchBox, Text, ToggleButton } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { TenantState } from "../api/types";
import { tenantsQuery } from "../api/queries";
import { Age, Bones, Card, Empty, Row, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";
import { useStandings, type Standing } from "./standings";

const states: TenantState[] = ["invited", "onboarding", "active", "suspended", "offboarded"];

const useStyles = makeStyles({ box: { width: "100%", maxWidth: "420px" } });

export function TenantsPage() {
  const s = useStyles();
  const words = useWords();
  const navigate = useNavigate();
  const { q = "", state = "", find } = useSearch({ strict: false }) as { q?: string; state?: string; find?: boolean };
  const [text, setText] = useState(q);
  const box = useRef<HTMLInputElement>(null);
  const query = useInfiniteQuery(tenantsQuery);
  const all = query.data?.pages.flatMap((p) => p.items) ?? [];
  const rows = useStandings(all.filter((t) => (!state || t.state === state) && `${t.name} ${t.id} ${t.entra_tenant_id}`.toLowerCase().includes(q.toLowerCase())));
  const seeks = (q !== "" || state !== "") && rows.length < 50 && query.hasNextPage;
  const { fetchNextPage, isFetchingNextPage } = query;
  const filter = (next: { q?: string; state?: string }) => void navigate({ to: "/console/tenants", search: { q: q || undefined, state: state || undefined, ...next }, replace: true });

  // The API lists and does not search: pages are read until enough is found.
  useEffect(() => {
    if (seeks && !isFetchingNextPage) void fetchNextPage();
  }, [seeks, isFetchingNextPage, fetchNextPage]);
  useEffect(() => {
    if (find) box.current?.focus();
  }, [find]);
  // What is typed goes into the address when the hand rests.
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => void navigate({ to: "/console/tenants", search: { q: text || undefined, state: state || undefined }, replace: true }), 250);
    return () => clearTimeout(timer);
  }, [text, q, state, navigate]);

  return (
    <Stack>
      <Title>{words.t("console.tenants")}</Title>
      <Row>
        <SearchBox ref={box} className={s.box} aria-label={words.t("tenants.search")} placeholder={words.t("tenants.search")} value={text} onChange={(_, data) => setText(data.value)} />
        {states.map((x) => <ToggleButton key={x} size="small" checked={state === x} onClick={() => filter({ state: state === x ? undefined : x })}>{words.t(`tenant_state.${x}`)}</ToggleButton>)}
      </Row>
      {query.error && rows.length === 0 ? <ProblemView error={query.error} again={() => void query.refetch()} /> : query.isPending ? <Bones rows={10} /> : (
        <Card label={words.t("console.tenants")}>
          {rows.length === 0 ? seeks ? <Bones rows={6} /> : <Empty>{q || state ? words.t("tenants.none") : <>{words.t("tenants.empty")} <Link to="/console/invite">{words.t("console.invite")}</Link></>}</Empty> : (
            <>
              <Table<Standing>
                caption={words.t("console.tenants")} rows={rows} rowKey={(x) => x.tenant.id}
                more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} loading={query.isFetchingNextPage}
                columns={[
                  { id: "name", head: words.t("tenants.name"), cell: ({ tenant: t }) => <Link to="/console/tenants/$tenant" params={{ tenant: t.id }}>{t.name}</Link> },
                  { id: "state", head: words.t("tenants.state"), cell: ({ tenant: t }) => <State state={t.paused_at ? "paused" : t.state}>{words.code("tenant_state", t.paused_at ? "paused" : t.state)}</State> },
                  { id: "ready", head: words.t("tenants.ready"), cell: ({ readiness: r }) => (r ? <State state={r.state}>{words.code("list_state", r.state)}</State> : "") },
                  { id: "agents", head: words.t("tenants.agents"), numeric: true, cell: ({ readiness: r }) => (r?.agents.total ? words.t("home.of", { ready: r.agents.ready, total: r.agents.total }) : "") },
                  { id: "drift", head: words.t("tenants.drift"), numeric: true, cell: (x) => (x.drift ? <State state="failed">{words.number(x.drift)}</State> : "") },
                  { id: "region", head: words.t("tenants.region"), cell: ({ tenant: t }) => t.home_region },
                  { id: "changed", head: words.t("tenants.changed"), cell: ({ tenant: t }) => <Age at={t.changed_at ?? t.created_at} /> },
                ]}
              />
              <Text size={200}>{words.t("tenants.shown", { count: rows.length })}</Text>
            </>
          )}
        </Card>
      )}
    </Stack>
  );
}
