// Keeps the people on the desk up to date and sends what is clicked.
const people = document.getElementById("people");
const offline = document.getElementById("offline");
let shown = "";

async function refresh() {
  try {
    const answer = await fetch("/desk/people", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const html = await answer.text();
    offline.hidden = true;
    // An open list must not be pulled away from under the pointer.
    const choosing = document.activeElement && document.activeElement.tagName === "SELECT";
    if (html !== shown && !choosing) {
      const focus = document.activeElement && document.activeElement.dataset.post;
      shown = html;
      people.innerHTML = html;
      if (focus) people.querySelector(`[data-post="${focus}"]`)?.focus();
    }
  } catch {
    offline.hidden = false;
  }
}

async function send(method, url, body) {
  try {
    await fetch(url, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    offline.hidden = false;
  }
  await refresh();
}

people.addEventListener("click", (event) => {
  const button = event.target.closest("[data-post]");
  if (!button) return;
  button.disabled = true;
  const { ring, call } = button.dataset;
  send("POST", button.dataset.post, ring ? { ring } : { call });
});

people.addEventListener("change", (event) => {
  const select = event.target.closest("[data-put]");
  if (!select) return;
  select.blur();
  send("PUT", select.dataset.put, { [select.name]: select.value });
});

setInterval(refresh, 1000);
