// Debian's Chromium, and what every page must hold: no barrier, no sideways
// scrolling, a clean console, and no request to anybody else.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { serve } from "../mock/serve.ts";
import type { Scenario } from "../mock/world.ts";

export const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS; // a folder for pictures, to look at

function chromiumPath(): string {
  try {
    return execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/** Why there are no browser tests here; empty: there are. */
export const missing = !chromiumPath() ? "chromium is missing (Debian: chromium)" : !existsSync(`${dist}/index.html`) ? "the app is not built (make build)" : "";
if (missing && process.env.CI === "true") throw new Error(missing);
if (missing) console.warn(`NOT RUN: ${missing}`);

let browser: Browser;
beforeAll(async () => {
  if (!missing) browser = await chromium.launch({ executablePath: process.env.CHROMIUM || chromiumPath(), args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"] });
});
afterAll(() => browser?.close());

export const visit = async (scenario: Scenario, options: BrowserContextOptions = {}) => visitAt(await serve(scenario, dist), options);

/** A browser at a server, which is closed with it. */
export async function visitAt<S extends { url: string; close: () => Promise<unknown> }>(server: S, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Madrid", reducedMotion: "reduce", viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  const problems: string[] = [];
  let bytes = 0;
  const pending: Promise<void>[] = [];
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== server.url && !request.url().startsWith("blob:") && !request.url().startsWith("data:")) problems.push(`request to ${request.url()}`);
  });
  context.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/assets/")) pending.push(response.body().then((body) => void (bytes += gzipSync(body).length), () => undefined));
  });
  context.on("weberror", (error) => problems.push(error.error().message));
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !/status of (4|503)/.test(message.text()) && !/EventSource.*MIME type/.test(message.text())) problems.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    await server.close();
    expect(problems, "on the page").toEqual([]);
  });
  const page = await context.newPage();
  return {
    ...server, context, page,
    loaded: async () => {
      await Promise.all(pending);
      return bytes / 1024;
    },
    open: async (path: string) => {
      await page.goto(server.url + path);
      await settled(page);
    },
  };
}

/** The page shows what it has: nothing is loading any more. */
export async function settled(page: Page) {
  await page.waitForSelector("h1");
  await page.waitForFunction(() => !document.querySelector(".fui-Skeleton"));
}

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Axe finds no barrier, and there is one h1. */
export async function accessible(page: Page, name: string) {
  // What fades in or out has colours that nobody sees for long.
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getComputedTiming().endTime === Infinity));
  // Fluent's focus traps put hidden stops beside what they guard, and step over them.
  const found = (await page.evaluate(`${axe}; axe.run({ exclude: ["[data-tabster-dummy]"] }, { runOnly: ${JSON.stringify(rules)}, resultTypes: ["violations"] })`)) as { violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] };
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(" ")} ${n.failureSummary}`).join("; ")}`), name).toEqual([]);
  expect(await page.locator("h1").count(), `${name}: h1`).toBe(1);
}

/** Nothing is wider than the window (640: 1280 at 200 %). */
export async function fits(page: Page, name: string) {
  for (const width of [360, 640, 768, 1280, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    if (shots && width !== 640) await page.screenshot({ path: `${shots}/${name}-${width}.png`, fullPage: true });
    // What measures itself (Overflow) follows the window a moment later.
    await page.waitForFunction(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth, undefined, { timeout: 2_000 }).catch(() => undefined);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(over, `${name} is ${over} px too wide at ${width}`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
