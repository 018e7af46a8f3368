// What a person says and hears, judged by the Go test that runs this. It is apart from the
// desk's other tests because nothing else may take the processor from it.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { ada, CHROMIUM, flags, listen, MICROPHONE, OUT, told, visit } from "./visit.mjs";

test("the voice, both ways", async (t) => {
  // The file begins with some silence and is played once, from when the microphone opens.
  const own = await chromium.launch({
    executablePath: CHROMIUM, headless: true,
    args: [...flags, `--use-file-for-fake-audio-capture=${MICROPHONE}%noloop`, "--autoplay-policy=no-user-gesture-required"],
  });
  t.after(() => own.close());
  const { open } = await visit(t, { browser: own, sound: true });
  const page = await open(`/desk/${ada}`);
  await page.waitForSelector("[data-phase=idle]");
  await told("ring");
  await page.waitForSelector("[data-phase=live]");
  await page.keyboard.press("Control+Shift+A");
  await page.waitForSelector(".call");
  await told("talk");
  const heard = await listen(page, 18);
  await writeFile(`${OUT}/browser.pcm`, Buffer.from(heard.buffer));
  await told("listened");

  // A reload reconnects, a closed tab falls silent.
  const voice = (await told("voice")).voice;
  assert.notEqual(voice, "");
  await page.reload();
  await page.waitForSelector("[data-phase=live]");
  const again = (await told("voice")).voice;
  assert.ok(again && again !== voice, "the same voice after a reload");
  await page.close({ runBeforeUnload: false });
  assert.equal((await told("silent")).voice, "");
});
