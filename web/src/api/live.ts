// How fresh the page is: the event stream wakes queries, and what waits is asked
// for again every two seconds, with or without the stream.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { hasKey } from "./client";

export const often = 2_000;
export const seldom = 20_000;

type State = "none" | "up" | "down";
let state: State = "none";
const listeners = new Set<() => void>();

function become(next: State) {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** State of the stream; none: this server has none, or the viewer came with a key. */
export const useStream = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );

const types = ["message", "onboarding.step", "tenant.activated", "tenant.paused", "tenant.resumed", "tenant.offboarded", "tenant.drift", "grant.changed", "agent.readiness_changed"];

/** Keeps the stream open while mounted. A server without one answers no event stream, which closes it for good. */
export function useEvents(on: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!on || hasKey()) return;
    const stream = new EventSource("/v1/events/stream");
    let opened = false;
    stream.onopen = () => {
      opened = true;
      become("up");
    };
    stream.onerror = () => {
      if (opened) become("down");
      else if (stream.readyState === EventSource.CLOSED) become("none");
    };
    const wake = () => void client.invalidateQueries({ refetchType: "active" });
    for (const type of types) stream.addEventListener(type, wake);
    return () => {
      stream.close();
      become("none");
    };
  }, [on, client]);
}
