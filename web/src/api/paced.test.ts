import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paced } from "./paced";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("many events at once are one question, and the next waits", () => {
  const act = vi.fn();
  const wake = paced(act, 2_000);
  wake.ask();
  wake.ask();
  vi.advanceTimersByTime(0);
  expect(act).toHaveBeenCalledTimes(1);
  wake.ask();
  wake.ask();
  vi.advanceTimersByTime(1_999);
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(act).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(60_000); // nothing was asked since
  expect(act).toHaveBeenCalledTimes(2);
  wake.ask();
  vi.advanceTimersByTime(0); // long after the last one it is at once again
  expect(act).toHaveBeenCalledTimes(3);
  wake.ask();
  wake.stop();
  vi.advanceTimersByTime(60_000);
  expect(act).toHaveBeenCalledTimes(3);
});
