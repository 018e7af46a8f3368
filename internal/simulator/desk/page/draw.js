// Draws markup into the page, changing only what differs: whatever has the focus
// keeps it, and an open list stays open.

const words = JSON.parse(document.getElementById("words").textContent);

/** The words for a key in the page's language; {0} is replaced. */
export function t(key, value) {
  const text = words[key] ?? key;
  return value === undefined ? text : text.replace("{0}", () => value);
}

class Markup {
  constructor(text) { this.text = text; }
}

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function text(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(text).join("");
  if (value === null || value === undefined || value === false) return "";
  return String(value).replace(/[&<>"']/g, (c) => escapes[c]);
}

/** Markup from a template; values are escaped unless they are markup. */
export function html(parts, ...values) {
  return new Markup(parts.reduce((all, part, i) => all + text(values[i - 1]) + part));
}

export const icon = (name) => html`<svg aria-hidden="true"><use href="#i-${name}"/></svg>`;

/** Makes target show the markup. */
export function draw(target, markup) {
  const fresh = document.createElement("template");
  fresh.innerHTML = markup.text;
  morph(target, fresh.content);
}

const keyOf = (node) => node.nodeType === Node.ELEMENT_NODE ? node.dataset.key : undefined;

function morph(old, fresh) {
  const keys = new Set([...fresh.childNodes].map(keyOf));
  for (const node of [...old.childNodes]) {
    if (keyOf(node) && !keys.has(keyOf(node))) node.remove();
  }
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const key = keyOf(next);
    const same = key
      ? [...old.children].find((node) => node.dataset.key === key && node.nodeName === next.nodeName)
      : at && !keyOf(at) && at.nodeName === next.nodeName ? at : null;
    if (!same) {
      old.insertBefore(next, at);
      continue;
    }
    if (same === at) at = at.nextSibling;
    else old.insertBefore(same, at);
    update(same, next);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function update(node, next) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== next.nodeValue) node.nodeValue = next.nodeValue;
    return;
  }
  for (const { name, value } of [...next.attributes]) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const { name } of [...node.attributes]) {
    // Whether details are open is the reader's choice.
    if (!next.hasAttribute(name) && !(name === "open" && node.nodeName === "DETAILS")) node.removeAttribute(name);
  }
  if (node.nodeName === "INPUT") node.checked = next.checked;
  if (node.nodeName === "SELECT" && node === document.activeElement) return;
  morph(node, next);
  if (node.nodeName === "SELECT") node.value = next.value;
}

/** How long since a time, as in 4:05 or 1:02:03. */
export function since(time) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A user's picture with the presence on it. */
export function avatar(user, size = "") {
  let tone = 0;
  for (const c of user.oid) tone = (tone * 31 + c.charCodeAt(0)) % 8;
  return html`<span class="avatar ${size} tone-${tone}" aria-hidden="true">${user.initials}<i class="badge" data-presence="${user.presence.availability}"></i></span>`;
}

/** A user's presence in words. */
export function presence(user) {
  return user.presence.activity === "InACall" ? t("InACall") : t(user.presence.availability);
}
