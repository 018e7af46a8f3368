import { expect, test } from "vitest";
import type { Finding } from "../api/types";
import { grouped, report } from "./findings";

const found: Finding[] = [
  { id: "settings", state: "ok", found: "all is well" },
  { id: "dns.trunk", subject: "a", state: "warn", found: "slow", fix: "another server" },
  { id: "dns.proxy", subject: "b", state: "ok", found: "there" },
  { id: "port", subject: "5061", state: "not-checked", found: "it runs" },
  { id: "dns.trunk", subject: "c", state: "fail", found: "no address", fix: "make one" },
];

test("what is worst comes first, among groups and in them", () => {
  const told = (all: boolean) => grouped(found, all).map((g) => `${g.group}: ${g.findings.map((f) => f.subject ?? "-").join(" ")}`);
  expect(told(false)).toEqual(["dns: c a", "port: 5061"]);
  expect(told(true)).toEqual(["dns: c a b", "port: 5061", "settings: -"]);
});

test("a report has everything, with what to do", () => {
  expect(report({ at: "2026-12-01T09:00:00Z", ok: false, findings: found }).split("\n").slice(0, 3)).toEqual(["tandem doctor, 2026-12-01T09:00:00Z", "FAIL        dns.trunk c: no address", "            → make one"]);
});
