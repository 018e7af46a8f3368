import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TrunkProof, TrunkReportCheck } from "../api/types";
import { checks } from "../words/checks.es";
import { byState, rounded, translated, verdict } from "./proof";

const check = (id: string, state: TrunkReportCheck["state"]) => ({ id, state }) as TrunkReportCheck;

test("what needs somebody comes first, in the order of the report", () => {
  const groups = byState([check("a", "passed"), check("b", "failed"), check("c", "passed"), check("d", "failed")]);
  expect(groups.map((g) => [g.state, g.checks.map((c) => c.id).join("")])).toEqual([["failed", "bd"], ["passed", "ac"]]);
});

test("figures have the digits that mean something", () => {
  expect(rounded({ name: "after", value: 23.51, unit: "ms" })).toBe(24);
  expect(rounded({ name: "alike", value: 0.98765 })).toBe(0.99);
  expect(rounded({ name: "proxies", value: 3 })).toBe(3);
});

test("a proof that was made says what it came to", () => {
  const proof = { state: "made", result: "partly" } as TrunkProof;
  expect(verdict(proof)).toBe("proof_result.partly");
  expect(verdict({ ...proof, state: "broken", result: undefined })).toBe("proof_state.broken");
});

const source = ["live.go", "bench/steps.go", "bench/talk.go", "catalogue.go"].map((file) => readFileSync(`../internal/proof/${file}`, "utf8")).join("\n");

test("each check, code and figure that there is has Spanish words", () => {
  const ids = [...source.matchAll(/= "((?:live|bench)\.[a-z0-9.]+)"/g)].map((m) => m[1]);
  expect(ids.length).toBeGreaterThan(15);
  expect(Object.keys(checks.checks).sort()).toEqual(ids.toSorted());
  const codes = [...source.matchAll(/^\tCode\w+ += "([a-z_]+)"/gm)].map((m) => m[1] ?? "");
  expect(codes.length).toBeGreaterThan(4);
  expect(codes.filter((code) => !checks.codes[code])).toEqual([]);
  expect(["key", "name", "validity", "usage", "chain", "file"].filter((aspect) => !checks.codes[`certificate.${aspect}`]?.every(Boolean))).toEqual([]);
  const who = [...source.matchAll(/matched\("([^"]+)"/g)].map((m) => m[1]);
  const names = [...source.matchAll(/(?:ms\("([^"]+)"|Name: "([^"]+)", Value)/g)].map((m) => m[1] ?? m[2] ?? "").concat(who.flatMap((w) => [`${w}, correlation`, `${w}, longest gap`]));
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !checks.figures[name])).toEqual([]);
});

test("what a check has found is said in Spanish where that is known, and else by the report", () => {
  const say = (c: Partial<TrunkReportCheck>) => translated({ figures: [], ...c } as TrunkReportCheck, checks, String);
  expect(say({ id: "live.calls", state: "passed", figures: [{ name: "INVITEs", value: 9 }, { name: "answered", value: 8 }] })).toMatchObject({ found: "Desde que arrancó el nodo, Microsoft ha contestado 8 de 9 INVITE.", fix: undefined });
  expect(say({ id: "live.calls", state: "not-shown", code: "no_call", fix: "place a call" })).toMatchObject({ found: checks.codes["no_call"]?.[0], fix: checks.checks["live.calls"]?.fix });
  expect(say({ id: "bench.hold", state: "failed", found: "hold: 488", fix: "this program" })).toMatchObject({ found: undefined, fix: checks.checks["bench.hold"]?.fix });
  expect(say({ id: "bench.hold", state: "not-shown", code: "no_tls", fix: "mend bench.tls first" })?.fix).toBe("Arregle antes bench.tls.");
  expect(say({ id: "bench.options.to", state: "failed", found: "no answer", fix: "run" })?.found).toBeUndefined(); // no figure
  expect(say({ id: "live.calls", state: "not-shown", fix: "of an older report" })).toMatchObject({ found: undefined, fix: undefined });
  expect(say({ id: "live.fax", state: "passed" })).toBeUndefined();
});
