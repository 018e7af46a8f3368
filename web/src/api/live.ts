// How fresh the page is: events of the stream wake queries. What no event tells of,
// and everything while there is no stream, is asked for again every two seconds as
// long as something waits.
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { api, hasKey, isAway, told } from "./client";
import { paced } from "./paced";

/** What can happen; it changes with the server only. */
export const eventTypesQuery = queryOptions({ queryKey: ["event-types"], queryFn: () => told(api.GET("/v1/events/types")), staleTime: "static" });

export const often = 2_000;
export const seldom = 20_000;

/** How soon to ask again for what nothing else asks for: only when the server was away. */
export const whenAway = (query: { state: { error: unknown } }) => (isAway(query.state.error) ? seldom : false);

type State = "none" | "up" | "down";
let state: State = "none";
const listeners = new Set<() => void>();

function become(next: State) {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** State of the stream; none: there is none, or the viewer came with a key. */
export const useStream = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );

/** How soon to ask again for what events tell of. */
export const untilTold = () => (state === "up" ? seldom : often);

const useVisible = () =>
  useSyncExternalStore(
    (changed) => {
      document.addEventListener("visibilitychange", changed);
      return () => document.removeEventListener("visibilitychange", changed);
    },
    () => document.visibilityState === "visible",
  );

// What no page shows: a busy installation has many such events a second.
const unseen = (type: string) => type.startsWith("call.");

/**
 * Keeps the stream open while mounted and looked at: a browser has few connections
 * to a host, and a page that comes back asks for everything anyway.
 */
export function useEvents(on: boolean) {
  const client = useQueryClient();
  const visible = useVisible();
  const wanted = on && !hasKey();
  const types = useQuery({ ...eventTypesQuery, enabled: wanted }).data;
  useEffect(() => {
    if (!wanted || !visible || !types) return;
    const wake = paced(() => void client.invalidateQueries({ refetchType: "active" }), often);
    let stream: EventSource;
    let opened = false;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      stream = new EventSource("/v1/events/stream");
      stream.onopen = () => {
        if (opened) wake.ask(); // something may have been missed
        opened = true;
        become("up");
      };
      stream.onerror = () => {
        if (opened) {
          become("down");
          wake.ask(); // whoever relied on the stream asks by himself from now on
        }
        // A browser comes back after a lost connection, and not after an answer that is no stream.
        if (stream.readyState === EventSource.CLOSED) retry = setTimeout(connect, seldom);
      };
      for (const { type } of types.items) if (!unseen(type)) stream.addEventListener(type, wake.ask);
    };
    connect();
    return () => {
      stream.close();
      wake.stop();
      clearTimeout(retry);
      become("none");
    };
  }, [wanted, visible, types, client]);
}
