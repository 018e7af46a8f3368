// Invite one customer or many; each row says what became of it.
import { Button, Field, Input, makeStyles, Select, Text, Textarea } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { api, told } from "../api/client";
import type { Invitation, InvitationResult, InvitationRow } from "../api/types";
import { invitationsQuery, regionsQuery } from "../api/queries";
import { Age, Card, Copy, H2, Moment, Row, Stack, Title } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { Listed } from "../parts/Listed";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";
import { invitations } from "./rows";

const most = 500;
const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(420px, 100%), 1fr))", gap: "16px", alignItems: "start" },
});

export function InvitePage() {
  const s = useStyles();
  const words = useWords();
  const client = useQueryClient();
  const regions = useQuery(regionsQuery);
  const all = regions.data ?? [];
  const file = useRef<HTMLInputElement>(null);
  const [chosen, setRegion] = useState("");
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const [text, setText] = useState("");
  const region = chosen || all[0]?.id || "";
  const rows = invitations(text, region);
  const send = useMutation({
    mutationFn: async (items: InvitationRow[]) => ({ items, results: (await told(api.POST("/v1/invitations", { body: { items } }))).items }),
    onSuccess: () => {
      setName("");
      setNote("");
      setText("");
      void client.invalidateQueries({ queryKey: ["invitations"] });
      void client.invalidateQueries({ queryKey: ["tenants"] });
    },
  });

  return (
    <Stack>
      <Title>{words.t("console.invite")}</Title>
      <Text>{words.t("invite.about")}</Text>
      {regions.error && <ProblemView error={regions.error} again={() => void regions.refetch()} />}
      <div className={s.grid}>
        <Card label={words.t("invite.one")}>
          <H2>{words.t("invite.one")}</H2>
          <form onSubmit={(e) => { e.preventDefault(); send.mutate([{ name: name.trim(), home_region: region, note: note.trim() || undefined }]); }}>
            <Stack>
              <Field label={words.t("invite.name")} required><Input value={name} onChange={(_, data) => setName(data.value)} /></Field>
              <Field label={words.t("tenants.region")} hint={words.t("invite.region_hint")}>
                <Select value={region} onChange={(_, data) => setRegion(data.value)}>{all.map((r) => <option key={r.id} value={r.id}>{r.name}</option>)}</Select>
              </Field>
              <Field label={words.t("invite.note")} hint={words.t("invite.note_hint")}><Input value={note} onChange={(_, data) => setNote(data.value)} /></Field>
              <Row><Button type="submit" appearance="primary" disabled={!name.trim() || !region || send.isPending}>{words.t("invite.do")}</Button></Row>
            </Stack>
          </form>
        </Card>
        <Card label={words.t("invite.many")}>
          <H2>{words.t("invite.many")}</H2>
          <Field label={words.t("invite.paste")} hint={words.t("invite.paste_hint")} validationState={rows.length > most ? "error" : "none"} validationMessage={rows.length > most ? words.t("invite.too_many", { count: rows.length, most }) : undefined}>
            <Textarea value={text} onChange={(_, data) => setText(data.value)} rows={8} resize="vertical" />
          </Field>
          <input ref={file} type="file" hidden accept=".csv,text/csv,text/plain" onChange={(e) => { void e.target.files?.[0]?.text().then(setText); e.target.value = ""; }} />
          <Row><Button onClick={() => file.current?.click()}>{words.t("invite.file")}</Button><Button disabled={rows.length === 0 || rows.length > most || !region || send.isPending} onClick={() => send.mutate(rows)}>{words.t("invite.do_many", { count: rows.length })}</Button></Row>
        </Card>
      </div>
      {send.error && <ProblemView error={send.error} />}
      {send.data && <Results items={send.data.items} results={send.data.results} />}
      <Sent />
    </Stack>
  );
}

function Results({ items, results }: { items: InvitationRow[]; results: InvitationResult[] }) {
  const words = useWords();
  const made = results.filter((r) => r.state === "created");
  const name = (r: InvitationResult) => items[r.index]?.name ?? "";
  return (
    <Card label={words.t("invite.results")}>
      <H2>{words.t("invite.results")}</H2>
      <Text role="status">{words.t("invite.made", { count: made.length })} {results.length > made.length && words.t("invite.refused", { count: results.length - made.length })} {words.t("invite.once")}</Text>
      {made.length > 1 && <Row><Copy label={words.t("invite.copy_all")} text={made.map((r) => `${name(r)}\t${r.link ?? ""}`).join("\n")} /></Row>}
      <Table<InvitationResult>
        caption={words.t("invite.results")} rows={results} rowKey={(r) => String(r.index)}
        columns={[
          { id: "name", head: words.t("tenants.name"), cell: (r) => (r.tenant ? <Link to="/console/tenants/$tenant" params={{ tenant: r.tenant }}>{name(r)}</Link> : name(r)) },
          { id: "state", head: words.t("tenants.state"), cell: (r) => <State state={r.state}>{words.t(`invite_state.${r.state}`)}</State> },
          { id: "link", head: words.t("handover.link"), cell: (r) => (r.link ? <>{r.link} <Copy text={r.link} /></> : r.problem && (words.code("problem", r.problem.code, r.problem.detail) + (r.problem.errors ?? []).map((e) => ` ${e.location}: ${e.message}`).join(""))) },
        ]}
      />
    </Card>
  );
}

function Sent() {
  const words = useWords();
  const client = useQueryClient();
  const query = useInfiniteQuery(invitationsQuery);
  const revoke = useMutation({
    mutationFn: (invitation: string) => told(api.DELETE("/v1/invitations/{invitation}", { params: { path: { invitation } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["invitations"] }),
  });
  return (
    <Card label={words.t("invite.sent")}>
      <H2>{words.t("invite.sent")}</H2>
      {revoke.error && <ProblemView error={revoke.error} />}
      <Listed<Invitation>
        query={query} caption={words.t("invite.sent")} empty={words.t("invite.sent_none")} rowKey={(i) => i.id}
        columns={[
          { id: "tenant", head: words.t("keys.tenant"), cell: (i) => <Link to="/console/tenants/$tenant" params={{ tenant: i.tenant }}>{i.tenant_name ?? i.tenant}</Link> },
          { id: "note", head: words.t("invite.note"), cell: (i) => i.note ?? "" },
          { id: "kind", head: words.t("grants.kind"), cell: (i) => words.t(`invite_kind.${i.kind}`) },
          { id: "state", head: words.t("tenants.state"), cell: (i) => <State state={i.state === "used" ? "done" : i.state}>{words.t(`invite_state.${i.state}`)}{i.used_by ? ` · ${i.used_by}` : ""}</State> },
          { id: "created", head: words.t("invite.created"), cell: (i) => <Age at={i.created_at} /> },
          { id: "expires", head: words.t("invite.expires"), cell: (i) => <Moment at={i.expires_at} /> },
          { id: "do", head: words.t("tenants.do"), cell: (i) => i.state === "open" && <Confirm trigger={<Button size="small" disabled={revoke.isPending} aria-label={`${words.t("invite.revoke")}: ${i.tenant_name ?? i.tenant}`}>{words.t("invite.revoke")}</Button>} title={words.t("invite.sure", { tenant: i.tenant_name ?? i.tenant })} act={words.t("invite.revoke")} onAct={() => revoke.mutate(i.id)}>{words.t("invite.effect")}</Confirm> },
        ]}
      />
    </Card>
  );
}
