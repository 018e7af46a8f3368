import { describe, expect, test } from "vitest";
import { callId } from "../mock/calls.ts";
import { accessible, missing, settled, visit } from "./visit.ts";

describe.skipIf(missing)("an operator looks at calls", () => {
  test("finds them by digits, result and day, and the address has it all", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/calls");
    await page.getByText("50 calls shown").waitFor();
    await page.keyboard.press("/");
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).type)).toBe("search");
    await page.keyboard.type("12");
    await page.getByText("Give at least three digits").waitFor();
    await page.keyboard.type("3");
    await page.keyboard.press("Enter");
    await page.getByText("No call matches.").waitFor();
    const box = page.getByRole("searchbox", { name: "Search calls" });
    await box.fill("765432");
    await box.press("Enter");
    await page.waitForURL(/ending=/);
    await page.getByLabel("Result").selectOption("failed");
    await page.getByLabel("Day").fill("2026-11-30");
    await page.waitForURL(/day=2026-11-30/);
    await settled(page);
    const asked = () => mock.asked.filter((q) => q.startsWith("GET /v1/calls?")).map((q) => new URLSearchParams(q.split("?")[1]));
    await expect.poll(() => asked().some((q) => q.get("number_ending") === "765432" && q.get("result") === "failed" && q.get("from") === "2026-11-29T23:00:00.000Z" && q.get("to") === "2026-11-30T23:00:00.000Z")).toBe(true);
    const before = asked().length;
    await page.reload();
    await settled(page);
    expect(asked()[before]?.get("number_ending"), "after a reload").toBe("765432");
    await box.fill(callId);
    await box.press("Enter");
    await page.waitForURL(`**/console/calls/${callId}`);
  });

  test("reads the verdict first, and goes along the ladder by keys", async () => {
    const { page, open } = await visit("operator");
    await open(`/console/calls/${callId}`);
    await page.getByText("The tenant's settings do not let our resource call this person.").waitFor();
    await page.getByText("Whose fault: the tenant’s Teams admin.").waitFor();
    await page.getByText("What to do: Check the person's Teams Phone licence").waitFor();
    const lines = page.getByRole("list", { name: "What happened" }).locator("> li > button");
    expect(await lines.count()).toBe(17); // inner workings are hidden
    await page.getByText("3.679 s of silence").waitFor();
    await lines.first().focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText('"sub_code": 5223').waitFor();
    await accessible(page, "an open line");
    await page.keyboard.press("Enter");
    await page.getByText('"sub_code": 5223').waitFor({ state: "detached" });
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.getByRole("group", { name: "As it was on the wire" }).getByText("m=audio 40000 RTP/AVP 8 101").waitFor();
    await accessible(page, "an open SIP message");
    await page.keyboard.press("Enter");
    await page.keyboard.press("End");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("204 after 12ms");
    await page.getByRole("checkbox", { name: "SIP", exact: true }).uncheck();
    await page.getByRole("checkbox", { name: "Inner workings" }).check();
    expect(await lines.count()).toBe(11);
    await page.getByText("Numbers are cut to their last three digits").waitFor();
  });

  test("sees what the sound was like, as charts or as a table, and takes the messages away", async () => {
    const { page, open } = await visit("operator");
    await open(`/console/calls/${callId}`);
    await page.getByRole("img", { name: "MOS: lowest 2.86" }).first().waitFor();
    expect(await page.getByRole("img", { name: "Lost to us: highest 12%" }).count()).toBe(2);
    expect(await page.getByRole("img", { name: "Round trip: not known" }).count(), "of the peer").toBe(1);
    const table = page.getByRole("table", { name: "Near, to the peer: what comes from the peer" });
    expect(await table.isVisible()).toBe(false);
    await page.getByText("As a table").first().click();
    expect(await table.getByRole("row").count()).toBe(14);
    await accessible(page, "the table of sound");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save SIP messages (pcap)" }).click();
    expect((await download).suggestedFilename()).toBe(`${callId}.pcap`);
  });

  test("sees arrows that begin and end at their lanes", async () => {
    const { page, open } = await visit("operator");
    await open(`/console/calls/${callId}`);
    const first = page.getByRole("list", { name: "What happened" }).locator("> li > button").first();
    const places = await first.evaluate((button) => {
      const middle = (e: Element) => e.getBoundingClientRect().left + e.getBoundingClientRect().width / 2;
      const lanes = [...button.children].slice(1, -1).map(middle);
      const arrow = (button.lastElementChild as Element).getBoundingClientRect();
      return { lanes, left: arrow.left, right: arrow.right };
    });
    expect(places.lanes.length).toBe(5);
    expect(Math.abs(places.left - (places.lanes[1] ?? 0)), "peer").toBeLessThan(3);
    expect(Math.abs(places.right - (places.lanes[2] ?? 0)), "Tandem").toBeLessThan(3);
  });

  test("reads it in Spanish, and saves it as text", async () => {
    const { page, open } = await visit("operator", { locale: "es-ES" });
    await open(`/console/calls/${callId}`);
    await page.getByText("La configuración de la organización no deja que nuestro recurso llame a esta persona.").waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Guardar como texto" }).click();
    expect((await saved).suggestedFilename()).toBe(`${callId}.txt`);
  });
});
