// Two regions: one whose trunks are well, one in trouble; and peers.
import type { Health, HealthReport, TrunkHealth, TrunkProof } from "../../src/api/types.ts";

const minute = 60_000;
const proxies = ["sip", "sip2", "sip3"].map((p) => `${p}.pstnhub.microsoft.com`);

function health(name: string, change: Partial<Health> = {}): Health {
  const now = Date.now();
  const at = (minutes: number) => new Date(now - minutes * minute).toISOString();
  return {
    name, condition: "up", since: at(9 * 24 * 60), node: "sip-1", seen_at: at(0.4), heard_at: at(0.6), last_call_at: at(3), calls: 124, answered: 118,
    options: proxies.map((whom, i) => ({ whom, at: at(0.5), answered_at: at(0.5), round_trip_ms: 18.4 + i, status: 200 })),
    strip: [{ from: at(24 * 60), to: at(20 * 60), condition: "unknown" }, { from: at(20 * 60), to: at(0), condition: "up" }],
    ...change,
  };
}

const certificate = (days: number, problem?: Health["reason"]) => ({ names: ["*.eu.sbc.example.net"], issuer: "CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US", expires_at: new Date(Date.now() + days * 24 * 60 * minute).toISOString(), problem });

export function healthReport(proofs: TrunkProof[]): HealthReport {
  const trunk = (kind: TrunkHealth["kind"], h: Health, microsoft?: TrunkHealth["microsoft"]): TrunkHealth => ({ kind, port: 5061, proof: proofs.find((p) => p.trunk === h.name), microsoft, ...h });
  const now = Date.now();
  const at = (minutes: number) => new Date(now - minutes * minute).toISOString();
  const expiring = { code: "certificate.validity", found: "the certificate runs out in 12 days, on 2026-12-13", cure: "renew it; a certificate for servers and clients while one can be had" };
  return {
    at: at(0),
    trunks: [trunk("builtin", health("teams.sbc.example.net", { certificate: certificate(80) }))],
    regions: [
      {
        id: "eu", name: "Europe",
        resources: [{
          id: "eu-1", plan: "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092", state: "active", drift: [],
          trunks: [
            trunk("builtin", health("e0.eu.sbc.example.net", { certificate: certificate(12, expiring) })),
            trunk("builtin", health("e1.eu.sbc.example.net", {
              condition: "degraded", since: at(42), certificate: certificate(80), next: "up", next_since: at(1),
              reason: { code: "proxy_silent", found: "sip2.pstnhub.microsoft.com does not answer OPTIONS (context deadline exceeded)", cure: "nothing at once: calls go to the others" },
              options: proxies.map((whom, i) => (i === 1 ? { whom, at: at(0.5), answered_at: at(44), round_trip_ms: 20, failure: "silent" as const, error: "context deadline exceeded" } : { whom, at: at(0.5), answered_at: at(0.5), round_trip_ms: 18.4, status: 200 })),
              strip: [{ from: at(24 * 60), to: at(42), condition: "up" }, { from: at(42), to: at(0), condition: "degraded" }],
            })),
          ],
        }],
      },
      {
        id: "us", name: "United States",
        resources: [
          {
            id: "us-1", plan: "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8093", state: "activating", drift: ["- trunk e9.us.sbc.example.net", "~ route all pattern: ^\\+1 → ."],
            trunks: [
              trunk("builtin", health("e0.us.sbc.example.net", {
                condition: "down", since: at(12), certificate: certificate(-1, { code: "certificate.validity", found: "the certificate ran out at 2026-11-30 09:00:00 UTC", cure: "install a new one" }), calls: 0, answered: 0,
                reason: { code: "certificate.validity", found: "the certificate ran out at 2026-11-30 09:00:00 UTC", cure: "put a new one in the place of the files: it is shown within a minute, and all connections to Microsoft have it within the hour" },
                options: proxies.map((whom) => ({ whom, at: at(0.5), answered_at: at(14), failure: "tls" as const, error: "remote error: tls: expired certificate" })),
                strip: [{ from: at(24 * 60), to: at(600), condition: "up" }, { from: at(600), to: at(560), condition: "down" }, { from: at(560), to: at(12), condition: "up" }, { from: at(12), to: at(0), condition: "down" }],
              })),
              trunk("external", {
                name: "sbc.carrier.example", condition: "down", since: at(31), seen_at: at(0.4), options: [], calls: 0, answered: 0, strip: [{ from: at(24 * 60), to: at(31), condition: "up" }, { from: at(31), to: at(0), condition: "down" }],
                reason: { code: "microsoft_inactive", found: "Microsoft takes the trunk for inactive (noRecentPings; OPTIONS: expired)", cure: "ask who runs the SBC: it has to send OPTIONS to each of Microsoft's proxies, once a minute, and to answer theirs" },
              }, { tls: "ok", ping: "expired", overall: "inactive", reason: "noRecentPings" }),
            ],
          },
          { id: "us-2", drift: [], trunks: [] },
        ],
      },
    ],
    peers: [
      health("contact-centre", { heard_at: undefined, options: [{ whom: "contact-centre", at: at(0.2), answered_at: at(0.2), round_trip_ms: 4.1, status: 200 }] }),
      health("carrier-of-a-rather-long-name-in-frankfurt", {
        condition: "down", since: at(5), heard_at: undefined, options: [{ whom: "carrier-of-a-rather-long-name-in-frankfurt", at: at(0.2), answered_at: at(8), failure: "silent", error: "context deadline exceeded" }],
        reason: { code: "peer_silent", found: "the peer does not answer OPTIONS", cure: "see whether the peer is there and lets this machine in" }, last_call_at: undefined, calls: 0, answered: 0,
      }),
    ],
  };
}
