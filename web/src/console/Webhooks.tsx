import { Button, Field, Input, Text } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, told } from "../api/client";
import type { Delivery, Webhook } from "../api/types";
import { deliveriesQuery, webhooksQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Bones, Card, Code, Empty, H2, Moment, Row, Stack, Title } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";

export function WebhooksPage() {
  const words = useWords();
  const client = useQueryClient();
  const writes = may(useSession(), "webhooks.write");
  const query = useQuery(webhooksQuery);
  const { webhook } = useSearch({ strict: false }) as { webhook?: string };
  const changed = () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  const remove = useMutation({ mutationFn: (id: string) => told(api.DELETE("/v1/webhooks/{webhook}", { params: { path: { webhook: id } } })), onSuccess: changed });
  const hooks = query.data?.items ?? [];
  const shown = hooks.find((h) => h.id === webhook);
  return (
    <Stack>
      <Title>{words.t("console.webhooks")}</Title>
      <Text>{words.t("webhooks.about")}</Text>
      {writes && <Create onMade={changed} />}
      {remove.error && <ProblemView error={remove.error} />}
      <Card label={words.t("webhooks.list")}>
        <H2>{words.t("webhooks.list")}</H2>
        {query.error ? <ProblemView error={query.error} again={() => void query.refetch()} /> : query.isPending ? <Bones /> : hooks.length === 0 ? <Empty>{words.t("webhooks.empty")}</Empty> : (
          <Table<Webhook>
            caption={words.t("webhooks.list")} rows={hooks} rowKey={(h) => h.id}
            columns={[
              { id: "url", head: words.t("webhooks.url"), cell: (h) => <Link to="/console/webhooks" search={{ webhook: h.id }}>{h.url}</Link> },
              { id: "what", head: words.t("webhooks.description"), cell: (h) => h.description ?? "" },
              { id: "types", head: words.t("webhooks.types"), cell: (h) => h.types.join(" ") || words.t("webhooks.all") },
              { id: "state", head: words.t("tenants.state"), cell: (h) => <State state={!h.enabled ? "failed" : h.failing_since ? "doubtful" : "ok"}>{!h.enabled ? words.code("webhook_off", h.disabled_reason ?? "asked") : h.failing_since ? <>{words.t("webhooks.failing")} <Age at={h.failing_since} /></> : words.t("webhooks.on")}</State> },
              { id: "do", head: words.t("tenants.do"), cell: (h) => writes && <Confirm trigger={<Button size="small" aria-label={`${words.t("webhooks.delete")}: ${h.url}`}>{words.t("webhooks.delete")}</Button>} title={words.t("webhooks.sure")} act={words.t("webhooks.delete")} onAct={() => remove.mutate(h.id)}>{words.t("webhooks.effect")}</Confirm> },
            ]}
          />
        )}
      </Card>
      {shown && <Deliveries hook={shown} writes={writes} />}
    </Stack>
  );
}

function Create({ onMade }: { onMade: () => void }) {
  const words = useWords();
  const [url, setURL] = useState("");
  const [description, setDescription] = useState("");
  const create = useMutation({
    mutationFn: () => told(api.POST("/v1/webhooks", { body: { url: url.trim(), description: description.trim() || undefined } })),
    onSuccess: () => {
      setURL("");
      setDescription("");
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
          {create.error && <ProblemView error={create.error} />}
          <Row><Button type="submit" appearance="primary" disabled={!url.trim() || create.isPending}>{words.t("webhooks.create")}</Button></Row>
          {create.data?.secret && <><Text role="status">{words.t("webhooks.once")}</Text><Code title={create.data.url} text={create.data.secret} /></>}
        </Stack>
      </form>
    </Card>
  );
}

function Deliveries({ hook, writes }: { hook: Webhook; writes: boolean }) {
  const words = useWords();
  const client = useQueryClient();
  const query = useQuery(deliveriesQuery(hook.id));
  const changed = () => client.invalidateQueries({ queryKey: deliveriesQuery(hook.id).queryKey });
  const replay = useMutation({ mutationFn: (event: string) => told(api.POST("/v1/webhooks/{webhook}/replay", { params: { path: { webhook: hook.id } }, body: { event } })), onSuccess: changed });
  const ring = useMutation({ mutationFn: () => told(api.POST("/v1/webhooks/{webhook}/test", { params: { path: { webhook: hook.id } } })), onSuccess: changed });
  return (
    <Card label={words.t("webhooks.deliveries")}>
      <Row><H2>{words.t("webhooks.deliveries")}</H2>{writes && <Button size="small" disabled={ring.isPending} onClick={() => ring.mutate()}>{words.t("webhooks.test")}</Button>}</Row>
      <Text size={200}>{hook.url}</Text>
      {(replay.error ?? ring.error) && <ProblemView error={replay.error ?? ring.error} />}
      {query.error ? <ProblemView error={query.error} again={() => void query.refetch()} /> : query.isPending ? <Bones /> : query.data.items.length === 0 ? <Empty>{words.t("webhooks.deliveries_none")}</Empty> : (
        <Table<Delivery>
          caption={words.t("webhooks.deliveries")} rows={query.data.items} rowKey={(d) => d.event}
          columns={[
            { id: "event", head: words.t("webhooks.event"), cell: (d) => d.event },
            { id: "state", head: words.t("tenants.state"), cell: (d) => <State state={d.state}>{words.t(`delivery_state.${d.state}`)}</State> },
            { id: "tries", head: words.t("webhooks.tries"), numeric: true, cell: (d) => words.number(d.attempts.length) },
            { id: "last", head: words.t("webhooks.last"), cell: (d) => { const last = d.attempts.at(-1); return last && <><Moment at={last.at} /> {last.status ?? ""} {last.error ?? ""}</>; } },
            { id: "next", head: words.t("webhooks.next"), cell: (d) => d.next_attempt_at && <Moment at={d.next_attempt_at} /> },
            { id: "do", head: words.t("tenants.do"), cell: (d) => writes && <Button size="small" disabled={replay.isPending} aria-label={`${words.t("webhooks.replay")}: ${d.event}`} onClick={() => replay.mutate(d.event)}>{words.t("webhooks.replay")}</Button> },
          ]}
        />
      )}
    </Card>
  );
}
