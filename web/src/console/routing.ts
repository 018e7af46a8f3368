// Routing documents as people edit and compare them: pure, beside the pages that use it.
import type { Plan, Problem, RoutingDocument, VoiceRoute } from "../api/types";

export type Change = Pick<Plan["changes"][number], "action" | "of" | "name" | "lines">;

export const emptyRoute = (): VoiceRoute => ({ name: "", pattern: "", trunks: [] });

const plain = (fqdn: string) => fqdn.trim().toLowerCase().replace(/\.$/, "");

/** A document without what means nothing: what two have in common is written alike. */
export function tidy(d: RoutingDocument): RoutingDocument {
  return {
    trunks: d.trunks.map((t) => ({ fqdn: plain(t.fqdn), port: t.port ?? 5061 })).sort((a, b) => (a.fqdn < b.fqdn ? -1 : 1)),
    routes: d.routes.map((r) => ({
      name: r.name.trim(), ...(r.description ? { description: r.description } : {}), pattern: r.pattern, trunks: r.trunks.map(plain),
      ...(r.caller_id_override ? { caller_id_override: r.caller_id_override } : {}),
    })),
  };
}

export const textOf = (d: RoutingDocument) => `${JSON.stringify(d, null, 2)}\n`;

export const same = (a: RoutingDocument, b: RoutingDocument) => textOf(tidy(a)) === textOf(tidy(b));

/** A document that somebody typed, or what the browser says of its form; "" if it is JSON and no document. */
export function read(text: string): { document: RoutingDocument } | { message: string } {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    return { message: (error as Error).message };
  }
  const d = given as Partial<RoutingDocument> | null;
  if (typeof d !== "object" || d === null || !Array.isArray(d.trunks) || !Array.isArray(d.routes)) return { message: "" };
  const whole = d.trunks.every((t) => typeof t?.fqdn === "string") && d.routes.every((r) => typeof r?.name === "string" && typeof r.pattern === "string" && Array.isArray(r.trunks));
  return whole ? { document: { trunks: d.trunks, routes: d.routes } } : { message: "" };
}

/** What is wrong at each place of a document, by paths such as routes[1].pattern. */
export function mistakes(problem: Problem | undefined): Map<string, string> {
  const all = new Map<string, string>();
  for (const e of problem?.errors ?? []) {
    const place = (e.location ?? "").replace(/^body\./, "").replace(/^document\./, "");
    all.set(place, [all.get(place), e.message].filter(Boolean).join("; "));
  }
  return all;
}

const none = "(none)";
const listed = (names: string[]) => names.join(", ") || none;
const parts = (r: VoiceRoute): [string, string][] => [["pattern", r.pattern], ["trunks", listed(r.trunks)], ["description", r.description || none], ["caller id", r.caller_id_override || none]];

/** What makes the first document the second, as a plan tells it. */
export function compare(before: RoutingDocument, after: RoutingDocument): Change[] {
  const [was, is] = [tidy(before), tidy(after)];
  const changes: Change[] = [];
  const ports = new Map(was.trunks.map((t) => [t.fqdn, t.port]));
  for (const t of is.trunks) {
    const port = ports.get(t.fqdn);
    if (port === undefined) changes.push({ action: "add", of: "trunk", name: t.fqdn, lines: [`port: ${t.port}`] });
    else if (port !== t.port) changes.push({ action: "change", of: "trunk", name: t.fqdn, lines: [`port: ${port} → ${t.port}`] });
  }
  const had = new Map(was.routes.map((r) => [r.name, r]));
  const has = new Map(is.routes.map((r) => [r.name, r]));
  for (const r of was.routes) if (!has.has(r.name)) changes.push({ action: "remove", of: "route", name: r.name, lines: [] });
  is.routes.forEach((r, i) => {
    const old = had.get(r.name);
    if (!old) {
      changes.push({ action: "add", of: "route", name: r.name, lines: [`place: ${i + 1}`, ...parts(r).filter(([, v]) => v !== none).map(([k, v]) => `${k}: ${v}`)] });
      return;
    }
    const lines = parts(r).flatMap(([k, v], n) => { const before = parts(old)[n]?.[1]; return before === v ? [] : [`${k}: ${before} → ${v}`]; });
    if (lines.length) changes.push({ action: "change", of: "route", name: r.name, lines });
  });
  const order = (routes: VoiceRoute[], other: Map<string, VoiceRoute>) => routes.filter((r) => other.has(r.name)).map((r) => `"${r.name}"`).join(", ");
  const [first, then] = [order(was.routes, has), order(is.routes, had)];
  if (first !== then) changes.push({ action: "reorder", of: "routes", lines: [`${first} → ${then}`] });
  const stays = new Set(is.trunks.map((t) => t.fqdn));
  for (const t of was.trunks) if (!stays.has(t.fqdn)) changes.push({ action: "remove", of: "trunk", name: t.fqdn, lines: [] });
  return changes;
}
