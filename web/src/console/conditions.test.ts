import { expect, test } from "vitest";
import type { Health, HealthReport } from "../api/types";
import { counts, shareUp, type Stretch } from "./conditions";

const at = (hour: number) => new Date(Date.UTC(2026, 11, 1, hour)).toISOString();
const stretch = (from: number, to: number, condition: Stretch["condition"]): Stretch => ({ from: at(from), to: at(to), condition });

test("the share is of the time that is known", () => {
  expect(shareUp([])).toBeUndefined();
  expect(shareUp([stretch(0, 10, "unknown")])).toBeUndefined();
  expect(shareUp([stretch(0, 4, "unknown"), stretch(4, 7, "up"), stretch(7, 8, "down")])).toBe(0.75);
});

test("what is down or degraded needs somebody, wherever it is, and what is not known is not fine", () => {
  const is = (condition: Health["condition"]) => ({ condition });
  const all = { regions: [{ resources: [{ trunks: [is("up"), is("down")] }, { trunks: [is("unknown")] }] }], trunks: [is("down"), is("up")], peers: [is("degraded"), is("up")] };
  expect(counts(all as unknown as HealthReport)).toEqual({ needy: 3, unknown: 1 });
});
