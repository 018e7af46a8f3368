import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, told } from "../api/client";
import type { Step, TestCall } from "../api/types";
import { testCallQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Moment, Row, Stack } from "../parts/bits";
import { CureView, Note, ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { useWords } from "../words";
import { PersonPicker } from "./PersonPicker";

const useStyles = makeStyles({
  steps: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  raw: { color: tokens.colorNeutralForeground3 },
});

export default function TestCallStep({ tenant, step }: { tenant: string; step: Step }) {
  const words = useWords();
  const session = useSession();
  const navigate = useNavigate();
  const chosen = (useSearch({ strict: false }) as { call?: string }).call;
  // One that is going on is found also by who comes without its address.
  const call = chosen ?? (step.state === "waiting" ? step.evidence.find((e) => e.name === "test_call")?.subject : undefined);
  const [other, setOther] = useState(false);
  const start = useMutation({
    mutationFn: (body: { oid: string; name: string }) => told(api.POST("/v1/tenants/{tenant}/test-calls", { params: { path: { tenant } }, body })),
    // The call is in the address: it is found again after a reload.
    onSuccess: (made) => navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, call: made.call }), replace: true }),
  });
  const me = session?.tenant ? session.person : undefined;

  return (
    <Stack>
      <Text>{words.t("test_call.intro")}</Text>
      <Row>
        {me && <Button appearance={step.state === "done" ? "secondary" : "primary"} disabled={start.isPending} onClick={() => start.mutate({ oid: me.oid, name: me.name })}>{words.t("test_call.me")}</Button>}
        {me && !other && <Button onClick={() => setOther(true)}>{words.t("test_call.other")}</Button>}
      </Row>
      {(other || !me) && (
        <PersonPicker tenant={tenant} label={words.t("test_call.pick")} hint={words.t("test_call.pick_hint")} busy={start.isPending} act={() => words.t("federation.ring")} onPick={(p) => start.mutate({ oid: p.oid, name: p.name })} />
      )}
      {start.error && <ProblemView error={start.error} />}
      {call && <CallView tenant={tenant} call={call} />}
      <Text size={200}>{words.t("test_call.about")}</Text>
    </Stack>
  );
}

function CallView({ tenant, call }: { tenant: string; call: string }) {
  const client = useQueryClient();
  const query = useQuery(testCallQuery(tenant, call));
  const over = query.data?.over ?? false;
  const words = useWords();
  const writes = may(useSession(), "onboarding.write");
  const hangUp = useMutation({
    mutationFn: () => told(api.POST("/v1/tenants/{tenant}/test-calls/{call}/hangup", { params: { path: { tenant, call } } })),
    onSettled: () => client.invalidateQueries({ queryKey: testCallQuery(tenant, call).queryKey }),
  });
  useEffect(() => {
    if (over) void client.invalidateQueries({ queryKey: ["tenant", tenant, "track"] });
  }, [over, client, tenant]);
  if (query.error && !query.data) return <ProblemView error={query.error} again={() => void query.refetch()} />;
  if (!query.data) return null;
  return (
    <Stack>
      <CallSteps call={query.data} />
      {!over && writes && <Row><Button disabled={hangUp.isPending} onClick={() => hangUp.mutate()}>{words.t("test_call.hang_up")}</Button></Row>}
      {!over && hangUp.error && <ProblemView error={hangUp.error} />}
    </Stack>
  );
}

function CallSteps({ call }: { call: TestCall }) {
  const s = useStyles();
  const words = useWords();
  const good = call.verdict === "authorised" || call.verdict === "answered";
  return (
    <Stack>
      <ol className={s.steps} aria-live="polite" aria-label={words.t("test_call.steps")}>
        {call.steps.map((step) => (
          <li key={step.at + step.state}>
            <Row><Moment at={step.at} /> <State state={step.state}>{words.code("call_state", step.state)}</State></Row>
            {step.message && <Text size={200} className={s.raw}>{words.t("federation.said", { code: `${step.code ?? 0}/${step.sub_code ?? 0}`, message: step.message })}</Text>}
          </li>
        ))}
      </ol>
      {call.over && (
        <Note intent={good ? "success" : "warning"} title={words.code("call_verdict", call.verdict ?? "", words.t("call_verdict.other"))}>
          {!good && call.cure && <CureView cure={call.cure} />}
        </Note>
      )}
    </Stack>
  );
}
