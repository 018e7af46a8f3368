// Drives Chromium through the page of the misbehaviour.
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, DESK, focused, tabTo, told, visit } from "./visit.mjs";

const sim = async (path) => (await fetch(`${DESK}/_sim/${path}`)).json();

test("faults by keyboard alone", async (t) => {
  const { open } = await visit(t);
  const page = await open("/desk/misbehaviour");
  assert.match(await page.locator("#faults").textContent(), /everything behaves/);
  await tabTo(page, "find");
  await page.keyboard.type("EVENT.lo");
  await page.waitForFunction(() => document.querySelectorAll(".knob:not([hidden])").length === 1);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter"); // opens it
  await page.keyboard.press("Tab");
  for (const text of ["CallConnected", "3", "0.5", "7"]) { // scope, how often, probability, seed
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForSelector("#faults >> text=event.lose");
  const [{ id, ...set }] = await sim("faults");
  assert.deepEqual(set, { left: 3, knob: "event.lose", scope: "CallConnected", count: 3, probability: 0.5, seed: 7 });
  assert.match(await page.locator(".set li").textContent(), /event\.lose CallConnected.*chance 50 % · seed 7 · 3 of 3 left/s);

  await page.keyboard.press("Control+Home");
  await page.locator("#find").focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("sip.");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("sip2");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#faults >> text=sip.silent");
  await page.locator("#find").fill("nothing of the kind");
  await page.waitForSelector("#found >> text=No fault has these words");

  await page.evaluate(() => document.activeElement.blur());
  await tabTo(page, "remove");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".set li").length === 1);
  assert.equal(await page.evaluate(() => Boolean(document.activeElement.closest("#faults"))), true, "the focus is lost");
  assert.deepEqual(await sim("faults"), [{ knob: "sip.silent", value: "sip2" }]);
  await fetch(`${DESK}/_sim/faults`, { method: "POST", body: JSON.stringify({ knob: "http.cut", value: "after", count: 1 }) });
  await page.waitForSelector("#faults >> text=http.cut");
  await tabTo(page, "forget");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#faults >> text=everything behaves");
  assert.equal(await focused(page), "faults", "the focus is lost");
  assert.deepEqual(await sim("faults"), []);
});

test("every form sets its fault", async (t) => {
  const { open } = await visit(t);
  const page = await open("/desk/misbehaviour");
  const names = Object.keys(await sim("knobs")).sort();
  assert.deepEqual((await page.locator(".knob code").allTextContents()).sort(), names);
  await page.evaluate(() => {
    for (const form of document.querySelectorAll("form[data-knob]")) {
      form.parentElement.open = true;
      for (const field of form.querySelectorAll("input[required]")) field.value = /silent|unavail|tls/.test(form.dataset.knob) ? "sip" : "500";
      form.requestSubmit();
    }
  });
  await page.waitForFunction((n) => document.querySelectorAll(".set li").length === n, names.length);
  assert.deepEqual((await sim("faults")).map((f) => f.knob).sort(), names);
});

test("guesses, the clock, the keys, and beginning anew, by keyboard alone", async (t) => {
  const { open } = await visit(t);
  const page = await open("/desk/misbehaviour");
  const values = async () => Object.fromEntries((await sim("inferences")).map((i) => [i.name, i.value]));
  const usual = await values();
  await tabTo(page, "flip");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".guess.turned [value=accepted]:checked", { state: "attached" });
  const turned = await values();
  for (const { name, values: all } of await sim("inferences")) assert.equal(turned[name], all[1] ?? all[0]);
  await tabTo(page, "unflip");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".guess.turned", { state: "detached" });
  assert.deepEqual(await values(), usual);
  await page.keyboard.press("Tab"); // the first guess
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector(".guess.turned");
  assert.equal((await values())["context.single_use"], "no");

  await page.evaluate(() => document.activeElement.blur());
  const { now } = await (await fetch(`${DESK}/_sim/clock`, { method: "POST", body: JSON.stringify({ advance: 0 }) })).json();
  for (const seconds of [10, 60, 300]) {
    await tabTo(page, "advance");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".note >> text=It is now");
    if (seconds < 300) await page.keyboard.press("Tab");
  }
  const later = await (await fetch(`${DESK}/_sim/clock`, { method: "POST", body: JSON.stringify({ advance: 0 }) })).json();
  const passed = (Date.parse(later.now) - Date.parse(now)) / 1000;
  assert.ok(passed >= 370 && passed < 400, `${passed} s`);
  await tabTo(page, "rotate");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".note >> text=keys are rotated");

  await tabTo(page, "reset");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#reset[open]");
  assert.equal(await focused(page), "reset-not", "the harmless button comes first");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#reset:not([open])", { state: "attached" });
  assert.equal(await focused(page), "reset");
  assert.equal((await values())["context.single_use"], "no");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".note >> text=Everything is reset");
  assert.deepEqual(await values(), usual);
});

for (const [theme, lang] of [["light", "en-GB"], ["dark", "es-ES"]]) {
  test(`misbehaviour: no barrier and no sideways scrolling, ${theme}, ${lang}`, async (t) => {
    const { open } = await visit(t, { colorScheme: theme, locale: lang });
    const look = `${theme}-${lang.slice(0, 2)}`;
    const page = await open("/desk/misbehaviour");
    await check(page, "misbehaviour-none", look);
    await page.locator("summary", { hasText: "event.lose" }).click();
    await page.locator("summary", { hasText: "closed without" }).click();
    await page.locator("summary", { hasText: "recording.fail" }).click();
    for (const fault of [{ knob: "event.delay", scope: "ParticipantsUpdated", value: "2s", seed: 7 }, { knob: "http.status", value: "429;retry-after=2", count: 3 }, { knob: "sip.silent", value: "sip,sip2" }]) {
      await fetch(`${DESK}/_sim/faults`, { method: "POST", body: JSON.stringify(fault) });
    }
    await page.waitForSelector("#faults >> text=sip.silent");
    await page.locator("[data-do=flip]").click();
    await page.waitForSelector(".guess.turned");
    await check(page, "misbehaviour", look);
    await page.locator("[data-do=reset]").click();
    await page.waitForSelector("#reset[open]");
    await check(page, "misbehaviour-reset", look);
  });
}
