// Drives Chromium through the page of the telephones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, DESK, focused, tabTo, told, visit } from "./visit.mjs";

const number = "+34910000001";

/** Moves the focus by Tab to what a selector finds. */
async function tabToSelector(page, selector) {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${selector} cannot be reached by Tab`);
}

/** Prepares a telephone by hand, by keyboard. */
async function prepare(page) {
  await tabToSelector(page, "[name=prepare] [name=number]");
  await page.keyboard.type("+34 910 000 001");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`.phone >> text=${number}`);
}

test("a telephone by keyboard alone", async (t) => {
  const { open } = await visit(t);
  const page = await open("/desk");
  await page.keyboard.press("Tab"); // skip
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#phones >> text=No telephone yet");
  assert.equal(await page.locator(".places [aria-current=page]").textContent(), "Phones");
  await prepare(page);

  await page.evaluate(() => new MutationObserver(() => { window.rangAt ??= document.querySelector(".phone.ringing") && Date.now(); }).observe(document.body, { childList: true, subtree: true, attributes: true }));
  const { at } = await told(`dial?number=${encodeURIComponent(number)}`);
  await page.waitForSelector(".phone.ringing");
  const latency = await page.evaluate(() => window.rangAt) - at;
  t.diagnostic(`rings after ${latency} ms`);
  assert.ok(latency < 500, `it rang after ${latency} ms`);
  assert.match(await page.locator(".phone").textContent(), /Contoso queue.*Rings · \+4930901820/s);
  assert.match(await page.locator("#alert").textContent(), /\+34910000001 rings/);
  await page.waitForFunction((n) => document.title === `☎ ${n}`, number);
  await tabTo(page, "accept");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".phone >> text=Talks");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.key), number, "the focus is lost");

  await tabTo(page, "keypad");
  await page.keyboard.press("Enter");
  for (const key of "4#*0") await page.keyboard.press(key);
  await page.waitForFunction(() => document.querySelector(".keypad output").textContent === "4#*0");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".keypad", { state: "detached" });
  assert.equal(await focused(page), "keypad");

  await page.keyboard.press("Shift+Tab"); // the button, the language, the text
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type("Hello 1 2 3");
  await told("tones"); // is drawn while somebody types
  await page.waitForSelector(".digits >> text=42#");
  assert.equal(await page.locator("[name=text]").inputValue(), "Hello 1 2 3");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".note >> text=Says: Hello 1 2 3");
  assert.equal(await page.locator("[name=text]").inputValue(), "");

  await told("talk");
  await tabTo(page, "listen");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("audio")?.duration > 0);

  await page.evaluate(() => document.activeElement.blur());
  await tabTo(page, "hangup");
  await page.keyboard.press("Space");
  await page.waitForSelector(".phone >> text=No call");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.key), number, "the focus is lost");
  assert.deepEqual((await told("did")).did, ["answered", "4", "#", "*", "0", `4:${number} en-US Hello 1 2 3`]);
});

test("a telephone that refuses, by shortcut, and one that is told what to do", async (t) => {
  const { open } = await visit(t);
  const page = await open("/desk/phones");
  await prepare(page);
  await told(`dial?number=${encodeURIComponent(number)}`);
  await page.waitForSelector(".phone.ringing");
  await page.keyboard.press("Control+Shift+D");
  await page.waitForSelector(".phone:not(.ringing)");
  await page.locator(".phone [name=behaviour]").selectOption("accept");
  await page.waitForFunction(async (n) => (await (await fetch(`/_sim/phones/${encodeURIComponent(n)}`)).json()).behaviour === "accept", number);
  await told(`dial?number=${encodeURIComponent(number)}`);
  await page.waitForSelector(".phone >> text=Talks");
  assert.deepEqual((await told("did")).did, ["refused", "answered"]);
});

test("a call that comes in", async (t) => {
  const { open } = await visit(t);
  const page = await open("/desk/phones");
  await tabToSelector(page, "[name=call] [name=from]");
  await page.keyboard.type("12345");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".phone").count(), 0, "a number without a plus calls");
  await page.locator("[name=from]").fill(number);
  await page.keyboard.press("Tab");
  await page.keyboard.type("+49 (30) 90-1820");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`.phone:has-text("${number}") >> text=Calls`);
  assert.match(await page.locator(".note").textContent(), /Calling \+4930901820/);
  await page.evaluate(() => document.activeElement.blur());
  await tabTo(page, "hangup");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".phone >> text=No call");

  // Nobody answers the next one, however long it rings.
  await page.locator("[name=call] button").click();
  await page.waitForSelector(".phone >> text=Calls");
  await fetch(`${DESK}/_sim/clock`, { method: "POST", body: JSON.stringify({ advance: "10m" }) });
  await page.waitForSelector(".phone >> text=No call · ended with 480");
});

for (const [theme, lang] of [["light", "en-GB"], ["dark", "es-ES"]]) {
  test(`telephones: no barrier and no sideways scrolling, ${theme}, ${lang}`, async (t) => {
    const { open } = await visit(t, { colorScheme: theme, locale: lang });
    const look = `${theme}-${lang.slice(0, 2)}`;
    const page = await open("/desk/phones");
    await check(page, "phones-none", look);
    await prepare(page);
    await told(`dial?number=${encodeURIComponent("+4930123456")}`);
    await page.waitForSelector(".talk");
    await told("tones");
    await page.waitForSelector(".digits");
    await page.locator("[data-do=keypad]").click();
    await page.waitForSelector(".keypad");
    await told(`dial?number=${encodeURIComponent(number)}`);
    await page.waitForSelector(".phone.ringing");
    await page.locator("[data-do=listen]").first().click();
    await page.waitForSelector("audio");
    await check(page, "phones", look);
  });
}
