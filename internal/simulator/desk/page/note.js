// What happened, in words at the bottom of the page and for screen readers.
import { t } from "./draw.js";

const $ = (id) => document.getElementById(id);
let timer = null;

export function note(text) {
  $("note").textContent = $("status").textContent = text;
  $("note").hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { $("note").hidden = true; }, 6000);
}

/** Waits for what was asked for and says when it fails; returns whether it worked. */
export async function worked(doing, done) {
  try {
    const answer = await doing;
    if (done) note(typeof done === "function" ? done(answer) : done);
    return true;
  } catch (error) {
    note(t("failed", error.message));
    return false;
  }
}
