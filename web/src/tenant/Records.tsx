// What is written down: the audit trail, the ledger of grants, and how to undo it all.
import { Button, Text } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, told } from "../api/client";
import type { AuditEntry, Grant, Track } from "../api/types";
import { auditQuery, grantsQuery, undoQuery } from "../api/queries";
import { useSaved } from "../api/save";
import { may, useSession } from "../api/session";
import { Bones, Code, H2, H3, Moment, Row, Stack, Who } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { Listed, rowsOf } from "../parts/Listed";
import { ProblemView, roles } from "../parts/problem";
import { ItemBadge } from "../parts/state";
import { useWords } from "../words";

export function Audit({ tenant }: { tenant?: string }) {
  const words = useWords();
  const audit = useInfiniteQuery(auditQuery(tenant));
  const save = useSaved(`/v1/audit.csv${tenant ? `?tenant=${encodeURIComponent(tenant)}` : ""}`, "audit.csv");
  return (
    <Stack>
      <Row>
        <Text>{words.t("audit.about")}</Text>
        <Button size="small" disabled={save.isPending || rowsOf(audit).length === 0} onClick={() => save.mutate()}>{words.t("audit.csv")}</Button>
      </Row>
      {save.error && <ProblemView error={save.error} />}
      <Listed<AuditEntry>
        query={audit} caption={words.t("audit.title")} empty={words.t("audit.empty")} rowKey={(e) => String(e.id)}
        columns={[
          { id: "at", head: words.t("audit.at"), cell: (e) => <Moment at={e.at} /> },
          ...(tenant ? [] : [{ id: "tenant", head: words.t("keys.tenant"), cell: (e: AuditEntry) => e.tenant_name ?? e.tenant ?? "" }]),
          { id: "who", head: words.t("audit.who"), cell: (e) => <Who actor={e.actor} name={e.actor_name} /> },
          { id: "what", head: words.t("audit.what"), cell: (e) => words.code("action", e.action) },
          { id: "subject", head: words.t("audit.subject"), cell: (e) => (e.subject_name ? <span title={e.subject}>{e.subject_name}</span> : e.subject ?? "") },
        ]}
      />
    </Stack>
  );
}

function Grants({ tenant }: { tenant: string }) {
  const words = useWords();
  const grants = useInfiniteQuery(grantsQuery(tenant));
  const states: Record<Grant["state"], "ok" | "failed" | "waiting" | "unknown"> = { proved: "ok", doubtful: "waiting", claimed: "waiting", missing: "failed", revoked: "failed" };
  return (
    <Stack>
      <Text>{words.t("grants.about")}</Text>
      <Listed<Grant>
        query={grants} caption={words.t("grants.title")} empty={words.t("grants.empty")} rowKey={(g) => String(g.id)}
        columns={[
          { id: "at", head: words.t("audit.at"), cell: (g) => <Moment at={g.at} /> },
          { id: "kind", head: words.t("grants.kind"), cell: (g) => words.code("grant_kind", g.kind) },
          { id: "subject", head: words.t("audit.subject"), cell: (g) => g.subject },
          {
            id: "state", head: words.t("tenants.state"),
            cell: (g) => <ItemBadge label={words.code("grant_state", g.state)} item={{ name: g.kind, subject: g.subject, state: states[g.state], checked_at: g.at, check: g.check, seen: [g.message, g.evidence ? JSON.stringify(g.evidence) : ""].filter(Boolean).join(" ") }} />,
          },
          { id: "by", head: words.t("audit.who"), cell: (g) => <Who actor={g.by} name={g.by_name} /> },
        ]}
      />
    </Stack>
  );
}

function UndoPage({ tenant, name }: { tenant: string; name: string }) {
  const words = useWords();
  const session = useSession();
  const undo = useQuery(undoQuery(tenant));
  const off = useMutation({
    mutationFn: () => told(api.POST("/v1/tenants/{tenant}/offboard", { params: { path: { tenant } } })),
    onSuccess: () => undo.refetch(),
  });
  if (undo.error) return <ProblemView error={undo.error} again={() => void undo.refetch()} />;
  if (!undo.data) return <Bones />;
  return (
    <Stack>
      <Text>{words.t("undo.about")}</Text>
      <Stack>
        {undo.data.steps.map((step, i) => (
          <Stack key={step.code}>
            <H3>{words.t("undo.step", { number: i + 1 })} {words.code("undo_title", step.code)}</H3>
            <Text>{words.code("undo_text", step.code, step.text)}</Text>
            {step.who && step.who.length > 0 && <Text size={200}>{words.t("cure.who", { roles: roles(words, step.who) })}</Text>}
            {step.command && <Code title={words.t("cure.command")} text={step.command} />}
          </Stack>
        ))}
      </Stack>
      {may(session, "tenants.write") && (
        <Stack>
          <H2>{words.t("undo.offboard")}</H2>
          <Text>{words.t("undo.offboard_about")}</Text>
          <Row>
            <Confirm trigger={<Button>{words.t("undo.offboard")}</Button>} title={words.t("undo.sure", { tenant: name })} act={words.t("undo.offboard")} onAct={() => off.mutate()}>{words.t("undo.effect")}</Confirm>
          </Row>
          {off.error && <ProblemView error={off.error} />}
        </Stack>
      )}
    </Stack>
  );
}

export default function Records({ of, tenant }: { of: "grants" | "audit" | "undo"; tenant: Track["tenant"] }) {
  switch (of) {
    case "grants":
      return <Grants tenant={tenant.id} />;
    case "audit":
      return <Audit tenant={tenant.id} />;
    case "undo":
      return <UndoPage tenant={tenant.id} name={tenant.name} />;
  }
}
