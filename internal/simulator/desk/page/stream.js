// The state of the simulator, pushed. A browser allows six connections to one
// server for all tabs together, so one tab has the stream and tells the others;
// when it closes the next one takes over.

/** Calls show with each state, and offline with whether the stream is down. */
export function watch(show, offline) {
  const tabs = new BroadcastChannel("desk");
  let latest = null;
  let leads = false;
  const take = (message) => {
    if (message.state) {
      latest = message;
      show(message.state);
    }
    offline(Boolean(message.offline));
  };
  const tell = (message) => {
    take(message);
    tabs.postMessage(message);
  };
  tabs.onmessage = ({ data }) => {
    if (!data.ask) take(data);
    else if (leads && latest) tabs.postMessage(latest);
  };
  navigator.locks.request("desk", () => new Promise(() => {
    leads = true;
    const source = new EventSource("/desk/events");
    source.onmessage = ({ data }) => tell({ state: JSON.parse(data) });
    source.onerror = () => tell({ offline: true });
  }));
  tabs.postMessage({ ask: true });
}

/** Sends what was clicked and returns the answer, null if it is empty; its error is thrown. */
export async function send(method, path, body = {}) {
  const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) {
    const { error } = await answer.json().catch(() => ({ error: answer.statusText }));
    throw new Error(error);
  }
  return answer.status === 204 ? null : answer.json();
}
