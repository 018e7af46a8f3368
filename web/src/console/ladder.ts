// Where the lines of a timeline are drawn, and what is drawn between them.
import type { Explanation, TimelineEntry } from "../api/types";

export type Lane = TimelineEntry["from"];
export const lanes: Lane[] = ["provider", "peer", "tandem", "microsoft_sip", "call_automation"];

export type Source = TimelineEntry["source"];
export const sources: Source[] = ["sip", "call_automation", "roster", "api", "webhook", "trail", "engine"];

export interface Step {
  entry: TimelineEntry;
  key: string;
  offset: number; // milliseconds since the first entry
  gap: number; // milliseconds since the one above, if it is more than a second; else 0
}

/** The lanes that something happens in; ours always. */
export function used(timeline: TimelineEntry[]): Lane[] {
  return lanes.filter((lane) => lane === "tandem" || timeline.some((e) => e.from === lane || e.to === lane));
}

/** The entries of some sources, with the silence between them. */
export function steps(timeline: TimelineEntry[], shown: ReadonlySet<string>): Step[] {
  const first = timeline[0] ? Date.parse(timeline[0].at) : 0;
  let before = NaN;
  return timeline.flatMap((entry, i) => {
    if (!shown.has(entry.source)) return [];
    const at = Date.parse(entry.at);
    const gap = at - before > 1000 ? at - before : 0;
    before = at;
    return [{ entry, key: String(i), offset: at - first, gap }];
  });
}

/** How good sound was: by ITU-T G.107, below 3.6 many complain. */
export function quality(sound: Explanation["sound"][number]): "ok" | "doubtful" | "failed" | "none" {
  if (!sound.packets_in) return "none";
  if (!sound.mos) return "doubtful";
  return sound.mos >= 4 ? "ok" : sound.mos >= 3.6 ? "doubtful" : "failed";
}

/** The share of packets that were lost on their way to us. */
export const lossOf = (sound: Explanation["sound"][number]) => (sound.packets_in + sound.lost === 0 ? 0 : sound.lost / (sound.packets_in + sound.lost));
