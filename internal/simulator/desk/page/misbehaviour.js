// Misbehaviour on demand: faults, what the simulator had to guess, time and keys.
import { draw, html, icon, t } from "./draw.js";
import { worked } from "./note.js";
import { send } from "./stream.js";

const $ = (id) => document.getElementById(id);

/** Returns the function that shows a state. */
export function misbehaviour() {
  const choices = JSON.parse($("choices").textContent);
  const knobs = Object.entries(choices.knobs).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => read(name, text));
  draw($("stage"), frame(knobs, choices));

  function show(state) {
    const focused = document.activeElement?.closest("#faults");
    draw($("faults"), faults(state.faults));
    draw($("guesses"), guesses(choices.inferences, state.inferences));
    draw($("known"), known(state.users, choices.resources));
    $("forget").disabled = !state.faults.length;
    // What had the focus may be gone with its fault.
    if (focused && document.activeElement === document.body) $("faults").focus();
  }

  const deeds = {
    remove: ({ id, knob }) => worked(send("DELETE", `/_sim/faults/${id}`), t("fault_removed", knob)),
    async forget() {
      if (await worked(send("DELETE", "/_sim/faults"), t("faults_forgotten"))) $("faults").focus(); // the button is of no use now
    },
    advance: ({ time }) => worked(send("POST", "/_sim/clock", { advance: time }), ({ now }) => t("clock_is", new Date(now).toLocaleTimeString(document.documentElement.lang))),
    rotate: () => worked(send("POST", "/_sim/keys/rotate"), t("keys_rotated")),
    flip: () => worked(send("PUT", "/_sim/inferences", { flip: true }), t("flipped")),
    unflip: () => worked(send("PUT", "/_sim/inferences", Object.fromEntries(choices.inferences.map((i) => [i.name, i.values[0]]))), t("unflipped")),
    reset: () => $("reset").showModal(),
    "reset-not": () => $("reset").close(),
    "reset-yes"() {
      $("reset").close();
      return worked(send("POST", "/_sim/reset"), t("reset_done"));
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (button) deeds[button.dataset.do](button.dataset);
  });

  $("stage").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!event.target.dataset.knob) return;
    const { scope, value, count, probability, seed } = Object.fromEntries(new FormData(event.target));
    const knob = event.target.dataset.knob;
    worked(send("POST", "/_sim/faults", {
      knob, scope: scope?.trim() || undefined, value: value?.trim() || undefined,
      count: Number(count) || undefined, probability: Number(probability) || undefined, seed: Number(seed) || undefined,
    }), t("fault_set", knob));
  });

  $("guesses").addEventListener("change", ({ target: field }) => worked(send("PUT", "/_sim/inferences", { [field.name]: field.value })));

  $("find").addEventListener("input", () => {
    const wish = $("find").value.trim().toLowerCase();
    let any = false;
    for (const group of document.querySelectorAll(".knobs section")) {
      for (const knob of group.querySelectorAll(".knob")) knob.hidden = !knob.dataset.words.includes(wish);
      group.hidden = !group.querySelector(".knob:not([hidden])");
      any ||= !group.hidden;
    }
    $("found").textContent = any ? "" : t("find_none");
  });

  return show;
}

/** Reads what a knob says of itself: "scope: event type; value: delay; what it does". */
function read(name, text) {
  const knob = { name, group: name.split(".")[0], says: [] };
  for (const part of text.split("; ")) {
    const [, key, hint] = /^(scope|value): (.*)$/.exec(part) ?? [];
    if (key) knob[key] = hint;
    else knob.says.push(part);
  }
  return { ...knob, says: knob.says.join("; ") || knob.value };
}

/** What does not change: drawn once, so that nothing that is typed is lost. */
function frame(knobs, { inferences }) {
  const groups = Map.groupBy(knobs, (k) => k.group);
  const advance = (time, label) => html`<button class="button" data-do="advance" data-time="${time}">${label}</button>`;
  return html`<header class="hello"><h1>${t("misbehaviour")}</h1><p>${t("misbehaviour_text")}</p></header>
<div class="columns">
<div class="side">
<section class="panel" aria-labelledby="set-title"><h2 id="set-title">${t("faults_set")}</h2><div id="faults" tabindex="-1" role="group" aria-labelledby="set-title"></div>
<button class="button" id="forget" data-do="forget">${t("forget_all")}</button></section>
<section class="panel" aria-labelledby="clock-title"><h2 id="clock-title">${t("clock")}</h2><p>${t("clock_text")}</p><p class="actions">${advance("10s", t("seconds_10"))}${advance("1m", t("minute_1"))}${advance("5m", t("minutes_5"))}</p></section>
<section class="panel" aria-labelledby="keys-title"><h2 id="keys-title">${t("callback_keys")}</h2><p>${t("keys_text")}</p><button class="button" data-do="rotate">${t("rotate")}</button></section>
<section class="panel" aria-labelledby="begin-title"><h2 id="begin-title">${t("begin_anew")}</h2><p>${t("reset_text")}</p><button class="end" data-do="reset">${t("reset")}</button></section>
</div>
<div class="main">
<section class="knobs" aria-labelledby="knobs-title"><h2 id="knobs-title">${t("knobs")}</h2>
<label class="field find"><span>${t("find")}</span><input type="search" id="find" autocomplete="off" spellcheck="false"></label><p id="found" class="nobody" role="status"></p>
${[...groups].map(([group, list]) => html`<section aria-labelledby="group-${group}"><h3 id="group-${group}">${t(`group_${group}`)}</h3>${list.map(form)}</section>`)}</section>
<section class="guesswork" aria-labelledby="guess-title"><h2 id="guess-title">${t("guesses")}</h2><p>${t("guesses_text")}</p>
<p class="actions"><button class="button" data-do="flip">${t("flip")}</button><button class="button" data-do="unflip">${t("unflip")}</button></p>
<div id="guesses">${guesses(inferences, {})}</div></section>
</div>
</div>
<div id="known" hidden></div>`;
}

const kinds = { "user oid": "known-users", "tenant id": "known-tenants", "immutable id of the resource": "known-resources" };
const either = /^([\w-]+) or ([\w-]+)$/;

/** One knob with its form. The knobs speak English, as the interface does. */
function form(k) {
  const sip = k.group === "sip";
  const hint = (text) => text && html` <small lang="en">${text}</small>`;
  const field = (label, control, text = "") => html`<label class="field"><span>${label}${hint(text)}</span>${control}</label>`;
  const digits = (name, label, more) => field(label, html`<input type="number" name="${name}" min="0" ${more}>`);
  const choose = (name, text, more) => {
    const [, ...two] = either.exec(text) ?? [];
    if (two.length) return html`<select name="${name}">${more === "scope" ? html`<option value="">${t("all")}</option>` : ""}${two.map((v) => html`<option>${v}</option>`)}</select>`;
    return html`<input type="text" name="${name}" autocomplete="off" spellcheck="false" ${kinds[text] && html`list="${kinds[text]}"`} ${more === "scope" ? html`placeholder="${t("all")}"` : html`required`}>`;
  };
  return html`<details class="knob" data-words="${`${k.name} ${k.says} ${k.scope ?? ""}`.toLowerCase()}"><summary><code>${k.name}</code><span lang="en">${k.says}</span></summary>
<form data-knob="${k.name}" aria-label="${k.name}"><div class="fields">
${k.scope && field(t("scope"), choose("scope", k.scope, "scope"), k.scope)}
${k.value === "on" ? html`<input type="hidden" name="value" value="on">` : k.value && field(t("value"), choose("value", k.value, "value"), k.value)}
${!sip && html`${digits("count", t("count"), html`max="1000000" step="1" placeholder="${t("until_reset")}"`)}${digits("probability", t("probability"), html`max="1" step="any" placeholder="1"`)}${digits("seed", t("seed"), html`max="${Number.MAX_SAFE_INTEGER}" step="1" placeholder="${t("no_seed")}"`)}`}
</div><button class="button">${t("set_fault")}</button></form></details>`;
}

/** The faults that are set. */
function faults(list) {
  if (!list.length) return html`<p class="nobody" data-key="none">${t("faults_none")}</p>`;
  return html`<ul class="set">${list.map((f) => {
    const id = f.id ?? f.knob;
    const chance = f.probability < 1 ? t("chance", Math.round(f.probability * 1000) / 10) : "";
    const rest = [chance, f.seed && t("seed_is", f.seed), f.count && t("left_of", f.left).replace("{1}", f.count)].filter(Boolean).join(" · ");
    return html`<li data-key="fault-${id}"><p><code>${f.knob}</code> ${f.scope && html`<span>${f.scope}</span> `}${f.value && html`<b>${f.value}</b>`}${rest && html`<small>${rest}</small>`}</p>
<button class="plain" data-do="remove" data-id="${id}" data-knob="${f.knob}" aria-label="${t("remove", `${f.knob} ${f.scope ?? ""}`.trim())}" title="${t("remove", f.knob)}">${icon("close")}</button></li>`;
  })}</ul>`;
}

/** What the simulator had to guess, with the values in force. */
function guesses(list, values) {
  return html`${list.map((i) => {
    const now = values[i.name] ?? i.value;
    return html`<fieldset class="panel guess${now === i.values[0] ? "" : " turned"}" data-key="${i.name}"><legend><code>${i.name}</code></legend><p lang="en">${i.text} <small>${i.source}</small></p>
<div class="options">${i.values.map((v, n) => html`<label><input type="radio" name="${i.name}" value="${v}" ${v === now && html`checked`}><span>${v}${n === 0 && html` <small>${t("usual")}</small>`}</span></label>`)}</div></fieldset>`;
  })}`;
}

/** What can be chosen as a scope. */
function known(users, resources) {
  const tenants = new Map(users.map((u) => [u.tenant, u.tenant_name]));
  const list = (id, rows) => html`<datalist id="${id}">${rows.map(([value, name]) => html`<option value="${value}">${name}</option>`)}</datalist>`;
  return html`${list("known-users", users.map((u) => [u.oid, u.name]))}${list("known-tenants", [...tenants])}${list("known-resources", resources.map((r) => [r.id, r.name]))}`;
}
