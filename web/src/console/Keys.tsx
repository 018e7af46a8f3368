import { Button, Checkbox, Field, Input, makeStyles, Text } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, told } from "../api/client";
import type { Key } from "../api/types";
import { keysQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Bones, Card, Code, Empty, H2, Moment, Row, Stack, Title } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";

const scopes = [
  "*", "tenants.read", "tenants.write", "onboarding.read", "onboarding.write", "agents.read", "agents.write", "numbers.read", "numbers.write", "calls.read", "calls.write",
  "cdrs.read", "peers.read", "peers.write", "trunks.read", "trunks.write", "webhooks.read", "webhooks.write", "audit.read", "keys.read", "keys.write",
];

const useStyles = makeStyles({ scopes: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(170px, 1fr))" } });

export function KeysPage() {
  const words = useWords();
  const client = useQueryClient();
  const writes = may(useSession(), "keys.write");
  const query = useQuery(keysQuery);
  const changed = () => client.invalidateQueries({ queryKey: keysQuery.queryKey });
  const revoke = useMutation({ mutationFn: (key: string) => told(api.DELETE("/v1/keys/{key}", { params: { path: { key } } })), onSuccess: changed });
  const keys = query.data?.items ?? [];
  return (
    <Stack>
      <Title>{words.t("console.keys")}</Title>
      <Text>{words.t("keys.about")}</Text>
      {writes && <Create onMade={changed} />}
      {revoke.error && <ProblemView error={revoke.error} />}
      <Card label={words.t("keys.list")}>
        <H2>{words.t("keys.list")}</H2>
        {query.error ? <ProblemView error={query.error} again={() => void query.refetch()} /> : query.isPending ? <Bones /> : keys.length === 0 ? <Empty>{words.t("keys.empty")}</Empty> : (
          <Table<Key>
            caption={words.t("keys.list")} rows={keys} rowKey={(k) => k.id}
            columns={[
              { id: "name", head: words.t("keys.name"), cell: (k) => k.name },
              { id: "hint", head: words.t("keys.hint"), cell: (k) => k.hint },
              { id: "scopes", head: words.t("keys.scopes"), cell: (k) => k.scopes.join(" ") },
              { id: "state", head: words.t("tenants.state"), cell: (k) => <State state={k.revoked_at ? "revoked" : "active"}>{k.revoked_at ? words.t("invite_state.revoked") : words.t("keys.good")}</State> },
              { id: "used", head: words.t("keys.used"), cell: (k) => (k.last_used_at ? <Age at={k.last_used_at} /> : words.t("time.never")) },
              { id: "expires", head: words.t("invite.expires"), cell: (k) => (k.expires_at ? <Moment at={k.expires_at} /> : words.t("time.never")) },
              {
                id: "do", head: words.t("tenants.do"),
                cell: (k) => writes && !k.revoked_at && (
                  <Confirm trigger={<Button size="small" aria-label={`${words.t("keys.revoke")}: ${k.name}`}>{words.t("keys.revoke")}</Button>} title={words.t("keys.sure", { name: k.name })} act={words.t("keys.revoke")} onAct={() => revoke.mutate(k.id)}>{words.t("keys.effect")}</Confirm>
                ),
              },
            ]}
          />
        )}
      </Card>
    </Stack>
  );
}

function Create({ onMade }: { onMade: () => void }) {
  const s = useStyles();
  const words = useWords();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const create = useMutation({
    mutationFn: () => told(api.POST("/v1/keys", { body: { name: name.trim(), scopes: chosen } })),
    onSuccess: () => {
      setName("");
      setChosen([]);
      onMade();
    },
  });
  return (
    <Card label={words.t("keys.create")}>
      <H2>{words.t("keys.create")}</H2>
      <form onSubmit={(e) => { e.preventDefault(); create.mutate(); }}>
        <Stack>
          <Field label={words.t("keys.name")} required hint={words.t("keys.name_hint")}><Input value={name} onChange={(_, data) => setName(data.value)} /></Field>
          <div role="group" aria-label={words.t("keys.scopes")} className={s.scopes}>
            {scopes.map((x) => <Checkbox key={x} label={x === "*" ? words.t("keys.everything") : x} checked={chosen.includes(x)} onChange={(_, data) => setChosen(data.checked ? [...chosen, x] : chosen.filter((y) => y !== x))} />)}
          </div>
          {create.error && <ProblemView error={create.error} />}
          <Row><Button type="submit" appearance="primary" disabled={!name.trim() || chosen.length === 0 || create.isPending}>{words.t("keys.create")}</Button></Row>
          {create.data?.key && <><Text role="status">{words.t("keys.once")}</Text><Code title={create.data.name} text={create.data.key} /></>}
        </Stack>
      </form>
    </Card>
  );
}
