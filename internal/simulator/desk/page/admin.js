// The Teams admin centre of one tenant: what lets others call its people.
import { draw, html, icon, t } from "./draw.js";
import { note, worked } from "./note.js";
import { send } from "./stream.js";

const $ = (id) => document.getElementById(id);

/** Returns the function that shows a state. */
export function admin(tid) {
  const base = `/_sim/teams/tenants/${tid}`;
  let settings = null;
  let seen = null;
  draw($("stage"), frame());

  function showTenant(tenant) {
    settings = tenant;
    const focused = document.activeElement?.closest("#tenant");
    draw($("tenant"), page(tenant));
    // What had the focus may be gone.
    if (focused && document.activeElement === document.body) $("tenant").focus();
  }
  // Answers overtake each other: one that was asked for before another is not
  // drawn, or a box would jump back under the finger that pressed it.
  let asked = 0;
  async function showAnswer(answer) {
    const mine = ++asked;
    const tenant = await answer;
    if (tenant && mine === asked) showTenant(tenant);
  }
  const put = (path, body, done) => worked(showAnswer(send("PUT", base + path, body)), done);

  async function show(state) {
    if (state.settings === seen) return;
    seen = state.settings;
    await showAnswer(fetch(base).then((answer) => answer.ok && answer.json()));
  }

  const listed = () => settings.federation.allowed_acs_resources;
  const deeds = {
    unlist: ({ id }) => put("/federation", { allowed_acs_resources: listed().filter((r) => r !== id) }, t("admin_saved")),
    "remove-policy": ({ name }) => worked(showAnswer(send("DELETE", `${base}/policies/${encodeURIComponent(name)}`)), t("admin_saved")),
    async crowd() {
      await worked(send("POST", `${base}/people`, { count: Number($("crowd").value) }), t("admin_saved"));
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (button) deeds[button.dataset.do]?.(button.dataset);
  });

  document.addEventListener("change", ({ target: field }) => {
    const { set, name, oid } = field.dataset;
    if (set === "federation") put("/federation", { enable_acs_users: field.checked }, t("admin_saved"));
    if (set === "policy") put(`/policies/${encodeURIComponent(name)}`, { enable_acs_federation_access: field.checked }, t("admin_saved"));
    if (set === "delay") put("/delay", { seconds: Number(field.value) }, t("admin_saved"));
    if (set === "grant") put(`/groups/${name}`, { policy: field.value, rank: 1 }, t("admin_saved"));
    if (!oid) return;
    const person = settings.people.find((p) => p.oid === oid);
    const phone = /^MCOEV(_GOV|SMB)?$/;
    const change = {
      enabled: () => ({ enabled: field.checked }),
      voice: () => ({ enterprise_voice: field.checked }),
      licence: () => ({ plans: field.checked ? [...person.plans.filter((p) => !phone.test(p.name)), { name: "MCOEV" }] : person.plans.filter((p) => !phone.test(p.name)) }),
      own: () => ({ policy: field.value }),
    }[set];
    put(`/users/${oid}`, change(), t("admin_saved"));
  });

  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const { value } = form.elements.namedItem("value") ?? {};
    if (form.id === "list" && await put("/federation", { allowed_acs_resources: [...listed(), value.trim()] }, t("admin_saved"))) form.reset();
    if (form.id === "new-policy" && await put(`/policies/${encodeURIComponent(value.trim())}`, { enable_acs_federation_access: true }, t("admin_saved"))) form.reset();
    if (form.id === "powershell") {
      try {
        const { output, error, line } = await send("POST", `${base}/script`, { script: $("script").value });
        $("output").textContent = output;
        $("output").hidden = false;
        note(error ? t("script_failed", line) : t("script_done"));
      } catch (error) {
        note(t("failed", error.message));
      }
    }
  });

  return show;
}

/** What does not change: drawn once, so that nothing that is typed is lost. */
function frame() {
  return html`<div id="tenant" tabindex="-1" role="group" aria-label="${t("admin")}"></div>
<div class="columns"><div class="main">
<section class="panel" aria-labelledby="script-title"><h2 id="script-title">${t("script_title")}</h2><p>${t("script_text")}</p>
<form id="powershell"><label class="field"><span>${t("script")}</span><textarea id="script" rows="12" spellcheck="false" autocomplete="off" required></textarea></label>
<button class="button" data-do="run">${t("run")}</button></form>
<pre id="output" class="output" role="log" tabindex="0" aria-label="${t("script_output")}" hidden></pre></section>
</div><div class="side">
<section class="panel" aria-labelledby="list-title"><h2 id="list-title">${t("list_title")}</h2>
<form id="list"><label class="field"><span>${t("resource_id")}</span><input name="value" type="text" required autocomplete="off" spellcheck="false"></label><button class="button" data-do="add-resource">${t("add")}</button></form></section>
<section class="panel" aria-labelledby="policy-title"><h2 id="policy-title">${t("policy_title")}</h2>
<form id="new-policy"><label class="field"><span>${t("policy_name")}</span><input name="value" type="text" required autocomplete="off" spellcheck="false"></label><button class="button" data-do="add-policy">${t("add")}</button></form></section>
<section class="panel" aria-labelledby="crowd-title"><h2 id="crowd-title">${t("crowd_title")}</h2><p>${t("crowd_text")}</p>
<label class="field"><span>${t("crowd_count")}</span><input id="crowd" type="number" min="1" max="100000" value="100"></label><button class="button" data-do="crowd">${t("add")}</button></section>
</div></div>`;
}

const check = (label, on, set, more) => html`<label class="check"><input type="checkbox" data-set="${set}" ${more} ${on && html`checked`}><span>${label}</span></label>`;

const choose = (label, value, policies, set, more) => html`<label class="field"><span>${label}</span><select data-set="${set}" ${more}><option value="">${t("policy_none")}</option>
${policies.map((p) => html`<option value="${p.name}" ${p.name === value && html`selected`}>${p.name}</option>`)}</select></label>`;

function page(tenant) {
  const { federation, policies, grants, groups, people } = tenant;
  return html`<header class="hello"><h1>${tenant.name}</h1><p>${t("admin_text")}</p>
${tenant.waiting > 0 && html`<p role="status">${t("admin_waiting", tenant.waiting)}</p>`}</header>
<div class="settings">
<section class="panel" aria-labelledby="federation-title" data-key="federation"><h2 id="federation-title">${t("federation")}</h2>
${check(t("federation_on"), federation.enable_acs_users, "federation", html`id="federation"`)}
<h3>${t("resources_allowed")}</h3>
<ul class="set">${federation.allowed_acs_resources.map((id) => html`<li data-key="resource-${id}"><p><code>${id}</code></p><button class="plain" data-do="unlist" data-id="${id}" aria-label="${t("remove", id)}" title="${t("remove", id)}">${icon("close")}</button></li>`)}</ul>
${federation.allowed_acs_resources.length ? "" : html`<p class="nobody">${t("resources_none")}</p>`}
<label class="field"><span>${t("delay")}</span><input type="number" id="delay" min="0" max="86400" step="any" data-set="delay" value="${tenant.delay_seconds}"></label></section>
<section class="panel" aria-labelledby="policies-title" data-key="policies"><h2 id="policies-title">${t("policies")}</h2><p>${t("policies_text")}</p>
<ul class="set">${policies.map((p) => html`<li data-key="policy-${p.name}">${check(p.name, p.enable_acs_federation_access, "policy", html`data-name="${p.name}"`)}
${p.name !== "Global" && html`<button class="plain" data-do="remove-policy" data-name="${p.name}" aria-label="${t("remove", p.name)}" title="${t("remove", p.name)}">${icon("close")}</button>`}</li>`)}</ul></section>
<section class="panel" aria-labelledby="groups-title" data-key="groups"><h2 id="groups-title">${t("groups")}</h2>
<ul class="set">${groups.map((g) => html`<li data-key="group-${g.id}"><p>${g.name}<small>${t("members", g.members.length)}</small></p>
${choose(t("policy_of", g.name), grants.find((grant) => grant.group === g.id)?.policy ?? "", policies, "grant", html`data-name="${g.id}"`)}</li>`)}</ul>
${groups.length ? "" : html`<p class="nobody">${t("groups_none")}</p>`}</section>
</div>
<section aria-labelledby="people-title"><h2 id="people-title">${t("people")}</h2>
<ul class="cards">${people.map((p) => html`<li class="card admin" data-key="${p.oid}"><div class="who"><span class="names"><strong>${p.name}</strong><small>${p.upn}</small><small>${[p.department, p.job_title].filter(Boolean).join(" · ")}</small></span></div>
<fieldset class="about"><legend class="unseen">${p.name}</legend>
${check(t("enabled"), p.enabled, "enabled", html`data-oid="${p.oid}"`)}${check(t("licence"), p.has_phone, "licence", html`data-oid="${p.oid}"`)}${check(t("voice_on"), p.enterprise_voice, "voice", html`data-oid="${p.oid}"`)}
${choose(t("policy"), p.policy, policies, "own", html`data-oid="${p.oid}"`)}
<p><small>${t("policy_effective", p.effective_policy)} · ${p.callable ? t("callable") : t("not_callable")}</small></p></fieldset></li>`)}</ul>
${tenant.unlisted > 0 && html`<p class="nobody">${t("unlisted", tenant.unlisted)}</p>`}</section>`;
}
