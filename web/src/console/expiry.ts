// The day on which a key ends, as people choose it.

/** The first day that can be chosen, for an input of dates: tomorrow where the viewer is. */
export function earliest(now = new Date()): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

/** The moment at which a day has ended where the viewer is: a key is good all of its last day. */
export function endOf(day: string): string | undefined {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return undefined;
  return new Date(year, month - 1, date + 1).toISOString();
}

export const isOver = (at: string | undefined, now = Date.now()) => at !== undefined && Date.parse(at) <= now;
