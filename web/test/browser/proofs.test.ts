// A proof that is asked for, followed and handed on, and how others went.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { badProof } from "../mock/proofs.ts";
import { accessible, fits, missing, settled, visit } from "./visit.ts";

const e0 = "e0.eu.sbc.example.net";

describe.skipIf(missing)("an operator proves a trunk", () => {
  test("asks, follows, reads the report and saves it", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/trunks");
    await page.getByRole("article", { name: e0 }).getByRole("link", { name: "All of this trunk" }).click();
    await page.waitForURL(`**/console/proofs?trunk=${e0}`);
    await settled(page);
    expect(await page.getByRole("row").count(), "a page of them, with its head").toBe(26);
    await page.getByRole("button", { name: "Prove it now" }).click();
    await page.getByRole("status").getByText("Waiting for the node that has the trunk.").waitFor();
    await accessible(page, "a proof that waits");
    await fits(page, "proof-waiting");
    const id = mock.proofs.all[0]?.id ?? "";
    mock.proofs.step();
    await page.getByRole("status").getByText("sip-1 is making it.").waitFor();
    await accessible(page, "a proof that runs");
    mock.proofs.step();
    await page.getByText("20 of 21 passed").waitFor();
    await page.getByRole("article", { name: "Hold and resume" }).waitFor();
    expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual(["Not shown (1)", "The signed report", "The proof", "Passed (20)"]);
    const sound = page.getByRole("article", { name: "Sound both ways, encrypted, of a call to Microsoft" });
    await sound.getByText("Details").click();
    await sound.getByText("alike, to Microsoft").waitFor();

    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save for programs (JSON)" }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe(`tandem-proof-${id}.json`);
    expect(readFileSync(await file.path(), "utf8")).toContain('"signature"');
    await page.getByText(`tandem proof verify tandem-proof-${id}.html --url http`).waitFor();
  });

  test("is led to the proof that somebody else has asked for", async () => {
    const { page, open, mock } = await visit("operator");
    await open(`/console/proofs?trunk=${e0}`);
    mock.proofs.ask(e0);
    await page.getByRole("button", { name: "Prove it now" }).click();
    await page.getByText("The trunk is being proved already").waitFor();
    await page.getByRole("link", { name: "It is being proved: follow it" }).click();
    await page.getByRole("status").getByText("Waiting for the node that has the trunk.").waitFor();
  });

  test("sees what failed first, and proves it again", async () => {
    const { page, open, mock } = await visit("operator");
    await open(`/console/proofs/${badProof}`);
    const first = page.getByRole("article").first();
    expect(await first.getAttribute("aria-label")).toBe("The running edge takes TLS under the trunk's name");
    await first.getByText("What to do: run tandem doctor on the node").waitFor();
    await first.getByText("not after 2026-11-30T09:00:00Z").waitFor();
    await page.getByRole("button", { name: "Prove it again" }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(badProof));
    expect(mock.proofs.all[0]?.trunk).toBe("e0.us.sbc.example.net");
  });

  test("chooses among all trunks that there are", async () => {
    const { page, open, mock } = await visit("operator");
    mock.proofs.trunks = Array.from({ length: 450 }, (_, i) => ({ fqdn: `e${i}.eu.sbc.example.net`, port: 5061, resource: "eu-1", kind: "builtin" }));
    await open("/console/proofs");
    await page.getByLabel("Trunk").selectOption("e449.eu.sbc.example.net");
    await page.waitForURL(/trunk=e449/);
    await page.getByRole("button", { name: "Prove it now" }).and(page.locator(":enabled")).waitFor();
  });

  test("may look without asking, in Spanish", async () => {
    const { page, open, mock } = await visit("operator", { locale: "es-ES" });
    mock.world.session.scopes = ["trunks.read"];
    await open(`/console/proofs/${badProof}`);
    const hold = page.getByRole("article", { name: "Retener y recuperar" });
    await hold.getByText("Qué hacer: El programa no hizo lo que debe").waitFor();
    await hold.getByText("enviados a Microsoft durante la retención").waitFor();
    await page.getByRole("article", { name: "Microsoft ha contestado llamadas" }).getByText("Desde que arrancó, el nodo no ha enviado ninguna llamada a Microsoft.").waitFor();
    const options = page.getByRole("article", { name: "Los proxies de Microsoft contestan a nuestros OPTIONS" });
    await options.getByText("Proxies que contestaron al último OPTIONS del troncal: 3.").waitFor();
    await options.getByText("Detalles").click();
    await options.getByText("3 of 3 proxies answered the last OPTIONS of the trunk").waitFor();
    expect(await page.getByRole("button", { name: "Probarlo otra vez" }).count()).toBe(0);
  });
});
