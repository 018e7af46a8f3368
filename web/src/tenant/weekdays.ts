// The days of a week as the API and as people name them.
import type { TestUserHours } from "../api/types";
import type { Words } from "../words";

export type Day = TestUserHours["days"][number];
export const week: Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A day's name in the viewer's language; 1 January 2024 was a Monday. */
export const dayName = (words: Words, day: Day, long?: boolean) =>
  new Intl.DateTimeFormat(words.language, { weekday: long ? "long" : "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + week.indexOf(day)));
