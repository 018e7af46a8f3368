// Drives Chromium through the Teams admin centre of a tenant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ada, check, DESK, tabTo, visit } from "./visit.mjs";

const contoso = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10";
const mine = "b9614373-fd0b-480c-8fd2-cb58b70eab9f";
const other = "11111111-2222-4333-8444-555555555555";
const path = `/desk/admin/${contoso}`;
const api = `${DESK}/_sim/teams/tenants/${contoso}`;
const tenant = async () => (await fetch(api)).json();
const put = (where, body) => fetch(`${api}/${where}`, { method: "PUT", body: JSON.stringify(body) });

/** Waits until the tenant is as it should be. */
async function until(page, good) {
  for (let i = 0; i < 200; i++) {
    if (good(await tenant())) return;
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  assert.fail(JSON.stringify(await tenant()));
}

test("federation, policies and people by keyboard alone", async (t) => {
  const { open } = await visit(t);
  const page = await open("/desk");
  await page.locator(".admin-link").first().click();
  await page.waitForSelector("#federation");
  assert.match(await page.title(), /Contoso <Airlines>/);

  await tabTo(page, "federation");
  await page.keyboard.press("Space");
  await until(page, (v) => !v.federation.enable_acs_users);
  await page.waitForSelector("text=cannot be called");
  await page.keyboard.press("Space");
  await until(page, (v) => v.federation.enable_acs_users);

  await page.locator("#list input").focus();
  await page.keyboard.type(other.toUpperCase());
  await page.keyboard.press("Enter");
  await page.waitForSelector(`#tenant code >> text=${other}`);
  assert.deepEqual((await tenant()).federation.allowed_acs_resources, [mine, other]);
  await page.keyboard.type("eu-1");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".note >> text=immutable id");
  await page.locator(`[data-do=unlist][data-id="${mine}"]`).focus();
  await page.keyboard.press("Enter");
  await until(page, (v) => v.federation.allowed_acs_resources.length === 1);

  await page.locator("#new-policy input").focus();
  await page.keyboard.type("Blocked");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-set=policy][data-name=Blocked]");
  await page.locator("[data-set=policy][data-name=Blocked]").focus();
  await page.keyboard.press("Space");
  await until(page, (v) => v.policies.some((p) => p.name === "Blocked" && !p.enable_acs_federation_access));
  await page.locator(`[data-set=own][data-oid="${ada}"]`).focus();
  await page.keyboard.press("B");
  const person = (v) => v.people.find((p) => p.oid === ada);
  await until(page, (v) => person(v).effective_policy === "Blocked");
  for (const [set, is] of [["voice", "enterprise_voice"], ["licence", "has_phone"], ["enabled", "enabled"]]) {
    for (const on of [false, true]) {
      await page.locator(`[data-set=${set}][data-oid="${ada}"]`).focus();
      await page.keyboard.press("Space");
      await until(page, (v) => person(v)[is] === on);
    }
  }
});

test("a script is pasted and run", async (t) => {
  const { open } = await visit(t);
  const page = await open(path);
  await page.locator("#script").fill(`Connect-MicrosoftTeams -TenantId '${contoso}'
$c = Get-CsTeamsAcsFederationConfiguration
$list = @(@($c.AllowedAcsResources) + '${other}' | Where-Object { $_ } | Select-Object -Unique)
Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true -AllowedAcsResources $list
Get-CsTeamsAcsFederationConfiguration | Format-List EnableAcsUsers,AllowedAcsResources`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#output >> text=EnableAcsUsers      : True");
  assert.deepEqual((await tenant()).federation.allowed_acs_resources, [mine, other]);
  await page.waitForSelector(`#tenant code >> text=${other}`);
  await page.locator("#script").fill("Write-Host 'on'\nRemove-Everything");
  await page.locator("[data-do=run]").click();
  await page.waitForSelector("#output >> text=The term 'Remove-Everything' is not recognized");
});

for (const [theme, lang] of [["light", "en-GB"], ["dark", "es-ES"]]) {
  test(`admin centre: no barrier and no sideways scrolling, ${theme}, ${lang}`, async (t) => {
    const { open } = await visit(t, { colorScheme: theme, locale: lang });
    const page = await open(path);
    await put("policies/A%20policy%20with%20a%20rather%20long%20name", { enable_acs_federation_access: false });
    await put("groups/aaaaaaaa-0000-4000-8000-000000000001", { name: "Service desk", members: [ada], policy: "Global", rank: 1 });
    await put("delay", { seconds: 60 });
    await put("federation", { allowed_acs_resources: [mine, other] });
    await page.waitForSelector("text=Service desk");
    await page.locator("#script").fill("Write-Warning 'On a line that is longer than the narrowest screen is wide, so that it has to be broken'");
    await page.locator("[data-do=run]").click();
    await page.waitForSelector("#output >> text=WARNING");
    await check(page, "admin", `${theme}-${lang.slice(0, 2)}`);
  });
}
