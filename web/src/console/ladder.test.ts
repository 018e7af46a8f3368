import { expect, test } from "vitest";
import type { TimelineEntry } from "../api/types";
import { lossOf, quality, steps, used } from "./ladder";

const entry = (at: string, source: TimelineEntry["source"], from: TimelineEntry["from"], to: TimelineEntry["to"]): TimelineEntry => ({ at: `2026-11-30T09:00:${at}Z`, source, from, to, kind: "k", what: "w", detail: [], failed: false });
const timeline = [entry("00.000", "sip", "peer", "tandem"), entry("00.400", "roster", "tandem", "tandem"), entry("04.000", "sip", "tandem", "peer")];

test("lanes that nothing happens in are not drawn", () => {
  expect(used(timeline)).toEqual(["peer", "tandem"]);
  expect(used([])).toEqual(["tandem"]);
});

test("gaps over a second are gaps, and those of hidden lines count", () => {
  expect(steps(timeline, new Set(["sip", "roster"])).map((s) => [s.offset, s.gap])).toEqual([[0, 0], [400, 0], [4000, 3600]]);
  expect(steps(timeline, new Set(["sip"])).map((s) => [s.offset, s.gap])).toEqual([[0, 0], [4000, 4000]]);
});

test("sound is good, doubtful, bad, or was none", () => {
  const sound = (packets_in: number, lost: number, mos?: number) => ({ leg: "near", packets_in, packets_out: 0, lost, lost_there: 0, jitter_ms: 0, keys: 0, mos });
  expect([sound(0, 0), sound(20, 0), sound(900, 0, 4.3), sound(900, 9, 3.7), sound(900, 300, 2)].map(quality)).toEqual(["none", "doubtful", "ok", "doubtful", "failed"]);
  expect(lossOf(sound(900, 100))).toBeCloseTo(0.1);
  expect(lossOf(sound(0, 0))).toBe(0);
});
