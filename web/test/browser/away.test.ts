// When the server is away, and what a page that stands open does meanwhile.
import { describe, expect, test } from "vitest";
import { tenantId } from "../mock/world.ts";
import { missing, settled, visit } from "./visit.ts";

describe.skipIf(missing)("a page", () => {
  test("comes back by itself when the server does, also a list that nothing else asks for again", async () => {
    const { page, open, mock } = await visit("operator");
    await page.clock.install();
    mock.away = /\/v1\/keys/;
    await open("/console/keys");
    await page.getByText("The server is not ready").first().waitFor();
    mock.away = false;
    await page.clock.fastForward(21_000);
    await page.getByRole("row", { name: /^contact centre/ }).waitFor();
  });

  test("says what was refused, and does not ask again by itself", async () => {
    const { page, open, mock } = await visit("operator");
    await page.clock.install();
    await open("/console/calls/nobody");
    await page.getByText("There is no such call").waitFor();
    const asked = () => mock.asked.filter((x) => x.includes("/explanation")).length;
    const before = asked();
    await page.clock.runFor(60_000);
    await page.getByRole("link", { name: "Keys" }).click(); // and its answer is here
    await page.getByRole("row", { name: /^contact centre/ }).waitFor();
    expect(asked()).toBe(before);
  });

  test("says that more of a list did not come, and asks again", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/calls");
    mock.away = /cursor=/;
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("The server is not ready").waitFor();
    expect(await page.getByRole("row").count(), "what was there stays").toBe(51);
    mock.away = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("row").nth(51).waitFor();
    await page.getByText("The server is not ready").waitFor({ state: "detached" });
  });

  test("asks though the browser has no network, for the server may be on the same machine", async () => {
    const { page, open } = await visit("operator");
    await open("/console");
    await page.evaluate(() => window.dispatchEvent(new Event("offline")));
    await page.getByRole("link", { name: "Keys" }).click();
    await page.getByRole("row", { name: /^contact centre/ }).waitFor();
  });

  test("finds the stream again that was refused, at first or after it was lost", async () => {
    const { page, open, mock } = await visit("operator");
    const streams = () => mock.asked.filter((x) => x.endsWith("/v1/events/stream")).length;
    await page.clock.install();
    mock.streaming = false;
    await open("/console");
    await expect.poll(streams).toBe(1);
    mock.streaming = true;
    await page.clock.fastForward(21_000);
    await expect.poll(streams).toBe(2);
    await expect.poll(() => mock.listening).toBe(1);
    mock.breakStreams();
    await page.getByText("Live updates are paused").waitFor();
    const refused = streams();
    await expect.poll(streams).toBeGreaterThan(refused);
    await page.clock.fastForward(21_000);
    await page.clock.fastForward(21_000);
    await page.getByText("Live updates are paused").waitFor(); // still
    mock.streaming = true;
    await page.clock.fastForward(21_000);
    await page.getByText("Live updates are paused").waitFor({ state: "detached" });
  });

  test("says why somebody could not be signed out", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console");
    mock.away = /sign-out/;
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("The server is not ready").waitFor();
    mock.away = false;
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/sign-in$/);
  });

  test.each([
    ["/console", 15],
    ["/console/trunks", 15],
    ["/console/routing", 15],
    ["/console/doctor", 15],
    [`/console/tenants/${tenantId}`, 65],
  ] as const)("does not read out again what only grows older: %s", async (path, seconds) => {
    const { page, open } = await visit("operator");
    await page.clock.install();
    await open(path);
    await settled(page);
    await page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      const watch = new MutationObserver((changes) => said.push(...changes.map((c) => c.target.textContent ?? "")));
      for (const live of document.querySelectorAll("[role=status], [aria-live=polite]")) watch.observe(live, { subtree: true, childList: true, characterData: true });
    });
    const ages = () => page.locator("time").allTextContents();
    const before = await ages();
    await page.clock.runFor(seconds * 1_000);
    expect(await ages(), "they grow").not.toEqual(before);
    expect(await page.evaluate(() => (window as unknown as { said: string[] }).said)).toEqual([]);
  });
});
