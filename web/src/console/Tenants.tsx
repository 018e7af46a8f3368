import { makeStyles, SearchBox, Text, ToggleButton } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Tenant, TenantState } from "../api/draft";
import { tenantsQuery } from "../api/queries";
import { Age, Bones, Card, Empty, Row, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";

const states: TenantState[] = ["invited", "onboarding", "active", "suspended", "offboarded"];

const useStyles = makeStyles({ box: { width: "100%", maxWidth: "420px" } });

export function TenantsPage() {
  const s = useStyles();
  const words = useWords();
  const navigate = useNavigate();
  const { q = "", state = "", find } = useSearch({ strict: false }) as { q?: string; state?: string; find?: boolean };
  const [text, setText] = useState(q);
  const box = useRef<HTMLInputElement>(null);
  const query = useInfiniteQuery(tenantsQuery(q, state));
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const filter = (next: { q?: string; state?: string }) => void navigate({ to: "/console/tenants", search: { q: q || undefined, state: state || undefined, ...next }, replace: true });

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
          {rows.length === 0 ? <Empty>{q || state ? words.t("tenants.none") : <>{words.t("tenants.empty")} <Link to="/console/invite">{words.t("console.invite")}</Link></>}</Empty> : (
            <>
              <Table<Tenant>
                caption={words.t("console.tenants")} rows={rows} rowKey={(t) => t.id}
                more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} loading={query.isFetchingNextPage}
                columns={[
                  { id: "name", head: words.t("tenants.name"), cell: (t) => <Link to="/console/tenants/$tenant" params={{ tenant: t.id }}>{t.name}</Link> },
                  { id: "state", head: words.t("tenants.state"), cell: (t) => <State state={t.paused_at ? "paused" : t.state}>{words.code("tenant_state", t.paused_at ? "paused" : t.state)}</State> },
                  { id: "ready", head: words.t("tenants.ready"), cell: (t) => (t.track ? <State state={t.track}>{words.code("list_state", t.track)}</State> : "") },
                  { id: "next", head: words.t("tenants.next"), cell: (t) => (t.next ? words.t(`step.${t.next}`) : "") },
                  { id: "agents", head: words.t("tenants.agents"), numeric: true, cell: (t) => (t.agents?.total ? words.t("home.of", { ready: t.agents.ready, total: t.agents.total }) : "") },
                  { id: "drift", head: words.t("tenants.drift"), numeric: true, cell: (t) => (t.drift ? <State state="failed">{words.number(t.drift)}</State> : "") },
                  { id: "region", head: words.t("tenants.region"), cell: (t) => t.home_region },
                  { id: "changed", head: words.t("tenants.changed"), cell: (t) => <Age at={t.changed_at} /> },
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
