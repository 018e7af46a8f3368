import { expect, test } from "vitest";
import { allOf } from "./pages";

test("what somebody chooses from has every page of the list", async () => {
  const asked: (string | undefined)[] = [];
  const page = (cursor: string | undefined) => {
    asked.push(cursor);
    const from = Number(cursor ?? 0);
    return Promise.resolve({ items: [from, from + 1], next: from < 4 ? String(from + 2) : "" });
  };
  expect(await allOf(page)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(asked).toEqual([undefined, "2", "4"]);
});
