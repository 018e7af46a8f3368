// The home of a tenant that is through: state, people, drift, the stop switch.
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, told } from "../api/client";
import type { Track } from "../api/types";
import { readinessQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Bones, Card, H2, Row } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { CureView, ProblemView } from "../parts/problem";
import { ItemBadge } from "../parts/state";
import { useWords } from "../words";
import { TestUserCard } from "./TestUser";

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(320px, 100%), 1fr))", gap: "16px", alignItems: "start" },
  number: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold, fontVariantNumeric: "tabular-nums" },
  cure: { borderLeft: `3px solid ${tokens.colorPaletteRedBorder2}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "4px" },
});

export default function Home({ track }: { track: Track }) {
  const s = useStyles();
  const words = useWords();
  const session = useSession();
  const tenant = track.tenant.id;
  const query = useQuery(readinessQuery(tenant));
  const r = query.data;
  if (query.error && !r) return <ProblemView error={query.error} again={() => void query.refetch()} />;
  if (!r) return <Bones rows={8} />;
  // As the list of tenants counts: what was proved and does not hold any more. An
  // optional permission that nobody granted takes nothing away.
  const lost = track.steps.filter((x) => x.proved_at && x.state !== "done");

  return (
    <div className={s.grid}>
      <Card label={words.t("home.proof")}>
        <H2>{words.t("home.proof")}</H2>
        <Text>{words.t(lost.length ? "home.drift" : "home.no_drift", { count: lost.length })} {r.checked_at && <Age at={r.checked_at} />}</Text>
        <Row>{r.items.filter((i) => i.check !== "onboarding").map((i) => <ItemBadge key={i.name + (i.subject ?? "")} item={i} />)}</Row>
        {lost.map((x) => (
          <div key={x.id} className={s.cure}>
            <Text weight="semibold">{words.t(`step.${x.id}`)}: {x.problem ? words.code("problem", x.problem.code, x.problem.text) : words.code("step_state", x.state)}</Text>
            {x.problem?.cure && <CureView cure={x.problem.cure} />}
          </div>
        ))}
      </Card>
      <Card label={words.t("home.people")}>
        <H2>{words.t("home.people")}</H2>
        <span className={s.number}>{words.t("home.of", { ready: r.agents.ready, total: r.agents.total })}</span>
        <Text>{words.t("home.ready", { count: r.agents.total })}</Text>
        <Text size={200}>{words.t("agents.counts", { ready: r.agents.ready, not_ready: r.agents.not_ready, unchecked: r.agents.unchecked, total: r.agents.total })}{r.agents.paused > 0 && ` ${words.t("home.paused_people", { count: r.agents.paused })}`}</Text>
        <Link to="." search={(old: Record<string, unknown>) => ({ ...old, tab: "people", filter: r.agents.not_ready ? "not_ready" : undefined })}>{words.t(r.agents.not_ready ? "home.see_not_ready" : "home.see_people")}</Link>
      </Card>
      <Stop tenant={tenant} pausedAt={track.tenant.paused_at} writes={may(session, "onboarding.write")} />
      <TestUserCard tenant={tenant} />
    </div>
  );
}

function Stop({ tenant, pausedAt, writes }: { tenant: string; pausedAt?: string; writes: boolean }) {
  const words = useWords();
  const client = useQueryClient();
  const turn = useMutation({
    mutationFn: (what: "pause" | "resume") => {
      const params = { params: { path: { tenant } } };
      return told<unknown>(what === "pause" ? api.POST("/v1/tenants/{tenant}/pause", params) : api.POST("/v1/tenants/{tenant}/resume", params));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["tenant", tenant] }),
  });
  return (
    <Card label={words.t("stop.title")}>
      <H2>{words.t("stop.title")}</H2>
      <Text>{pausedAt ? <>{words.t("stop.paused")} <Age at={pausedAt} />.</> : words.t("stop.running")}</Text>
      {writes && (
        <Row>
          {pausedAt ? (
            <Button appearance="primary" disabled={turn.isPending} onClick={() => turn.mutate("resume")}>{words.t("stop.resume")}</Button>
          ) : (
            <Confirm trigger={<Button disabled={turn.isPending}>{words.t("stop.pause")}</Button>} title={words.t("stop.sure")} act={words.t("stop.pause")} onAct={() => turn.mutate("pause")}>
              {words.t("stop.effect")}
            </Confirm>
          )}
        </Row>
      )}
      {turn.error && <ProblemView error={turn.error} />}
    </Card>
  );
}
