import { Button, Checkbox, Field, Input, makeStyles, Switch, Text } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, told } from "../api/client";
import { eventTypesQuery } from "../api/live";
import type { Delivery, Webhook } from "../api/types";
import { deliveriesQuery, webhookQuery, webhooksQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Card, Code, H2, H3, Moment, Row, Stack, Title } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { Listed } from "../parts/Listed";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { useWords } from "../words";

const useStyles = makeStyles({ types: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(min(320px, 100%), 1fr))" } });

export function WebhooksPage() {
  const words = useWords();
  const client = useQueryClient();
  const writes = may(useSession(), "webhooks.write");
  const query = useInfiniteQuery(webhooksQuery);
  const { webhook = "" } = useSearch({ strict: false }) as { webhook?: string };
  const shown = useQuery(webhookQuery(webhook));
  const changed = () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: (id: string) => told(api.DELETE("/v1/webhooks/{webhook}", { params: { path: { webhook: id } } })),
    onSuccess: async (_, id) => {
      if (id === webhook) await navigate({ to: "/console/webhooks", search: {} });
      await changed();
    },
  });
  return (
    <Stack>
      <Title>{words.t("console.webhooks")}</Title>
      <Text>{words.t("webhooks.about")}</Text>
      {writes && <Create onMade={changed} />}
      {remove.error && <ProblemView error={remove.error} />}
      <Card label={words.t("webhooks.list")}>
        <H2>{words.t("webhooks.list")}</H2>
        <Listed<Webhook>
          query={query} caption={words.t("webhooks.list")} empty={words.t("webhooks.empty")} rowKey={(h) => h.id}
          columns={[
            { id: "url", head: words.t("webhooks.url"), cell: (h) => <Link to="/console/webhooks" search={{ webhook: h.id }}>{h.url}</Link> },
            { id: "tenant", head: words.t("keys.tenant"), cell: (h) => (h.tenant ? <Link to="/console/tenants/$tenant" params={{ tenant: h.tenant }}>{h.tenant_name ?? h.tenant}</Link> : words.t("keys.provider")) },
            { id: "what", head: words.t("webhooks.description"), cell: (h) => h.description ?? "" },
            { id: "types", head: words.t("webhooks.types"), cell: (h) => h.types.join(" ") || words.t("webhooks.all") },
            { id: "state", head: words.t("tenants.state"), cell: (h) => <State state={!h.enabled ? "failed" : h.failing_since ? "doubtful" : "ok"}>{!h.enabled ? words.code("webhook_off", h.disabled_reason ?? "asked") : h.failing_since ? <>{words.t("webhooks.failing")} <Age at={h.failing_since} /></> : words.t("webhooks.on")}</State> },
            { id: "do", head: words.t("tenants.do"), cell: (h) => writes && <Confirm trigger={<Button size="small" aria-label={`${words.t("webhooks.delete")}: ${h.url}`}>{words.t("webhooks.delete")}</Button>} title={words.t("webhooks.sure")} act={words.t("webhooks.delete")} onAct={() => remove.mutate(h.id)}>{words.t("webhooks.effect")}</Confirm> },
          ]}
        />
      </Card>
      {shown.error && <ProblemView error={shown.error} again={() => void shown.refetch()} />}
      {shown.data && writes && <Settings key={webhook} hook={shown.data} onChanged={changed} />}
      {shown.data && <Deliveries key={`${webhook}.deliveries`} hook={shown.data} writes={writes} />}
    </Stack>
  );
}

/** Which events: all, also types that are still to come, or some of those there are. */
function Types({ chosen, onChoose }: { chosen: string[] | "all"; onChoose: (types: string[] | "all") => void }) {
  const s = useStyles();
  const words = useWords();
  const types = useQuery(eventTypesQuery);
  const some = chosen === "all" ? [] : chosen;
  if (types.error) return <ProblemView error={types.error} again={() => void types.refetch()} />;
  return (
    <div role="group" aria-label={words.t("webhooks.types")}>
      <Checkbox label={words.t("webhooks.every")} checked={chosen === "all"} onChange={(_, data) => onChoose(data.checked ? "all" : (types.data?.items ?? []).map((t) => t.type))} />
      {chosen !== "all" && (
        <div className={s.types}>
          {types.data?.items.map((t) => (
            <Checkbox
              key={t.type} checked={some.includes(t.type)} onChange={(_, data) => onChoose(data.checked ? [...some, t.type] : some.filter((x) => x !== t.type))}
              label={<>{words.code("event", t.type, t.means)} <Text size={200} font="monospace">{t.type}</Text></>}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function Create({ onMade }: { onMade: () => void }) {
  const words = useWords();
  const [url, setURL] = useState("");
  const [description, setDescription] = useState("");
  const [types, setTypes] = useState<string[] | "all">("all");
  const create = useMutation({
    mutationFn: () => told(api.POST("/v1/webhooks", { body: { url: url.trim(), description: description.trim() || undefined, types: types === "all" ? [] : types } })),
    onSuccess: () => {
      setURL("");
      setDescription("");
      setTypes("all");
      onMade();
    },
  });
  return (
    <Card label={words.t("webhooks.create")}>
      <H2>{words.t("webhooks.create")}</H2>
      <form onSubmit={(e) => { e.preventDefault(); create.mutate(); }}>
        <Stack>
          <Field label={words.t("webhooks.url")} required hint={words.t("webhooks.url_hint")}><Input type="url" value={url} onChange={(_, data) => setURL(data.value)} /></Field>
          <Field label={words.t("webhooks.description")}><Input value={description} onChange={(_, data) => setDescription(data.value)} /></Field>
          <div><Text block weight="semibold">{words.t("webhooks.types")}</Text><Types chosen={types} onChoose={setTypes} /></div>
          {create.error && <ProblemView error={create.error} />}
          <Row><Button type="submit" appearance="primary" disabled={!url.trim() || types.length === 0 || create.isPending}>{words.t("webhooks.create")}</Button></Row>
          {create.data?.secret && <><Text role="status">{words.t("webhooks.once")}</Text><Code title={create.data.url} text={create.data.secret} /></>}
        </Stack>
      </form>
    </Card>
  );
}

const same = (a: string[] | "all", b: string[] | "all") => (a === "all" || b === "all" ? a === b : a.length === b.length && a.every((x) => b.includes(x)));

/** What can be changed of a webhook: whether it is on, what it hears of, and its secret. */
function Settings({ hook, onChanged }: { hook: Webhook; onChanged: () => Promise<void> }) {
  const words = useWords();
  const now = hook.types.length === 0 ? "all" : hook.types;
  const [types, setTypes] = useState<string[] | "all">(now);
  const [leaked, setLeaked] = useState(false);
  const params = { params: { path: { webhook: hook.id } } };
  const change = useMutation({ mutationFn: (body: { enabled?: boolean; types?: string[] }) => told(api.PATCH("/v1/webhooks/{webhook}", { ...params, body })), onSuccess: onChanged });
  const rotate = useMutation({
    mutationFn: () => told(api.POST("/v1/webhooks/{webhook}/rotate", { ...params, body: leaked ? { keep_previous: 0 } : {} })),
    onSuccess: () => {
      setLeaked(false);
      onChanged();
    },
  });
  return (
    <Card label={words.t("webhooks.settings")}>
      <H2>{words.t("webhooks.settings")}</H2>
      <Text size={200}>{hook.url}</Text>
      <Switch checked={(change.isPending ? change.variables.enabled : undefined) ?? hook.enabled} onChange={(_, data) => change.mutate({ enabled: data.checked })} label={words.t("webhooks.on")} />
      <H3>{words.t("webhooks.types")}</H3>
      <Types chosen={types} onChoose={setTypes} />
      <Row><Button disabled={types.length === 0 || change.isPending || same(types, now)} onClick={() => change.mutate({ types: types === "all" ? [] : types })}>{words.t("webhooks.save")}</Button></Row>
      {change.error && <ProblemView error={change.error} />}
      <H3>{words.t("webhooks.secret")}</H3>
      {hook.previous_secret_until && <Text role="status">{words.t("webhooks.both")} <Moment at={hook.previous_secret_until} /></Text>}
      {rotate.data?.secret && <><Text role="status">{words.t("webhooks.once")}</Text><Code title={hook.url} text={rotate.data.secret} /></>}
      {rotate.error && <ProblemView error={rotate.error} />}
      <Row>
        <Confirm trigger={<Button disabled={rotate.isPending}>{words.t("webhooks.rotate")}</Button>} title={words.t("webhooks.rotate_sure")} act={words.t("webhooks.rotate")} onAct={() => rotate.mutate()}>
          <Stack>
            <Text>{words.t(leaked ? "webhooks.rotate_leaked" : "webhooks.rotate_effect")}</Text>
            <Checkbox label={words.t("webhooks.leaked")} checked={leaked} onChange={(_, data) => setLeaked(data.checked === true)} />
          </Stack>
        </Confirm>
      </Row>
    </Card>
  );
}

function Deliveries({ hook, writes }: { hook: Webhook; writes: boolean }) {
  const words = useWords();
  const client = useQueryClient();
  const query = useInfiniteQuery(deliveriesQuery(hook.id));
  const changed = () => client.invalidateQueries({ queryKey: deliveriesQuery(hook.id).queryKey });
  const replay = useMutation({ mutationFn: (event: string) => told(api.POST("/v1/webhooks/{webhook}/replay", { params: { path: { webhook: hook.id } }, body: { event } })), onSuccess: changed });
  const ring = useMutation({ mutationFn: () => told(api.POST("/v1/webhooks/{webhook}/test", { params: { path: { webhook: hook.id } } })) });
  const tested = ring.data;
  return (
    <Card label={words.t("webhooks.deliveries")}>
      <Row><H2>{words.t("webhooks.deliveries")}</H2>{writes && <Button size="small" disabled={ring.isPending} onClick={() => ring.mutate()}>{words.t("webhooks.test")}</Button>}</Row>
      <Text size={200}>{hook.url}</Text>
      {tested && <div role="status"><State state={tested.status && tested.status < 300 ? "ok" : "failed"}>{tested.status ? words.t("webhooks.tested", { status: tested.status }) : words.t("webhooks.tested_not", { error: tested.error ?? "" })}</State></div>}
      {(replay.error ?? ring.error) && <ProblemView error={replay.error ?? ring.error} />}
      <Listed<Delivery>
        query={query} caption={words.t("webhooks.deliveries")} empty={words.t("webhooks.deliveries_none")} rowKey={(d) => d.event}
        columns={[
          { id: "event", head: words.t("webhooks.event"), cell: (d) => d.event },
          { id: "state", head: words.t("tenants.state"), cell: (d) => <State state={d.state}>{words.t(`delivery_state.${d.state}`)}</State> },
          { id: "tries", head: words.t("webhooks.tries"), numeric: true, cell: (d) => words.number(d.attempts.length) },
          { id: "last", head: words.t("webhooks.last"), cell: (d) => { const last = d.attempts.at(-1); return last && <><Moment at={last.at} /> {last.status ?? ""} {last.error ?? ""}</>; } },
          { id: "next", head: words.t("webhooks.next"), cell: (d) => d.next_attempt_at && <Moment at={d.next_attempt_at} /> },
          { id: "do", head: words.t("tenants.do"), cell: (d) => writes && <Button size="small" disabled={replay.isPending} aria-label={`${words.t("webhooks.replay")}: ${d.event}`} onClick={() => replay.mutate(d.event)}>{words.t("webhooks.replay")}</Button> },
        ]}
      />
    </Card>
  );
}
