// The API as agreed before its description had all of it. To be replaced by
// schema.d.ts, which is made from internal/api/openapi.json.

export type Role = "global_administrator" | "privileged_role_administrator" | "teams_administrator" | "teams_communications_administrator";
export type StepName = "sign_in" | "consent" | "federation" | "people" | "test_call";
export type ItemState = "ok" | "failed" | "waiting" | "unknown";

export interface Problem {
  title: string;
  status: number;
  code: string;
  detail?: string;
  errors?: { location: string; message: string }[];
  request_id?: string;
}

export interface Cure {
  code: string;
  who?: Role[];
  text?: string;
  command?: string;
}

export interface Item {
  name: string;
  subject?: string;
  state: ItemState;
  checked_at?: string;
  check?: string;
  seen?: string;
  cure?: Cure;
}

export interface Step {
  id: StepName;
  state: "done" | "next" | "open" | "waiting" | "failed";
  opened_at?: string;
  proved_at?: string;
  checked_at?: string;
  by?: string;
  needs?: Role[];
  viewer_can: boolean;
  problem?: { code: string; text: string; cure?: Cure };
  evidence: Item[];
}

export type TrackState = "ready" | "needs_you" | "needs_other" | "waiting" | "blocked" | "paused";
export type TenantState = "invited" | "onboarding" | "active" | "suspended" | "offboarded";

export interface Track {
  tenant: { id: string; name: string; state: TenantState; entra_tenant_id?: string; bound_at?: string; bound_by?: string; paused_at?: string };
  state: TrackState;
  next?: StepName;
  steps: Step[];
}

export interface Readiness {
  tenant: string;
  state: TrackState;
  checked_at?: string;
  items: Item[];
  agents: { total: number; ready: number; not_ready: number; unchecked: number; paused: number };
}

export interface Grant {
  id: number;
  kind: "graph_consent" | "federation";
  subject: string;
  state: "claimed" | "proved" | "doubtful" | "missing" | "revoked";
  at: string;
  by: string;
  check: string;
  code?: string;
  message?: string;
  evidence?: unknown;
}

export interface Attempt {
  at: string;
  call: string;
  verdict: string;
  code: number;
  sub_code: number;
  message: string;
}

export interface Proof {
  id: string;
  resource: string;
  oid: string;
  name: string;
  state: "ringing" | "waiting" | "proved" | "failed";
  verdict?: string;
  cure?: Cure;
  next_at?: string;
  attempts: Attempt[];
}

export interface Federation {
  script: string;
  what_if: string;
  undo: string;
  lines: { text: string; code: string; means: string }[];
  resources: { id: string; region: string; immutable_id: string; home: boolean; state: string; checked_at?: string }[];
  proofs: Proof[];
}

export interface Person {
  oid: string;
  name: string;
  upn: string;
  job_title?: string;
  department?: string;
  agent?: string;
  can_be_agent: boolean;
  reason?: string;
}

export interface Group {
  id: string;
  name: string;
}

export interface AgentGroup extends Group {
  members: number;
  added_by: string;
  added_at: string;
  synced_at?: string;
  sync_error?: string;
}

export interface AgentRow {
  id: string;
  oid: string;
  name: string;
  upn: string;
  source?: "single" | "group";
  paused_at?: string;
  ready?: boolean;
  checked_at?: string;
  last_rang_at?: string;
  items: Item[];
}

export interface Progress {
  running: boolean;
  total: number;
  done: number;
  started_at?: string;
  ended_at?: string;
}

export interface TestCall {
  steps: { at: string; state: string; code?: number; sub_code?: number; message?: string }[];
  over: boolean;
  verdict?: string;
  cure?: Cure;
}

export interface Undo {
  script: string;
  steps: { code: string; who?: Role[]; text: string; command?: string }[];
}

export interface Tenant {
  id: string;
  name: string;
  state: TenantState;
  home_region: string;
  entra_tenant_id?: string;
  paused_at?: string;
  created_at: string;
  changed_at: string;
  track?: TrackState;
  next?: StepName;
  agents?: { total: number; ready: number };
  drift?: number;
}

export interface Invitation {
  id: string;
  tenant: string;
  kind: "welcome" | "handover";
  step?: StepName;
  note?: string;
  created_by: string;
  created_at: string;
  expires_at: string;
  revoked_at?: string;
  used_at?: string;
  used_by?: string;
  state: "open" | "used" | "revoked" | "expired";
}

export interface InvitationRow {
  name?: string;
  home_region?: string;
  entra_tenant_id?: string;
  tenant?: string;
  note?: string;
  expires_in_days?: number;
}

export interface InvitationResult {
  index: number;
  state: "created" | "refused";
  tenant?: string;
  invitation?: string;
  link?: string;
  problem?: Problem;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject?: string;
  tenant?: string;
  detail?: unknown;
}

export interface Key {
  id: string;
  name: string;
  hint: string;
  key?: string;
  tenant?: string;
  scopes: string[];
  created_at: string;
  expires_at?: string;
  last_used_at?: string;
  revoked_at?: string;
}

export interface Webhook {
  id: string;
  tenant?: string;
  url: string;
  description?: string;
  types: string[];
  enabled: boolean;
  disabled_reason?: "asked" | "gone" | "failing";
  failing_since?: string;
  secret?: string;
  created_at: string;
}

export interface Delivery {
  event: string;
  tenant: string;
  state: "pending" | "delivered" | "failed";
  attempts: { at: string; status?: number; answer?: string; error?: string; took: number }[];
  next_attempt_at?: string;
}

export interface Me {
  kind: "provider" | "tenant";
  key: string;
  name: string;
  scopes: string[];
  tenant?: string;
  expires_at?: string;
}

export interface Page<T> {
  items: T[];
  next?: string;
}

type Answer<R, C extends number> = { [code in C]: { headers: Record<string, unknown>; content: { "application/json": R } } } & {
  default: { headers: Record<string, unknown>; content: { "application/problem+json": Problem } };
};
type Params<P, Q> = { query?: Q; header?: never; cookie?: never } & (keyof P extends never ? { path?: never } : { path: P });
interface Get<R, P, Q = Record<never, never>> {
  parameters: Params<P, Q>;
  responses: Answer<R, 200>;
}
type Send<R, P, B = undefined> = {
  parameters: Params<P, Record<never, never>>;
  responses: Answer<R, 200>;
} & (B extends undefined ? { requestBody?: never } : { requestBody: { content: { "application/json": B } } });
type None = Record<never, never>;
interface T {
  tenant: string;
}
type Cursor = { cursor?: string; limit?: number };

export interface paths {
  "/v1/me": { get: Get<Me, None> };
  "/v1/regions": { get: Get<Page<{ id: string; name: string }>, None> };
  "/v1/invitations": { get: Get<Page<Invitation>, None, Cursor & { tenant?: string }>; post: Send<{ items: InvitationResult[] }, None, { items: InvitationRow[] }> };
  "/v1/invitations/{invitation}": { delete: Send<undefined, { invitation: string }> };
  "/v1/tenants": { get: Get<Page<Tenant>, None, Cursor & { search?: string; state?: string }> };
  "/v1/tenants/{tenant}": { get: Get<Tenant, T> };
  "/v1/tenants/{tenant}/onboarding": { get: Get<Track, T> };
  "/v1/tenants/{tenant}/readiness": { get: Get<Readiness, T> };
  "/v1/tenants/{tenant}/grants": { get: Get<Page<Grant>, T, Cursor> };
  "/v1/tenants/{tenant}/consent": { post: Send<{ url: string; expires_at: string }, T, { return_to?: string }> };
  "/v1/tenants/{tenant}/consent/check": { post: Send<Track, T> };
  "/v1/tenants/{tenant}/handover": { post: Send<{ link: string; expires_at: string; needs: Role[] }, T, { step: StepName }> };
  "/v1/tenants/{tenant}/federation": { get: Get<Federation, T> };
  "/v1/tenants/{tenant}/federation/check": { post: Send<Federation, T, { oid: string; name: string }> };
  "/v1/tenants/{tenant}/people": { get: Get<Page<Person>, T, { search: string }> };
  "/v1/tenants/{tenant}/groups": { get: Get<Page<Group>, T, { search: string }> };
  "/v1/tenants/{tenant}/agent-groups": { get: Get<Page<AgentGroup>, T>; post: Send<AgentGroup, T, { group: string }> };
  "/v1/tenants/{tenant}/agent-groups/{group}": { delete: Send<undefined, T & { group: string }> };
  "/v1/tenants/{tenant}/agents": { get: Get<Page<AgentRow>, T, Cursor & { ready?: "true" | "false" }>; post: Send<{ added: number; refused: { oid: string; reason: string }[] }, T, { oids: string[] }> };
  "/v1/tenants/{tenant}/agents/check": { get: Get<{ progress: Progress }, T>; post: Send<{ progress: Progress }, T> };
  "/v1/tenants/{tenant}/agents/fixes": { get: Get<{ script: string }, T> };
  "/v1/agents/{agent}": { delete: Send<undefined, { agent: string }> };
  "/v1/agents/{agent}/pause": { post: Send<undefined, { agent: string }> };
  "/v1/agents/{agent}/resume": { post: Send<undefined, { agent: string }> };
  "/v1/tenants/{tenant}/test-calls": { post: Send<{ call: string }, T, { oid: string; name: string }> };
  "/v1/tenants/{tenant}/test-calls/{call}": { get: Get<TestCall, T & { call: string }> };
  "/v1/tenants/{tenant}/pause": { post: Send<undefined, T> };
  "/v1/tenants/{tenant}/resume": { post: Send<undefined, T> };
  "/v1/tenants/{tenant}/offboard": { post: Send<Undo, T> };
  "/v1/tenants/{tenant}/undo": { get: Get<Undo, T> };
  "/v1/audit": { get: Get<Page<AuditEntry>, None, Cursor & { tenant?: string }> };
  "/v1/keys": { get: Get<Page<Key>, None, Cursor>; post: Send<Key, None, { name: string; scopes: string[]; tenant?: string; expires_at?: string }> };
  "/v1/keys/{key}": { delete: Send<undefined, { key: string }> };
  "/v1/webhooks": { get: Get<Page<Webhook>, None, Cursor>; post: Send<Webhook, None, { url: string; description?: string; types?: string[]; tenant?: string }> };
  "/v1/webhooks/{webhook}": { delete: Send<undefined, { webhook: string }> };
  "/v1/webhooks/{webhook}/deliveries": { get: Get<Page<Delivery>, { webhook: string }, Cursor> };
  "/v1/webhooks/{webhook}/replay": { post: Send<{ asked: number }, { webhook: string }, { event: string }> };
  "/v1/webhooks/{webhook}/test": { post: Send<unknown, { webhook: string }> };
}
