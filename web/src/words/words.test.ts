import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test, vi } from "vitest";
import { speak, type Message } from ".";
import { en } from "./en";
import { es } from "./es";
import { health } from "./health.es";

vi.stubGlobal("navigator", { languages: ["en-GB", "es-ES"] });

const texts = (m: Message) => (typeof m === "string" ? [m] : [m.one, m.other]);
const placeholders = (m: Message) => [...new Set(texts(m).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();

test("both catalogues have the same keys, shapes and placeholders", () => {
  expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
  for (const [key, english] of Object.entries(en as Record<string, Message>)) {
    const spanish = (es as Record<string, Message>)[key] as Message;
    expect(typeof spanish, key).toBe(typeof english);
    expect(placeholders(spanish), key).toEqual(placeholders(english));
  }
});

test("words are dry: no exclamation marks, no spaces at the ends", () => {
  for (const catalogue of [en, es]) {
    for (const [key, message] of Object.entries(catalogue as Record<string, Message>)) {
      for (const text of texts(message)) {
        expect(text, key).not.toMatch(/[!¡]|^\s|\s$/);
        expect(text, key).not.toBe("");
      }
    }
  }
});

test("each change that the API makes has words in the audit trail", () => {
  // What package onboarding does it tells in words of its own (leavesTrail in audit.go).
  const told = /^(invite|revokeInvitation|handOver|(ask|check)Consent|(check|cancel)Federation(Check)?|(name|forget)TestUser|addAgents|(add|remove)AgentGroup|(pause|resume)(Agent|Tenant)|checkAgents|cancelAgentCheck|makeTestCall|hangUpTestCall|offboardTenant)$/;
  const paths = (JSON.parse(readFileSync("../internal/api/openapi.json", "utf8")) as { paths: Record<string, Record<string, { operationId: string }>> }).paths;
  const changes = Object.values(paths).flatMap((methods) => Object.entries(methods).flatMap(([method, { operationId }]) => (method === "get" || told.test(operationId) ? [] : [`action.${operationId}`])));
  expect(changes.length).toBeGreaterThan(20);
  expect(changes.filter((key) => !(key in en))).toEqual([]);
});

test("each type of event has words", () => {
  const types = [...readFileSync("../internal/provider/event.go", "utf8").matchAll(/EventType = "([a-z_.]+)"/g)].map((m) => m[1]).filter((t) => t !== "webhook.test");
  expect(types.length).toBeGreaterThan(5);
  expect(types.filter((t) => !(`event.${t}` in en))).toEqual([]);
});

test("each reason of a condition has words in Spanish, and a cure", () => {
  const codes = ["trunk/condition.go", "trunk/hold.go", "api/admin/health.go"].flatMap((file) => [...readFileSync(`../internal/${file}`, "utf8").matchAll(/(?:Reason\{\s*(?:Code: )?|nodeSilent = )"([a-z_]+)"/g)].map((m) => m[1] ?? ""));
  expect(codes.length).toBeGreaterThan(15);
  const certificate = [...readFileSync("../internal/check/doctor_certificate.go", "utf8").matchAll(/add\("(key|name|validity|usage|chain)", Fail/g)].map((m) => `certificate.${m[1]}`);
  expect([...codes, ...certificate, "dns.trunk"].filter((code) => !health[code]?.every(Boolean))).toEqual([]);
});

// What the server can say to somebody who comes back from Microsoft (Portal.back and
// Portal.returned), found where it is said.
const said = {
  "api/portal/signin.go": [], "api/portal/consent.go": [], "onboarding/signin.go": [], "tenant/invitation.go": [],
  "microsoft/entra/signin.go": ["entra_config"], "microsoft/entra/idtoken.go": [], "microsoft/entra/credential.go": ["entra_config"],
  "microsoft/entra/refusal.go": ["consent_missing", "service_missing", "entra_refused"], // of tokens, not of people
  "postgres/sessions.go": ["session_unknown", "session_expired", "session_invalid", "journey_invalid"], "postgres/invitations.go": ["invitation_invalid"],
} satisfies Record<string, string[]>;

test("each way of being refused by Microsoft or at the door has words", () => {
  const codes = new Set(["internal", "database_away", "database_busy"]); // of any request
  for (const [file, elsewhere] of Object.entries(said)) {
    const found = [...readFileSync(`../internal/${file}`, "utf8").matchAll(/fault\.(?:Forbidden|Unauthenticated|NotFound|Gone|Conflict|Exhausted|Unavailable|Internal|Invalid)\("([a-z_]+)"/g)].map((m) => m[1] ?? "");
    expect(found.length, file).toBeGreaterThan(0);
    for (const code of found) if (!(elsewhere as string[]).includes(code) && code !== "entra_tenant_id") codes.add(code);
  }
  expect(codes.size).toBeGreaterThan(30);
  const worded = (group: string) => Object.keys(en).filter((key) => key.startsWith(`${group}.`) && key !== `${group}.other`).map((key) => key.slice(group.length + 1)).sort();
  expect(worded("sign_in_error")).toEqual([...codes].sort());
  expect(worded("sign_in_do")).toEqual([...codes].sort());
});

test("whatever the console can ask for that is not there, and each key that is refused, has words and a cure", () => {
  const files = ["api/admin/auth.go", "api/admin/keys.go", "api/admin/webhooks.go", "api/admin/proofs.go", "api/admin/explanation.go", "api/admin/invitations.go", "api/admin/calls.go", "provider/key.go", "postgres/proofs.go", "postgres/routing.go", "postgres/webhooks.go"];
  const codes = files.flatMap((file) => [...readFileSync(`../internal/${file}`, "utf8").matchAll(/fault\.(?:NotFound|Unauthenticated|Forbidden)\("([a-z_]+)"/g)].map((m) => m[1] ?? ""));
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.flatMap((code) => [`problem.${code}`, `problem_do.${code}`]).filter((key) => !(key in en))).toEqual([]);
});

test("whatever keeps the directory from answering has words", () => {
  const codes = [...readFileSync("../internal/microsoft/graph/client.go", "utf8").matchAll(/fault\.(?:Forbidden|Unavailable)\("([a-z_]+)"/g)].map((m) => m[1] ?? "");
  expect(codes).toContain("directory_throttled");
  expect(codes.flatMap((code) => [`problem.${code}`, `problem_do.${code}`]).filter((key) => !(key in en))).toEqual([]);
});

describe("speaking", () => {
  const english = speak("en", en);
  const spanish = speak("es", es);
  const noon = Date.parse("2026-11-29T12:00:00Z");

  test("plurals", () => {
    expect(english.t("people.found", { count: 1 })).toBe("1 person found");
    expect(english.t("people.found", { count: 10000 })).toBe("10,000 people found");
    expect(spanish.t("people.found", { count: 1 })).toBe("1 persona encontrada");
    expect(spanish.t("people.found", { count: 10000 })).toBe("10.000 personas encontradas");
  });
  test("ages", () => {
    expect(english.ago("2026-11-29T11:57:00Z", noon)).toBe("3 minutes ago");
    expect(spanish.ago("2026-11-29T11:57:00Z", noon)).toBe("hace 3 minutos");
    expect(english.ago("2026-11-27T12:00:00Z", noon)).toBe("2 days ago");
  });
  test("months", () => {
    expect(english.month("2026-11")).toBe("November 2026");
    expect(spanish.month("2026-11")).toBe("noviembre de 2026");
  });
  test("durations and lists", () => {
    expect(english.lasted(125_000)).toBe("2 min");
    expect(spanish.list(["a", "b", "c"])).toBe("a, b o c");
  });
  test("a code without words says what the server said, else itself", () => {
    expect(english.code("problem", "consent_missing", "x")).toBe(en["problem.consent_missing"]);
    expect(spanish.code("problem", "brand_new", "It is new.")).toBe("It is new.");
    expect(spanish.code("problem", "brand_new")).toBe("brand_new");
  });
});

const shown = new Set(["aria-label", "aria-description", "title", "placeholder", "alt", "label", "hint", "content"]);

/** Literal text where a person would read it. */
function literals(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const says = (node: ts.Node, text: string) => {
    if (/\p{L}{2,}/u.test(text)) found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${text.trim()}`);
  };
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node)) says(node, node.text);
    if (ts.isJsxExpression(node) && ts.isJsxElement(node.parent) && node.expression && ts.isStringLiteralLike(node.expression)) says(node, node.expression.text);
    if (ts.isJsxAttribute(node) && shown.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer)) says(node, node.initializer.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("no page has words of its own", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".tsx")).map((f) => join("src", f));
  expect(files.length).toBeGreaterThan(15);
  expect(files.flatMap(literals)).toEqual([]);
});
