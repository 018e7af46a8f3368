// What the sound of a call was like over time, as lines to draw.
import type { Explanation } from "../api/types";

export type OverTime = Explanation["sound_over_time"][number];
export type SoundPoint = OverTime["points"][number];

export const measures = ["mos", "loss", "jitter", "rtt"] as const;
export type Measure = (typeof measures)[number];

/** The value of a point; undefined: nobody knows. */
export function valueOf(point: SoundPoint, measure: Measure): number | undefined {
  switch (measure) {
    case "mos": return point.mos || undefined;
    case "loss": return point.packets + point.lost === 0 ? undefined : point.lost / (point.packets + point.lost);
    case "jitter": return point.packets ? point.jitter_ms : undefined;
    case "rtt": return point.rtt_ms || undefined;
  }
}

/** The worst of all points; undefined: no value is known. */
export function worst(points: SoundPoint[], measure: Measure): number | undefined {
  const known = points.map((p) => valueOf(p, measure)).filter((v) => v !== undefined);
  return known.length === 0 ? undefined : measure === "mos" ? Math.min(...known) : Math.max(...known);
}

/** Below this, or above it, many complain: ITU-T G.107 for MOS, and what its default parameters bear of the others. */
export const bad: Record<Measure, number> = { mos: 3.6, loss: 0.03, jitter: 30, rtt: 300 };
export const isBad = (measure: Measure, value: number) => (measure === "mos" ? value < bad.mos : value > bad[measure]);

/** The range that a chart has: what is usual, and more if it has to be. */
export function range(points: SoundPoint[], measure: Measure): [number, number] {
  if (measure === "mos") return [1, 4.5];
  return [0, Math.max(1.5 * bad[measure], worst(points, measure) ?? 0)];
}

export interface Piece {
  left: number; // 0 to 1 of the width
  right: number;
  height: number; // 0 to 1
  bad: boolean;
}

/** Each point as a level piece from the one before it; what nobody knows is left out. */
export function pieces(points: SoundPoint[], measure: Measure, from: number, to: number): Piece[] {
  const [low, high] = range(points, measure);
  const place = (ms: number) => (to > from ? Math.min(1, Math.max(0, (ms - from) / (to - from))) : 0);
  return points.flatMap((point, i) => {
    const value = valueOf(point, measure);
    if (value === undefined) return [];
    const earlier = points[i - 1];
    const before = earlier ? Date.parse(earlier.at) : Math.max(from, Date.parse(point.at) - 20 * (point.packets + point.lost)); // a packet has 20 ms
    return [{ left: place(before), right: place(Date.parse(point.at)), height: Math.min(1, Math.max(0, (value - low) / (high - low))), bad: isBad(measure, value) }];
  });
}
