// Who needs somebody? Everything here is a link to where it is cured.
import { makeStyles, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Tenant } from "../api/draft";
import { tenantsQuery } from "../api/queries";
import { Age, Bones, Card, Empty, H2, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";

const useStyles = makeStyles({ grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(460px, 100%), 1fr))", gap: "16px", alignItems: "start" } });

export function OverviewPage() {
  const s = useStyles();
  const words = useWords();
  const query = useInfiniteQuery(tenantsQuery("", ""));
  const tenants = query.data?.pages.flatMap((p) => p.items);
  const needy = tenants?.filter((t) => (t.drift ?? 0) > 0 || t.track === "blocked" || (t.state === "active" && t.track !== undefined && t.track !== "ready")) ?? [];
  const under = tenants?.filter((t) => t.state === "invited" || t.state === "onboarding") ?? [];
  return (
    <Stack>
      <div>
        <Title>{words.t("console.overview")}</Title>
        {tenants && <Text role="status">{needy.length ? words.t("overview.need", { count: needy.length }) : words.t("overview.fine")} {query.dataUpdatedAt > 0 && <Age at={new Date(query.dataUpdatedAt).toISOString()} />}</Text>}
      </div>
      {query.error && !tenants && <ProblemView error={query.error} again={() => void query.refetch()} />}
      {!tenants && !query.error && <Bones rows={8} />}
      {tenants && (
        <div className={s.grid}>
          <Card label={words.t("overview.needy")}>
            <H2>{words.t("overview.needy")}</H2>
            {needy.length ? <Few tenants={needy} /> : <Empty>{words.t("overview.needy_none")}</Empty>}
          </Card>
          <Card label={words.t("overview.onboarding")}>
            <H2>{words.t("overview.onboarding")}</H2>
            {under.length ? <Few tenants={under} /> : <Empty>{words.t("overview.onboarding_none")} <Link to="/console/invite">{words.t("console.invite")}</Link></Empty>}
          </Card>
        </div>
      )}
      {query.hasNextPage && <Text size={200}>{words.t("overview.first", { count: tenants?.length ?? 0 })}</Text>}
    </Stack>
  );
}

function Few({ tenants }: { tenants: Tenant[] }) {
  const words = useWords();
  return (
    <Table<Tenant>
      caption={words.t("console.tenants")} rows={tenants.slice(0, 12)} rowKey={(t) => t.id}
      columns={[
        { id: "name", head: words.t("tenants.name"), cell: (t) => <Link to="/console/tenants/$tenant" params={{ tenant: t.id }} search={t.next ? { tab: "steps", step: t.next } : {}}>{t.name}</Link> },
        { id: "state", head: words.t("tenants.state"), cell: (t) => <State state={t.track ?? t.state}>{t.track ? words.code("list_state", t.track) : words.code("tenant_state", t.state)}</State> },
        { id: "next", head: words.t("tenants.next"), cell: (t) => (t.next ? words.t(`step.${t.next}`) : "") },
        { id: "since", head: words.t("tenants.changed"), cell: (t) => <Age at={t.changed_at} /> },
      ]}
    />
  );
}
