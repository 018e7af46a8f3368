// The page of trunks with everything opened, and when an event of one comes.
import { describe, expect, test } from "vitest";
import { accessible, fits, missing, visit } from "./visit.ts";

describe.skipIf(missing)("trunks", () => {
  test("what is behind a trunk fits and can be read", async () => {
    const { page, open } = await visit("operator");
    await open("/console/trunks");
    const trunk = page.getByRole("article", { name: "e0.us.sbc.example.net" });
    await trunk.getByText("Details").click();
    await trunk.getByText(/^Last 24 hours/).click();
    expect(await trunk.getByRole("table", { name: "OPTIONS that we send" }).locator("tbody tr").count()).toBe(3);
    expect(await trunk.getByText("remote error: tls: expired certificate").count()).toBe(3);
    expect(await trunk.getByRole("listitem").count()).toBe(2);
    await accessible(page, "a trunk opened");
    await fits(page, "trunk-opened");
  });

  test("what is up says no reason", async () => {
    const { page, open } = await visit("operator");
    await open("/console/trunks");
    const peer = page.getByRole("article", { name: "contact-centre" });
    expect(await peer.getByText("Up", { exact: true }).count()).toBe(1);
    expect(await peer.getByRole("img").getAttribute("aria-label")).toBe("contact-centre: Last 24 hours: up 100% of the time that is known.");
    expect(await page.getByRole("region", { name: "Trunks of no resource" }).getByRole("article").count()).toBe(1);
    expect(await page.getByRole("status").first().textContent()).toContain("4 trunks and peers need somebody.");
  });
});
