import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TrunkProof, TrunkReportCheck } from "../api/types";
import { checks } from "../words/checks.es";
import { byState, rounded, verdict } from "./proof";

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

test("each check that there is has Spanish words", () => {
  const ids = [...readFileSync("../internal/proof/catalogue.go", "utf8").matchAll(/= "((?:live|bench)\.[a-z0-9.]+)"/g)].map((m) => m[1]);
  expect(ids.length).toBeGreaterThan(15);
  expect(Object.keys(checks).sort()).toEqual(ids.toSorted());
});
