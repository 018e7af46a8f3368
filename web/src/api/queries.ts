// What pages ask for, with how often it is asked again.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, told } from "./client";
import type { Federation, Proof, StandingState, TenantState, Track } from "./types";
import { often, seldom, untilTold, whenAway } from "./live";
import { allOf, pages } from "./pages";

const path = (tenant: string) => ({ params: { path: { tenant } } });

export const waits = (track: Track | undefined) => track !== undefined && (track.state === "waiting" || track.steps.some((s) => s.state === "waiting"));
export const underWay = (p: Proof) => p.state === "ringing" || p.state === "waiting";
const proves = (f: Federation | undefined) => f?.proofs.some(underWay) ?? false;

export const trackQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "track"],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/onboarding", path(tenant))),
    refetchInterval: (query) => (waits(query.state.data) ? untilTold() : seldom),
  });

export const readinessQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "readiness"],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/readiness", path(tenant))),
    refetchInterval: seldom,
  });

export const federationQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "federation"],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/federation", path(tenant))),
    refetchInterval: (query) => (proves(query.state.data) ? often : whenAway(query)),
  });

export const peopleQuery = (tenant: string, search: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "people", search],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/people", { params: { path: { tenant }, query: { search } } })),
    enabled: search.length > 0,
    placeholderData: keepPreviousData,
    retry: false, // the server has been patient already, and somebody waits
    refetchInterval: false,
  });

export const groupSearchQuery = (tenant: string, search: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "groups", search],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/groups", { params: { path: { tenant }, query: { search } } })),
    enabled: search.length > 0,
    placeholderData: keepPreviousData,
    retry: false, // the server has been patient already, and somebody waits
    refetchInterval: false,
  });

export const agentGroupsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "agent-groups"],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/agent-groups", path(tenant))),
    refetchInterval: (query) => (query.state.data?.items.some((g) => !g.synced_at) ? often : seldom),
  });

export const agentsQuery = (tenant: string, ready: boolean | undefined) =>
  infiniteQueryOptions({
    queryKey: ["tenant", tenant, "agents", { ready }],
    queryFn: ({ pageParam }) => told(api.GET("/v1/tenants/{tenant}/agents", { params: { path: { tenant }, query: { ready: ready === undefined ? undefined : ready ? ("true" as const) : ("false" as const), cursor: pageParam, limit: 25 } } })),
    ...pages,
  });

export const progressQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "progress"],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/agents/check", path(tenant))),
    refetchInterval: (query) => (query.state.data?.progress.running ? often : whenAway(query)),
  });

export const testCallQuery = (tenant: string, call: string) =>
  queryOptions({
    queryKey: ["tenant", tenant, "test-call", call],
    queryFn: () => told(api.GET("/v1/tenants/{tenant}/test-calls/{call}", { params: { path: { tenant, call } } })),
    refetchInterval: (query) => (query.state.data?.over === false ? often / 2 : whenAway(query)),
  });

export const undoQuery = (tenant: string) =>
  queryOptions({ queryKey: ["tenant", tenant, "undo"], queryFn: () => told(api.GET("/v1/tenants/{tenant}/undo", path(tenant))) });

export const grantsQuery = (tenant: string) =>
  infiniteQueryOptions({
    queryKey: ["tenant", tenant, "grants"],
    queryFn: ({ pageParam }) => told(api.GET("/v1/tenants/{tenant}/grants", { params: { path: { tenant }, query: { cursor: pageParam } } })),
    ...pages,
  });

export const auditQuery = (tenant: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["audit", tenant ?? ""],
    queryFn: ({ pageParam }) => told(api.GET("/v1/audit", { params: { query: { tenant, cursor: pageParam } } })),
    ...pages,
  });

/** Of one month, 2026-11, or of all that there are. */
export const usageQuery = (month: string) =>
  infiniteQueryOptions({
    queryKey: ["usage", month],
    queryFn: ({ pageParam }) => told(api.GET("/v1/usage", { params: { query: { ...(month && { from: month, to: month }), cursor: pageParam } } })),
    ...pages,
  });

export interface TenantFilter {
  q?: string;
  state?: TenantState[];
  standing?: StandingState[];
  attention?: boolean;
  drift?: boolean;
}

const some = <T>(list: T[] | undefined) => (list?.length ? list : undefined);
const yes = (on: boolean | undefined) => (on ? ("true" as const) : undefined);

export const tenantsQuery = (f: TenantFilter, limit = 50) =>
  infiniteQueryOptions({
    queryKey: ["tenants", "list", f, limit],
    queryFn: ({ pageParam }) =>
      told(api.GET("/v1/tenants", { params: { query: { q: f.q || undefined, state: some(f.state), standing: some(f.standing), attention: yes(f.attention), drift: yes(f.drift), cursor: pageParam, limit } } })),
    ...pages,
    placeholderData: keepPreviousData,
    refetchInterval: seldom,
  });

export const summaryQuery = (limit: number) =>
  queryOptions({ queryKey: ["tenants", "summary", limit], queryFn: () => told(api.GET("/v1/tenants/summary", { params: { query: { limit } } })), refetchInterval: seldom });

export const invitationsQuery = infiniteQueryOptions({
  queryKey: ["invitations"],
  queryFn: ({ pageParam }) => told(api.GET("/v1/invitations", { params: { query: { cursor: pageParam } } })),
  ...pages,
});

/** All that there are: somebody chooses from them. */
export const regionsQuery = queryOptions({ queryKey: ["regions"], queryFn: () => allOf((cursor) => told(api.GET("/v1/regions", { params: { query: { cursor, limit: 200 } } }))) });

/** Events tell of changes; when a node told last is only found by asking. */
export const healthQuery = queryOptions({ queryKey: ["health"], queryFn: () => told(api.GET("/v1/health")), refetchInterval: seldom });

export const keysQuery = infiniteQueryOptions({
  queryKey: ["keys"],
  queryFn: ({ pageParam }) => told(api.GET("/v1/keys", { params: { query: { cursor: pageParam } } })),
  ...pages,
});

/** What a key can be given; it changes with the server only. */
export const scopesQuery = queryOptions({ queryKey: ["scopes"], queryFn: () => told(api.GET("/v1/keys/scopes")), staleTime: "static" });

/** The first tenants that a search finds among those that are still ours. */
export const tenantChoicesQuery = (text: string) =>
  queryOptions({
    queryKey: ["tenants", "choices", text],
    queryFn: async () => (await told(api.GET("/v1/tenants", { params: { query: { q: text, state: ["invited", "onboarding", "active", "suspended"], limit: 10 } } }))).items,
    enabled: text !== "",
    placeholderData: keepPreviousData,
  });

export const webhooksQuery = infiniteQueryOptions({
  queryKey: ["webhooks"],
  queryFn: ({ pageParam }) => told(api.GET("/v1/webhooks", { params: { query: { cursor: pageParam } } })),
  ...pages,
});

export const webhookQuery = (webhook: string) =>
  queryOptions({ queryKey: ["webhooks", webhook], queryFn: () => told(api.GET("/v1/webhooks/{webhook}", { params: { path: { webhook } } })), enabled: webhook !== "" });

export const deliveriesQuery = (webhook: string) =>
  infiniteQueryOptions({
    queryKey: ["webhooks", webhook, "deliveries"],
    queryFn: ({ pageParam }) => told(api.GET("/v1/webhooks/{webhook}/deliveries", { params: { path: { webhook }, query: { cursor: pageParam } } })),
    ...pages,
    refetchInterval: (query) => (query.state.data?.pages.some((p) => p.items.some((d) => d.state === "pending")) ? often : seldom),
  });

export interface CallFilter {
  ending?: string; // digits that a number ends with
  tenant?: string;
  result?: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
  day?: string; // 2026-11-30, in the viewer's zone
}

/** What the API asks of a filter: a day is one of the viewer's, and digits are searched for over the last month if no day is named. */
function spanOf({ day, ending }: CallFilter): { from?: string; to?: string } {
  if (!day) return ending ? { from: new Date(new Date().setHours(0, 0, 0, 0) - 30 * 86400_000).toISOString() } : {};
  const from = new Date(`${day}T00:00`);
  if (Number.isNaN(from.getTime())) return {};
  return { from: from.toISOString(), to: new Date(from.getFullYear(), from.getMonth(), from.getDate() + 1).toISOString() };
}

export const callsQuery = (f: CallFilter) =>
  infiniteQueryOptions({
    queryKey: ["calls", f.ending, f.tenant, f.result, f.day],
    queryFn: ({ pageParam }) => told(api.GET("/v1/calls", { params: { query: { ...spanOf(f), number_ending: f.ending ? String(f.ending) : undefined, tenant: f.tenant, result: f.result, cursor: pageParam } } })),
    ...pages,
    placeholderData: keepPreviousData,
    refetchInterval: seldom,
  });

/** A call that goes on has more to tell soon; one that is over only what webhooks still bring. */
export const explanationQuery = (call: string) =>
  queryOptions({
    queryKey: ["calls", "explanation", call],
    queryFn: () => told(api.GET("/v1/calls/{call}/explanation", { params: { path: { call } } })),
    refetchInterval: (query) => (!query.state.data ? whenAway(query) : query.state.data.phase === "ended" ? seldom : often),
  });
