// Everybody by tenant. Who is rung comes first, then who talks: nobody would find
// them among dozens in time.
import { avatar, draw, html, icon, presence, since, t } from "./draw.js";
import { send } from "./stream.js";

export function lobby() {
  const stage = document.getElementById("stage");
  stage.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-post]");
    if (!button) return;
    const { post, ring, call } = button.dataset;
    try {
      await send("POST", post, ring ? { ring } : { call });
    } catch {
      // It has ended in the same moment; the next state shows it.
    }
  });
  setInterval(() => {
    for (const time of stage.querySelectorAll("time[data-since]")) time.textContent = since(time.dataset.since);
  }, 1000);
  return (state) => draw(stage, page(state.users));
}

function page(users) {
  const groups = new Map();
  const put = (key, name, user) => {
    if (!groups.has(key)) groups.set(key, { name, users: [] });
    groups.get(key).users.push(user);
  };
  for (const user of users.filter((u) => u.ringing.length)) put("", t("on_the_phone"), user);
  for (const user of users.filter((u) => !u.ringing.length && u.calls.length)) put("", t("on_the_phone"), user);
  for (const user of users.filter((u) => !u.ringing.length && !u.calls.length)) put(user.tenant, user.tenant_name, user);
  return html`<header class="hello"><h1>${t("lobby_title")}</h1><p>${t("lobby_text")}</p></header>
${users.length ? "" : html`<p>${t("nobody_yet")}</p>`}
${[...groups].map(([key, group]) => html`<section data-key="group-${key}" class="${key ? "" : "busy"}"><h2>${group.name}${key && html` <a class="admin-link" href="/desk/admin/${key}" aria-label="${t("admin_of", group.name)}">${t("admin")}</a>`}</h2><ul class="cards">${group.users.map(card)}</ul></section>`)}`;
}

function card(user) {
  const base = `/_sim/users/${user.oid}`;
  const busy = user.ringing.length || user.calls.length;
  return html`<li class="card${user.ringing.length ? " ringing" : ""}" data-key="${user.oid}">
<a class="who" href="/desk/${user.oid}" target="desk-${user.oid}">${avatar(user)}<span class="names"><strong>${user.name}</strong>
<small>${presence(user)} · ${t(user.client)}${busy ? ` · ${user.tenant_name}` : ""}</small></span>${icon(user.client)}</a>
${user.ringing.map((r) => html`<div class="strip" data-key="${r.id}"><p><strong>${r.display_name || t("incoming")}</strong><small>${r.from} · <time data-since="${r.since}">${since(r.since)}</time></small></p>
<p class="actions"><button class="accept round" data-post="${base}/accept" data-ring="${r.id}" aria-label="${t("accept")}" title="${t("accept")}">${icon("phone")}</button>
<button class="end round" data-post="${base}/decline" data-ring="${r.id}" aria-label="${t("decline")}" title="${t("decline")}">${icon("leave")}</button></p></div>`)}
${user.calls.map((c) => html`<div class="strip" data-key="${c.call}"><p><strong>${c.held ? t("held") : t("in_a_call")}</strong><small>${c.from} · <time data-since="${c.since}">${since(c.since)}</time></small></p>
<p class="actions"><button class="end round" data-post="${base}/hangup" data-call="${c.call}" aria-label="${t("leave")}" title="${t("leave")}">${icon("leave")}</button></p></div>`)}
</li>`;
}
