import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { firstPlan } from "../mock/routing.ts";
import { accessible, fits, missing, settled, visit } from "./visit.ts";

const e0 = "e0.eu.sbc.example.net";

describe.skipIf(missing)("an operator routes", () => {
  test("edits, reads all mistakes at their places, plans, applies and rolls back", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/routing");
    await page.getByText("eu-1: Microsoft has what the registry wants.").waitFor();
    await page.getByRole("button", { name: "Change what it shall have" }).click();
    await page.getByRole("button", { name: "Add a trunk" }).click();
    const trunk = page.getByRole("group", { name: "Trunk 2" });
    await trunk.getByLabel("FQDN").fill("e1 eu");
    await page.getByRole("button", { name: "Add a route" }).click();
    const route = page.getByRole("group", { name: "Route 3" });
    await route.getByLabel("Number pattern").fill("^(?!1)");
    await page.getByRole("button", { name: "Make a plan" }).click();
    await page.getByText("3 things are wrong: each is marked at its place.").waitFor();
    await trunk.getByText("must be a host name with a domain").waitFor();
    await route.getByText("must have 1 to 256 characters").waitFor();
    await route.getByText("without look-around").waitFor();
    await accessible(page, "mistakes");
    await fits(page, "routing-mistakes");

    await trunk.getByLabel("FQDN").fill("e1.new.example.net");
    await route.getByLabel("Name").fill("special");
    await route.getByLabel("Number pattern").fill("^\\+49900\\d+$");
    await route.getByLabel("e1.new.example.net").check();
    await page.getByRole("button", { name: "Move up: special" }).click();
    await page.getByRole("textbox", { name: "Why" }).fill("second node");
    await page.getByRole("button", { name: "Make a plan" }).click();
    await page.waitForURL(/plan=/);
    await page.getByText("2 changes").waitFor();
    await page.getByText("Add trunk e1.new.example.net").waitFor();
    await page.getByText("place: 2").waitFor();
    await page.getByText("trunks: e1.new.example.net").waitFor();
    await page.getByText("This is a dry run").waitFor();
    await page.getByText("Domain not verified", { exact: true }).waitFor();
    expect(mock.routing.far.trunks.length, "a plan changes nothing").toBe(1);
    await accessible(page, "a plan");
    await fits(page, "routing-planned");

    await page.getByLabel("What the portal wants the TXT record to say: new.example.net").fill("ms93847561");
    await page.getByRole("button", { name: "TXT record is in DNS: new.example.net" }).click();
    await page.getByText("TXT record set").waitFor();
    await page.getByText("TXT record in DNS: Olga Petrova").waitFor();
    await page.getByRole("button", { name: "The portal has verified it: new.example.net" }).click();
    await page.getByText("Said to be verified").waitFor();

    await page.getByRole("button", { name: "Apply", exact: true }).click();
    await page.getByText("Calls that go on are not cut.").waitFor();
    await page.getByRole("alertdialog").getByRole("button", { name: "Apply", exact: true }).click();
    await page.getByText("Microsoft has it. It takes about five minutes to act").waitFor();
    expect(mock.routing.far.trunks.map((t) => t.fqdn)).toEqual([e0, "e1.new.example.net"]);
    expect(mock.asked).toContain(`POST /v1/plans/${mock.routing.plans[0]?.id ?? ""}/apply`);

    const first = page.getByRole("row", { name: /As it was made in the portal/ });
    await first.getByRole("button", { name: /^Show/ }).click();
    await page.waitForURL(new RegExp(firstPlan));
    await page.locator("summary", { hasText: "Compare with" }).click();
    await page.getByText("Remove trunk e1.new.example.net").waitFor();
    await page.getByRole("button", { name: "Roll back to this" }).click();
    await page.getByText("Rolls back to").waitFor();
    await page.getByText("3 changes").waitFor();
    await page.getByRole("button", { name: "Apply", exact: true }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Apply", exact: true }).click();
    await page.getByText("Activating").first().waitFor();
    expect(mock.routing.far.routes.map((r) => r.name)).toEqual(["all"]);
  });

  test("hears that somebody else was there first, or is there now, and plans again", async () => {
    const { page, open, mock } = await visit("operator");
    const plan = mock.routing.plan({ reason: "mine", document: { trunks: [], routes: [] } });
    await open(`/console/routing?plan=${"id" in plan ? plan.id : ""}`);
    const apply = async () => {
      await page.getByRole("button", { name: "Apply", exact: true }).click();
      await page.getByRole("alertdialog").getByRole("button", { name: "Apply", exact: true }).click();
      // While it fades away the page behind it is hidden from readers.
      await page.getByRole("alertdialog").waitFor({ state: "detached" });
    };
    mock.routing.busy = true;
    await apply();
    await page.getByText("Somebody else is applying a plan right now").waitFor();
    await page.getByText("Ben Kay has been applying a plan").waitFor();
    await accessible(page, "a second operator");
    mock.routing.busy = false;
    mock.routing.far = { ...mock.routing.far, trunks: [...mock.routing.far.trunks, { fqdn: "x.eu.sbc.example.net", port: 5061 }] };
    await apply();
    await page.getByText("Edited elsewhere in between").waitFor();
    await page.getByText("+ trunk x.eu.sbc.example.net").waitFor();
    await fits(page, "routing-edited-elsewhere");
    await page.getByRole("button", { name: "Plan again" }).click();
    await page.getByText("Remove trunk x.eu.sbc.example.net").waitFor();
    await apply();
    await page.getByText("Microsoft has it.").waitFor();
  });

  test("sees what somebody changed in the portal, imports it, and keeps it as a file", async () => {
    const { page, open, mock } = await visit("operator");
    mock.routing.far = { ...mock.routing.far, routes: mock.routing.far.routes.slice(1) };
    await open("/console/routing");
    await page.getByText("1 difference between the registry and Microsoft.").waitFor();
    await page.getByText("Add route Germany").waitFor();
    await fits(page, "routing-drift");
    await page.getByRole("button", { name: "Import what Microsoft has" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Import what Microsoft has" }).click();
    await page.getByText("Microsoft has what the registry wants.").waitFor();
    await page.getByRole("button", { name: "Change what it shall have" }).click();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save as a file" }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe("eu-1.routing.json");
    const text = readFileSync(await file.path(), "utf8");
    expect(text).toContain('"all"');

    await page.getByRole("button", { name: "Text", exact: true }).click();
    const box = page.getByRole("textbox", { name: "The document, as JSON" });
    await box.fill("{");
    await page.getByText("This is not JSON:").waitFor();
    await box.fill("{}");
    await page.getByText("no routing document").waitFor();
    expect(await page.getByRole("button", { name: "Make a plan" }).isDisabled()).toBe(true);
    await box.fill(JSON.stringify({ trunks: [{ fqdn: "teams.example.net", port: 5061 }], routes: [] }));
    await page.getByRole("button", { name: "Make a plan" }).click();
    await page.getByText("teams.example.net is a trunk of Teams direct routing").waitFor();
    await page.getByLabel("Open a file").setInputFiles({ name: "eu-1.json", mimeType: "application/json", buffer: Buffer.from(text) });
    await page.getByRole("button", { name: "Form", exact: true }).click();
    expect(await page.getByRole("group", { name: "Trunk 1" }).getByLabel("FQDN").inputValue()).toBe(e0);
  });

  test("may look without changing, in Spanish", async () => {
    const { page, open, mock } = await visit("operator", { locale: "es-ES" });
    mock.world.session.scopes = ["trunks.read"];
    await open(`/console/routing?plan=${firstPlan}`);
    await page.getByText("Sustituido").first().waitFor();
    for (const name of ["Volver a este", "Cambiar lo que debe tener", "Importar lo que tiene Microsoft"]) expect(await page.getByRole("button", { name }).count(), name).toBe(0);
  });
});

describe.skipIf(missing)("an operator asks the doctor", () => {
  test("is told on the overview, reads what to do, and runs it again", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console");
    await page.getByRole("link", { name: "See what, and what to do" }).click();
    await page.waitForURL("**/console/doctor");
    await settled(page);
    const groups = await page.getByRole("heading", { level: 2 }).allTextContents();
    expect(groups).toEqual(["Names in DNS", "Certificates", "Ports"]);
    await page.getByText("correct the A record").waitFor();
    await page.getByRole("checkbox", { name: "Show 3 findings that are all right" }).check();
    await page.getByText("PostgreSQL 17.2").waitFor();
    const asked = () => mock.asked.filter((q) => q === "GET /v1/doctor").length;
    expect(asked(), "the overview’s answer is used again").toBe(1);
    await page.getByRole("button", { name: "Run again" }).click();
    await expect.poll(asked).toBe(2);
  });

  test("sees nothing on the overview when all is well", async () => {
    const { page, open, mock } = await visit("operator_empty");
    await open("/console");
    await expect.poll(() => mock.asked.includes("GET /v1/doctor")).toBe(true);
    await settled(page);
    expect(await page.getByText("The doctor finds something wrong").count()).toBe(0);
  });
});
