import { Button, Checkbox, Field, Input, makeStyles, Text } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, told } from "../api/client";
import type { Key } from "../api/types";
import { keysQuery, scopesQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Card, Code, H2, Moment, Row, Stack, Title } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { Listed } from "../parts/Listed";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { useWords } from "../words";
import { earliest, endOf, isOver } from "./expiry";
import { TenantPicker, type Chosen } from "./TenantPicker";

const useStyles = makeStyles({ scopes: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(170px, 1fr))" }, date: { maxWidth: "220px" } });

export function KeysPage() {
  const words = useWords();
  const client = useQueryClient();
  const writes = may(useSession(), "keys.write");
  const query = useInfiniteQuery(keysQuery);
  const changed = () => client.invalidateQueries({ queryKey: keysQuery.queryKey });
  const revoke = useMutation({ mutationFn: (key: string) => told(api.DELETE("/v1/keys/{key}", { params: { path: { key } } })), onSuccess: changed });
  return (
    <Stack>
      <Title>{words.t("console.keys")}</Title>
      <Text>{words.t("keys.about")}</Text>
      {writes && <Create onMade={changed} />}
      {revoke.error && <ProblemView error={revoke.error} />}
      <Card label={words.t("keys.list")}>
        <H2>{words.t("keys.list")}</H2>
        <Listed<Key>
          query={query} caption={words.t("keys.list")} empty={words.t("keys.empty")} rowKey={(k) => k.id}
          columns={[
            { id: "name", head: words.t("keys.name"), cell: (k) => k.name },
            { id: "tenant", head: words.t("keys.tenant"), cell: (k) => (k.tenant ? <Link to="/console/tenants/$tenant" params={{ tenant: k.tenant }}>{k.tenant_name ?? k.tenant}</Link> : words.t("keys.provider")) },
            { id: "hint", head: words.t("keys.hint"), cell: (k) => k.hint },
            { id: "scopes", head: words.t("keys.scopes"), cell: (k) => k.scopes.join(" ") },
            { id: "state", head: words.t("tenants.state"), cell: (k) => { const state = k.revoked_at ? "revoked" : isOver(k.expires_at) ? "expired" : "good"; return <State state={state === "good" ? "active" : state}>{words.t(`key_state.${state}`)}</State>; } },
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
      </Card>
    </Stack>
  );
}

function Create({ onMade }: { onMade: () => void }) {
  const s = useStyles();
  const words = useWords();
  const scopes = useQuery(scopesQuery);
  const [name, setName] = useState("");
  const [tenant, setTenant] = useState<Chosen>();
  const [until, setUntil] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const offered = (scopes.data?.items ?? []).filter((x) => x.tenant || !tenant).map((x) => x.scope);
  const given = chosen.filter((x) => offered.includes(x)); // what is not for a tenant's key goes when one is chosen
  const create = useMutation({
    mutationFn: () => told(api.POST("/v1/keys", { body: { name: name.trim(), scopes: given, tenant: tenant?.id, expires_at: endOf(until) } })),
    onSuccess: () => {
      setName("");
      setTenant(undefined);
      setUntil("");
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
          <TenantPicker label={words.t("keys.tenant")} hint={words.t("keys.tenant_hint")} none={words.t("keys.no_tenant")} chosen={tenant} onChoose={setTenant} />
          <Field label={words.t("keys.until")} hint={words.t("keys.until_hint")}><Input type="date" className={s.date} min={earliest()} value={until} onChange={(_, data) => setUntil(data.value)} /></Field>
          {scopes.error && <ProblemView error={scopes.error} again={() => void scopes.refetch()} />}
          <div role="group" aria-label={words.t("keys.scopes")}>
            <Text block weight="semibold">{words.t("keys.scopes")}</Text>
            <div className={s.scopes}>
              {offered.map((x) => <Checkbox key={x} label={x === "*" ? words.t("keys.everything") : x} checked={given.includes(x)} onChange={(_, data) => setChosen(data.checked ? [...given, x] : given.filter((y) => y !== x))} />)}
            </div>
          </div>
          {create.error && <ProblemView error={create.error} />}
          <Row><Button type="submit" appearance="primary" disabled={!name.trim() || given.length === 0 || create.isPending}>{words.t("keys.create")}</Button></Row>
          {create.data?.key && <><Text role="status">{words.t("keys.once")}</Text><Code title={create.data.name} text={create.data.key} /></>}
        </Stack>
      </form>
    </Card>
  );
}
