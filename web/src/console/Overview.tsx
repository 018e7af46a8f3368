// Who needs somebody? Everything here is a link to where it is cured.
import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { TenantRow, TenantSummary } from "../api/types";
import { summaryQuery, tenantsQuery } from "../api/queries";
import { Age, Bones, Card, Empty, H2, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { Table } from "../parts/Table";
import { useWords } from "../words";
import { DoctorNote } from "./Doctor";
import { standingColumns } from "./Standing";

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(460px, 100%), 1fr))", gap: "16px", alignItems: "start" },
  counts: { listStyleType: "none", margin: 0, padding: 0, display: "flex", flexWrap: "wrap", gap: "8px 32px" },
  count: { display: "flex", flexDirection: "column" },
  number: { fontSize: tokens.fontSizeBase600, lineHeight: tokens.lineHeightBase600, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
});

const few = 12;
const entering = { state: ["invited", "onboarding"] as const };

export function OverviewPage() {
  const s = useStyles();
  const words = useWords();
  const query = useQuery(summaryQuery(few));
  const all = query.data;
  return (
    <Stack>
      <div>
        <Title>{words.t("console.overview")}</Title>
        {all && <Text><span role="status">{all.attention ? words.t("overview.need", { count: all.attention }) : words.t("overview.fine")}</span> {words.t("time.checked")} <Age at={new Date(query.dataUpdatedAt).toISOString()} /></Text>}
      </div>
      <DoctorNote />
      {query.error && !all && <ProblemView error={query.error} again={() => void query.refetch()} />}
      {!all && !query.error && <Bones rows={8} />}
      {all && all.total === 0 && <Empty>{words.t("tenants.empty")} <Link to="/console/invite">{words.t("console.invite")}</Link></Empty>}
      {all && all.total > 0 && (
        <>
          <Counts all={all} />
          <div className={s.grid}>
            <Card label={words.t("overview.needy")}>
              <H2>{words.t("overview.needy")}</H2>
              {all.needy.length ? <Few tenants={all.needy} all={all.attention} search={{ attention: true }} /> : <Empty>{words.t("overview.needy_none")}</Empty>}
            </Card>
            <Entering count={all.states.invited + all.states.onboarding} />
          </div>
        </>
      )}
    </Stack>
  );
}

/** How many there are of each kind, and the way to them. */
function Counts({ all }: { all: TenantSummary }) {
  const s = useStyles();
  const words = useWords();
  const count = (label: string, n: number, search: Record<string, unknown>): ReactNode => (
    <li key={label} className={s.count}><span className={s.number}>{words.number(n)}</span><Link to="/console/tenants" search={search}>{label}</Link></li>
  );
  return (
    <Card label={words.t("console.tenants")}>
      <ul className={s.counts}>
        {count(words.t("overview.all"), all.total, {})}
        {(["invited", "onboarding", "active", "suspended"] as const).map((x) => count(words.t(`tenant_state.${x}`), all.states[x], { state: x }))}
        {(["ready", "needs_other", "waiting", "paused"] as const).map((x) => count(words.t(`list_state.${x}`), all.standings[x], { standing: x }))}
        {count(words.t("tenants.drift"), all.drift, { drift: true })}
      </ul>
    </Card>
  );
}

function Entering({ count }: { count: number }) {
  const words = useWords();
  const query = useInfiniteQuery(tenantsQuery({ state: [...entering.state] }, few));
  const tenants = query.data?.pages[0]?.items;
  return (
    <Card label={words.t("overview.onboarding")}>
      <H2>{words.t("overview.onboarding")}</H2>
      {!tenants ? query.error ? <ProblemView error={query.error} again={() => void query.refetch()} /> : <Bones /> : tenants.length ? <Few tenants={tenants} all={count} search={{ state: entering.state.join(",") }} /> : (
        <Empty>{words.t("overview.onboarding_none")} <Link to="/console/invite">{words.t("console.invite")}</Link></Empty>
      )}
    </Card>
  );
}

function Few({ tenants, all, search }: { tenants: TenantRow[]; all: number; search: Record<string, unknown> }) {
  const words = useWords();
  const columns = standingColumns(words);
  return (
    <>
      <Table<TenantRow> caption={words.t("console.tenants")} rows={tenants} rowKey={(t) => t.id} columns={[columns.name, columns.stands, columns.drift]} />
      {all > tenants.length && <Link to="/console/tenants" search={search}>{words.t("overview.rest", { count: all })}</Link>}
    </>
  );
}
