// What the pages about proofs of trunks ask for.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, told } from "./client";
import { often, seldom, whenAway } from "./live";
import { allOf, pages } from "./pages";
import type { TrunkProof } from "./types";

/** Nothing will become of it any more. */
export const over = (p: TrunkProof) => p.state === "made" || p.state === "broken";

/** All that there are: somebody chooses from them. */
export const trunksQuery = queryOptions({ queryKey: ["trunks"], queryFn: () => allOf((cursor) => told(api.GET("/v1/trunks", { params: { query: { cursor, limit: 200 } } }))) });

/** Those of a trunk, or with "" of all. */
export const proofsQuery = (trunk: string) =>
  infiniteQueryOptions({
    queryKey: ["proofs", "list", trunk],
    queryFn: ({ pageParam }) => told(api.GET("/v1/proofs", { params: { query: { trunk: trunk || undefined, cursor: pageParam, limit: 25 } } })),
    ...pages,
    refetchInterval: (query) => (query.state.data?.pages.some((p) => p.items.some((k) => !over(k))) ? often : seldom),
  });

/** How far one is: nobody tells but of its end, and it takes half a minute. */
export const proofQuery = (proof: string) =>
  queryOptions({
    queryKey: ["proofs", proof],
    queryFn: () => told(api.GET("/v1/proofs/{proof}", { params: { path: { proof } } })),
    refetchInterval: (query) => (query.state.data && !over(query.state.data) ? often : whenAway(query)),
  });

/** A report is signed, so it never changes. */
export const reportQuery = (proof: string) =>
  queryOptions({ queryKey: ["proofs", proof, "report"], queryFn: () => told(api.GET("/v1/proofs/{proof}/report.json", { params: { path: { proof } } })), staleTime: "static" });
