import { describe, expect, test } from "vitest";
import { tenantId, world } from "../mock/world.ts";
import { accessible, fits, missing, settled, visit } from "./visit.ts";

describe.skipIf(missing)("a tenant's admin", () => {
  test("goes to Microsoft for consent, and reads what came back", async () => {
    const { page, open, mock } = await visit("fresh");
    await open("/tenant");
    await page.getByRole("button", { name: "Grant access at Microsoft" }).click();
    await page.getByText("Access was not granted").waitFor(); // refused without the CSRF token
    expect(new URL(page.url()).search).toBe("?consent=declined");
    expect(mock.asked).toContain("POST /v1/tenants/0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21/consent");
  });

  test("sees the evidence behind a badge, and comes back to the badge", async () => {
    const { page, open } = await visit("active");
    await open("/tenant");
    const badge = page.getByRole("button", { name: "Presence.Read.All: proved. Show the evidence" });
    await badge.click();
    const drawer = page.getByRole("dialog");
    await drawer.getByText("in the token; 200").waitFor();
    await accessible(page, "the drawer");
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label")?.startsWith("Presence.Read.All"));
  });

  test("stops all ringing after being asked, and resumes", async () => {
    const { page, open, mock } = await visit("active");
    await open("/tenant");
    await page.getByRole("button", { name: "Pause all ringing" }).click();
    const dialog = page.getByRole("alertdialog");
    await accessible(page, "the question");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(mock.world.track.state).toBe("ready");
    await page.getByRole("button", { name: "Pause all ringing" }).click();
    await dialog.getByRole("button", { name: "Pause all ringing" }).click();
    await page.getByText("All ringing is paused.").waitFor();
    await page.getByRole("button", { name: "Resume ringing" }).click();
    await page.getByText("Everything is proved.").waitFor();
  });

  test("sends a link to a colleague, or says who may be rung for the proof", async () => {
    const { page, open } = await visit("needs_other");
    await open("/tenant");
    await page.getByRole("button", { name: "Make a link for another admin" }).click();
    await page.getByText("https://tandem.northwind.example/onboard/federation-").waitFor();
    expect(await page.getByRole("link", { name: "Send by mail" }).getAttribute("href")).toMatch(/^mailto:\?subject=.*onboard%2Ffederation-/);
    await page.getByRole("switch").click();
    await page.getByText("-AllowedAcsResources $list -WhatIf").waitFor();
    await page.getByRole("button", { name: "I ran it" }).click();
    await page.getByRole("searchbox").fill("ada");
    await page.getByRole("button", { name: "Ring: Ada Lovelace", exact: true }).click();
    await page.getByText("Ringing Ada Lovelace from acs-eu").waitFor();
  });

  test("adds a person, and not one who cannot be rung", async () => {
    const { page, open } = await visit("fresh");
    await open("/tenant?tab=people");
    await page.getByText("Nobody yet.").waitFor();
    await page.getByRole("searchbox", { name: "Add a person" }).fill("hiroshi");
    await page.getByText("a guest: Microsoft rings no guests").first().waitFor();
    await page.getByRole("searchbox", { name: "Add a person" }).fill("carol");
    await page.getByRole("button", { name: "Add: Carol Turing", exact: true }).click();
    await page.getByText("1 ready, 0 not ready, 0 not checked yet, 1 in all.").waitFor();
  });

  test("is asked for at Microsoft when the hand rests, not at each letter", async () => {
    const { page, open, mock } = await visit("fresh");
    await open("/tenant?tab=people");
    // At once: a busy machine would let the hand rest between two letters.
    await page.getByRole("searchbox", { name: "Add a person" }).evaluate((box: HTMLInputElement) => {
      const type = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set; // past React's own
      for (const typed of ["c", "ca", "car", "caro", "carol"]) {
        type?.call(box, typed);
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    await page.getByRole("button", { name: "Add: Carol Turing", exact: true }).waitFor();
    expect(mock.asked.filter((x) => x.includes("/people?"))).toEqual([`GET /v1/tenants/${tenantId}/people?search=carol`]);
  });

  test("stops using a group after being asked", async () => {
    const { page, open, mock } = await visit("active");
    await open("/tenant?tab=people");
    await page.getByRole("button", { name: "Stop using: Service desk" }).click();
    const dialog = page.getByRole("alertdialog");
    await dialog.getByText("Whoever is in the list by this group alone leaves it").waitFor();
    await accessible(page, "the question");
    const gone = `DELETE /v1/tenants/${tenantId}/agent-groups/g1`;
    expect(mock.asked).not.toContain(gone);
    await dialog.getByRole("button", { name: "Stop using" }).click();
    await expect.poll(() => mock.asked.includes(gone)).toBe(true);
  });

  test("removes a person after being asked, and learns what it means", async () => {
    const { page, open, mock } = await visit("active");
    await open("/tenant?tab=people");
    const dialog = page.getByRole("alertdialog");
    await page.getByRole("button", { name: "Remove: Ada Lovelace" }).click();
    await dialog.getByText("Ada Lovelace is not rung any more, from the next call on").waitFor();
    await dialog.getByText("If they are in a group that is kept in step").waitFor();
    await accessible(page, "the question");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove: Ada Lovelace" }).waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Remove: Carol Turing" }).click(); // whom a number lists
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByText("A number still lists this person").waitFor();

    await page.getByRole("button", { name: "Remove: Bob Babbage" }).click(); // whom a group would bring back
    await dialog.getByText("would be back when the group is read next").waitFor();
    await dialog.getByRole("button", { name: "Take out" }).click();
    await page.getByRole("button", { name: "Put back: Bob Babbage" }).waitFor();
    expect(await page.getByRole("button", { name: "Remove: Bob Babbage" }).count()).toBe(0);
    expect(mock.world.agents.map((a) => a.name)).toEqual(expect.arrayContaining(["Bob Babbage", "Carol Turing"]));
  });

  test("stops a check that is under way", async () => {
    const { page, open, mock } = await visit("many");
    await open("/tenant?tab=people");
    await page.getByRole("button", { name: "Stop checking" }).click();
    await page.getByText("Checking: 3,742 of 10,000.").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Check everybody now" }).and(page.locator(":enabled")).waitFor();
    expect(mock.asked).toContain(`DELETE /v1/tenants/${tenantId}/agents/check`);
  });

  test("stops a proof that is under way, or learns that it is over", async () => {
    const { page, open, mock } = await visit("federation_waiting");
    await open("/tenant?step=federation");
    await page.getByText("Usually a few minutes, at most a day.").first().waitFor();
    await page.getByRole("button", { name: "Stop trying" }).click();
    await page.getByText("Stopped").first().waitFor();
    await page.getByRole("button", { name: "I ran it" }).waitFor();
    await page.getByRole("button", { name: "Stop trying" }).waitFor({ state: "detached" });
    expect(mock.asked).toContain(`DELETE /v1/tenants/${tenantId}/federation/check`);

    const late = await visit("federation_waiting");
    await late.open("/tenant?step=federation");
    await late.page.getByRole("button", { name: "Stop trying" }).waitFor();
    for (const p of late.mock.world.federation.proofs) Object.assign(p, { state: "failed", verdict: "inconclusive" });
    await late.page.getByRole("button", { name: "Stop trying" }).click({ noWaitAfter: true });
    await late.page.getByText("No proof is under way any more").waitFor();
    await late.page.getByRole("button", { name: "Stop trying" }).waitFor({ state: "detached" });
  });

  test("tells what was lost from what was never granted, as the list of tenants does", async () => {
    const { page, open, mock } = await visit("active");
    const optional = mock.world.readiness.items.find((i) => i.subject === "GroupMember.Read.All");
    Object.assign(optional ?? {}, { state: "failed", seen: "GroupMember.Read.All is not granted." });
    await open("/tenant");
    await page.getByRole("button", { name: "GroupMember.Read.All: missing. Show the evidence" }).waitFor();
    await page.getByText("Everything that was proved still holds.").waitFor();
    Object.assign(mock.world.track.steps[1] ?? {}, { state: "failed", problem: { code: "consent_missing", text: "", cure: { code: "grant_access", who: [], text: "" } } });
    await page.reload();
    await page.getByText("1 thing no longer holds.").waitFor();
    await page.goto(`${new URL(page.url()).origin}/tenant?tab=steps&step=consent`);
    await page.getByRole("heading", { name: "What has been proved" }).waitFor();
    expect(await page.getByText("Nothing has been looked at yet.").count()).toBe(0); // it has been
    await open("/tenant");
    await page.getByText("Grant access: Access is not granted, or it was taken back").waitFor();
  });

  test("reads why the sign-in was refused, and begins again with the same invitation", async () => {
    const { page, open } = await visit("fresh");
    const again = () => page.getByRole("link", { name: "Sign in with Microsoft" }).getAttribute("href");
    await open("/sign-in?error=cancelled&to=%2Fonboard%2Fw0rd&invitation=w0rd");
    await page.getByText("You stopped at Microsoft’s page").waitFor();
    expect(await again()).toBe("/portal/sign-in?invitation=w0rd");
    expect(await page.getByRole("link", { name: "Before you begin" }).getAttribute("href")).toBe("/onboard/w0rd");
    expect(await page.getByRole("textbox", { name: "API key" }).count()).toBe(0);
    await open("/sign-in?error=invitation_used&to=%2Fonboard%2Fw0rd&invitation=w0rd");
    await page.getByText("This invitation was used already").waitFor();
    expect(await again()).toBe("/portal/sign-in?");
    await open("/sign-in?error=session_expired&to=%2Ftenant%3Ftab%3Dpeople");
    expect(await again()).toBe("/portal/sign-in?to=%2Ftenant%3Ftab%3Dpeople");
    await page.getByRole("textbox", { name: "API key" }).waitFor();
  });

  test("hangs up a test call, also one that another window began", async () => {
    const { page, open, mock } = await visit("people");
    const step = mock.world.track.steps[4];
    Object.assign(step ?? {}, { state: "waiting", evidence: [{ name: "test_call", subject: "call-1", state: "waiting" }] });
    await open("/tenant?tab=steps&step=test_call");
    await page.getByText("Rings in Teams").waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    await page.getByText("Nobody could answer, and that proves nothing either way.").waitFor();
    await page.getByRole("button", { name: "Hang up" }).waitFor({ state: "detached" });
    expect(mock.asked).toContain(`POST /v1/tenants/${tenantId}/test-calls/call-1/hangup`);
  });

  test("reads in the trail who did what to whom, by their names", async () => {
    const { page, open } = await visit("active");
    await open("/tenant?tab=audit");
    const row = (name: RegExp) => page.getByRole("row", { name }).waitFor();
    await row(/Ana Ruiz Added people Bob Babbage$/);
    await row(/API key contact centre Invited Contoso Airlines$/);
    await row(/Tandem Came back from Microsoft’s consent page/);
    await row(/Person c7f1f0de Changed a person Bob Babbage$/); // a line from before there were names
    expect(await page.getByRole("cell", { name: "Ana Ruiz" }).first().locator("[title]").getAttribute("title")).toBe("user:77aa1c52-0000-4000-8000-00000000ad41");
  });

  test("is signed out, and comes back by signing in to where he was", async () => {
    const { page, open, mock } = await visit("active");
    await open("/tenant?tab=people&filter=ready");
    mock.signedOut = true;
    await page.getByRole("button", { name: "Check everybody now" }).click();
    await page.getByText("You have been signed out").first().waitFor();
    expect(await page.getByRole("link", { name: "Sign in with Microsoft" }).first().getAttribute("href")).toBe(`/portal/sign-in?to=${encodeURIComponent("/tenant?tab=people&filter=ready")}`);
  });

  test("pages through ten thousand people", async () => {
    const { page, open } = await visit("many");
    await open("/tenant?tab=people");
    await page.getByText("7,500 ready, 2,500 not ready").waitFor();
    await page.getByText("Checking: 3,742 of 10,000.").waitFor();
    const list = page.getByRole("list", { name: "People who can be rung" });
    expect(await list.locator("> li").count()).toBe(25);
    await page.getByRole("button", { name: "Show more" }).click();
    await page.waitForFunction(() => document.querySelectorAll("ul[aria-label='People who can be rung'] > li").length === 50);
    await page.getByRole("button", { name: "Not ready", exact: true }).click();
    await page.waitForURL(/filter=not_ready/);
    await settled(page);
  });

  test("follows a test call to its end, and finds it again after a reload", async () => {
    const { page, open } = await visit("active");
    await open("/tenant?tab=steps&step=test_call");
    await page.getByRole("button", { name: "Ring my Teams" }).click();
    await page.getByText("Proved: a call went from the provider").waitFor();
    expect(await page.getByRole("list", { name: "What happens" }).locator("> li").count()).toBe(4);
    expect(new URL(page.url()).searchParams.get("call")).toBe("call-1");
    await page.reload();
    await page.getByText("Proved: a call went from the provider").waitFor();
  });

  test("names who may be rung for the regular check, and nobody again", async () => {
    const { page, open, mock } = await visit("active");
    await open("/tenant");
    await page.getByText("Nobody is ever rung just to find out").waitFor();
    await page.getByRole("button", { name: "Name somebody" }).click();
    await accessible(page, "regular check");
    await fits(page, "regular-check");
    await page.getByRole("checkbox", { name: "Friday" }).uncheck();
    await page.getByLabel("Until").fill("08:00");
    await page.getByText("Must be later than the beginning").waitFor();
    expect(await page.getByRole("button", { name: "I may be rung" }).isDisabled()).toBe(true);
    await page.getByLabel("Until").fill("12:30");
    await settled(page);
    await page.getByRole("button", { name: "I may be rung" }).click();
    await page.getByText(/Ana Ruiz may be rung on Mon Tue Wed Thu between 09:00 and 12:30/).waitFor();
    expect(mock.world.federation.test_user?.days).toEqual(["mon", "tue", "wed", "thu"]);
    await page.getByText(/^Named by Ana Ruiz, /).waitFor();
    await page.getByRole("button", { name: "Ring nobody" }).click();
    await page.getByText("Nobody is ever rung just to find out").waitFor();
  });

  test("keeps the language, and reaches the content by the first Tab", async () => {
    const { page, open } = await visit("active");
    await open("/tenant");
    await page.getByRole("button", { name: "Español" }).click();
    await page.getByText("Todo está comprobado.").waitFor();
    await page.reload();
    await page.getByText("Todo está comprobado.").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Ir al contenido");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  });

  test("is told by the stream, and asks when there is none", async () => {
    const { page, open, mock } = await visit("consent_waiting");
    const granted = () => Object.assign(mock.world.track, world("needs_other").track);
    await open("/tenant");
    await page.getByText("Nothing to do. Microsoft is catching up").waitFor();
    const track = `GET /v1/tenants/${tenantId}/onboarding`;
    await expect.poll(() => mock.asked.includes("GET /v1/events/stream") && mock.asked.lastIndexOf(track) > mock.asked.indexOf("GET /v1/events/stream"), { timeout: 10_000 }).toBe(true);
    granted();
    mock.tell("grant.changed"); // by itself the page would ask in 20 seconds, which is more than the patience of waitFor
    await page.getByText("needs an admin with another role").waitFor();

    Object.assign(mock.world.track, world("consent_waiting").track);
    mock.tell("grant.changed");
    await page.getByText("Nothing to do. Microsoft is catching up").waitFor();
    mock.breakStreams();
    await page.getByText("Live updates are paused").waitFor();
    granted();
    await page.getByText("needs an admin with another role").waitFor();
  });

  test("reads before signing in what each step takes, as the server says it", async () => {
    const { page, open, mock } = await visit("nobody");
    mock.world.invitation.steps.forEach((step, i) => (step.minutes = i + 2));
    await open("/onboard/welcome");
    await page.getByText("It takes about 20 minutes of your time").waitFor();
    await page.getByRole("row", { name: /^Allow calling .*Teams Communications Administrator 4 minutes$/ }).waitFor();
  });

  test.each([
    ["used", "This invitation was used"],
    ["expired", "This invitation has expired"],
    ["revoked", "This invitation was withdrawn"],
  ] as const)("reads what became of an invitation: %s", async (state, title) => {
    const { page, open, mock } = await visit("nobody");
    mock.invitation = state;
    await open("/onboard/welcome");
    await page.getByText(title).waitFor();
    expect(await page.locator("a[href*='invitation=']").count()).toBe(0);
  });
});

describe.skipIf(missing)("an operator", () => {
  test("gets about by keyboard, and the address says where", async () => {
    const { page, open } = await visit("operator");
    await open("/console");
    await page.keyboard.type("gt");
    await page.waitForURL(/\/console\/tenants$/);
    await page.waitForFunction(() => document.activeElement?.id === "main");
    await settled(page);
    await page.keyboard.press("/");
    await page.keyboard.type("fabrikam 1");
    await page.waitForURL(/q=fabrikam/);
    await page.getByRole("link", { name: "Fabrikam 10", exact: true }).waitFor();
    await page.getByRole("link", { name: "Contoso Airlines" }).waitFor({ state: "detached" });
    await page.locator("h1").click();
    await page.keyboard.type("gr");
    await page.waitForURL(/\/console\/trunks$/);
    await settled(page);
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("Go to the audit trail").waitFor();
    await accessible(page, "the keys");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.type("ga");
    await page.waitForURL(/\/console\/audit$/);
  });

  test("narrows the tenants by what the server knows, and the address says how", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/tenants");
    expect(mock.asked.filter((x) => x.includes("/readiness"))).toEqual([]);
    await page.getByText("50 tenants shown").waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("100 tenants shown").waitFor();

    const states = page.getByRole("group", { name: "State" });
    await states.getByRole("button", { name: "Onboarding" }).click();
    await states.getByRole("button", { name: "Suspended" }).click();
    await page.getByRole("group", { name: "Readiness" }).getByRole("button", { name: "Needs an admin" }).click();
    await page.getByRole("button", { name: "Need somebody" }).click();
    await page.waitForURL((url) => url.searchParams.get("state") === "onboarding,suspended" && url.searchParams.get("standing") === "needs_other" && url.searchParams.get("attention") === "true");
    const row = page.getByRole("row").filter({ hasText: "Your turn" }).first();
    await row.getByText("Allow calling: The provider has no resource that could ring you").waitFor();
    expect(await page.getByRole("row").filter({ hasText: "Grant access" }).count()).toBe(0);
    expect(mock.asked.at(-1)).toBe("GET /v1/tenants?state=onboarding&state=suspended&standing=needs_other&attention=true&limit=50");

    const shown = await page.getByRole("status").innerText();
    await page.reload();
    await settled(page);
    expect(await page.getByRole("status").innerText()).toBe(shown);
    expect(await states.getByRole("button", { name: "Suspended" }).getAttribute("aria-pressed")).toBe("true");
    await page.getByRole("searchbox").fill("2026");
    await page.getByText("No tenant matches.").waitFor();
    expect(new URL(page.url()).search).toContain("2026");
    await page.reload();
    await page.getByText("No tenant matches.").waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("2026");
    await page.getByRole("navigation").getByRole("link", { name: "Tenants" }).click();
    await page.getByText("50 tenants shown").waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("");
  });

  test("sees at a glance who needs somebody, and gets to all of them", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console");
    const needy = mock.world.tenants.filter((x) => x.standing?.attention).length;
    await page.getByText(`${needy} tenants need somebody.`).waitFor();
    expect(mock.asked.filter((x) => x.startsWith("GET /v1/tenants"))).toEqual(["GET /v1/tenants/summary?limit=12", "GET /v1/tenants?state=invited&state=onboarding&limit=12"]);
    const card = page.getByRole("region", { name: "Need somebody" });
    expect(await card.getByRole("row").count()).toBe(13); // and the head
    await card.getByRole("link", { name: `See all ${needy}` }).click();
    await page.waitForURL(/\/console\/tenants\?attention=true$/);
    await page.getByText(`${needy} tenants shown`).waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("region", { name: "Tenants" }).getByRole("link", { name: "Suspended" }).click();
    await page.waitForURL(/state=suspended/);
    await page.getByText(`${mock.world.tenants.filter((x) => x.state === "suspended").length} tenants shown`).waitFor();
  });

  test("invites many, and sees what became of each row", async () => {
    const { page, open } = await visit("operator");
    await open("/console/invite");
    await page.getByRole("textbox", { name: /Rows from a spreadsheet/ }).fill("name,note\nContoso Airlines,\nFabrikam,for Ana");
    await page.getByRole("button", { name: "Make 2 invitations" }).click();
    await page.getByText("1 invitation made. 1 row refused.").waitFor();
    await page.getByText("There is a tenant with this directory already").waitFor();
    await page.getByText("https://tandem.northwind.example/onboard/Zk3v").waitFor();
  });

  test("makes a key for one tenant, with a last day, and of what such a key can have", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/keys");
    await page.getByRole("checkbox", { name: "Everything" }).check();
    await page.getByRole("textbox", { name: "Name" }).fill("reports");
    await page.getByRole("searchbox", { name: "Tenant" }).fill("conto");
    await page.getByRole("button", { name: "Choose: Contoso Airlines" }).click();
    await page.getByRole("group", { name: "Tenant" }).getByText("Contoso Airlines").waitFor();
    expect(await page.getByRole("checkbox", { name: "Everything" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Make a key" }).isDisabled()).toBe(true); // what was chosen is not for a tenant
    await page.getByRole("checkbox", { name: "calls.read" }).check();
    const until = page.getByLabel("Good until");
    expect((await until.getAttribute("min")) ?? "").toMatch(/^\d{4}-\d\d-\d\d$/);
    await until.fill("2099-06-30");
    await accessible(page, "a key being made");
    const sent = page.waitForRequest((r) => r.method() === "POST" && r.url().endsWith("/v1/keys"));
    await page.getByRole("button", { name: "Make a key" }).click();
    expect((await sent).postDataJSON()).toEqual({ name: "reports", scopes: ["calls.read"], tenant: tenantId, expires_at: "2099-06-30T22:00:00.000Z" }); // midnight in Madrid
    await page.getByText("tdm_1234_only_a_mock").waitFor();
    const row = page.getByRole("row", { name: /^reports Contoso Airlines/ });
    await row.getByText(/2099/).waitFor();
    expect(await page.getByRole("row", { name: /^for a trial/ }).textContent()).toContain("Ended");
    expect(mock.asked).toContain("GET /v1/keys/scopes");
  });

  test("chooses what a webhook hears of, when adding it and later", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/webhooks");
    const create = page.getByRole("region", { name: "Add a webhook" });
    await create.getByRole("textbox", { name: "Address" }).fill("https://crm.northwind.example/new");
    await create.getByRole("checkbox", { name: /^All/ }).uncheck();
    await create.getByText("What call.hummed means.").waitFor(); // a type that the app has no words for
    for (const type of ["tenant.activated", "grant.changed", "call.hummed", "call.ended"]) await create.getByRole("checkbox", { name: type }).uncheck();
    await accessible(page, "the types of events");
    const sent = page.waitForRequest((r) => r.method() === "POST" && r.url().endsWith("/v1/webhooks"));
    await create.getByRole("button", { name: "Add a webhook" }).click();
    expect((await sent).postDataJSON()).toEqual({ url: "https://crm.northwind.example/new", types: ["onboarding.step"] });
    await page.getByText("whsec_only_a_mock").waitFor();

    await page.getByRole("link", { name: "https://crm.northwind.example/new" }).click();
    const settings = page.getByRole("region", { name: "Settings" });
    const save = settings.getByRole("button", { name: "Save the choice" });
    await settings.getByRole("checkbox", { name: "call.ended" }).check();
    await save.click();
    await page.waitForFunction(() => [...document.querySelectorAll("button")].some((b) => b.textContent === "Save the choice" && b.disabled));
    expect(mock.world.webhooks[0]?.types).toEqual(["onboarding.step", "call.ended"]);
    await settings.getByRole("checkbox", { name: "call.ended" }).uncheck();
    await settings.getByRole("checkbox", { name: "call.ended" }).check();
    expect(await save.isDisabled()).toBe(true); // it is as it was
    await settings.getByRole("checkbox", { name: /^All/ }).check();
    await save.click();
    await page.getByRole("row", { name: /crm\.northwind\.example\/new Provider all/ }).waitFor();
    expect(mock.world.webhooks[0]?.types).toEqual([]);

    await settings.getByRole("switch", { name: "On" }).click();
    await page.getByRole("row", { name: /crm\.northwind\.example\/new Provider all/ }).getByText("Off").waitFor();
    await page.getByRole("button", { name: "Delete: https://crm.northwind.example/new" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await settings.waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("");
  });

  test("gives a webhook a new secret beside the old one, or instead of one that leaked", async () => {
    const { page, open } = await visit("operator");
    await open("/console/webhooks?webhook=w1");
    const settings = page.getByRole("region", { name: "Settings" });
    const rotate = async (leaked: boolean) => {
      await settings.getByRole("button", { name: "Make a new secret" }).click();
      const dialog = page.getByRole("alertdialog");
      await dialog.getByText("For a day each message is signed with both").waitFor();
      if (leaked) {
        await dialog.getByRole("checkbox", { name: /leaked/ }).check();
        await dialog.getByText("only the new one signs").waitFor();
      }
      await accessible(page, "the question");
      const sent = page.waitForRequest((r) => r.url().endsWith("/v1/webhooks/w1/rotate"));
      await dialog.getByRole("button", { name: "Make a new secret" }).click();
      await settings.getByText("whsec_another_mock").waitFor();
      return (await sent).postDataJSON() as unknown;
    };
    expect(await rotate(false)).toEqual({});
    await settings.getByText(/signs, too, until/).waitFor();
    await accessible(page, "the new secret");
    expect(await rotate(true)).toEqual({ keep_previous: 0 });
    await settings.getByText(/signs, too, until/).waitFor({ state: "detached" });
    await page.reload();
    await settled(page);
    await settings.waitFor();
    expect(await page.getByText("whsec_").count()).toBe(0);

    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByText("The test event was answered with 204.").waitFor();
    await page.getByRole("link", { name: "https://crm.northwind.example/calls" }).click();
    await page.getByText("The test event was answered with 204.").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Send a test event" }).click();
    await page.getByText("The test event was not answered: no answer in time").waitFor();
  });

  test.each([
    ["keys", "/console/keys", "Keys", 50],
    ["webhooks", "/console/webhooks", "Webhooks", 50],
    ["deliveries", "/console/webhooks?webhook=w1", "Deliveries", 50],
    ["invitations", "/console/invite", "Invitations", 50],
  ] as const)("reads on in a long list of %s", async (what, path, caption, first) => {
    const { page, open, mock } = await visit("operator");
    const all = mock.world[what] as { id?: string; event?: string }[];
    const like = all[0];
    all.push(...Array.from({ length: 130 }, (_, i) => ({ ...like, ...(what === "deliveries" ? { event: `e${i}` } : { id: `n${i}` }) })));
    await open(path);
    const table = page.getByRole("table", { name: caption });
    const rows = () => table.getByRole("row").count().then((n) => n - 1);
    expect(await rows()).toBe(first);
    const more = page.getByRole("region", { name: caption }).getByRole("button", { name: "Show more" });
    await more.click();
    await table.getByRole("row").nth(100).waitFor();
    expect(await rows()).toBe(100);
    await more.click();
    await table.getByRole("row").nth(all.length).waitFor();
    await more.waitFor({ state: "detached" });
    expect(await rows()).toBe(all.length);
  });

  test("withdraws an invitation after being asked", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/invite");
    const invitation = mock.world.invitations.find((i) => i.state === "open");
    await page.getByRole("button", { name: `Withdraw: ${invitation?.tenant_name}` }).first().click();
    const dialog = page.getByRole("alertdialog");
    await dialog.getByText("Its link stops working at once").waitFor();
    await accessible(page, "the question");
    expect(invitation?.state).toBe("open");
    await dialog.getByRole("button", { name: "Withdraw" }).click();
    await expect.poll(() => invitation?.state).toBe("revoked");
  });

  test("finds calls by digits, and the box follows the address", async () => {
    const { page, open } = await visit("operator");
    await open("/console/calls");
    const box = page.getByRole("searchbox", { name: "Search calls" });
    await box.fill("432");
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL(/ending=.*432/);
    await page.getByRole("navigation").getByRole("link", { name: "Calls" }).click();
    await page.waitForURL(/\/console\/calls$/);
    expect(await box.inputValue()).toBe("");
    await page.goBack();
    await page.waitForURL(/ending=.*432/);
    expect(await box.inputValue()).toBe("432");
  });

  test("reads of a month that the address names", async () => {
    const { page, open, mock } = await visit("operator");
    await open("/console/usage?month=2026-10");
    expect(mock.asked).toContain("GET /v1/usage?from=2026-10&to=2026-10");
    await page.getByRole("cell", { name: "October 2026" }).first().waitFor();
    await page.getByLabel("Month").fill("2026-09");
    await page.waitForURL(/month=2026-09/);
    await page.getByRole("cell", { name: "September 2026" }).first().waitFor();
  });

  test("comes with an API key to where the address led", async () => {
    const { page, open } = await visit("nobody");
    await page.goto("about:blank");
    await open("/console/calls?result=failed");
    await page.waitForURL(/\/sign-in\?to=/);
    await page.locator("input[type=password]").fill("tdm_secret");
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.waitForURL(/\/console\/calls\?result=failed$/);
    await open("/sign-in?to=//elsewhere.example/console");
    await page.locator("input[type=password]").fill("tdm_secret");
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.waitForURL(/\/console$/);
  });

  test("comes with an API key, which a reload forgets", async () => {
    const { page, open, context } = await visit("nobody");
    await open("/sign-in");
    const sent = page.waitForRequest((r) => r.url().endsWith("/v1/me"));
    await page.locator("input[type=password]").fill("tdm_secret");
    await page.getByRole("button", { name: "Use this key" }).click();
    expect((await sent).headers().authorization).toBe("Bearer tdm_secret");
    await page.waitForURL(/\/console$/);
    expect(JSON.stringify([await context.storageState(), await page.evaluate(() => ({ ...sessionStorage }))])).not.toContain("tdm_secret");
    await page.reload();
    await page.waitForURL(/\/sign-in/);
  });
});
