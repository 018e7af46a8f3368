// Drives Chromium through the pages of sign-in and consent.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { ENTRA, CHROMIUM, SHOTS, TENANT, USER, ADMIN } = process.env;
const CALLBACK = "https://portal.example.com/entra/callback";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
});
after(() => browser?.close());

const address = (path, more = {}) => `${ENTRA}/${path}?${new URLSearchParams({
  client_id: process.env.CLIENT, response_type: "code", redirect_uri: CALLBACK, scope: "openid profile", state: "s1", nonce: "n1", ...more,
})}`;

/** A browser that takes in what comes back to the client, and goes nowhere else. */
async function visit(t, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", ignoreHTTPSErrors: true, ...options });
  t.after(() => context.close());
  context.setDefaultTimeout(15000);
  const page = await context.newPage();
  const outside = [], problems = [];
  let back;
  const returned = new Promise((resolve) => { back = resolve; });
  await context.route("**/*", async (route) => {
    const request = route.request(), url = request.url();
    if (url.startsWith("https://portal.example.com/")) {
      back({ method: request.method(), query: new URL(url).searchParams, body: new URLSearchParams(request.postData() ?? "") });
      return route.fulfill({ contentType: "text/html", body: "<title>portal</title>" });
    }
    if (!url.startsWith(ENTRA + "/") && !url.startsWith("data:")) outside.push(url);
    return route.continue();
  });
  page.on("pageerror", (e) => problems.push(e.message));
  page.on("console", (m) => { if (m.type() === "error" && !/status of 4/.test(m.text())) problems.push(m.text()); });
  t.after(() => {
    assert.deepEqual(outside, [], "requests to others");
    assert.deepEqual(problems, [], "errors on the page");
  });
  return { page, returned };
}

async function check(page, name) {
  // axe is injected by the debugger, which the page's policy does not bind.
  const found = await page.evaluate(`${axe}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`);
  assert.deepEqual(found.violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`), []);
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}-${width}.png`, fullPage: true });
  }
}

async function tabTo(page, id) {
  for (let i = 0; i < 40; i++) {
    if (await page.evaluate(() => document.activeElement?.id) === id) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${id} cannot be reached by Tab`);
}

for (const colorScheme of ["light", "dark"]) {
  test(`every page, ${colorScheme}`, async (t) => {
    const { page } = await visit(t, { colorScheme });
    await page.goto(address("organizations/oauth2/v2.0/authorize"));
    await page.locator("summary").click();
    await check(page, `sign_in-${colorScheme}`);
    await page.locator(`#user-${USER}`).check();
    await page.locator("#action-sign_in").click();
    await page.waitForSelector("[data-page=user_consent]");
    await check(page, `user_consent-${colorScheme}`);
    await page.goto(address(`${TENANT}/v2.0/adminconsent`, { scope: "https://graph.microsoft.com/.default openid profile" }));
    await check(page, `consent-${colorScheme}`);
    await page.locator(`#user-${USER}`).check();
    await page.locator("#action-accept").click();
    await page.waitForSelector("[data-page=approval]");
    await check(page, `approval-${colorScheme}`);
    await page.goto(address("organizations/oauth2/v2.0/authorize", { redirect_uri: "https://evil.example/" }));
    assert.equal(await page.locator("#problem").getAttribute("data-code"), "50011");
    await check(page, `problem-${colorScheme}`);
    await page.goto(`${ENTRA}/organizations/oauth2/v2.0/logout`);
    await check(page, `signed_out-${colorScheme}`);
  });
}

test("consent and sign-in by keyboard alone", async (t) => {
  const { page, returned } = await visit(t);
  await page.goto(address(`${TENANT}/v2.0/adminconsent`, { scope: "https://graph.microsoft.com/.default", login_hint: ADMIN }));
  await tabTo(page, "action-accept");
  await page.keyboard.press("Enter");
  const consent = (await returned).query;
  assert.equal(consent.get("admin_consent"), "True");
  assert.equal(consent.get("tenant"), TENANT);

  const second = await visit(t);
  await second.page.goto(address("organizations/oauth2/v2.0/authorize"));
  await second.page.keyboard.press("Tab");
  await second.page.keyboard.press("ArrowDown"); // radios are one stop
  for (let i = 0; i < 40 && await second.page.evaluate(() => document.activeElement.id) !== `user-${USER}`; i++) await second.page.keyboard.press("ArrowDown");
  await tabTo(second.page, "action-sign_in");
  await second.page.keyboard.press("Enter");
  const query = (await second.returned).query;
  assert.equal(query.get("state"), "s1");
  assert.ok(query.get("code"));
});

test("nobody chosen: the browser asks; cancel needs nobody", async (t) => {
  const { page, returned } = await visit(t);
  await page.goto(address("organizations/oauth2/v2.0/authorize"));
  await page.locator("#action-sign_in").click();
  assert.equal(await page.locator("main").getAttribute("data-page"), "sign_in");
  await page.locator("#action-cancel").click();
  assert.equal((await returned).query.get("error"), "access_denied");
});

test("form_post, with script and without", async (t) => {
  for (const javaScriptEnabled of [true, false]) {
    const { page, returned } = await visit(t, { javaScriptEnabled });
    await page.goto(address("organizations/oauth2/v2.0/authorize", { response_mode: "form_post" }));
    await page.locator("summary").click();
    await page.locator("#action-90094").click();
    if (!javaScriptEnabled) await page.getByRole("button", { name: "Continue" }).click();
    const { method, body } = await returned;
    assert.equal(method, "POST");
    assert.equal(body.get("error"), "access_denied");
    assert.match(body.get("error_description"), /^AADSTS90094: /);
    assert.equal(body.get("state"), "s1");
  }
});
