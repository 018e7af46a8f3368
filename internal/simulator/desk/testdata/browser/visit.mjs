// A browser for the tests of the desk, and what several of them need.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

export const { DESK, CHROMIUM, MICROPHONE, OUT, SHOTS } = process.env;
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const ada = "fc4ccb5f-8046-4812-803f-6c344a5d1560";
export const bob = "0f9d33b0-1111-4222-8333-444455556666";

export const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
];

let browser;
before(async () => { browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: flags }); });
after(() => browser?.close());

/** Asks the Go test for something. */
export async function told(path, body) {
  const answer = await fetch(`${DESK}/test/${path}`, { method: "POST", body });
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
}

/** A browser of its own for one test. */
export async function visit(t, options = {}) {
  await told("reset");
  const { sound = false, permissions = ["microphone"], ...more } = options;
  const context = await (options.browser ?? browser).newContext({ locale: "en-GB", permissions, reducedMotion: "reduce", ...more });
  t.after(() => context.close());
  context.setDefaultTimeout(15000);
  await context.addInitScript((on) => {
    if (!on && localStorage.getItem("desk.sound") === null) localStorage.setItem("desk.sound", "off");
    localStorage.setItem("desk.clean", "off"); // what is measured must not be cleaned
    document.addEventListener("DOMContentLoaded", () => {
      new MutationObserver(() => {
        if (document.querySelector(".toast")) window.toastAt ??= Date.now();
        else window.toastAt = undefined;
      }).observe(document.body, { childList: true, subtree: true });
    });
  }, sound);
  const problems = [];
  const open = async (path, prepare) => {
    const page = await context.newPage();
    await prepare?.(page);
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (m) => { if (m.type() === "error" && !/status of 4/.test(m.text())) problems.push(m.text()); });
    await page.goto(DESK + path);
    await page.waitForSelector({ "/desk": ".cards", "/desk/phones": "#phones > *", "/desk/misbehaviour": "#faults > *" }[path] ?? (path.startsWith("/desk/admin/") ? "#federation" : ".me"));
    return page;
  };
  t.after(() => assert.deepEqual(problems, [], "errors on the page"));
  return { context, open };
}

/** Records what the page's speaker gets, for so long, as samples at 8 kHz. */
export async function listen(page, seconds) {
  const samples = await page.evaluate(async (seconds) => {
    const context = new AudioContext({ sampleRate: 8000 });
    await context.resume();
    const source = context.createMediaStreamSource(document.getElementById("speaker").srcObject);
    const tap = context.createScriptProcessor(16384, 1, 1); // or what comes while the page is busy is lost
    const heard = [];
    await new Promise((done) => {
      tap.onaudioprocess = ({ inputBuffer }) => {
        for (const s of inputBuffer.getChannelData(0)) heard.push(Math.round(Math.max(-1, Math.min(1, s)) * 32767));
        if (heard.length >= seconds * 8000) done();
      };
      source.connect(tap).connect(context.destination);
    });
    await context.close();
    return heard;
  }, seconds);
  return Int16Array.from(samples);
}

export const focused = (page) => page.evaluate(() => document.activeElement?.dataset.do ?? document.activeElement?.id);

export async function tabTo(page, deed) {
  for (let i = 0; i < 90; i++) {
    if (await focused(page) === deed) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${deed} cannot be reached by Tab`);
}

/** Finds barriers and sideways scrolling; takes pictures called look, width and name. */
export async function check(page, name, look) {
  const found = await page.evaluate(`${axe}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`);
  assert.deepEqual(found.violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`), []);
  for (const width of [320, 360, 640, 768, 1280, 1920]) { // 640: 200 % of 1280
    await page.setViewportSize({ width, height: 800 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
    if (SHOTS && [360, 768, 1280].includes(width)) await page.screenshot({ path: `${SHOTS}/${look}-${width}-${name}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
