import { expect, test } from "vitest";
import { pieces, range, valueOf, worst, type SoundPoint } from "./sound";

const point = (seconds: number, more: Partial<SoundPoint> = {}): SoundPoint => ({ at: new Date(seconds * 1000).toISOString(), packets: 500, lost: 0, lost_there: 0, jitter_ms: 3, ...more });
const points = [point(10, { mos: 4.4, rtt_ms: 30 }), point(20, { mos: 3.1, lost: 125, jitter_ms: 40 }), point(30, { packets: 0, jitter_ms: 0 })];

test("what nobody knows has no value, and the worst is the worst", () => {
  expect(points.map((p) => valueOf(p, "mos"))).toEqual([4.4, 3.1, undefined]);
  expect(points.map((p) => valueOf(p, "loss"))).toEqual([0, 0.2, undefined]);
  expect([worst(points, "mos"), worst(points, "loss"), worst(points, "jitter"), worst(points, "rtt"), worst([], "mos")]).toEqual([3.1, 0.2, 40, 30, undefined]);
});

test("pieces share the time of the call, and what is bad is marked", () => {
  expect(pieces(points, "mos", 0, 40_000).map((p) => [p.left, p.right, p.bad])).toEqual([[0, 0.25, false], [0.25, 0.5, true]]);
  expect(pieces(points, "jitter", 0, 40_000).map((p) => [p.bad, Math.round(p.height * 100)])).toEqual([[false, 7], [true, 89]]);
  expect(pieces([point(10)], "loss", 10_000, 10_000)).toEqual([{ left: 0, right: 0, height: 0, bad: false }]);
  expect(range(points, "rtt")).toEqual([0, 450]);
  expect(range([point(1, { rtt_ms: 900 })], "rtt")).toEqual([0, 900]);
});
