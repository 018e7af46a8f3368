// Who may be rung: search, groups, and each person with what is missing.
import { Button, Field, makeStyles, SearchBox, Text, ToggleButton, tokens } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, told } from "../api/client";
import type { AgentRow } from "../api/types";
import { agentGroupsQuery, agentsQuery, groupSearchQuery, progressQuery, readinessQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Bones, Code, Empty, H3, Row, Stack } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { rowsOf } from "../parts/Listed";
import { CureView, Note, ProblemView } from "../parts/problem";
import { useRested } from "../parts/rested";
import { ItemBadge, State } from "../parts/state";
import { useWords } from "../words";
import { PersonLine, PersonPicker } from "./PersonPicker";

const useStyles = makeStyles({
  bar: { display: "flex", height: "12px", borderRadius: tokens.borderRadiusCircular, overflow: "hidden", backgroundColor: tokens.colorNeutralBackground5, gap: "2px" },
  ready: { backgroundColor: tokens.colorPaletteGreenBackground3 },
  not: { backgroundColor: tokens.colorPaletteRedBackground3 },
  list: { listStyle: "none", margin: 0, padding: 0 },
  agent: { borderTop: `1px solid ${tokens.colorNeutralStroke3}`, padding: "10px 0", display: "flex", flexDirection: "column", gap: "4px" },
  line: { display: "flex", gap: "4px 12px", flexWrap: "wrap", alignItems: "center" },
  cures: { borderLeft: `3px solid ${tokens.colorPaletteRedBorder2}`, paddingLeft: "12px", display: "flex", flexDirection: "column", gap: "6px" },
  box: { width: "100%", maxWidth: "480px" },
});

const shown = ["teams_licence", "phone_licence", "enterprise_voice", "policy", "account", "presence"];

export default function PeopleStep({ tenant }: { tenant: string }) {
  const words = useWords();
  const client = useQueryClient();
  const session = useSession();
  const writes = may(session, "agents.write");
  const add = useMutation({
    mutationFn: (oid: string) => told(api.POST("/v1/tenants/{tenant}/agents", { params: { path: { tenant } }, body: { oids: [oid] } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tenant", tenant] }),
  });
  return (
    <Stack>
      <Text>{words.t("people.intro")}</Text>
      {writes && (
        <PersonPicker tenant={tenant} label={words.t("people.search")} busy={add.isPending} act={(p) => (p.agent ? undefined : words.t("people.add"))} onPick={(p) => add.mutate(p.oid)} />
      )}
      {add.error && <ProblemView error={add.error} />}
      {add.data?.refused.map((r) => <Note key={r.oid} intent="warning">{words.t("people.refused", { reason: words.code("person_reason", r.reason) })}</Note>)}
      <Groups tenant={tenant} writes={writes} />
      <Agents tenant={tenant} writes={writes} />
    </Stack>
  );
}

function Groups({ tenant, writes }: { tenant: string; writes: boolean }) {
  const s = useStyles();
  const words = useWords();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const search = useRested(text);
  const groups = useQuery(agentGroupsQuery(tenant));
  const found = useQuery(groupSearchQuery(tenant, search));
  const changed = () => client.invalidateQueries({ queryKey: ["tenant", tenant] });
  const add = useMutation({
    mutationFn: (group: string) => told(api.POST("/v1/tenants/{tenant}/agent-groups", { params: { path: { tenant } }, body: { group } })),
    onSuccess: () => {
      setText("");
      return changed();
    },
  });
  const remove = useMutation({
    mutationFn: (group: string) => told(api.DELETE("/v1/tenants/{tenant}/agent-groups/{group}", { params: { path: { tenant, group } } })),
    onSuccess: changed,
  });
  const kept = groups.data?.items ?? [];
  const error = add.error ?? remove.error ?? (search ? found.error : null);
  return (
    <Stack>
      {writes && (
        <Field label={words.t("groups.search")} hint={words.t("groups.hint")}>
          <SearchBox className={s.box} value={text} onChange={(_, data) => setText(data.value)} placeholder={words.t("groups.search_hint")} />
        </Field>
      )}
      {search && found.isFetching && <Text size={200} role="status">{words.t("people.asking")}</Text>}
      {search && found.data && (
        <ul className={s.list} aria-label={words.t("groups.search")}>
          {found.data.items.map((g) => (
            <li key={g.id} className={s.line}>
              <Text weight="semibold">{g.name}</Text>
              <Button size="small" disabled={add.isPending || kept.some((k) => k.id === g.id)} aria-label={`${words.t("groups.add")}: ${g.name}`} onClick={() => add.mutate(g.id)}>{words.t("groups.add")}</Button>
            </li>
          ))}
          {found.data.items.length === 0 && <li><Text size={200}>{words.t("people.none", { text: search })}</Text></li>}
        </ul>
      )}
      {error && <ProblemView error={error} />}
      {kept.length > 0 && (
        <ul className={s.list} aria-label={words.t("groups.kept")}>
          {kept.map((g) => (
            <li key={g.id} className={s.line}>
              <State state={g.sync_error ? "failed" : g.synced_at ? "ok" : "waiting"}>{g.name}</State>
              <Text size={200}>{words.t("groups.members", { count: g.members })} · {g.sync_error ? words.code("problem", g.sync_error) : g.synced_at ? <>{words.t("groups.synced")} <Age at={g.synced_at} /></> : words.t("groups.syncing")}</Text>
              {writes && <Confirm trigger={<Button size="small" appearance="subtle" disabled={remove.isPending} aria-label={`${words.t("groups.remove")}: ${g.name}`}>{words.t("groups.remove")}</Button>} title={words.t("groups.sure", { name: g.name })} act={words.t("groups.remove")} onAct={() => remove.mutate(g.id)}>{words.t("groups.effect")}</Confirm>}
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

type Filter = "all" | "ready" | "not_ready";

function Agents({ tenant, writes }: { tenant: string; writes: boolean }) {
  const s = useStyles();
  const words = useWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const filter = (useSearch({ strict: false }) as { filter?: Filter }).filter ?? "all";
  const agents = useInfiniteQuery(agentsQuery(tenant, filter === "all" ? undefined : filter === "ready"));
  const { data: readiness } = useQuery(readinessQuery(tenant));
  const { data: looked } = useQuery(progressQuery(tenant));
  const grouped = (useQuery(agentGroupsQuery(tenant)).data?.items.length ?? 0) > 0;
  const [script, setScript] = useState<string>();
  const check = useMutation({
    mutationFn: () => told(api.POST("/v1/tenants/{tenant}/agents/check", { params: { path: { tenant } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: progressQuery(tenant).queryKey }),
  });
  const stop = useMutation({
    mutationFn: () => told(api.DELETE("/v1/tenants/{tenant}/agents/check", { params: { path: { tenant } } })),
    onSuccess: (stopped) => client.setQueryData(progressQuery(tenant).queryKey, stopped),
  });
  const fixes = useMutation({
    mutationFn: () => told(api.GET("/v1/tenants/{tenant}/agents/fixes", { params: { path: { tenant } } })),
    onSuccess: (answer) => setScript(answer.script),
  });
  const counts = readiness?.agents;
  const rows = rowsOf(agents);
  const progress = looked?.progress.running ? looked.progress : undefined;
  const choose = (next: Filter) => void navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, filter: next === "all" ? undefined : next }), replace: true });

  return (
    <Stack>
      <H3>{words.t("agents.title")}</H3>
      {counts && counts.total > 0 && (
        <div>
          <Text block>{words.t("agents.counts", { ready: counts.ready, not_ready: counts.not_ready, unchecked: counts.unchecked, total: counts.total })}</Text>
          <div className={s.bar} aria-hidden>
            <div className={s.ready} style={{ width: `${(100 * counts.ready) / counts.total}%` }} />
            <div className={s.not} style={{ width: `${(100 * counts.not_ready) / counts.total}%` }} />
          </div>
        </div>
      )}
      {progress && <Note>{words.t("agents.looking", { done: progress.done, total: progress.total })} {progress.code && words.code("problem", progress.code)} {writes && <Button size="small" disabled={stop.isPending} onClick={() => stop.mutate()}>{words.t("agents.stop_check")}</Button>}</Note>}
      <Row>
        {(["all", "ready", "not_ready"] as const).map((f) => <ToggleButton key={f} size="small" checked={filter === f} onClick={() => choose(f)}>{words.t(`agents.${f}`)}</ToggleButton>)}
        {writes && <Button size="small" disabled={check.isPending || progress !== undefined} onClick={() => check.mutate()}>{words.t("agents.check")}</Button>}
        {counts && counts.not_ready > 0 && <Button size="small" disabled={fixes.isPending} onClick={() => fixes.mutate()}>{words.t("agents.fixes")}</Button>}
      </Row>
      {(check.error ?? stop.error ?? fixes.error) && <ProblemView error={check.error ?? stop.error ?? fixes.error} />}
      {script && <Code title={words.t("agents.script")} text={script} />}
      {agents.error && rows.length === 0 ? <ProblemView error={agents.error} again={() => void agents.refetch()} /> : agents.isPending ? <Bones /> : rows.length === 0 ? (
        <Empty>{words.t(filter === "all" ? "agents.empty" : "agents.empty_filter")}</Empty>
      ) : (
        <ul className={s.list} aria-label={words.t("agents.title")}>{rows.map((a) => <Agent key={a.id} agent={a} tenant={tenant} grouped={grouped} writes={writes} />)}</ul>
      )}
      {agents.error && rows.length > 0 && <ProblemView error={agents.error} again={() => void (agents.isFetchNextPageError ? agents.fetchNextPage() : agents.refetch())} />}
      {agents.hasNextPage && <Row><Button disabled={agents.isFetchingNextPage} onClick={() => void agents.fetchNextPage()}>{words.t("do.more")}</Button></Row>}
      <Text size={200}>{words.t("agents.client")}</Text>
    </Stack>
  );
}

function Agent({ agent, tenant, grouped, writes }: { agent: AgentRow; tenant: string; grouped: boolean; writes: boolean }) {
  const s = useStyles();
  const words = useWords();
  const client = useQueryClient();
  const turn = useMutation({
    mutationFn: () => {
      const params = { params: { path: { agent: agent.id } } };
      return told<unknown>(agent.paused_at ? api.POST("/v1/agents/{agent}/resume", params) : api.POST("/v1/agents/{agent}/pause", params));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["tenant", tenant] }),
  });
  const remove = useMutation({
    mutationFn: () => told(api.DELETE("/v1/agents/{agent}", { params: { path: { agent: agent.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["tenant", tenant] }),
  });
  const byGroup = agent.source === "group"; // who is removed would be back within the hour
  const badges = agent.items.filter((i) => shown.includes(i.name) && (i.name !== "account" || i.state === "failed"));
  const cures = agent.items.filter((i) => i.state === "failed");
  return (
    <li className={s.agent}>
      <div className={s.line}>
        <PersonLine name={agent.name} upn={agent.upn ?? ""} more={agent.source === "group" ? ` · ${words.t("agents.by_group")}` : ""} />
        {agent.paused_at && <State state="paused">{words.t("agents.paused")}</State>}
        {writes && (
          <Button size="small" appearance="subtle" disabled={turn.isPending} aria-label={`${words.t(agent.paused_at ? "agents.resume" : "agents.pause")}: ${agent.name}`} onClick={() => turn.mutate()}>
            {words.t(agent.paused_at ? "agents.resume" : "agents.pause")}
          </Button>
        )}
        {writes && !(byGroup && agent.paused_at) && (
          <Confirm
            trigger={<Button size="small" appearance="subtle" disabled={remove.isPending} aria-label={`${words.t("agents.remove")}: ${agent.name}`}>{words.t("agents.remove")}</Button>}
            title={words.t("agents.sure", { name: agent.name })} act={words.t(byGroup ? "agents.pause" : "agents.remove")} onAct={() => (byGroup ? turn : remove).mutate()}
          >
            {words.t(byGroup ? "agents.remove_group" : "agents.effect", { name: agent.name })} {!byGroup && grouped && words.t("agents.groups")}
          </Confirm>
        )}
      </div>
      <div className={s.line}>
        {badges.length ? badges.map((i) => <ItemBadge key={i.name + (i.subject ?? "")} item={i} label={words.code("item", i.name)} />) : <State state="waiting">{words.t("agents.unchecked")}</State>}
        <State state={agent.last_rang_at ? "ok" : "unknown"}>{agent.last_rang_at ? <>{words.t("agents.rang")} <Age at={agent.last_rang_at} /></> : words.t("agents.never_rang")}</State>
      </div>
      {cures.length > 0 && <div className={s.cures}>{cures.map((i) => i.cure && <CureView key={i.name} cure={i.cure} short />)}</div>}
      {(turn.error ?? remove.error) && <ProblemView error={turn.error ?? remove.error} />}
    </li>
  );
}
