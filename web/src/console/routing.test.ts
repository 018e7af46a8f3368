import { expect, test } from "vitest";
import type { RoutingDocument } from "../api/types";
import { compare, mistakes, read, same, textOf, tidy } from "./routing";

const before: RoutingDocument = {
  trunks: [{ fqdn: "b.example.net", port: 5061 }, { fqdn: "a.example.net", port: 5061 }],
  routes: [{ name: "one", pattern: "^1", trunks: ["a.example.net"] }, { name: "two", pattern: "^2", trunks: [] }, { name: "gone", pattern: "x", trunks: [] }],
};

test("a document is compared as a plan tells it", () => {
  const after: RoutingDocument = {
    trunks: [{ fqdn: "A.example.net.", port: 5067 }, { fqdn: "c.example.net", port: 5061 }],
    routes: [{ name: "two", pattern: "^2", trunks: ["c.example.net"] }, { name: "one", pattern: "^1", trunks: ["a.example.net"] }, { name: "new", pattern: "^3", trunks: [], description: "third" }],
  };
  expect(compare(before, after).map((c) => [c.action, c.of, c.name, c.lines.join(" | ")].join(" "))).toEqual([
    "change trunk a.example.net port: 5061 → 5067",
    "add trunk c.example.net port: 5061",
    "remove route gone ",
    "change route two trunks: (none) → c.example.net",
    "add route new place: 3 | pattern: ^3 | description: third",
    'reorder routes  "one", "two" → "two", "one"',
    "remove trunk b.example.net ",
  ]);
});

test("nothing to do between documents that mean the same", () => {
  expect(same(before, tidy(before))).toBe(true);
  expect(compare(before, tidy(before))).toEqual([]);
});

test("a text is read, or its mistake found", () => {
  expect(read(textOf(before))).toEqual({ document: before });
  expect(read('{\n  "trunks": [,]\n}')).toMatchObject({ message: expect.stringContaining("JSON") as string });
  for (const other of ["[]", "null", '{"trunks":[]}', '{"trunks":[{}],"routes":[]}', '{"trunks":[],"routes":[{"name":"x"}]}']) expect(read(other), other).toEqual({ message: "" });
});

test("all that is wrong is found at its place", () => {
  const found = mistakes({ title: "", status: 422, code: "routing_invalid", errors: [
    { location: "routes[0].pattern", message: "must be one" }, { location: "body.document.trunks[1].port", message: "too large" }, { location: "routes[0].pattern", message: "too long" },
  ] });
  expect([...found]).toEqual([["routes[0].pattern", "must be one; too long"], ["trunks[1].port", "too large"]]);
});
