import { describe, expect, test } from "vitest";
import { noStack, stack, verified } from "./stack.ts";
import { accessible, fits, missing, settled, visitAt } from "./visit.ts";

describe.skipIf(missing || noStack)("with the whole stack", () => {
  test("an operator edits, is refused, verifies the domain, applies, rolls back, and asks the doctor", async () => {
    const running = await stack();
    const { page, open, control, file } = await visitAt(running);
    const [first] = file.simulator.resources;
    const e0 = first?.trunk_fqdn ?? "";
    const e9 = "e9.new.tandem.test";
    await open("/sign-in");
    await page.getByLabel("API key", { exact: true }).fill(file.api.key);
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.waitForURL("**/console");
    await page.getByRole("link", { name: "Routing" }).click();
    await page.getByText("Microsoft has what the registry wants.").waitFor();
    await page.getByRole("cell", { name: e0 }).first().waitFor();

    await page.getByRole("button", { name: "Change what it shall have" }).click();
    await page.getByRole("button", { name: "Add a trunk" }).click();
    const trunk = page.getByRole("group", { name: "Trunk 2" });
    await trunk.getByLabel("FQDN").fill("not a name");
    await page.getByRole("button", { name: "Make a plan" }).click();
    await trunk.getByText("must be a host name with a domain").waitFor();
    await trunk.getByLabel("FQDN").fill(e9);
    await page.getByRole("textbox", { name: "Why" }).fill("second node");
    await page.getByRole("button", { name: "Make a plan" }).click();
    await page.getByText(`Add trunk ${e9}`).waitFor();
    await page.getByText("Domain not verified", { exact: true }).waitFor();
    const apply = async () => {
      await page.getByRole("button", { name: "Apply", exact: true }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Apply", exact: true }).click();
    };
    await apply();
    await page.getByText("Microsoft refuses it, and a domain is not verified").waitFor();
    await fits(page, "stack-refused");

    // What a person does in the portal and in DNS, and says here.
    const of = { resource: first?.immutable_id, domain: "new.tandem.test" };
    const { txt } = (await (await control("POST", "/sip/domains", of)).json()) as { txt: string };
    await control("PUT", "/dns/new.tandem.test", { txt: [txt] });
    await page.getByLabel("What the portal wants the TXT record to say: new.tandem.test").fill(txt);
    await page.getByRole("button", { name: "TXT record is in DNS: new.tandem.test" }).click();
    await page.getByText("TXT record set").waitFor();
    expect((await control("POST", "/sip/domains/verify", of)).status).toBe(204);

    await page.getByRole("button", { name: "Plan again" }).click();
    await page.getByText("This is a dry run").waitFor();
    await apply();
    await page.getByText("Microsoft has it. It takes about five minutes to act").waitFor();
    await page.getByRole("cell", { name: e9 }).first().waitFor();
    await accessible(page, "applied");
    await fits(page, "stack-applied");

    const imported = page.getByRole("row", { name: /what the simulator begins with/ });
    await imported.getByRole("button", { name: /^Show/ }).click();
    await page.getByRole("button", { name: "Roll back to this" }).click();
    await page.getByText(`Remove trunk ${e9}`).waitFor();
    await apply();
    await page.getByText("Microsoft has it. It takes about five minutes to act").waitFor();
    await expect.poll(() => page.getByRole("cell", { name: e9 }).count()).toBe(0);

    await page.getByRole("link", { name: "Doctor" }).click();
    await settled(page);
    await page.getByRole("button", { name: "Run again" }).and(page.locator(":enabled")).waitFor();
    await accessible(page, "the doctor");
    await fits(page, "stack-doctor");
  });

  test("an operator proves a trunk, and what is saved is what was signed", async () => {
    const running = await stack();
    const { page, open, file } = await visitAt(running);
    const e0 = file.simulator.resources[0]?.trunk_fqdn ?? "";
    await open("/sign-in");
    await page.getByLabel("API key", { exact: true }).fill(file.api.key);
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.waitForURL("**/console");
    await page.getByRole("link", { name: "Trunks" }).click();
    await page.getByRole("article", { name: e0 }).getByRole("link", { name: "Prove it now" }).click();
    await page.getByRole("button", { name: "Prove it now" }).click();
    await page.getByRole("heading", { name: /^Passed/ }).waitFor({ timeout: 100_000 });
    await accessible(page, "a proof");
    await fits(page, "stack-proof");
    for (const [name, kind] of [["Save as a page (HTML)", "html"], ["Save for programs (JSON)", "json"]] as const) {
      const saved = page.waitForEvent("download");
      await page.getByRole("button", { name }).click();
      const download = await saved;
      expect(download.suggestedFilename().endsWith(kind)).toBe(true);
      expect(verified(await download.path(), file.api.url)).toContain(e0);
    }
  });
});
