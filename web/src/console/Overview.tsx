// Who needs somebody? Everything here is a link to where it is cured.
import { makeStyles, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { tenantsQuery } from "../api/queries";
import { Age, Bones, Card, Empty, H2, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";
import { useStandings, type Standing } from "./standings";

const useStyles = makeStyles({ grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(460px, 100%), 1fr))", gap: "16px", alignItems: "start" } });

export function OverviewPage() {
  const s = useStyles();
  const words = useWords();
  const query = useInfiniteQuery(tenantsQuery);
  const tenants = query.data?.pages.flatMap((p) => p.items);
  const standings = useStandings(tenants ?? []);
  const looking = standings.some((x) => x.tenant.state === "active" && !x.readiness);
  const needy = standings.filter((x) => x.drift > 0 || x.tenant.state === "suspended" || (x.tenant.state === "active" && x.readiness && x.readiness.state !== "ready"));
  const under = standings.filter((x) => x.tenant.state === "invited" || x.tenant.state === "onboarding");
  return (
    <Stack>
      <div>
        <Title>{words.t("console.overview")}</Title>
        {tenants && <Text role="status">{needy.length ? words.t("overview.need", { count: needy.length }) : words.t(looking ? "overview.looking" : "overview.fine")} {query.dataUpdatedAt > 0 && <Age at={new Date(query.dataUpdatedAt).toISOString()} />}</Text>}
      </div>
      {query.error && !tenants && <ProblemView error={query.error} again={() => void query.refetch()} />}
      {!tenants && !query.error && <Bones rows={8} />}
      {tenants && (
        <div className={s.grid}>
          <Card label={words.t("overview.needy")}>
            <H2>{words.t("overview.needy")}</H2>
            {needy.length ? <Few standings={needy} /> : looking ? <Bones /> : <Empty>{words.t("overview.needy_none")}</Empty>}
          </Card>
          <Card label={words.t("overview.onboarding")}>
            <H2>{words.t("overview.onboarding")}</H2>
            {under.length ? <Few standings={under} /> : <Empty>{words.t("overview.onboarding_none")} <Link to="/console/invite">{words.t("console.invite")}</Link></Empty>}
          </Card>
        </div>
      )}
      {query.hasNextPage && <Text size={200}>{words.t("overview.first", { count: tenants?.length ?? 0 })}</Text>}
    </Stack>
  );
}

function Few({ standings }: { standings: Standing[] }) {
  const words = useWords();
  return (
    <Table<Standing>
      caption={words.t("console.tenants")} rows={standings.slice(0, 12)} rowKey={(x) => x.tenant.id}
      columns={[
        { id: "name", head: words.t("tenants.name"), cell: ({ tenant: t }) => <Link to="/console/tenants/$tenant" params={{ tenant: t.id }}>{t.name}</Link> },
        { id: "state", head: words.t("tenants.state"), cell: ({ tenant: t, readiness }) => <State state={readiness?.state ?? t.state}>{readiness ? words.code("list_state", readiness.state) : words.code("tenant_state", t.state)}</State> },
        { id: "drift", head: words.t("tenants.drift"), numeric: true, cell: (x) => (x.drift ? <State state="failed">{words.number(x.drift)}</State> : "") },
        { id: "since", head: words.t("tenants.changed"), cell: ({ tenant: t }) => <Age at={t.changed_at ?? t.created_at} /> },
      ]}
    />
  );
}
