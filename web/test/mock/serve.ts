// The API and the portal as the app sees them, without a server: a scenario,
// and what the viewer does to it. For developing and for browser tests.
import { randomUUID } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Plugin } from "vite";
import type { Key, TenantRow, TenantSummary, TestUserHours, TrunkProof, Webhook } from "../../src/api/types.ts";
import { callId, calls, explanation } from "./calls.ts";
import { MockProofs, over, signedReport } from "./proofs.ts";
import { healthReport } from "./trunks.ts";
import { examination, MockRouting, type Refusal } from "./routing.ts";
import { agent, ago, scenarios, tenantId, world, type Scenario, type World } from "./world.ts";

/** What the portal sends with the app; the browser tests fail if the app breaks it. */
const csp = (nonce: string) => `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

type Body = Record<string, unknown>;
interface Answer {
  status?: number;
  body?: unknown;
  type?: string;
}
type Handler = (given: { args: string[]; query: URLSearchParams; body: Body }) => Answer | undefined;

const problem = (status: number, code: string, detail: string): Answer => ({ status, body: { title: String(status), status, code, detail, request_id: "2YQH4D3KPXJ5V6WZC7BNA2TFRM" }, type: "application/problem+json" });
const unsafe = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** A scenario that can be talked to. */
export class Mock {
  world: World;
  invitation?: "used" | "revoked" | "expired";
  asked: string[] = [];
  routing: MockRouting;
  proofs: MockProofs;
  /** Whether the session is over. */
  signedOut = false;
  /** Whether the API does not answer; a way of asking: only that. */
  away: boolean | RegExp = false;
  /** Whether there is an event stream. */
  streaming = true;
  private streams = new Set<ServerResponse>();
  private call = 0;
  private hungUp = false;
  private looking: boolean;
  private routes: [string, RegExp, Handler][] = [];

  constructor(readonly scenario: Scenario) {
    this.world = world(scenario);
    this.looking = scenario === "many";
    this.routing = new MockRouting(scenario);
    this.proofs = new MockProofs(scenario);
    this.define();
  }

  private on(route: string, handler: Handler) {
    const [method, path] = route.split(" ") as [string, string];
    this.routes.push([method, new RegExp(`^${path.replace(/\{\w+\}/g, "([^/]+)").replaceAll(".", "\\.")}$`), handler]);
  }

  private page<R>(all: R[], query: URLSearchParams): Answer {
    const from = Number(query.get("cursor") ?? 0);
    const limit = Number(query.get("limit") ?? 50);
    return { body: { items: all.slice(from, from + limit), next: from + limit < all.length ? String(from + limit) : undefined } };
  }

  private define() {
    const w = () => this.world;
    const t = "/v1/tenants/{tenant}";
    const matches = (text: string, ...fields: string[]) => fields.some((f) => f.toLowerCase().includes(text.toLowerCase()));

    this.on("GET /portal/session", () => ({ body: w().session }));
    this.on("POST /portal/sign-out", () => {
      w().session = { signed_in: false, provider: w().session.provider };
      return { status: 204 };
    });
    this.on("GET /portal/invitations/{word}", ({ args: [word] }) => (word === "unknown" ? problem(404, "invitation_unknown", "there is no such invitation") : { body: { ...w().invitation, state: this.invitation ?? "open" } }));

    this.on("GET /v1/me", () => ({ body: { kind: "provider", key: "k1", name: "console", scopes: ["*"] } }));
    this.on("GET /v1/regions", () => ({ body: { items: [{ id: "eu", name: "Europe" }, { id: "us", name: "United States" }] } }));
    this.on("GET /v1/health", () => ({ body: this.scenario === "operator_empty" ? { at: ago(0), regions: [], trunks: [], peers: [] } : healthReport(this.proofs.all) }));
    this.on("GET /v1/tenants", ({ query }) => {
      const among = (name: string, value: string | undefined) => !query.has(name) || query.getAll(name).includes(value ?? "");
      const found = w().tenants.filter((x) => {
        const begins = `${x.name} ${x.id} ${x.entra_tenant_id ?? ""}`.toLowerCase().split(/\s+/);
        return (query.get("q") ?? "").toLowerCase().split(/\s+/).every((q) => begins.some((b) => b.startsWith(q)))
          && among("state", x.state) && among("standing", x.standing?.state) && among("attention", String(x.standing?.attention)) && among("drift", String(x.standing?.drift_since !== undefined));
      });
      return this.page(found, query);
    });
    this.on("GET /v1/tenants/summary", ({ query }) => {
      const all = w().tenants;
      const count = (is: (x: TenantRow) => boolean) => all.filter(is).length;
      const each = <K extends string>(kinds: K[], of: (x: TenantRow) => string | undefined) => Object.fromEntries(kinds.map((k) => [k, count((x) => of(x) === k)])) as Record<K, number>;
      const body: TenantSummary = {
        total: all.length, attention: count((x) => x.standing?.attention ?? false), drift: count((x) => x.standing?.drift_since !== undefined),
        states: each(["invited", "onboarding", "active", "suspended", "offboarded"], (x) => x.state),
        standings: { ...each(["ready", "needs_other", "waiting", "blocked", "paused"], (x) => x.standing?.state), unjudged: 0 },
        needy: all.filter((x) => x.standing?.attention).slice(0, Number(query.get("limit") ?? 12)),
      };
      return { body };
    });
    this.on("GET /v1/events/types", () => ({ body: { items: ["tenant.activated", "grant.changed", "onboarding.step", "call.ended", "call.hummed"].map((type) => ({ type, means: `What ${type} means.` })) } }));
    this.on(`GET ${t}/onboarding`, ({ args: [id] }) => (id === tenantId ? { body: w().track } : problem(404, "tenant_unknown", "there is no such tenant")));
    this.on(`GET ${t}/readiness`, () => ({ body: w().readiness }));
    this.on(`GET ${t}/grants`, ({ query }) => this.page(w().grants, query));
    this.on(`POST ${t}/consent`, () => ({ body: { url: "/tenant?consent=declined", expires_at: ago(-10) } }));
    this.on(`POST ${t}/consent/check`, () => ({ body: w().track }));
    this.on(`POST ${t}/handover`, ({ body }) => ({ body: { link: `https://tandem.northwind.example/onboard/${String(body.step)}-4fGq1dT7pXw9`, expires_at: ago(-60 * 24 * 14), needs: [] } }));
    this.on(`GET ${t}/federation`, () => ({ body: w().federation }));
    this.on(`POST ${t}/federation/check`, ({ body }) => {
      w().federation.proofs = [{ id: "p1", resource: "acs-eu", oid: String(body.oid), name: String(body.name), state: "ringing", started_at: ago(0), attempts: [] }];
      return { status: 202, body: w().federation };
    });
    this.on(`DELETE ${t}/federation/check`, () => {
      const running = w().federation.proofs.filter((p) => p.state === "ringing" || p.state === "waiting");
      if (running.length === 0) return problem(409, "proof_not_running", "no check of the federation is under way");
      for (const p of running) Object.assign(p, { state: "failed", verdict: "cancelled", ended_at: ago(0), next_at: undefined });
      return { body: w().federation };
    });
    this.on(`PUT ${t}/federation/test-user`, ({ body }) => {
      w().federation.test_user = { ...(body as unknown as TestUserHours), by: "user:77aa1c52-0000-4000-8000-00000000ad41", by_name: "Ana Ruiz", named_at: ago(0), next_at: ago(-60) };
      return { body: w().federation };
    });
    this.on(`DELETE ${t}/federation/test-user`, () => {
      delete w().federation.test_user;
      return { body: w().federation };
    });
    this.on(`GET ${t}/people`, ({ query }) => ({ body: { items: w().people.filter((p) => matches(query.get("search") ?? "", p.name, p.upn ?? "")).slice(0, 20).map((p) => ({ ...p, agent: w().agents.find((a) => a.oid === p.oid)?.id })) } }));
    this.on(`GET ${t}/groups`, ({ query }) => ({ body: { items: [{ id: "g1", name: "Service desk" }, { id: "g2", name: "Customer care" }].filter((g) => matches(query.get("search") ?? "", g.name)) } }));
    this.on(`GET ${t}/agent-groups`, () => ({ body: { items: w().agents.length ? [{ id: "g1", name: "Service desk", members: 12, added_by: "Ana Ruiz", added_at: ago(50), synced_at: ago(2) }] : [] } }));
    this.on(`GET ${t}/agents`, ({ query }) => this.page(w().agents.filter((a) => !query.get("ready") || String(a.ready) === query.get("ready")), query));
    this.on(`POST ${t}/agents`, ({ body }) => {
      const oids = body.oids as string[];
      for (const oid of oids) w().agents.unshift(agent(w().people.findIndex((p) => p.oid === oid)));
      const ready = w().agents.filter((a) => a.ready).length;
      w().readiness.agents = { total: w().agents.length, ready, not_ready: w().agents.length - ready, unchecked: 0, paused: 0 };
      return { body: { added: oids.length, refused: [] } };
    });
    this.on(`GET ${t}/agents/check`, () => ({ body: { progress: this.looking ? { running: true, total: 10_000, done: 3_742, started_at: ago(1) } : { running: false, total: 0, done: 0 } } }));
    this.on(`POST ${t}/agents/check`, () => ({ status: 202, body: { progress: { running: true, total: w().agents.length, done: 0, started_at: ago(0) } } }));
    this.on(`DELETE ${t}/agents/check`, () => {
      this.looking = false;
      return { body: { progress: { running: false, total: 10_000, done: 3_742 } } };
    });
    this.on(`GET ${t}/agents/fixes`, () => ({ body: { script: "# everything that PowerShell can mend\nSet-CsPhoneNumberAssignment -Identity 'carol.turing@contoso-airlines.example' -EnterpriseVoiceEnabled $true\n" } }));
    this.on("DELETE /v1/agents/{agent}", ({ args: [id] }) => {
      const w = this.world;
      if (w.agents.find((a) => a.id === id)?.name === "Carol Turing") return problem(409, "agent_in_use", "the agent is in the list of a number: take him out there first");
      w.agents = w.agents.filter((a) => a.id !== id);
      return { status: 204 };
    });
    this.on("POST /v1/agents/{agent}/pause", ({ args: [id] }) => this.turn(id, ago(0)));
    this.on("POST /v1/agents/{agent}/resume", ({ args: [id] }) => this.turn(id, undefined));
    this.on(`POST ${t}/test-calls`, () => {
      this.call = 0;
      this.hungUp = false;
      return { status: 202, body: { call: "call-1" } };
    });
    this.on(`POST ${t}/test-calls/{call}/hangup`, () => {
      this.hungUp = true;
      return { status: 202 };
    });
    // Each look at the call finds it a step further.
    this.on(`GET ${t}/test-calls/{call}`, () => {
      const all = ["placed", "ringing", "answered", "ended"].map((state, i) => ({ at: ago(0.2 - i * 0.05), state, ...(state === "ended" ? { code: 200, sub_code: 0, message: "The conversation has ended." } : {}) }));
      if (this.hungUp) return { body: { steps: [all[0], all[1], { ...all[3], code: undefined, message: "hung up" }], over: true, verdict: "inconclusive", cure: { code: "try_again", who: [], text: "Try again." } } };
      this.call = Math.min(this.call + 1, this.scenario === "people" ? 2 : all.length);
      const over = this.call === all.length;
      return { body: { steps: all.slice(0, this.call), over, verdict: over ? "authorised" : "" } };
    });
    this.on(`POST ${t}/pause`, () => {
      w().track.state = "paused";
      w().track.tenant.paused_at = ago(0);
      return { status: 204 };
    });
    this.on(`POST ${t}/resume`, () => {
      w().track.state = "ready";
      w().track.tenant.paused_at = undefined;
      return { status: 204 };
    });
    this.on(`GET ${t}/undo`, () => ({ body: { script: "# undo", steps: [{ code: "federation", who: ["teams_administrator"], text: "", command: "Set-CsTeamsAcsFederationConfiguration -AllowedAcsResources $rest" }, { code: "enterprise_app", who: ["global_administrator"], text: "" }, { code: "data", text: "" }] } }));
    this.on("GET /v1/audit", ({ query }) => this.page(w().audit, query));
    this.on("GET /v1/audit.csv", () => ({ body: "at,actor\n", type: "text/csv" }));
    this.on("GET /v1/usage", ({ query }) => this.page(w().usage.filter((u) => u.month >= (query.get("from") ?? "") && u.month <= (query.get("to") ?? "9")), query));
    this.on("GET /v1/usage.csv", () => ({ body: "month,tenant\n", type: "text/csv" }));
    this.on("GET /v1/invitations", ({ query }) => this.page(w().invitations, query));
    this.on("POST /v1/invitations", ({ body }) => ({
      body: {
        items: (body.items as Body[]).map((row, index) =>
          row.name === "Contoso Airlines"
            ? { index, state: "refused", problem: { title: "", status: 409, code: "tenant_exists", detail: "there is a tenant of this name" } }
            : { index, state: "created", tenant: tenantId, invitation: `n${index}`, link: `https://tandem.northwind.example/onboard/Zk3vR8qL1mN${index}pQ7sT2wX9yB4cD` },
        ),
      },
    }));
    this.on("DELETE /v1/invitations/{invitation}", ({ args: [id] }) => {
      for (const i of w().invitations) if (i.id === id) i.state = "revoked";
      return { status: 204 };
    });
    this.on("GET /v1/calls", ({ query }) => {
      const all = w().tenants.length ? calls(tenantId) : [];
      return this.page(all.filter((c) => (!query.get("result") || c.ending?.result === query.get("result")) && (!query.get("number_ending") || c.caller?.endsWith(query.get("number_ending") ?? ""))), query);
    });
    this.on("GET /v1/calls/{call}/explanation", ({ args: [id] }) => (id === callId ? { body: explanation(tenantId) } : problem(404, "call_unknown", "there is no such call")));
    this.on("GET /v1/calls/{call}/explanation.txt", () => ({ body: "ladder", type: "text/plain" }));
    this.on("GET /v1/calls/{call}/messages.pcap", () => ({ body: "pcap", type: "application/vnd.tcpdump.pcap" }));
    this.defineRouting();
    this.defineProofs();
    this.on("GET /v1/keys", ({ query }) => this.page(w().keys, query));
    this.on("GET /v1/keys/scopes", () => ({ body: { items: [...["tenants.read", "agents.read", "calls.read", "calls.write", "events.read", "webhooks.read"].map((scope) => ({ scope, tenant: true })), ...["tenants.write", "peers.read", "*"].map((scope) => ({ scope, tenant: false }))] } }));
    this.on("POST /v1/keys", ({ body }) => {
      const key: Key = { ...(body as Pick<Key, "name" | "scopes" | "tenant" | "expires_at">), tenant_name: w().tenants.find((x) => x.id === body.tenant)?.name, id: randomUUID(), hint: "tdm_1234", created_at: ago(0) };
      w().keys.unshift(key);
      return { status: 201, body: { ...key, tenant_name: undefined, key: "tdm_1234_only_a_mock" } };
    });
    this.on("GET /v1/webhooks", ({ query }) => this.page(w().webhooks, query));
    this.on("POST /v1/webhooks", ({ body }) => {
      const hook: Webhook = { ...(body as Pick<Webhook, "url" | "description" | "types">), id: randomUUID(), enabled: true, created_at: ago(0) };
      w().webhooks.unshift(hook);
      return { status: 201, body: { ...hook, secret: "whsec_only_a_mock" } };
    });
    const one = (id: string | undefined, change: Partial<Webhook> = {}) => {
      const hook = w().webhooks.find((h) => h.id === id);
      return hook ? { status: 200, body: Object.assign(hook, change) } : problem(404, "webhook_unknown", "there is no such webhook");
    };
    this.on("GET /v1/webhooks/{webhook}", ({ args: [id] }) => one(id));
    this.on("PATCH /v1/webhooks/{webhook}", ({ args: [id], body }) => one(id, { ...(body as Partial<Webhook>), ...(body.enabled === undefined ? {} : { disabled_reason: body.enabled ? undefined : ("asked" as const) }) }));
    this.on("DELETE /v1/webhooks/{webhook}", ({ args: [id] }) => {
      w().webhooks = w().webhooks.filter((h) => h.id !== id);
      return { status: 204 };
    });
    this.on("POST /v1/webhooks/{webhook}/rotate", ({ args: [id], body }) => {
      const { status, body: hook } = one(id, { previous_secret_until: body.keep_previous === 0 ? undefined : ago(-24 * 60) });
      return { status, body: { ...(hook as object), secret: "whsec_another_mock" } };
    });
    this.on("POST /v1/webhooks/{webhook}/test", ({ args: [id] }) => ({ body: { at: ago(0), took: 0.1, ...(id === "w1" ? { status: 204 } : { error: "no answer in time" }) } }));
    this.on("GET /v1/webhooks/{webhook}/deliveries", ({ query }) => this.page(w().deliveries, query));
    this.on("POST /v1/webhooks/{webhook}/replay", () => ({ body: { asked: 1 } }));
  }

  private defineRouting() {
    const r = this.routing;
    const answer = (x: object | Refusal | undefined): Answer => (!x ? problem(404, "domain_unknown", "there is no such domain") : "status" in x ? { status: x.status, body: { title: "", ...x, request_id: "2YQH4D3KPXJ5V6WZC7BNA2TFRM" }, type: "application/problem+json" } : { body: x });
    this.on("GET /v1/resources", () => ({ body: { items: [{ id: "eu-1", region: "eu", direct_routing: true }, { id: "us-1", region: "us", direct_routing: true }] } }));
    this.on("GET /v1/resources/{resource}/routing", () => ({ body: r.registry }));
    this.on("GET /v1/resources/{resource}/routing/observed", () => ({ body: r.observed }));
    this.on("POST /v1/resources/{resource}/routing/import", ({ body }) => {
      r.registry = r.far;
      const imported = r.plan({ reason: String(body.reason) });
      return answer("status" in imported ? imported : Object.assign(imported, { state: "active" }));
    });
    this.on("GET /v1/resources/{resource}/domains", () => ({ body: { items: r.domains } }));
    this.on("PUT /v1/resources/{resource}/domains/{domain}", ({ args: [, domain], body }) => answer(r.mark(domain ?? "", body)));
    this.on("GET /v1/plans", ({ query }) => this.page(r.summaries(), query));
    this.on("POST /v1/plans", ({ body }) => answer(r.plan(body)));
    this.on("GET /v1/plans/{plan}", ({ args: [id] }) => answer(r.plans.find((p) => p.id === id) ?? { status: 404, code: "plan_unknown", detail: "there is no such plan" }));
    this.on("POST /v1/plans/{plan}/apply", ({ args: [id] }) => answer(r.apply(id)));
    this.on("GET /v1/doctor", () => ({ body: examination(this.scenario) }));
  }

  private defineProofs() {
    const p = this.proofs;
    const one = (id: string | undefined, body: (x: TrunkProof) => object): Answer => {
      const found = p.all.find((x) => x.id === id);
      return found ? { body: body(found) } : problem(404, "proof_unknown", "there is no such proof");
    };
    this.on("GET /v1/trunks", ({ query }) => this.page(p.trunks, query));
    this.on("GET /v1/proofs", ({ query }) => this.page(p.all.filter((x) => !query.get("trunk") || x.trunk === query.get("trunk")), query));
    this.on("POST /v1/proofs", ({ body }) => {
      if (p.all.some((x) => x.trunk === body.trunk && !over(x))) return problem(409, "proof_under_way", "the trunk is being proved already");
      return { status: 201, body: p.ask(String(body.trunk)) };
    });
    this.on("GET /v1/proofs/{proof}", ({ args: [id] }) => one(id, (x) => x));
    this.on("GET /v1/proofs/{proof}/report.json", ({ args: [id] }) => one(id, signedReport));
    this.on("GET /v1/proofs/{proof}/report.html", () => ({ body: "<!doctype html>\n<title>Proof</title>\n", type: "text/html" }));
  }

  /** Tells everybody who listens of an event. */
  tell(type: string) {
    for (const stream of this.streams) stream.write(`id: ${randomUUID()}\nevent: ${type}\ndata: {}\n\n`);
  }

  /** How many listen. */
  get listening() {
    return this.streams.size;
  }

  /** Breaks all streams, and has no others until streaming is true again. */
  breakStreams() {
    this.streaming = false;
    for (const stream of this.streams) stream.end();
  }

  private stream(response: ServerResponse) {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write("retry: 100\n: events\n\n");
    this.streams.add(response);
    response.on("close", () => this.streams.delete(response));
  }

  private turn(id: string | undefined, at: string | undefined): Answer {
    for (const a of this.world.agents) if (a.id === id) a.paused_at = at;
    return { status: 204 };
  }

  /** Answers a request of the API or the portal; false if it is neither. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (!/^\/(v1|portal)\//.test(url.pathname)) return false;
    const method = request.method ?? "GET";
    this.asked.push(`${method} ${url.pathname}${url.search}`);
    if (url.pathname === "/v1/events/stream" && this.streaming && this.scenario !== "down") {
      this.stream(response);
      return true;
    }
    const answer = this.refused(request, method, url.pathname) ?? (await this.routed(request, method, url));
    response.writeHead(answer.status ?? 200, { "Content-Type": answer.type ?? "application/json", "Cache-Control": "no-store" });
    response.end(answer.body === undefined ? undefined : typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    return true;
  }

  private refused(request: IncomingMessage, method: string, path: string): Answer | undefined {
    if (this.signedOut && path.startsWith("/v1/")) return problem(401, "session_expired", "you have been signed out; sign in again");
    if (this.away === true || (this.away && this.away.test(this.asked.at(-1) ?? ""))) return problem(503, "unavailable", "the database is away");
    if (this.scenario === "down" || (this.scenario === "operator_down" && /^\/v1\/(tenants|health|proofs)/.test(path))) return problem(503, "unavailable", "the database is away");
    if (unsafe.has(method) && !request.headers.authorization && request.headers["x-csrf-token"] !== this.world.session.csrf) return problem(403, "csrf_failed", "the token is not this session's");
    return undefined;
  }

  private async routed(request: IncomingMessage, method: string, url: URL): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length ? (JSON.parse(Buffer.concat(chunks).toString()) as Body) : {};
    for (const [m, path, handler] of this.routes) {
      const found = m === method && path.exec(url.pathname);
      if (found) return handler({ args: found.slice(1), query: url.searchParams, body }) ?? { status: 204 };
    }
    return problem(404, "route_unknown", `${method} ${url.pathname} is not served`);
  }
}

const types: Record<string, string> = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8" };

/** Serves the built app on a free port; answer takes what is not the app's, and says whether it did. */
export async function serveApp(dist: string, answer: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>) {
  const server = createServer((request, response) => {
    void answer(request, response).then((answered) => {
      if (answered) return;
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const file = join(dist, path);
      const found = path !== "/" && !path.includes("..") && existsSync(file) && statSync(file).isFile() ? file : join(dist, "index.html");
      const nonce = randomUUID();
      response.writeHead(200, { "Content-Type": types[extname(found)] ?? "application/octet-stream", "Content-Security-Policy": csp(nonce) });
      if (extname(found) === ".html") response.end(readFileSync(found, "utf8").replace("<head>", `<head><meta property="csp-nonce" nonce="${nonce}">`));
      else createReadStream(found).pipe(response);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

/** Serves the built app with a scenario. */
export async function serve(scenario: Scenario, dist: string) {
  const mock = new Mock(scenario);
  return { mock, ...(await serveApp(dist, (request, response) => mock.answer(request, response))) };
}

/** For `MOCK=federation_waiting npm run dev`. */
export function mockPlugin(scenario: string): Plugin {
  if (!scenarios.includes(scenario as Scenario)) throw new Error(`MOCK must be one of ${scenarios.join(", ")}`);
  const mock = new Mock(scenario as Scenario);
  return {
    name: "mock",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        void mock.answer(request, response).then((answered) => answered || next());
      });
    },
  };
}
