// One plan: what it changes, what to know before, applied or not, and the way back to it.
import { Button, Field, makeStyles, Select, Text, tokens } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { api, failure, told } from "../api/client";
import { planQuery, routingQuery } from "../api/routing";
import type { Plan, PlanSummary } from "../api/types";
import { Age, Bones, Card, Code, Facts, H2, H3, Moment, Row, Who } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { Note, ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { useWords } from "../words";
import { Changes } from "./Changes";
import { compare, textOf, tidy } from "./routing";

const useStyles = makeStyles({ notes: { margin: 0, paddingInlineStart: "20px" }, pick: { width: "min(420px, 100%)" }, summary: { cursor: "pointer", width: "fit-content", padding: "6px 0", fontWeight: tokens.fontWeightSemibold }, text: { whiteSpace: "pre-line", overflowWrap: "anywhere" } });

interface Props {
  history: PlanSummary[];
  writes: boolean;
  onPlan: (plan: string | undefined) => void;
  onChanged: () => Promise<void>;
}

export function PlanCard({ id, ...rest }: Props & { id: string }) {
  const words = useWords();
  const query = useQuery(planQuery(id));
  return (
    <Card label={words.t("plan.title")}>
      {query.error && !query.data ? <ProblemView error={query.error} again={() => void query.refetch()} /> : !query.data ? <Bones /> : <OnePlan plan={query.data} {...rest} />}
    </Card>
  );
}

function OnePlan({ plan, history, writes, onPlan, onChanged }: Props & { plan: Plan }) {
  const s = useStyles();
  const words = useWords();
  const client = useQueryClient();
  const [comparing, setComparing] = useState(false);
  const path = { params: { path: { plan: plan.id } } };
  const apply = useMutation({
    mutationFn: () => told(api.POST("/v1/plans/{plan}/apply", path)),
    onSuccess: (done) => client.setQueryData(planQuery(plan.id).queryKey, done),
    onSettled: onChanged,
  });
  const again = useMutation({ mutationFn: () => told(api.POST("/v1/plans", { body: { resource: plan.resource, reason: plan.reason, document: plan.document } })), onSuccess: async (made) => { await onChanged(); onPlan(made.id); } });
  const back = useMutation({ mutationFn: () => told(api.POST("/v1/plans", { body: { resource: plan.resource, reason: words.t("plan.roll_back"), roll_back_to: plan.id } })), onSuccess: async (made) => { await onChanged(); onPlan(made.id); } });
  const to = history.find((p) => p.id === plan.rolls_back_to);
  const wasApplied = ["activating", "active", "replaced"].includes(plan.state);
  const error = apply.error ?? again.error ?? back.error;
  return (
    <>
      <Row>
        <H2>{words.t("plan.title")}</H2>
        <State state={apply.isPending ? "applying" : plan.state}>{words.t(`plan_state.${apply.isPending ? "applying" : plan.state}`)}</State>
        <Text>{plan.state === "planned" && plan.changes.length === 0 ? words.t("plan.nothing") : words.t("plan.changes", { count: plan.changes.length })}</Text>
      </Row>
      <Facts
        facts={[
          [words.t("plan.by"), <><Who actor={plan.author} name={plan.author_name} />, <Age at={plan.created_at} /></>],
          ...(plan.reason ? [[words.t("plan.reason"), plan.reason] as [string, string]] : []),
          ...(plan.rolls_back_to ? [[words.t("plan.rolls_back"), <Button key="to" size="small" onClick={() => onPlan(plan.rolls_back_to)}>{to ? `${words.when(to.created_at)} ${to.reason ?? ""}` : words.t("plan.earlier")}</Button>] as [string, ReactNode]] : []),
          ...(plan.applier ? [[words.t("plan.applied_by"), <><Who actor={plan.applier} name={plan.applier_name} />{plan.ended_at && <>, <Moment at={plan.ended_at} /></>}</>] as [string, ReactNode]] : []),
        ]}
      />
      {plan.state === "planned" && plan.changes.length > 0 && <Text>{words.t("plan.dry")}</Text>}
      {plan.state === "activating" && <Text role="status">{words.t("plan.activating")}</Text>}
      {plan.changes.length > 0 && <Changes changes={plan.changes} />}
      {plan.notes.length > 0 && plan.state === "planned" && !error && (
        <Note intent="warning" title={words.t("plan.notes")}>
          <ul className={s.notes}>{plan.notes.map((n) => <li key={n.code + n.text}><Text weight="semibold">{words.code("plan_note", n.code)}</Text>{": "}<span lang="en">{n.text}</span></li>)}</ul>
        </Note>
      )}
      {error && <ProblemView error={error} />}
      {error && words.code("problem", failure(error).problem.code, "") && <Text className={s.text} lang="en">{error.message}</Text>}
      {plan.state === "failed" && !error && <Note intent="error" title={words.t("plan.failed")}><span className={s.text} lang="en">{plan.error}</span></Note>}
      {writes && (
        <Row>
          {plan.state === "planned" && plan.changes.length > 0 && (
            <Confirm trigger={<Button appearance="primary" disabled={apply.isPending}>{words.t(apply.isPending ? "plan.applying" : "plan.apply")}</Button>} title={words.t("plan.apply_sure", { resource: plan.resource })} act={words.t("plan.apply")} onAct={() => apply.mutate()}>
              {words.t("plan.apply_effect")}
            </Confirm>
          )}
          {(plan.state === "failed" || (error && plan.state === "planned")) && <Button appearance="primary" title={words.t("plan.again_about")} disabled={again.isPending} onClick={() => again.mutate()}>{words.t("plan.again")}</Button>}
          {wasApplied && <Button disabled={back.isPending} onClick={() => back.mutate()}>{words.t("plan.roll_back")}</Button>}
          <Button appearance="subtle" onClick={() => onPlan(undefined)}>{words.t("plan.close")}</Button>
        </Row>
      )}
      <details onToggle={(e) => setComparing(e.currentTarget.open)}>
        <summary className={s.summary}>{words.t("plan.compare")}</summary>
        {comparing && <Comparison plan={plan} history={history} />}
      </details>
      <details>
        <summary className={s.summary}>{words.t("plan.document")}</summary>
        <Code title={`${plan.resource} · ${words.when(plan.created_at)}`} text={textOf(tidy(plan.document))} />
      </details>
    </>
  );
}

/** The difference between a plan and another one, or what the registry wants. */
function Comparison({ plan, history }: { plan: Plan; history: PlanSummary[] }) {
  const s = useStyles();
  const words = useWords();
  const [other, setOther] = useState("");
  const registry = useQuery(routingQuery(plan.resource));
  const there = useQuery(planQuery(other));
  const from = other ? there.data?.document : registry.data;
  const error = other ? there.error : registry.error;
  const changes = from && compare(from, plan.document);
  return (
    <>
      <Field className={s.pick} label={words.t("plan.compare")}>
        <Select value={other} onChange={(_, data) => setOther(data.value)}>
          <option value="">{words.t("plan.compare_registry")}</option>
          {history.filter((p) => p.id !== plan.id).map((p) => <option key={p.id} value={p.id}>{`${words.when(p.created_at)} · ${words.t(`plan_state.${p.state}`)} · ${p.reason ?? ""}`}</option>)}
        </Select>
      </Field>
      {error ? <ProblemView error={error} /> : !changes ? <Bones rows={2} /> : changes.length === 0 ? <Text role="status">{words.t("plan.compare_same")}</Text> : <><H3>{words.t("plan.from_there")}</H3><Changes changes={changes} /></>}
    </>
  );
}
