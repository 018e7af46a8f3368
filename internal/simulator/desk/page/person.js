// One person's Teams: who rings, the calls, and how the person is signed in.
import { draw, since, t } from "./draw.js";
import { note, worked } from "./note.js";
import { send } from "./stream.js";
import { Ringer, Voice } from "./voice.js";
import { colleagues, rail, stage, toasts } from "./views.js";

const $ = (id) => document.getElementById(id);

/** Returns the function that shows a state. */
export function person(oid) {
  const base = `/_sim/users/${oid}`;
  const view = {
    oid, state: null, user: null, sound: document.body.dataset.sound === "true",
    keypad: null, // the call whose keypad is open
    pressed: "",
    singleKeys: localStorage.getItem("desk.keys") !== "off",
    choices: JSON.parse($("choices").textContent),
  };
  view.voice = new Voice(oid, $("speaker"), () => view.user && redraw());
  const ringer = new Ringer();
  let rung = new Set();
  let recorded = new Set();
  let transferring = null;

  /** The call that keys and shortcuts act on, as the voice does. */
  const call = () => view.user?.calls.findLast((c) => !c.held) ?? view.user?.calls.at(-1);
  const ring = () => view.user?.ringing[0];

  function redraw() {
    const focused = document.activeElement !== document.body && document.activeElement?.closest("#toasts, #stage");
    draw($("toasts"), toasts(view));
    draw($("stage"), stage(view));
    draw($("rail"), rail(view));
    if ($("transfer").open) draw($("colleagues"), colleagues(view, $("target").value));
    // What had the focus may be gone with its call.
    if (focused && document.activeElement === document.body) ($("stage").querySelector("[data-home]") ?? $("stage")).focus();
  }

  function show(state) {
    view.state = state;
    view.user = state.users.find((u) => u.oid === oid);
    if (!view.user) {
      location.reload(); // says that nobody is here
      return;
    }
    const { user } = view;
    if (!user.calls.some((c) => c.call === view.keypad)) [view.keypad, view.pressed] = [null, ""];
    if ($("transfer").open && !user.calls.some((c) => c.call === transferring)) $("transfer").close();
    if (view.sound) view.voice.follow(user);
    redraw();
    announce(user);
    title();
    ringer.ring(user.ringing.length > 0 && view.voice.on);
  }

  function announce(user) {
    for (const r of user.ringing) {
      if (!rung.has(r.id)) $("alert").textContent = t("incoming_say", `${r.display_name} ${r.from}`);
    }
    rung = new Set(user.ringing.map((r) => r.id));
    if (!rung.size) $("alert").textContent = "";
    const now = new Set(user.calls.filter((c) => c.recording).map((c) => c.call));
    for (const id of now) if (!recorded.has(id)) $("status").textContent = `${t("recording")} ${t("recording_text")}`;
    recorded = now;
  }

  let flash = false;
  function title() {
    const plain = document.body.dataset.title;
    flash = Boolean(ring()) && !flash;
    document.title = flash ? `☎ ${ring().display_name || ring().from}` : plain;
  }

  // One after the other: keys pressed quickly must not overtake each other.
  let last = Promise.resolve();
  async function act(verb, body) {
    const turn = last.then(() => send("POST", `${base}/${verb}`, body));
    last = turn.catch(() => {});
    return worked(turn);
  }

  async function press(digit, id) {
    view.pressed = (view.pressed + digit).slice(-24);
    redraw();
    if (await act("dtmf", { call: id, digits: digit })) $("status").textContent = t("key_sent", digit);
  }

  async function transfer(target) {
    const id = transferring;
    $("transfer").close();
    if (await act("transfer", { call: id, target })) note(t("transferred"));
  }

  // What the buttons and the shortcuts do; id is a ring or a call.
  const deeds = {
    accept: (id = ring()?.id) => id && act("accept", { ring: id }),
    decline: (id = ring()?.id) => id && act("decline", { ring: id }),
    mute: (id = call()?.call) => toggle(id, "muted", "mute", "unmute"),
    hold: (id = call()?.call) => toggle(id, "held", "hold", "unhold"),
    leave: (id = call()?.call) => id && act("hangup", { call: id }),
    keypad(id = call()?.call) {
      if (!id) return;
      [view.keypad, view.pressed] = [view.keypad === id ? null : id, ""];
      redraw();
      if (view.keypad) document.querySelector(".keypad button")?.focus();
      else document.querySelector(`[data-do="keypad"]`)?.focus();
    },
    transfer(id = call()?.call) {
      if (!id) return;
      transferring = id;
      $("target").value = "";
      draw($("colleagues"), colleagues(view, ""));
      $("transfer").showModal();
      $("target").focus();
    },
    "close-transfer": () => $("transfer").close(),
    "sound-again": () => view.voice.again(),
  };

  function toggle(id, state, on, off) {
    const found = view.user.calls.find((c) => c.call === id);
    return found && act(found[state] ? off : on, { call: id });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do], button[data-digit], button[data-target]");
    if (!button) return;
    const { do: deed, id, digit, target } = button.dataset;
    if (digit) press(digit, id);
    else if (target) transfer(target);
    else deeds[deed](id);
  });

  $("rail").addEventListener("change", ({ target: field }) => {
    if (field.name === "sound_on") view.voice.set("on", field.checked);
    else if (field.name === "sound_clean") view.voice.set("clean", field.checked);
    else if (field.name === "single_keys") {
      view.singleKeys = field.checked;
      localStorage.setItem("desk.keys", field.checked ? "on" : "off");
      redraw();
    } else worked(send("PUT", base, { [field.name]: field.value }));
  });

  $("target").addEventListener("input", () => draw($("colleagues"), colleagues(view, $("target").value)));
  $("transfer").querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    $("colleagues").querySelector("button")?.click();
  });

  const letters = { a: "accept", d: "decline", m: "mute", h: "hold", t: "transfer", k: "keypad", l: "leave" };
  const chords = { KeyA: "accept", KeyD: "decline", KeyM: "mute", KeyH: "leave", KeyU: "hold" };
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.isComposing || $("transfer").open) return;
    if (event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey) {
      const deed = chords[event.code];
      if (deed && (ring() || call())) {
        event.preventDefault();
        deeds[deed]();
      }
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input[type=text], select, textarea")) return;
    const deed = view.singleKeys && letters[event.key.toLowerCase()];
    if (view.keypad && event.key === "Escape") deeds.keypad(view.keypad);
    else if (view.keypad && /^[0-9*#]$/.test(event.key)) press(event.key, view.keypad);
    else if (deed) {
      event.preventDefault(); // or the letter is typed into what opens
      deeds[deed]();
    }
  });

  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-since]")) time.textContent = since(time.dataset.since);
    if (ring() || flash) title();
  }, 1000);

  return show;
}
