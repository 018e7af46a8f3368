// Proofs of trunks, with the reports of those that were made: as the API has them.
import { readFileSync } from "node:fs";
import type { TrunkProof, TrunkReport, TrunkReportCheck } from "../../src/api/types.ts";
import { ago } from "./world.ts";

const e0 = "e0.eu.sbc.example.net";
const uuid = (n: number) => `019ad3f0-2c00-7f00-8a4b-${String(n).padStart(12, "0")}`;
const day = 24 * 60;

export const goodProof = uuid(1);
export const badProof = uuid(2);
export const brokenProof = uuid(3);

/** Nothing will become of it any more. */
export const over = (p: TrunkProof) => p.state === "made" || p.state === "broken";

const seeDoctor = "run tandem doctor on the node: its findings about DNS, ports and certificates name the cause and the cure";
const wire = [
  "→ INVITE sip:+15555550100@sip.pstnhub.microsoft.com:5061;transport=tls SIP/2.0", "   Contact: <sip:e0.eu.sbc.example.net:5061;transport=tls>",
  "   a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…", "← SIP/2.0 100 Trying", "← SIP/2.0 180 Ringing", "← SIP/2.0 200 OK", "→ ACK sip:api-du-a-euwe.pstnhub.microsoft.com:443;transport=tls SIP/2.0",
];

/** Of each check that package proof knows: its id, way, title and why. */
const catalogue = (): Pick<TrunkReportCheck, "id" | "way" | "title" | "need">[] => {
  const text = readFileSync("../internal/proof/catalogue.go", "utf8");
  const ids = new Map([...text.matchAll(/^\t(\w+) += "([a-z0-9.]+)"$/gm)].map((m) => [m[1], m[2]]));
  return [...text.matchAll(/^\t\{(\w+), (Live|Bench), "([^"]+)", "([^"]+)"/gm)].map((m) => ({ id: ids.get(m[1]) ?? "", way: m[2] === "Live" ? "live" : "bench", title: m[3] ?? "", need: m[4] ?? "" }));
};

const found: Record<string, Partial<TrunkReportCheck>> = {
  "live.tls": { found: "the trunk's name leads to the edge, which shows a certificate that covers it with its chain, and refuses who shows none", figures: [{ name: "certificate runs for", value: 80, unit: "days" }] },
  "live.options.to": { found: "3 of 3 proxies answered the last OPTIONS of the trunk", figures: [{ name: "proxies that answer", value: 3 }] },
  "bench.invite.to": { found: "INVITE, 180, 200 and ACK, and both ended the call", figures: [{ name: "the telephone rang after", value: 41.7, unit: "ms" }, { name: "answered after", value: 1203.4, unit: "ms" }], evidence: wire, took_ms: 1540 },
  "bench.audio.to": { found: "each heard what the other said", figures: [{ name: "alike, to Microsoft", value: 0.9974 }, { name: "alike, from Microsoft", value: 0.9981 }, { name: "lost", value: 0, unit: "packets" }], took_ms: 4100 },
};
const failures: Record<string, Partial<TrunkReportCheck>> = {
  "live.tls": { state: "failed", found: "the certificate ran out at 2026-11-30 09:00:00 UTC", fix: seeDoctor, evidence: ["→ ClientHello server_name=e0.us.sbc.example.net", "← Certificate CN=e0.us.sbc.example.net, not after 2026-11-30T09:00:00Z"] },
  "bench.hold": { state: "failed", found: "the sound did not come back within 2 s after the hold", fix: "this program did not do what it has to with this configuration: keep the report, update Tandem, and prove again; if it stays, report it with the evidence", figures: [{ name: "sent to Microsoft during the hold", value: 0, unit: "packets" }], evidence: wire, took_ms: 3200 },
};
const noCall: Partial<TrunkReportCheck> = { state: "not-shown", code: "no_call", found: "the node has sent Microsoft no call since it was started at 2026-12-01 06:00 UTC", fix: "place a call through the trunk, then prove again; if it fails, tandem explains each call" };

export function signedReport(p: TrunkProof): { report: TrunkReport; signature: object } {
  const bad = p.result === "failed";
  const checks = catalogue().map((c): TrunkReportCheck => ({
    ...c, state: "passed", found: "as it has to be", figures: [], evidence: [], took_ms: 240,
    ...found[c.id], ...(bad ? failures[c.id] : undefined), ...(c.id === "live.calls" && p.not_shown > 0 ? noCall : undefined),
  }));
  return {
    report: {
      version: 1, id: p.id, at: p.asked_at, took_ms: 24_180, provider: "Northwind", node: p.node ?? "", program: "tandem v1.4.0", trunk: p.trunk, port: 5061, result: p.result ?? "passed", checks,
      certificate: { subject: "CN=*.eu.sbc.example.net", names: ["*.eu.sbc.example.net"], issuer: "CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US", not_after: ago(-80 * day), sha256: "5f0c1b7de0a94b5a3a5d7c0f7a0e1c2b3d4e5f60718293a4b5c6d7e8f9011223" },
    },
    signature: { algorithm: "Ed25519", key: "3f1c0a9b8d7e6f50", value: "kQ7l0m5yJ3H0mX2v8r1p9w==" },
  };
}

export class MockProofs {
  trunks = [e0, "e1.eu.sbc.example.net", "e0.us.sbc.example.net"].map((fqdn) => ({ fqdn, port: 5061, resource: "eu-1", kind: "builtin" })).concat({ fqdn: "sbc.carrier.example", port: 5061, resource: "us-1", kind: "external" });
  /** The newest first. */
  all: TrunkProof[];

  constructor(scenario: string) {
    const made = { state: "made", failed: 0, not_shown: 0, node: "sip-1" } as const;
    this.all = scenario === "operator_empty" ? [] : [
      { ...made, id: goodProof, trunk: e0, result: "passed", passed: 21, asked_at: ago(180), ended_at: ago(179.5) },
      { ...made, id: badProof, trunk: "e0.us.sbc.example.net", result: "failed", passed: 18, failed: 2, not_shown: 1, node: "sip-2", asker: "user:77aa1c52-0000-4000-8000-00000000ad41", asker_name: "Olga Petrova", asked_at: ago(200), ended_at: ago(199.5) },
      { ...made, id: brokenProof, trunk: "e1.eu.sbc.example.net", state: "broken", passed: 0, error: "no node that runs has the trunk: add it to sip.far.trunks of its node, or start that node", asker: "key:6f0d2b57", asker_name: "night shift", asked_at: ago(day), ended_at: ago(day - 2) },
      ...Array.from({ length: 30 }, (_, i): TrunkProof => ({ ...made, id: uuid(10 + i), trunk: e0, result: "partly", passed: 20, not_shown: 1, asked_at: ago((i + 1) * day + 180), ended_at: ago((i + 1) * day + 179.5) })),
    ];
  }

  ask(trunk: string): TrunkProof {
    const p: TrunkProof = { id: uuid(100 + this.all.length), trunk, state: "waiting", passed: 0, failed: 0, not_shown: 0, asker: "user:77aa1c52-0000-4000-8000-00000000ad41", asker_name: "Olga Petrova", asked_at: ago(0) };
    this.all.unshift(p);
    return p;
  }

  /** Goes on with the newest: a node takes it, then it is made. */
  step() {
    const p = this.all[0];
    if (p?.state === "waiting") Object.assign(p, { state: "running", node: "sip-1" });
    else if (p) Object.assign(p, { state: "made", result: "partly", passed: 20, not_shown: 1, ended_at: ago(0) });
  }
}
