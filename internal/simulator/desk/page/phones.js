// The simulated telephones: what they do when they are called, their calls, and
// calls that they make.
import { draw, html, icon, since, t } from "./draw.js";
import { note, worked } from "./note.js";
import { send } from "./stream.js";
import { keypad } from "./views.js";

const $ = (id) => document.getElementById(id);

// What a telephone can speak; how else a text is recognised depends on nothing.
const locales = ["en-US", "es-ES", "de-DE", "fr-FR", "it-IT", "pt-PT"];
const behaviours = ["accept", "manual", "decline", "busy", "never"];
const labels = { accept: "accept_self", manual: "manual", decline: "decline_self", busy: "busy_self", never: "never" };
const numbers = "\\+[0-9][0-9 \\(\\)\\/.\\-]{3,}";

const base = (number) => `/_sim/phones/${encodeURIComponent(number)}`;
const plain = (number) => number.replace(/[^+\d]/g, "");

/** Returns the function that shows a state. */
export function phones() {
  const { resources } = JSON.parse($("choices").textContent);
  const page = document.documentElement.lang;
  const view = {
    phones: [],
    names: new Intl.DisplayNames(page, { type: "language" }),
    locale: localStorage.getItem("desk.locale") ?? locales.find((l) => l.startsWith(page)) ?? locales[0],
    keypad: null, // the number of the phone whose keys are shown
    pressed: "",
    heard: new Map(), // by number, the address of what is listened to
  };
  let rung = new Set();
  draw($("stage"), frame(resources));

  const ringing = () => view.phones.filter((p) => p.calls.some((c) => c.state === "ringing") && p.behaviour === "manual");

  function redraw() {
    const focused = document.activeElement?.closest("#phones");
    const number = document.activeElement?.closest(".phone")?.dataset.key;
    draw($("phones"), list(view));
    // What had the focus may be gone with its call.
    if (focused && document.activeElement === document.body) (card(number) ?? $("phones")).focus();
  }

  function show(state) {
    view.phones = state.phones;
    if (!view.phones.some((p) => p.number === view.keypad && talks(p))) [view.keypad, view.pressed] = [null, ""];
    redraw();
    const now = ringing();
    const fresh = now.find((p) => !rung.has(p.number));
    if (fresh) $("alert").textContent = t("phone_say", fresh.number);
    else if (!now.length) $("alert").textContent = "";
    rung = new Set(now.map((p) => p.number));
    document.title = now.length ? `☎ ${now[0].number}` : document.body.dataset.title;
  }

  // One after the other: keys pressed quickly must not overtake each other.
  let last = Promise.resolve();
  function act(number, verb, body) {
    const turn = last.then(() => send("POST", `${base(number)}/${verb}`, body));
    last = turn.catch(() => {});
    return worked(turn);
  }

  async function press(digit, number) {
    view.pressed = (view.pressed + digit).slice(-24);
    redraw();
    if (await act(number, "press", { digits: digit })) $("status").textContent = t("key_sent", digit);
  }

  const deeds = {
    accept: (number) => act(number, "accept"),
    decline: (number) => act(number, "decline"),
    hangup: (number) => act(number, "hangup"),
    keypad(number) {
      [view.keypad, view.pressed] = [view.keypad === number ? null : number, ""];
      redraw();
      card(number)?.querySelector(view.keypad ? ".keypad button" : "[data-do=keypad]")?.focus();
    },
    listen(number) {
      view.heard.set(number, `${base(number)}/heard?at=${Date.now()}`);
      redraw();
      const sound = card(number).querySelector("audio");
      sound.onerror = () => note(t("heard_nothing"));
      sound.play().catch(() => {}); // onerror says why
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do], button[data-digit]");
    if (!button) return;
    const { do: deed, number, digit, id } = button.dataset;
    if (digit) press(digit, id);
    else deeds[deed](number);
  });

  $("phones").addEventListener("change", ({ target: field }) => {
    if (field.name === "locale") {
      view.locale = field.value;
      localStorage.setItem("desk.locale", field.value);
      redraw();
    } else if (field.name === "behaviour") {
      const phone = view.phones.find((p) => p.number === field.dataset.number);
      worked(send("PUT", base(phone.number), { behaviour: field.value, after_seconds: phone.after_seconds ?? 0 }));
    }
  });

  $("stage").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const { from, to, resource, number, behaviour, after, text } = Object.fromEntries(new FormData(form));
    switch (form.name) {
      case "call":
        await worked(send("POST", "/_sim/incoming", { resource, from: plain(from), to: plain(to) }), t("calling_note", plain(to)));
        break;
      case "prepare":
        await worked(send("PUT", base(plain(number)), { behaviour, after_seconds: Number(after) }), t("prepared", plain(number)));
        break;
      case "say":
        if (text.trim() && await act(form.dataset.number, "say", { text: text.trim(), locale: view.locale })) {
          form.reset();
          redraw();
          note(t("said", text.trim()));
        }
    }
  });

  const chords = { KeyA: "accept", KeyD: "decline" };
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.isComposing) return;
    const first = ringing()[0];
    if (event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey && chords[event.code] && first) {
      event.preventDefault();
      deeds[chords[event.code]](first.number);
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select")) return;
    if (view.keypad && event.key === "Escape") deeds.keypad(view.keypad);
    else if (view.keypad && /^[0-9*#]$/.test(event.key)) press(event.key, view.keypad);
  });

  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-since]")) time.textContent = since(time.dataset.since);
  }, 1000);

  return show;
}

const card = (number) => [...document.querySelectorAll(".phone")].find((c) => c.dataset.key === number);
const talks = (phone) => phone.calls.some((c) => c.state === "talking");
const option = (value, label, chosen) => html`<option value="${value}" ${value === chosen && html`selected`}>${label}</option>`;
const number = (name, label, more) => html`<label class="field"><span>${label}</span><input type="tel" name="${name}" required pattern="${numbers}" title="${t("number_form")}" autocomplete="off" placeholder="+49…" ${more}></label>`;

/** What does not change: drawn once, so that nothing that is typed is lost. */
function frame(resources) {
  return html`<header class="hello"><h1>${t("phones")}</h1><p>${t("phones_text")}</p></header>
<div class="panels">
<form name="call" class="panel" aria-labelledby="call-title"><h2 id="call-title">${t("call_a_number")}</h2><p>${t("call_text")}</p>
<div class="fields">${number("from", t("call_from"))}${number("to", t("call_to"))}
<label class="field"><span>${t("call_resource")}</span><select name="resource">${resources.map((r) => option(r.id, r.name))}</select></label></div>
<button class="accept">${icon("phone")}<span>${t("call")}</span></button></form>
<form name="prepare" class="panel" aria-labelledby="prepare-title"><h2 id="prepare-title">${t("prepare_title")}</h2><p>${t("prepare_text")}</p>
<div class="fields">${number("number", t("number"))}
<label class="field"><span>${t("when_called")}</span><select name="behaviour">${behaviours.map((b) => option(b, t(labels[b]), "manual"))}</select></label>
<label class="field"><span>${t("after")}</span><input type="number" name="after" min="0" max="86400" step="any" value="0" inputmode="decimal"></label></div>
<button class="button">${t("prepare")}</button></form>
</div>
<section aria-labelledby="phones-title"><h2 id="phones-title">${t("phones_known")}</h2><div id="phones" tabindex="-1" role="group" aria-labelledby="phones-title"></div></section>`;
}

/** The telephones: who rings first, then who is in a call, then the latest. */
function list(view) {
  if (!view.phones.length) return html`<p class="nobody" data-key="nobody">${t("phones_none")}</p>`;
  const rank = (p) => p.calls.some((c) => c.state === "ringing") ? 0 : p.calls.length ? 1 : 2;
  const order = [...view.phones].reverse().sort((a, b) => rank(a) - rank(b));
  return html`<ul class="cards wide">${order.map((p) => entry(view, p))}</ul>`;
}

function entry(view, p) {
  const rings = p.calls.some((c) => c.state === "ringing");
  const does = (deed, label, kind, picture, more = "") => html`<button class="${kind}" data-key="${deed}" data-do="${deed}" data-number="${p.number}" aria-label="${label}: ${p.number}" title="${label}" ${more}>${picture}</button>`;
  // The interface acts on the latest call that it can act on.
  const latest = p.calls.at(-1);
  const call = (c, i) => html`<div class="strip" data-key="${i}-${c.since}"><p><strong>${t(`phone_${c.state}`)}</strong><small>${c.with}${c.shown && c.shown !== c.with && html` · ${c.shown}`} · <time data-since="${c.since}">${since(c.since)}</time></small></p>
<p class="actions">${c === p.calls.findLast((o) => o.state === "ringing") && html`${does("accept", t("accept"), "accept round", icon("phone"), html`aria-keyshortcuts="Control+Shift+A"`)}${does("decline", t("decline"), "end round", icon("leave"), html`aria-keyshortcuts="Control+Shift+D"`)}`}${c === latest && c.state !== "ringing" && does("hangup", t("hang_up"), "end round", icon("leave"))}</p></div>`;
  return html`<li class="card phone${rings ? " ringing" : ""}" data-key="${p.number}" tabindex="-1" aria-label="${p.number}">
<div class="who"><span class="avatar ${p.calls.length ? "caller" : ""}" aria-hidden="true">${icon("phone")}</span><span class="names"><strong>${p.number}</strong><small>${p.calls.length ? t(`phone_${latest.state}`) : t("phone_idle")}</small></span></div>
${p.calls.map(call)}
${talks(p) && html`<div class="talk" data-key="talk">
<form name="say" class="say" data-number="${p.number}"><label class="field"><span>${t("say")}</span><input type="text" name="text" autocomplete="off"></label>
<label class="field"><span>${t("say_in")}</span><select name="locale">${locales.map((l) => option(l, view.names.of(l.slice(0, 2)), view.locale))}</select></label><button class="button">${t("say_it")}</button></form>
<button class="button" data-do="keypad" data-number="${p.number}" aria-expanded="${view.keypad === p.number}">${icon("keypad")}<span>${t("keypad")}</span></button>
${view.keypad === p.number && keypad(p.number, view.pressed)}</div>`}
<div class="about" data-key="about">
${p.digits && html`<p class="digits" data-key="digits"><span>${t("digits_got")}</span> <b>${p.digits}</b></p>`}
<label class="field" data-key="behaviour"><span>${t("when_called")}${p.after_seconds ? ` · ${t("after_seconds", p.after_seconds)}` : ""}</span><select name="behaviour" data-number="${p.number}">${behaviours.map((b) => option(b, t(labels[b]), p.behaviour))}</select></label>
<p class="hear" data-key="hear"><button class="button" data-do="listen" data-number="${p.number}">${icon("sound")}<span>${t("listen")}</span></button></p>
${view.heard.has(p.number) && html`<audio controls preload="auto" data-key="heard" aria-label="${t("heard_by", p.number)}" src="${view.heard.get(p.number)}"></audio>`}
</div></li>`;
}
