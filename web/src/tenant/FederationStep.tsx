import { Button, makeStyles, Switch, Text, tokens } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, told } from "../api/client";
import type { Federation, Person, Proof, Step } from "../api/types";
import { federationQuery, trackQuery, underWay } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Bones, Code, H3, Moment, Row, Stack } from "../parts/bits";
import { CureView, Note, ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { useWords } from "../words";
import { Handover } from "./Handover";
import { PersonPicker } from "./PersonPicker";

const useStyles = makeStyles({
  summary: { cursor: "pointer", padding: "6px 0", fontWeight: tokens.fontWeightSemibold },
  lines: { margin: "4px 0 0", display: "flex", flexDirection: "column", gap: "8px" },
  line: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere", whiteSpace: "pre-wrap" },
  means: { margin: "0 0 4px", color: tokens.colorNeutralForeground2 },
  attempts: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  attempt: { borderLeft: `3px solid ${tokens.colorNeutralStroke2}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "2px" },
  raw: { color: tokens.colorNeutralForeground3, fontVariantNumeric: "tabular-nums", overflowWrap: "anywhere" },
});

export default function FederationStep({ tenant, step, name }: { tenant: string; step: Step; name: string }) {
  const words = useWords();
  const client = useQueryClient();
  const session = useSession();
  const query = useQuery(federationQuery(tenant));
  const [ran, setRan] = useState(false);
  const [whatIf, setWhatIf] = useState(false);
  const learn = (document: Federation) => {
    setRan(false);
    client.setQueryData(federationQuery(tenant).queryKey, document);
    void client.invalidateQueries({ queryKey: trackQuery(tenant).queryKey });
  };
  const start = useMutation({
    mutationFn: (p: Pick<Person, "oid" | "name">) => told(api.POST("/v1/tenants/{tenant}/federation/check", { params: { path: { tenant } }, body: { oid: p.oid, name: p.name } })),
    onSuccess: learn,
  });
  const cancel = useMutation({
    mutationFn: () => told(api.DELETE("/v1/tenants/{tenant}/federation/check", { params: { path: { tenant } } })),
    onSuccess: learn,
    onError: () => void query.refetch(), // it has ended by itself
  });
  const f = query.data;
  if (query.error && !f) return <ProblemView error={query.error} again={() => void query.refetch()} />;
  if (!f) return <Bones />;
  const running = f.proofs.some(underWay);
  const me = session?.tenant ? session.person : undefined;
  const stop = running && may(session, "onboarding.write");

  return (
    <Stack>
      <Text>{words.t("federation.intro", { tenant: name })}</Text>
      {!step.viewer_can && step.state !== "done" && <Handover tenant={tenant} step={step} name={name} />}
      {f.proofs.length > 0 && <Proofs f={f} />}
      {stop && <Row><Button appearance="subtle" disabled={cancel.isPending} onClick={() => cancel.mutate()}>{words.t("federation.stop")}</Button></Row>}
      {cancel.error && <ProblemView error={cancel.error} />}
      {step.state !== "done" && <Text>{words.t("federation.run")}</Text>}
      <Code title={words.t(whatIf ? "federation.what_if" : "federation.script")} text={whatIf ? f.what_if : f.script} />
      <Switch checked={whatIf} onChange={(_, data) => setWhatIf(data.checked)} label={words.t("federation.what_if_switch")} />
      <Lines f={f} />
      {!running && (
        <Stack>
          {!ran && <Row><Button appearance={step.state === "done" || !step.viewer_can ? "secondary" : "primary"} onClick={() => setRan(true)}>{words.t(step.state === "done" ? "federation.again" : "federation.ran")}</Button></Row>}
          {ran && (
            <>
              {me && <Row><Button appearance="primary" disabled={start.isPending} onClick={() => start.mutate(me)}>{words.t("test_call.me")}</Button></Row>}
              <PersonPicker
                tenant={tenant} label={words.t(me ? "federation.pick_other" : "federation.pick")} hint={words.t("federation.pick_hint")} busy={start.isPending}
                act={() => words.t("federation.ring")} onPick={(p) => start.mutate(p)}
              />
            </>
          )}
          {start.error && <ProblemView error={start.error} />}
        </Stack>
      )}
      {step.viewer_can && step.state !== "done" && <Handover tenant={tenant} step={step} name={name} />}
    </Stack>
  );
}

function Lines({ f }: { f: Federation }) {
  const s = useStyles();
  const words = useWords();
  return (
    <>
      <details>
        <summary className={s.summary}>{words.t("federation.lines")}</summary>
        <dl className={s.lines}>
          {f.lines.map((l, i) => [
            <dt key={`t${i}`} className={s.line}>{l.text}</dt>,
            <dd key={`m${i}`} className={s.means}>{l.code && words.code("line", l.code, l.means)}</dd>,
          ])}
        </dl>
      </details>
      <details>
        <summary className={s.summary}>{words.t("federation.resources", { count: f.resources.length })}</summary>
        <dl className={s.lines}>
          {f.resources.map((r) => [
            <dt key={r.id}><Row><State state={r.state ?? ""}>{words.code("grant_state", r.state || "missing")}</State> <Text weight="semibold">{r.region} · {words.t(r.home ? "federation.home" : "federation.standby")}</Text></Row></dt>,
            <dd key={`${r.id} d`} className={s.means}><span className={s.line}>{r.immutable_id}</span> {r.checked_at && <Age at={r.checked_at} />}</dd>,
          ])}
        </dl>
      </details>
    </>
  );
}

/** The newest of each resource, the home region's first: what was before is over. */
function Proofs({ f }: { f: Federation }) {
  const words = useWords();
  const proofs = f.resources.flatMap((r) => f.proofs.find((p) => p.resource === r.id) ?? []);
  return (
    <Stack>
      <H3>{words.t("federation.proofs")}</H3>
      {proofs.map((p) => <ProofView key={p.id} proof={p} />)}
    </Stack>
  );
}

function ProofView({ proof }: { proof: Proof }) {
  const s = useStyles();
  const words = useWords();
  const running = underWay(proof);
  const verdict = proof.state === "ringing" ? "ringing" : (proof.verdict ?? proof.state);
  const newest = [...proof.attempts].reverse();
  return (
    <Stack>
      <div role="status" aria-live="polite">
        <Row>
          <State state={verdict}>{words.code("verdict", verdict)}</State>
          <Text>{words.t("federation.rings", { name: proof.name, resource: proof.resource })}</Text>
        </Row>
        {running && <Text size={200}>{proof.next_at ? <>{words.t("federation.next")} <Moment at={proof.next_at} />. </> : null}{words.t("federation.waiting")}</Text>}
      </div>
      {!running && proof.cure && <Note intent={verdict === "authorised" ? "success" : "warning"}><CureView cure={proof.cure} /></Note>}
      <ol className={s.attempts} aria-label={words.t("federation.attempts")}>
        {newest.slice(0, 8).map((a) => (
          <li key={a.at} className={s.attempt}>
            <Row><Moment at={a.at} /> <Text weight="semibold">{words.code("verdict", a.verdict ?? "ringing")}</Text></Row>
            {a.code !== undefined && <Text size={200} className={s.raw}>{words.t("federation.said", { code: `${a.code}/${a.sub_code ?? 0}`, message: a.message ?? "" })}</Text>}
          </li>
        ))}
      </ol>
      {newest.length > 8 && <Text size={200}>{words.t("federation.earlier", { count: newest.length - 8 })}</Text>}
    </Stack>
  );
}
