// One resource's routing, its plans, and what the doctor finds: as the API has them.
import type { Examination, Plan, PlanSummary, RoutingDocument, TrunkDomain } from "../../src/api/types.ts";
import { compare, same, tidy } from "../../src/console/routing.ts";
import { ago } from "./world.ts";

const e0 = "e0.eu.sbc.example.net";
const olga = { author: "user:77aa1c52-0000-4000-8000-00000000ad41", author_name: "Olga Petrova" };
const uuid = (n: number) => `019ad3f0-1c00-7f00-8a4b-${String(n).padStart(12, "0")}`;

export const firstPlan = uuid(1);

const first: RoutingDocument = { trunks: [{ fqdn: e0, port: 5061 }], routes: [{ name: "all", description: "everything else", pattern: "^\\+[1-9]\\d{3,14}$", trunks: [e0] }] };
const second: RoutingDocument = { ...first, routes: [{ name: "Germany", pattern: "^\\+49\\d{3,13}$", trunks: [e0], caller_id_override: "+493012345600" }, ...first.routes] };

/** What is wrong with a document, as the API says it. */
function wrong(d: RoutingDocument): { location: string; message: string }[] {
  const known = d.trunks.map((t) => t.fqdn);
  return [
    ...d.trunks.flatMap((t, i) => [
      ...(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(t.fqdn) ? [] : [{ location: `trunks[${i}].fqdn`, message: "must be a host name with a domain, in lower case, without wildcard and not an address" }]),
      ...(t.fqdn.startsWith("teams.") ? [{ location: "trunks", message: `${t.fqdn} is a trunk of Teams direct routing, and an FQDN is never in both: choose another name, or delete that trunk if Teams has it no more` }] : []),
    ]),
    ...d.routes.flatMap((r, i) => [
      ...(r.name ? [] : [{ location: `routes[${i}].name`, message: "must have 1 to 256 characters" }]),
      ...(r.pattern && !r.pattern.includes("(?!") ? [] : [{ location: `routes[${i}].pattern`, message: "must be a regular expression that can be checked here, without look-around and back-references, such as ^\\+49\\d{3,13}$" }]),
      ...r.trunks.flatMap((t, n) => (known.includes(t) ? [] : [{ location: `routes[${i}].trunks[${n}]`, message: `${t} is not a trunk of this resource: create it there first, or take it out of the route` }])),
    ]),
  ];
}

export type Refusal = { status: number; code: string; detail: string; errors?: { location: string; message: string }[] };

export class MockRouting {
  registry = second;
  far = second;
  plans: Plan[];
  domains: TrunkDomain[] = [{ name: "eu.sbc.example.net", state: "verified", trunks: [] }];
  /** Whether somebody else is applying. */
  busy = false;

  constructor(scenario: string) {
    const done = { notes: [], base: "9f86d0", resource: "eu-1", applier: olga.author, applier_name: olga.author_name };
    this.plans = scenario === "operator_empty" ? [] : [
      { ...done, ...olga, id: uuid(2), state: "active", reason: "Calls to Germany show our number", changes: compare(first, second).map((c) => ({ ...c, text: "" })), document: second, created_at: ago(90), ended_at: ago(89) },
      { ...done, author: "key:6f0d2b57", author_name: "night shift", id: firstPlan, state: "replaced", reason: "As it was made in the portal", changes: [], document: first, created_at: ago(6000), ended_at: ago(6000) },
    ];
  }

  get observed() {
    return {
      document: this.far, domains: this.domains.map((d) => ({ name: d.name, verified: d.state === "verified" })),
      trunks: this.far.trunks.map((t, i) => (i ? { fqdn: t.fqdn, disabled: false, tls: "certExpiring", ping: "expired", overall: "inactive", reason: "noRecentPings" } : { fqdn: t.fqdn, disabled: false, tls: "ok", ping: "ok", overall: "active" })),
    };
  }

  summaries(): PlanSummary[] {
    return this.plans.map((p) => ({ id: p.id, resource: p.resource, state: p.state, reason: p.reason, author: p.author, author_name: p.author_name, rolls_back_to: p.rolls_back_to, error: p.error, created_at: p.created_at, ended_at: p.ended_at, changes: p.changes.length }));
  }

  plan(asked: { reason?: string; document?: RoutingDocument; roll_back_to?: string }): Plan | Refusal {
    const document = tidy(this.plans.find((p) => p.id === asked.roll_back_to)?.document ?? asked.document ?? this.registry);
    const errors = wrong(asked.document ?? document);
    if (errors.length) return { status: 422, code: "routing_invalid", detail: "the routing is not valid", errors };
    for (const t of document.trunks) {
      const domain = t.fqdn.slice(t.fqdn.indexOf(".") + 1);
      if (!this.domains.some((d) => d.name === domain)) this.domains.push({ name: domain, state: "open", trunks: [t.fqdn] });
    }
    const bare = document.trunks.filter((t) => this.domains.some((d) => t.fqdn.endsWith(`.${d.name}`) && d.state !== "verified"));
    const plan: Plan = {
      id: uuid(this.plans.length + 1), resource: "eu-1", state: "planned", reason: asked.reason, ...olga, rolls_back_to: asked.roll_back_to, base: JSON.stringify(this.far), document,
      changes: compare(this.far, document).map((c) => ({ ...c, text: "" })),
      notes: [
        ...(document.routes.length > 1 ? [{ code: "routes_overlap", subject: "all", text: 'routes "Germany" and "all" both match numbers such as +490000: "Germany" is tried first' }] : []),
        ...bare.map((t) => ({ code: "domain_not_verified", subject: t.fqdn, text: `Microsoft does not list the domain of trunk ${t.fqdn} as verified, and refuses the trunk if it is not` })),
      ],
      created_at: ago(0),
    };
    this.plans.unshift(plan);
    return plan;
  }

  apply(id: string | undefined): Plan | Refusal {
    const plan = this.plans.find((p) => p.id === id);
    if (!plan) return { status: 404, code: "plan_unknown", detail: "there is no such plan" };
    if (this.busy) return { status: 409, code: "apply_under_way", detail: "Ben Kay has been applying a plan to resource eu-1 since 14:02:11: wait for its end, then plan again" };
    if (!same(JSON.parse(plan.base) as RoutingDocument, this.far)) {
      const detail = "somebody has changed the resource at Microsoft since this was planned (+ trunk x.eu.sbc.example.net): plan again";
      Object.assign(plan, { state: "failed", error: detail, ended_at: ago(0) });
      return { status: 409, code: "base_changed", detail };
    }
    for (const p of this.plans) if (p.state === "active" || p.state === "activating") p.state = "replaced";
    this.far = this.registry = plan.document;
    return Object.assign(plan, { state: "activating" as const, applier: olga.author, applier_name: olga.author_name, ended_at: ago(0) });
  }

  mark(name: string, said: { txt?: string; published?: boolean; verified?: boolean }): TrunkDomain | undefined {
    const d = this.domains.find((x) => x.name === name);
    const by = { by: olga.author, by_name: olga.author_name, at: ago(0) };
    return d && Object.assign(d, { txt: said.txt ?? d.txt, published: said.published ? (d.published ?? by) : undefined, verified: said.verified ? by : undefined, state: said.verified ? "claimed" : said.published ? "published" : "open" });
  }
}

export const examination = (scenario: string): Examination => ({
  at: ago(0), ok: scenario === "operator_empty",
  findings: [
    { id: "settings", state: "ok", found: "the settings can be used" },
    { id: "database.version", state: "ok", found: "PostgreSQL 17.2" },
    { id: "clock.database", state: "ok", found: "0.01 s from the database server" },
    ...(scenario === "operator_empty" ? [] : [
      { id: "dns.trunk", subject: e0, state: "fail", found: `${e0} leads to 192.0.2.7, which is neither an address of this machine nor what it advertises (198.51.100.4): Microsoft's calls and OPTIONS go elsewhere`, fix: "correct the A record, or set sip.media.advertise if this machine is reached at 192.0.2.7" } as const,
      { id: "certificate.validity", subject: e0, state: "warn", found: "expires in 12 days", fix: "renew it; a new file is taken up without a restart" } as const,
      { id: "port", subject: "tcp 198.51.100.4:5061", state: "not-checked", found: "it is in use, as it is while Tandem runs", fix: "stop Tandem to have it looked at" } as const,
    ]),
  ],
});
