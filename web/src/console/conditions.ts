// What conditions of trunks and peers come to.
import type { Health, HealthReport } from "../api/types";

export type Condition = Health["condition"];
export type Stretch = Health["strip"][number];

/** How many trunks and peers need somebody, and of how many nobody knows. */
export function counts(all: HealthReport) {
  const each: Health[] = [...all.regions.flatMap((r) => r.resources.flatMap((x) => x.trunks)), ...all.trunks, ...all.peers];
  const count = (...conditions: Condition[]) => each.filter((h) => conditions.includes(h.condition)).length;
  return { needy: count("down", "degraded"), unknown: count("unknown") };
}

export const lasts = (s: Stretch) => new Date(s.to).getTime() - new Date(s.from).getTime();

/** The share of the time that is known in which it was up; undefined: nothing is known. */
export function shareUp(all: Stretch[]): number | undefined {
  const time = (is: (s: Stretch) => boolean) => all.filter(is).reduce((sum, s) => sum + lasts(s), 0);
  const known = time((s) => s.condition !== "unknown");
  return known ? time((s) => s.condition === "up") / known : undefined;
}
