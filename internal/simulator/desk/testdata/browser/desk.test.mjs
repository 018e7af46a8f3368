// Drives Chromium through the desk. The Go test that runs this serves the desk
// and, under /test, plays the application and the customer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { ada, bob, check, CHROMIUM, DESK, flags, focused, listen, SHOTS, tabTo, told, visit } from "./visit.mjs";

test("a call by keyboard alone, by shortcuts", async (t) => {
  const { open } = await visit(t);
  const page = await open(`/desk/${ada}`);
  assert.equal(await page.locator(".idle h1").textContent(), "No calls right now");

  const { at } = await told("ring");
  await page.waitForSelector(".toast");
  const latency = await page.evaluate(() => window.toastAt) - at;
  t.diagnostic(`toast after ${latency} ms`);
  assert.ok(latency < 500, `the toast came after ${latency} ms`);
  assert.match(await page.locator(".toast").textContent(), /Incoming call.*Contoso queue.*\+4930901820/s);
  assert.match(await page.locator("#alert").textContent(), /Contoso queue \+4930901820 is calling/);
  await page.waitForFunction(() => document.title.includes("☎ Contoso queue"));

  await page.keyboard.press("Control+Shift+A");
  await page.waitForSelector(".call");
  assert.equal(await page.locator(".toast").count(), 0);
  assert.match(await page.locator(".call").textContent(), /Contoso queue.*\+4930901820.*Ada Lovelace/s);
  await page.waitForFunction(() => !document.title.includes("☎"));

  await page.keyboard.press("Control+Shift+M");
  await page.waitForSelector(".call header b:has-text('Muted')");
  await page.keyboard.press("m");
  await page.waitForSelector(".call header b", { state: "detached" });
  await page.keyboard.press("h");
  await page.waitForSelector(".call.held >> text=nobody hears you");
  await page.keyboard.press("h");
  await page.waitForSelector(".call:not(.held)");
  await page.keyboard.press("k");
  const digits = [..."42#*1357902468"];
  for (const key of digits) await page.keyboard.press(key);
  await page.waitForFunction((all) => document.querySelector(".keypad output").textContent === all, digits.join(""));
  await page.keyboard.press("Escape");
  await page.waitForSelector(".keypad", { state: "detached" });
  assert.equal(await focused(page), "keypad");

  await page.keyboard.press("t");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.type("bo");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".note >> text=being transferred");
  await page.keyboard.press("t");
  await page.keyboard.type("+49 30 12345");
  await page.waitForSelector("dialog >> text=Transfer to +493012345");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog:not([open])", { state: "attached" });
  await page.keyboard.press("t");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog:not([open])", { state: "attached" });

  await page.keyboard.press("Control+Shift+H");
  await page.waitForSelector(".idle");
  assert.deepEqual((await told("did")).did, [
    "changed:true,false", "changed:false,false", "changed:false,true", "changed:false,false", ...digits, bob, "+493012345", "left",
  ]);
});

test("a call by keyboard alone, by Tab", async (t) => {
  const { open } = await visit(t);
  const page = await open(`/desk/${ada}`);
  await told("ring");
  await page.waitForSelector(".toast");
  await tabTo(page, "decline");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".toast", { state: "detached" });
  assert.equal(await focused(page), "stage", "the focus is lost");

  await told("ring");
  await page.waitForSelector(".toast");
  await page.evaluate(() => document.activeElement.blur());
  await tabTo(page, "accept");
  await page.keyboard.press("Space");
  await page.waitForSelector(".call");
  await page.waitForFunction(() => document.activeElement?.dataset.do === "mute");
  for (const deed of ["mute", "hold"]) {
    await tabTo(page, deed);
    await page.keyboard.press("Enter");
    await page.waitForSelector(`[data-do="${deed}"].on`);
    assert.equal(await focused(page), deed, "the focus moved");
    await page.keyboard.press("Enter");
    await page.waitForSelector(`[data-do="${deed}"]:not(.on)`);
  }
  await tabTo(page, "leave");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".idle");
  assert.equal(await focused(page), "stage", "the focus is lost");
});

test("single keys can be switched off", async (t) => {
  const { open } = await visit(t);
  const page = await open(`/desk/${ada}`);
  await page.locator(".keys summary").click();
  await page.locator("[name=single_keys]").click();
  await told("ring");
  await page.waitForSelector(".toast");
  assert.equal(await page.locator(".toast kbd").count(), 0);
  await page.locator("h2").first().click();
  await page.keyboard.press("a");
  await page.keyboard.press("Control+Shift+D");
  await page.waitForSelector(".toast", { state: "detached" });
  assert.equal(await page.locator(".call").count(), 0);
});

test("the recording banner, also for who comes late", async (t) => {
  const { open } = await visit(t);
  const page = await open(`/desk/${ada}`);
  await told("ring");
  await page.waitForSelector(".toast");
  await page.keyboard.press("a");
  await page.waitForSelector(".call");
  assert.equal(await page.locator(".recording").count(), 0);
  await told("record?on=true");
  await page.waitForSelector(".recording >> text=Recording has started");
  assert.match(await page.locator("#status").textContent(), /You’re being recorded/);
  const late = await open(`/desk/${ada}`);
  await late.waitForSelector(".recording >> text=Recording has started");
  await told("record?on=false");
  await late.waitForSelector(".recording", { state: "detached" });
  await page.waitForSelector(".recording", { state: "detached" });
});

test("two calls: keys act on the one that is talked in", async (t) => {
  const { open } = await visit(t);
  const page = await open(`/desk/${ada}`);
  await page.locator(".keys summary").click();
  await fetch(`${DESK}/_sim/users/${ada}`, { method: "PUT", body: JSON.stringify({ ignores_busy: true }) });
  await told("ring");
  await page.waitForSelector(".toast");
  await page.keyboard.press("a");
  await page.waitForSelector(".call");
  await page.keyboard.press("h");
  await page.waitForSelector(".call.held.active");
  await told("ring");
  await page.waitForSelector(".toast");
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/second-rings.png` });
  await page.keyboard.press("a");
  await page.waitForSelector(".call.active:not(.held)");
  assert.equal(await page.locator(".call.held:not(.active)").count(), 1);
  await page.keyboard.press("m");
  await page.waitForSelector(".call.active [data-do=mute].on");
  assert.equal(await page.locator(".call.held [data-do=mute].on").count(), 0, "the wrong call is muted");
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/two-calls.png` });
  await page.keyboard.press("l");
  await page.waitForSelector(".call.held.active");
  await page.keyboard.press("h");
  await page.waitForSelector(".call:not(.held)");
});

test("the lobby, more tabs than connections, and a phone that does not ring", async (t) => {
  const { open } = await visit(t);
  const lobby = await open("/desk");
  assert.deepEqual(await lobby.locator(".card strong").allTextContents(), ["Ada Lovelace", "Bob Babbage", "Carol Turing"]);
  const tabs = [];
  for (let i = 0; i < 8; i++) tabs.push(await open(`/desk/${i ? bob : ada}`));
  await told("ring?oid=" + bob);
  await Promise.all(tabs.slice(1).map((tab) => tab.waitForSelector(".toast")));
  await lobby.waitForFunction(() => document.querySelector(".card strong").textContent === "Bob Babbage");
  assert.equal(await tabs[0].locator(".toast").count(), 0, "Bob's call rings at Ada's");
  // The tab with the stream goes, the next one takes over.
  await lobby.close();
  await tabs[0].close();
  await tabs[1].locator(".toast [data-do=decline]").click();
  await Promise.all(tabs.slice(1).map((tab) => tab.waitForSelector(".toast", { state: "detached" })));

  await tabs[2].locator("[name=client][value=mobile]").check({ force: true });
  await tabs[2].waitForSelector(".idle >> text=on a phone");
  await told("ring?oid=" + bob);
  await told("settled");
  assert.equal(await tabs[2].locator(".toast").count(), 0);
  await tabs[2].locator("[name=presence]").selectOption("Away");
  await tabs[3].waitForSelector(".me >> text=Away");
});

test("languages", async (t) => {
  const { open } = await visit(t, { locale: "es-ES" });
  const page = await open(`/desk/${ada}`);
  assert.equal(await page.getAttribute("html", "lang"), "es");
  await told("ring");
  await page.waitForSelector(".toast >> text=Llamada entrante");
  await page.keyboard.press("Control+Shift+A");
  await page.waitForSelector(".call >> text=Silenciar");
  await page.locator(".language").click();
  await page.waitForSelector(".call >> text=Mute");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.goto(`${DESK}/desk`);
  assert.equal(await page.getAttribute("html", "lang"), "en", "the choice is forgotten");
});

// Everything that the page can look like, for the checks below.
async function scenes(page, each) {
  await each("idle");
  await told("ring");
  await page.waitForSelector(".toast");
  await each("ringing");
  await page.keyboard.press("Control+Shift+A");
  await page.waitForSelector(".call");
  await told("record?on=true");
  await page.waitForSelector(".recording");
  await page.keyboard.press("m");
  await page.waitForSelector(".call header b");
  await each("call");
  await page.keyboard.press("k");
  await page.keyboard.press("7");
  await page.waitForSelector(".keypad");
  await each("keypad");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.waitForSelector("dialog[open]");
  await each("transfer");
  await page.keyboard.press("Escape");
  await page.keyboard.press("h");
  await page.waitForSelector(".call.held");
  await each("held");
  await page.keyboard.press("l");
  await page.waitForSelector(".idle");
}

for (const [theme, lang] of [["light", "en-GB"], ["dark", "es-ES"]]) {
  test(`no barrier and no sideways scrolling, ${theme}, ${lang}`, async (t) => {
    const { open } = await visit(t, { colorScheme: theme, locale: lang });
    const look = `${theme}-${lang.slice(0, 2)}`;
    const page = await open(`/desk/${ada}`);
    await scenes(page, (name) => check(page, name, look));
    await told("ring?oid=" + bob);
    const lobby = await open("/desk");
    await lobby.waitForSelector(".card.ringing");
    await check(lobby, "lobby", look);
  });
}

test("a page opened during a call, and two tabs with one voice", async (t) => {
  const { open } = await visit(t, { sound: true });
  await told("ring");
  await told("accept");
  const page = await open(`/desk/${ada}`);
  await page.waitForSelector("[data-phase=live]");
  const second = await open(`/desk/${ada}`);
  await second.waitForSelector("[data-phase=live]");
  await page.waitForSelector("[data-phase=elsewhere]");
  await page.locator("[data-do=sound-again]").click();
  await page.waitForSelector("[data-phase=live]");
  await second.waitForSelector("[data-phase=elsewhere]");
  await told("end");
  await page.waitForSelector("[data-phase=idle]");
  assert.equal((await told("silent")).voice, "");
});

test("a tab whose voice is taken before it knows of it", async (t) => {
  const { open } = await visit(t, { sound: true });
  await told("ring");
  await told("accept");
  let second;
  const page = await open(`/desk/${ada}`, async (page) => {
    await page.route("**/voice", async (route) => {
      const answer = await route.fetch();
      second = await open(`/desk/${ada}`);
      await second.waitForSelector("[data-phase=live]");
      await route.fulfill({ response: answer });
    });
  });
  await page.waitForSelector("[data-phase=elsewhere]");
  await second.waitForSelector("[data-phase=live]");
  await told("end");
  await page.waitForSelector("[data-phase=idle]");
  assert.equal((await told("silent")).voice, "");
});

test("a microphone that is refused", async (t) => {
  const strict = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...flags.filter((f) => !f.includes("fake-ui")), "--autoplay-policy=no-user-gesture-required"] });
  t.after(() => strict.close());
  const { open } = await visit(t, { browser: strict, sound: true, permissions: ["clipboard-read"] });
  const page = await open(`/desk/${ada}`);
  await told("ring");
  await page.waitForSelector(".toast");
  await page.keyboard.press("Control+Shift+A");
  await page.waitForSelector(".call");
  await page.waitForSelector("[data-phase=refused] >> text=refused the microphone");
  await told("talk");
  const heard = await listen(page, 2);
  assert.ok(heard.some((s) => Math.abs(s) > 1000), "nothing is heard");
  await page.keyboard.press("h");
  await page.waitForSelector(".call.held");
  await page.keyboard.press("l");
  await page.waitForSelector(".idle");
});
