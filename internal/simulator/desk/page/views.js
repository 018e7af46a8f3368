// The parts of a person's page, as markup.
import { avatar, html, icon, presence, since, t } from "./draw.js";

const key = (view, letter) => view.singleKeys && html`<kbd aria-hidden="true">${letter}</kbd>`;

const headers = (map) => map && html`<details class="headers"><summary>${t("headers")}</summary><dl>${Object.entries(map).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></details>`;

/** Who rings. */
export function toasts(view) {
  return html`${view.user.ringing.map((r) => html`<article class="toast" data-key="${r.id}" aria-label="${t("incoming")}: ${r.display_name || r.from}">
<span class="avatar large caller" aria-hidden="true">${icon("phone")}</span>
<div class="names"><small>${t("incoming")} · <time data-since="${r.since}">${since(r.since)}</time></small><strong>${r.display_name || r.from}</strong>${r.display_name && html`<span>${r.from}</span>`}</div>
${headers(r.voip_headers)}
<p class="actions"><button class="accept" data-do="accept" data-id="${r.id}" aria-keyshortcuts="Control+Shift+A${view.singleKeys ? " A" : ""}">${icon("phone")}<span>${t("accept")}</span>${key(view, "A")}</button>
<button class="end" data-do="decline" data-id="${r.id}" aria-keyshortcuts="Control+Shift+D${view.singleKeys ? " D" : ""}">${icon("leave")}<span>${t("decline")}</span>${key(view, "D")}</button></p>
</article>`)}`;
}

/** The calls, the one that is talked in last, or that there are none. */
export function stage(view) {
  const { user } = view;
  if (!user.calls.length) return idle(user);
  const active = user.calls.findLast((c) => !c.held) ?? user.calls.at(-1);
  return html`${user.calls.map((c) => talk(view, c, c === active))}`;
}

function idle(user) {
  const text = { mobile: "idle_mobile", none: "idle_none" }[user.client] ?? "idle_text";
  return html`<div class="idle" data-key="idle">${avatar(user, "huge")}<h1>${t("idle")}</h1><p>${t(text)}</p></div>`;
}

function talk(view, c, active) {
  const name = c.display_name || c.from;
  const does = (deed, label, picture, letter, more = "", kind = "") => html`<button class="control ${kind}" data-do="${deed}" data-id="${c.call}" ${more}>${icon(picture)}<span>${label}</span>${active && key(view, letter)}</button>`;
  const keys = (chord, letter) => active ? html`aria-keyshortcuts="${chord ? `Control+Shift+${chord} ` : ""}${view.singleKeys ? letter : ""}"` : "";
  const state = [c.held && t("held"), c.muted && t("muted")].filter(Boolean).join(" · ");
  return html`<section class="call${c.held ? " held" : ""}${active ? " active" : ""}" data-key="${c.call}" aria-label="${name}">
${c.recording && html`<p class="recording" data-key="recording-${c.call}"><i></i><span><strong>${t("recording")}</strong> ${t("recording_text")}</span></p>`}
<header><div><h1>${name}</h1><p>${c.display_name && html`${c.from} · `}<time data-since="${c.since}">${since(c.since)}</time>${state && html` · <b>${state}</b>`}</p></div>${headers(c.voip_headers)}</header>
<ul class="tiles" aria-label="${t("participants")}">${parties(view, c).map(tile)}</ul>
${c.held && html`<p class="heldtext" data-key="held-${c.call}">${icon("pause")}${t("held_text")}</p>`}
${view.keypad === c.call && keypad(c.call, view.pressed)}
<div class="controls" role="group" aria-label="${t("call_controls")}">
${does("mute", t(c.muted ? "unmute" : "mute"), c.muted ? "micoff" : "mic", "M", html`${keys("M", "M")} ${active && html`data-home`}`, c.muted ? "on" : "")}
${does("hold", t(c.held ? "unhold" : "hold"), c.held ? "play" : "pause", "H", keys("U", "H"), c.held ? "on" : "")}
${does("transfer", t("transfer"), "transfer", "T", keys("", "T"))}
${does("keypad", t("keypad"), "keypad", "K", html`${keys("", "K")} aria-expanded="${view.keypad === c.call}"`, view.keypad === c.call ? "on" : "")}
${does("leave", t("leave"), "leave", "L", keys("H", "L"), "end")}
</div></section>`;
}

/** Who is in a call, with what the page knows about each. */
function parties(view, c) {
  const byOID = new Map(view.state.users.map((u) => [u.oid, u]));
  return (view.state.calls[c.call] ?? []).map((p) => {
    const user = byOID.get(p.oid);
    const there = user?.calls.find((other) => other.call === c.call);
    return { ...p, user, you: p.oid === view.oid, muted: there?.muted, held: there?.held };
  });
}

function tile(p) {
  const name = p.user?.name ?? p.oid ?? p.number ?? t("someone");
  const picture = p.user ? avatar(p.user, "huge") : html`<span class="avatar huge caller" aria-hidden="true">${icon("phone")}</span>`;
  return html`<li class="tile${p.held ? " away" : ""}" data-key="${p.oid ?? p.number ?? p.raw}">${picture}
<span class="label">${p.muted && html`<span role="img" aria-label="${t("muted")}">${icon("micoff")}</span>`}${p.held && html`<span role="img" aria-label="${t("held")}">${icon("pause")}</span>`}<span>${name}${p.you && html` <small>(${t("you")})</small>`}</span></span></li>`;
}

const letters = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ", 0: "+" };

/** The keys of a telephone, for the call or the phone with that id. */
export function keypad(id, pressed) {
  return html`<div class="keypad" data-key="keypad-${id}" role="group" aria-label="${t("keypad")}"><output>${pressed || "\u00a0"}</output>
${[..."123456789*0#"].map((d) => html`<button type="button" data-digit="${d}" data-id="${id}"><b>${d}</b><small aria-hidden="true">${letters[d] ?? "\u00a0"}</small></button>`)}</div>`;
}

/** Whom a call can be passed on to, given what is typed. */
export function colleagues(view, typed) {
  const wish = typed.trim().toLowerCase();
  const number = wish.replace(/[\s()/.-]/g, "");
  const list = view.state.users.filter((u) => u.tenant === view.user.tenant && u.oid !== view.oid && u.name.toLowerCase().includes(wish));
  if (/^\+[1-9]\d{4,14}$/.test(number)) {
    return html`<li data-key="number"><button type="button" data-target="${number}"><span class="avatar caller" aria-hidden="true">${icon("phone")}</span><strong>${t("transfer_number", number)}</strong></button></li>`;
  }
  if (!list.length) return html`<li class="nobody">${t("transfer_nobody")}</li>`;
  return html`${list.map((u) => html`<li data-key="${u.oid}"><button type="button" data-target="${u.oid}">${avatar(u)}<span class="names"><strong>${u.name}</strong><small>${presence(u)}</small></span></button></li>`)}`;
}

/** The person, and how the person is signed in. */
export function rail(view) {
  const { user, choices } = view;
  const option = (value, label, chosen) => html`<option value="${value}" ${value === chosen && html`selected`}>${label}</option>`;
  const behaviours = { manual: t("manual"), accept: t("accept_self"), decline: t("decline_self"), never: t("never") };
  const { behaviour: b } = user;
  return html`<div class="me">${avatar(user, "large")}<div class="names"><h2>${user.name}</h2><small>${user.tenant_name}</small><small class="now">${presence(user)}</small></div></div>
<label class="field"><span>${t("presence")}</span><select name="presence">${choices.availabilities.map((a) => option(a, t(a), user.presence.activity === "InACall" ? "" : user.presence.availability))}${user.presence.activity === "InACall" && html`<option selected disabled value="InACall">${t("InACall")}</option>`}</select></label>
<fieldset class="field clients"><legend>${t("client")}</legend><div>${choices.clients.map((c) => html`<label title="${t(c)}"><input type="radio" name="client" value="${c}" ${c === user.client && html`checked`}><span>${icon(c)}<small>${t(c)}</small></span></label>`)}</div></fieldset>
<label class="field"><span>${t("behaviour")}</span><select name="behaviour">${choices.behaviours.map((name) => option(name, behaviours[name], b.do))}${b.do === "fail" && html`<option selected disabled value="fail">${t("fail", `${b.code}/${b.sub_code ?? 0}`)}</option>`}</select></label>
${sound(view)}
<details class="field keys"><summary>${t("shortcuts")}</summary>
<label class="check"><input type="checkbox" name="single_keys" ${view.singleKeys && html`checked`}><span>${t("single_keys")}</span></label>
<dl>${[["accept", "Ctrl+Shift+A", "A"], ["decline", "Ctrl+Shift+D", "D"], ["mute", "Ctrl+Shift+M", "M"], ["hold", "Ctrl+Shift+U", "H"], ["transfer", "", "T"], ["keypad", "", "K"], ["leave", "Ctrl+Shift+H", "L"]]
    .map(([deed, chord, letter]) => html`<div><dt>${t(deed)}</dt><dd>${chord && html`<kbd>${chord}</kbd> `}${view.singleKeys && html`<kbd>${letter}</kbd>`}</dd></div>`)}</dl><p>${t("shortcut_digits")}</p></details>`;
}

function sound(view) {
  if (!view.sound) return html`<div class="field sound"><span>${t("sound")}</span><p>${t("sound_none")}</p></div>`;
  const { voice } = view;
  const text = voice.blocked ? t("sound_blocked") : t(`sound_${voice.phase}`);
  const again = { refused: "sound_again", failed: "sound_again", elsewhere: "sound_here" }[voice.phase];
  return html`<div class="field sound" role="group" aria-label="${t("sound")}"><span>${t("sound")}</span>
<label class="check"><input type="checkbox" role="switch" name="sound_on" ${voice.on && html`checked`}><span>${t("sound_on")}</span></label>
<label class="check"><input type="checkbox" role="switch" name="sound_clean" ${voice.clean && html`checked`}><span>${t("sound_clean")}</span></label>
<p class="phase" data-phase="${voice.blocked ? "blocked" : voice.phase}" role="status">${text}</p>
${again && html`<button class="plain again" data-do="sound-again">${t(again)}</button>`}</div>`;
}
