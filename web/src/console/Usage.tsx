// What each tenant's calls come to, month by month: what a provider invoices by.
import { Button, Field, Input, makeStyles, Text } from "@fluentui/react-components";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { usageQuery } from "../api/queries";
import { useSaved } from "../api/save";
import type { Usage } from "../api/types";
import { Card, Row, Stack, Title } from "../parts/bits";
import { Listed, rowsOf } from "../parts/Listed";
import { ProblemView } from "../parts/problem";
import { useWords } from "../words";

const useStyles = makeStyles({ month: { maxWidth: "220px" } });

export function UsagePage() {
  const s = useStyles();
  const words = useWords();
  const navigate = useNavigate();
  const given = (useSearch({ strict: false }) as { month?: string }).month ?? "";
  const month = /^\d{4}-\d{2}$/.test(given) ? given : ""; // some browsers have a field for text in its place
  const usage = useInfiniteQuery(usageQuery(month));
  const save = useSaved(`/v1/usage.csv${month ? `?from=${month}&to=${month}` : ""}`, `usage${month ? `-${month}` : ""}.csv`);
  const rows = rowsOf(usage);
  const count = (id: "agents" | "calls" | "connected" | "minutes" | "people", of: (u: Usage) => number) => ({ id, head: words.t(`usage.${id}`), numeric: true, cell: (u: Usage) => words.number(of(u)) });
  return (
    <Stack>
      <Title>{words.t("console.usage")}</Title>
      <Text>{words.t("usage.about")}</Text>
      <Row>
        <Field label={words.t("usage.month")} hint={words.t("usage.month_hint")} className={s.month}>
          <Input type="month" value={given} onChange={(_, data) => void navigate({ to: "/console/usage", search: data.value ? { month: data.value } : {}, replace: true })} />
        </Field>
        <Button disabled={save.isPending || rows.length === 0} onClick={() => save.mutate()}>{words.t("audit.csv")}</Button>
      </Row>
      {save.error && <ProblemView error={save.error} />}
      <Card label={words.t("console.usage")}>
        <Listed<Usage>
          query={usage} caption={words.t("console.usage")} empty={words.t("usage.empty")} rowKey={(u) => `${u.month}/${u.tenant}`}
          columns={[
            { id: "month", head: words.t("usage.month"), cell: (u) => words.month(u.month), short: true },
            { id: "tenant", head: words.t("keys.tenant"), cell: (u) => <Link to="/console/tenants/$tenant" params={{ tenant: u.tenant }}>{u.tenant_name ?? u.tenant}</Link> },
            count("agents", (u) => u.agents),
            count("calls", (u) => u.inbound.calls + u.outbound.calls + u.guest.calls),
            count("connected", (u) => u.inbound.connected + u.outbound.connected + u.guest.connected),
            count("minutes", (u) => u.inbound.minutes + u.outbound.minutes + u.guest.minutes),
            count("people", (u) => Math.round((u.inbound.people_s + u.outbound.people_s + u.guest.people_s) / 60)),
          ]}
        />
      </Card>
    </Stack>
  );
}
