import { expect, test } from "vitest";
import { earliest, endOf, isOver } from "./expiry";

test("a key is good all of its last day, where the viewer is", () => {
  expect(endOf("2026-12-31")).toBe(new Date(2027, 0, 1).toISOString());
  expect(endOf("2028-02-28")).toBe(new Date(2028, 1, 29).toISOString());
  expect(endOf("")).toBeUndefined();
  expect(endOf("2026-12")).toBeUndefined();
});

test("the earliest day is tomorrow, and not over yet", () => {
  const late = new Date(2026, 11, 31, 23, 59);
  expect(earliest(late)).toBe("2027-01-01");
  expect(isOver(endOf(earliest(late)), late.getTime())).toBe(false);
});

test("without an end nothing is over", () => {
  const now = Date.parse("2026-11-29T12:00:00Z");
  expect(isOver(undefined, now)).toBe(false);
  expect(isOver("2026-11-29T12:00:00Z", now)).toBe(true);
  expect(isOver("2026-11-29T12:00:01Z", now)).toBe(false);
});
