// How tenants stand, in the rows of a list.
import { Text } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";
import type { TenantRow } from "../api/types";
import { Age, Moment } from "../parts/bits";
import { State } from "../parts/state";
import type { Column } from "../parts/Table";
import { useWords, type Words } from "../words";

function Stands({ tenant: t }: { tenant: TenantRow }) {
  const words = useWords();
  const s = t.standing;
  if (!s) return null;
  const state = s.turn === "provider" && s.state === "needs_other" ? "needs_you" : s.state;
  return (
    <>
      <State state={state}>{state === "blocked" ? words.code("tenant_state", t.state) : words.code("list_state", state)}</State>
      {s.step && <Text size={200} block>{s.problem ? words.t("tenants.missing", { step: words.t(`step.${s.step}`), problem: words.code("problem", s.problem) }) : words.t(`step.${s.step}`)}</Text>}
      {s.state !== "ready" && <Text size={200} block>{words.t("tenants.since")} <Moment at={s.since} /></Text>}
    </>
  );
}

/** The columns that lists of tenants have in common. */
export const standingColumns = (words: Words): Record<"name" | "stands" | "agents" | "drift", Column<TenantRow>> => ({
  name: { id: "name", head: words.t("tenants.name"), cell: (t) => <Link to="/console/tenants/$tenant" params={{ tenant: t.id }}>{t.name}</Link> },
  stands: { id: "ready", head: words.t("tenants.ready"), cell: (t) => <Stands tenant={t} /> },
  agents: {
    id: "agents", head: words.t("tenants.agents"), numeric: true,
    cell: ({ standing: s }) => s && s.agents.total > 0 && (
      <>
        {words.t("home.of", { ready: s.agents.ready, total: s.agents.total })}
        {s.agents.not_ready > 0 && <div><Text size={200}>{words.t("tenants.not_ready", { count: s.agents.not_ready })}</Text></div>}
      </>
    ),
  },
  drift: { id: "drift", head: words.t("tenants.drift"), cell: ({ standing: s }) => s?.drift_since && <State state="failed"><Age at={s.drift_since} /></State> },
});
