// What conditions of trunks and peers come to.
import type { Health, HealthReport } from "../api/types";

export type Condition = Health["condition"];
export type Stretch = Health["strip"][number];

const bad = (h: Health) => h.condition === "down" || h.condition === "degraded";

/** How many trunks and peers need somebody. */
export const needy = (all: HealthReport) => [...all.regions.flatMap((r) => r.resources.flatMap((x) => x.trunks)), ...all.peers].filter(bad).length;

export const lasts = (s: Stretch) => new Date(s.to).getTime() - new Date(s.from).getTime();

/** The share of the time that is known in which it was up; undefined: nothing is known. */
export function shareUp(all: Stretch[]): number | undefined {
  const time = (is: (s: Stretch) => boolean) => all.filter(is).reduce((sum, s) => sum + lasts(s), 0);
  const known = time((s) => s.condition !== "unknown");
  return known ? time((s) => s.condition === "up") / known : undefined;
}
