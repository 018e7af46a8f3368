// What the API knows in each scenario. Times are relative to now, so that ages
// read as they would.
import type { AgentRow, AuditEntry, Delivery, Federation, Grant, Invitation, Item, Key, Person, Readiness, Step, StepName, Tenant, TenantRow, Track, TrackState, Usage, Webhook } from "../../src/api/types";
import type { InvitationPage, Session } from "../../src/api/session";

export const scenarios = ["fresh", "consent_waiting", "consent_partial", "needs_other", "federation_waiting", "people", "active", "paused", "drift", "many", "operator", "operator_empty", "operator_down", "nobody", "down"] as const;
export type Scenario = (typeof scenarios)[number];

export const tenantId = "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21";
const entra = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10";
const script = `$ErrorActionPreference = 'Stop'
$ours = @(
    'd3b4c9a1-2a55-4a07-9f0c-57f1c0c9a111'  # home region eu
    '77aa1c52-0a55-4a07-9f0c-57f1c0c9a222'  # stands by in us
)
Connect-MicrosoftTeams -TenantId '${entra}' | Out-Null
$before = Get-CsTeamsAcsFederationConfiguration
$there = @($before.AllowedAcsResources | Where-Object { $_ })
$missing = @($ours | Where-Object { $there -notcontains $_ })
$list = $there + $missing
if ($missing.Count -gt 0 -or -not $before.EnableAcsUsers) {
    Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true -AllowedAcsResources $list
}
Get-CsTeamsAcsFederationConfiguration | Format-List EnableAcsUsers,AllowedAcsResources
`;

export const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const permissions = ["User.Read.All", "Presence.Read.All", "TeamsUserConfiguration.Read.All", "GroupMember.Read.All"];
const graph = (subject: string, state: Item["state"], seen: string): Item => ({
  name: "permission", subject, state, checked_at: ago(3), check: "consent_proof", seen,
  ...(state === "failed" ? { cure: { code: "grant_access", who: ["global_administrator", "privileged_role_administrator"], text: "Grant access again." } } : {}),
});

const order: StepName[] = ["sign_in", "consent", "federation", "people", "test_call"];
const needs: Record<StepName, Step["needs"]> = {
  sign_in: [],
  consent: ["global_administrator", "privileged_role_administrator"],
  federation: ["global_administrator", "teams_administrator", "teams_communications_administrator"],
  people: [],
  test_call: [],
};

const minutes: Record<StepName, number> = { sign_in: 1, consent: 1, federation: 5, people: 2, test_call: 1 };

/** A track on which everything before a step is done. */
function track(until: StepName | undefined, state: TrackState, change: Partial<Step> = {}): Track {
  const at = until ? order.indexOf(until) : order.length;
  const steps = order.map((id, i): Step => {
    if (i < at) {
      return {
        id, state: "done", opened_at: ago(60 - i * 9), proved_at: ago(55 - i * 9), checked_at: ago(3), by: "Ana Ruiz", needs: needs[id], minutes: minutes[id], viewer_can: true,
        evidence: id === "consent" ? [{ name: "consent", state: "ok", checked_at: ago(3), check: "token", seen: "token for " + entra }, ...permissions.map((p) => graph(p, "ok", "in the token; 200"))] : [],
      };
    }
    return { id, state: i === at ? "next" : "open", opened_at: i === at ? ago(60 - i * 9) : undefined, needs: needs[id], minutes: minutes[id], viewer_can: true, evidence: [], ...(i === at ? change : {}) };
  });
  const done = until === undefined;
  return {
    tenant: { id: tenantId, name: "Contoso Airlines", state: done ? "active" : "onboarding", entra_tenant_id: entra, home_region: "eu", hold_music: "melody", created_at: ago(90), bound_at: ago(55), bound_by: "Ana Ruiz", paused_at: state === "paused" ? ago(12) : undefined },
    state, next: until, steps,
  };
}

const names = ["Ada Lovelace", "Bob Babbage", "Carol Turing", "Diego Fernández", "Elif Yılmaz", "Fatou Diop", "Gráinne Ní Mháille", "Hiroshi Tanaka", "Inés de la Cruz y Asbaje", "Jürgen Groß"];
const upn = (name: string, i: number) => `${name.normalize("NFD").replace(/[^a-zA-Z ]/g, "").toLowerCase().replaceAll(" ", ".")}${i >= names.length ? i : ""}@contoso-airlines.example`;
const name = (i: number) => `${names[i % names.length] ?? ""}${i >= names.length ? ` ${i}` : ""}`;

export function agent(i: number, good = true): AgentRow {
  const items: Item[] = [
    { name: "teams_licence", state: "ok", checked_at: ago(8), check: "graph licenseDetails", seen: "TEAMS1: Success" },
    good
      ? { name: "phone_licence", state: "ok", checked_at: ago(8), check: "graph licenseDetails", seen: "MCOEV: Success" }
      : { name: "phone_licence", state: "failed", checked_at: ago(8), check: "graph licenseDetails", seen: "no plan with MCOEV", cure: { code: "assign_teams_phone", who: ["global_administrator"], text: "Assign Teams Phone." } },
    i % 3 === 2 && !good
      ? { name: "enterprise_voice", state: "failed", checked_at: ago(8), check: "graph userConfigurations", seen: "isEnterpriseVoiceEnabled: false", cure: { code: "enable_enterprise_voice", who: ["teams_administrator"], text: "Switch it on.", command: `Set-CsPhoneNumberAssignment -Identity '${upn(name(i), i)}' -EnterpriseVoiceEnabled $true` } }
      : { name: "enterprise_voice", state: "ok", checked_at: ago(8), check: "graph userConfigurations", seen: "isEnterpriseVoiceEnabled: true" },
    { name: "policy", state: "unknown" },
  ];
  return { id: `0193a5c0-0000-7000-8000-${String(i).padStart(12, "0")}`, oid: `77aa1c52-0000-4000-8000-${String(i).padStart(12, "0")}`, name: name(i), upn: upn(name(i), i), source: i % 2 ? "group" : "single", ready: good, checked_at: ago(8), last_rang_at: good && i % 2 ? ago(90) : undefined, items };
}

const person = (i: number): Person => ({ oid: `77aa1c52-0000-4000-8000-${String(i).padStart(12, "0")}`, name: name(i), upn: upn(name(i), i), job_title: "Service agent", department: "Customer care", can_be_agent: i !== 7, reason: i === 7 ? "guest" : undefined });

/** How a tenant of the operator's list stands. */
function standing(i: number, state: Tenant["state"]): TenantRow["standing"] {
  const agents = { total: 120 + i, ready: 118 + i, not_ready: 2, unchecked: 0, paused: 0 };
  const none = { total: 0, ready: 0, not_ready: 0, unchecked: 0, paused: 0 };
  if (state === "suspended") return { state: "blocked", since: ago(900), turn: "provider", needs: [], attention: true, agents };
  if (state === "invited") return { state: "needs_other", since: ago(4000), step: "sign_in", turn: "tenant", needs: [], attention: false, agents: none };
  if (state === "onboarding") {
    if (i % 3 === 0) return { state: "waiting", since: ago(20), step: "federation", problem: "federation_waiting", needs: needs.federation, attention: false, agents: none };
    if (i % 3 === 1) return { state: "needs_other", since: ago(3000), step: "federation", problem: "no_resource", turn: "provider", needs: needs.federation, attention: true, agents: none };
    return { state: "needs_other", since: ago(90), step: "consent", problem: "consent_declined", turn: "tenant", needs: needs.consent, attention: false, agents: none };
  }
  if (i % 11 === 3) return { state: "needs_other", since: ago(190), step: "consent", problem: "permission_missing", turn: "tenant", needs: needs.consent, attention: true, drift_since: ago(190), agents };
  return { state: "ready", since: ago(9000), needs: [], attention: false, agents };
}

export interface World {
  session: Session;
  invitation: InvitationPage;
  track: Track;
  readiness: Readiness;
  federation: Federation;
  people: Person[];
  agents: AgentRow[];
  grants: Grant[];
  audit: AuditEntry[];
  tenants: TenantRow[];
  invitations: Invitation[];
  keys: Key[];
  webhooks: Webhook[];
  usage: Usage[];
  deliveries: Delivery[];
}

function scene(scenario: Scenario): { track: Track; agents: AgentRow[]; federation?: Partial<Federation>; bad?: Item[] } {
  const few = Array.from({ length: 8 }, (_, i) => agent(i, i < 5));
  switch (scenario) {
    case "fresh":
      return { track: track("consent", "needs_you"), agents: [] };
    case "consent_waiting":
      return { track: track("consent", "waiting", { state: "waiting", checked_at: ago(0.2), evidence: [{ name: "consent", state: "waiting", checked_at: ago(0.2), check: "token", seen: "AADSTS700016" }] }), agents: [] };
    case "consent_partial":
      return {
        track: track("consent", "needs_you", {
          state: "failed", checked_at: ago(1), problem: { code: "permission_missing", text: "Some of the permissions are not granted.", cure: { code: "grant_access", who: ["global_administrator"], text: "" } },
          evidence: [{ name: "consent", state: "ok", checked_at: ago(1), check: "token", seen: "token with 2 roles" }, ...permissions.map((p, i) => graph(p, i < 2 ? "ok" : "failed", i < 2 ? "in the token; 200" : "403 Authorization_RequestDenied"))],
        }),
        agents: [],
      };
    case "needs_other":
      return { track: track("federation", "needs_other", { viewer_can: false }), agents: [] };
    case "federation_waiting":
      return {
        track: track("federation", "waiting", { state: "waiting", checked_at: ago(1) }), agents: [],
        federation: {
          proofs: [{
            id: "p1", resource: "acs-eu", oid: person(0).oid, name: "Ada Lovelace", state: "waiting", verdict: "not_yet", started_at: ago(5), next_at: new Date(Date.now() + 90_000).toISOString(),
            attempts: [5, 3, 1].map((m) => ({ at: ago(m), call: "c", verdict: "not_yet", code: 403, sub_code: 7600, message: "Resource access not enabled for this tenant" })),
          }],
        },
      };
    case "people":
      return { track: track("people", "needs_you", { state: "failed", problem: { code: "nobody_ready", text: "None can be rung yet." } }), agents: [1, 2, 5].map((i) => agent(i, false)) };
    case "drift": {
      const t = track(undefined, "needs_you");
      t.next = "consent";
      const step = t.steps[1];
      if (step) Object.assign(step, { state: "failed", problem: { code: "permission_missing", text: "Some of the permissions are not granted." }, evidence: permissions.map((p, i) => graph(p, i === 1 ? "failed" : "ok", i === 1 ? "403 Authorization_RequestDenied" : "in the token; 200")) });
      return { track: t, agents: few, bad: [graph("Presence.Read.All", "failed", "403 Authorization_RequestDenied")] };
    }
    case "paused":
      return { track: track(undefined, "paused"), agents: few };
    case "many":
      return { track: track(undefined, "ready"), agents: Array.from({ length: 10_000 }, (_, i) => agent(i, i % 4 !== 0)) };
    default:
      return { track: track(undefined, "ready"), agents: few };
  }
}

export function world(scenario: Scenario): World {
  const { track: t, agents, federation, bad } = scene(scenario);
  const ready = agents.filter((a) => a.ready).length;
  const operator = scenario.startsWith("operator");
  const state = (i: number): Tenant["state"] => (i % 7 === 5 ? "onboarding" : i % 13 === 7 ? "invited" : i % 97 === 41 ? "suspended" : "active");
  return {
    session: scenario === "nobody"
      ? { signed_in: false, provider: { name: "Northwind Voice" } }
      : {
          signed_in: true, csrf: "t0k3n", provider: { name: "Northwind Voice" },
          person: { oid: "77aa1c52-0000-4000-8000-00000000ad41", name: operator ? "Olga Petrova" : "Ana Ruiz", upn: operator ? "olga@northwind.example" : "ana.ruiz@contoso-airlines.example", roles: ["teams_administrator"] },
          ...(operator
            ? { operator: "owner" as const, scopes: ["*"] }
            : { tenant: { id: tenantId, name: "Contoso Airlines" }, scopes: ["onboarding.read", "onboarding.write", "tenants.read", "agents.read", "agents.write", "audit.read", "calls.read", "events.read"] }),
        },
    invitation: {
      state: "open", kind: "welcome", tenant: { name: "Contoso Airlines" }, provider: { name: "Northwind Voice" }, expires_at: new Date(Date.now() + 14 * 86400_000).toISOString(), note: "For Ana Ruiz",
      permissions: permissions.map((name, i) => ({ name, why: "", without: "", needed: i < 3 })),
      steps: order.map((id) => ({ id, needs: needs[id], minutes: minutes[id] })),
    },
    track: t,
    readiness: {
      tenant: tenantId, state: t.state, checked_at: ago(3), progress: { running: false, total: 0, done: 0 },
      items: [
        { name: "consent", state: "ok", checked_at: ago(3), check: "token", seen: `token for ${entra}` },
        ...permissions.map((p) => bad?.find((b) => b.subject === p) ?? graph(p, "ok", "in the token; 200")),
        { name: "federation", subject: "acs-eu", state: "ok", checked_at: ago(30), check: "call", seen: "answered, 200/0" },
        { name: "federation", subject: "acs-us", state: "unknown" },
      ],
      agents: { total: agents.length, ready, not_ready: agents.length - ready, unchecked: 0, paused: 0 },
    },
    federation: {
      script, what_if: script.replace("$list\n}", "$list -WhatIf\n}"), undo: "# undo",
      lines: script.trim().split("\n").slice(0, 6).map((text, i) => ({ text, code: ["stop_on_error", "our_ids", "our_ids", "our_ids", "our_ids", "connect"][i] ?? "", means: "" })),
      resources: [
        { id: "acs-eu", region: "eu", immutable_id: "d3b4c9a1-2a55-4a07-9f0c-57f1c0c9a111", home: true, state: t.steps[2]?.state === "done" ? "proved" : "missing", checked_at: ago(30) },
        { id: "acs-us", region: "us", immutable_id: "77aa1c52-0a55-4a07-9f0c-57f1c0c9a222", home: false, state: "claimed" },
      ],
      proofs: [],
      ...federation,
    },
    people: Array.from({ length: 40 }, (_, i) => person(i)),
    agents,
    grants: permissions.map((subject, i): Grant => ({ id: 10 - i, kind: "graph_consent", subject, state: "proved", at: ago(3 + i), by: "tandem", by_name: "Tandem", check: "recheck", evidence: { in_token: true, status: 200 } })),
    audit: (["changeAgent", "tenant.resume", "tenant.pause", "agent.pick", "consent.return", "consent.ask", "sign_in", "invitation.create"] as const).map((action, i) => ({
      id: 8 - i, at: ago(3 + i * 7), action, tenant: tenantId, tenant_name: "Contoso Airlines",
      ...(i === 7 ? { actor: "key:6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11", actor_name: "contact centre" } : i === 4 ? { actor: "tandem", actor_name: "Tandem" } : i === 0 ? { actor: "user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02" } : { actor: "user:77aa1c52-0000-4000-8000-00000000ad41", actor_name: "Ana Ruiz" }),
      ...(i === 0 || i === 3 ? { subject: "77aa1c52-0000-4000-8000-000000000001", subject_name: "Bob Babbage" } : { subject: tenantId, subject_name: "Contoso Airlines" }),
    })),
    tenants: Array.from({ length: scenario === "operator" ? 260 : scenario === "operator_empty" ? 0 : 1 }, (_, i): TenantRow => ({
      id: i ? `0b0f7f3e-0000-4000-8000-${String(i).padStart(12, "0")}` : tenantId, name: i ? `${["Fabrikam", "Adventure Works", "Tailspin Toys", "Wide World Importers", "Südwind Großhandel"][i % 5]} ${i}` : "Contoso Airlines",
      home_region: i % 3 ? "eu" : "us", hold_music: "melody", created_at: ago(5000 + i), changed_at: ago(3 + i * 11), state: i ? state(i) : t.tenant.state, entra_tenant_id: entra, standing: standing(i, i ? state(i) : t.tenant.state),
    })),
    invitations: (["open", "used", "expired", "revoked"] as const).map((s, i) => ({
      id: `i${i}`, tenant: tenantId, tenant_name: "Contoso Airlines", kind: i === 1 ? "handover" : "welcome", step: i === 1 ? "consent" : undefined, note: ["For Ana Ruiz", "", "For the service desk", "Wrong address"][i], created_by: "user:olga", created_at: ago(100 * (i + 1)), expires_at: new Date(Date.now() + (s === "expired" ? -1 : 14) * 86400_000).toISOString(), state: s, used_by: s === "used" ? "Ana Ruiz" : undefined,
    })),
    keys: [
      { id: "k1", name: "contact centre", hint: "tdm_9f2c", scopes: ["calls.read", "calls.write"], created_at: ago(9000), last_used_at: ago(1) },
      { id: "k4", name: "reports of Contoso", hint: "tdm_c0de", tenant: tenantId, tenant_name: "Contoso Airlines", scopes: ["calls.read", "events.read"], created_at: ago(9000), expires_at: ago(-90 * 24 * 60) },
      { id: "k5", name: "for a trial", hint: "tdm_0ver", scopes: ["tenants.read"], created_at: ago(90000), expires_at: ago(2000) },
      { id: "k2", name: "old test", hint: "tdm_77aa", scopes: ["*"], created_at: ago(90000), revoked_at: ago(100) },
    ],
    usage: scenario === "operator_empty" ? [] : Array.from({ length: 130 }, (_, i): Usage => ({
      month: `2026-${String(11 - Math.floor(i / 13)).padStart(2, "0")}`, tenant: i % 13 ? `0b0f7f3e-0000-4000-8000-${String(i % 13).padStart(12, "0")}` : tenantId, tenant_name: i % 13 ? `Fabrikam ${i % 13}` : "Contoso Airlines", agents: 17 + i,
      inbound: { calls: 1250 + i, connected: 1188 + i, talk_s: 286308.4, minutes: 5360 * (i + 1), people_s: 301200.1 }, outbound: { calls: 3, connected: 2, talk_s: 61, minutes: 2, people_s: 61 }, guest: { calls: 0, connected: 0, talk_s: 0, minutes: 0, people_s: 0 },
    })),
    webhooks: [
      { id: "w1", url: "https://platform.northwind.example/hooks/tandem", description: "drift to the service desk", types: ["grant.changed", "onboarding.step"], enabled: true, created_at: ago(9000) },
      { id: "w2", url: "https://crm.northwind.example/calls", types: [], enabled: false, disabled_reason: "failing", created_at: ago(9000) },
    ],
    deliveries: [
      { event: "0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21", tenant: tenantId, state: "delivered", attempts: [{ at: ago(4), status: 200, took: 0.1 }] },
      { event: "0193a5c0-8a10-7f00-8c00-1f8f5a0d7c22", tenant: tenantId, state: "failed", attempts: [{ at: ago(50), error: "no answer in time", took: 10 }, { at: ago(40), status: 500, took: 0.3 }] },
    ],
  };
}
