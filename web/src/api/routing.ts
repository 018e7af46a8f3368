// What the pages about the routing of resources, and the doctor's, ask for.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, told } from "./client";
import { often, seldom, whenAway } from "./live";
import { allOf, pages } from "./pages";

const path = (resource: string) => ({ params: { path: { resource } } });

/** All that there are: somebody chooses from them. */
export const resourcesQuery = queryOptions({ queryKey: ["resources"], queryFn: () => allOf((cursor) => told(api.GET("/v1/resources", { params: { query: { cursor, limit: 200 } } }))) });

/** What the registry says that a resource shall have. */
export const routingQuery = (resource: string) => queryOptions({ queryKey: ["routing", resource, "registry"], queryFn: () => told(api.GET("/v1/resources/{resource}/routing", path(resource))), refetchInterval: seldom });

/** What Microsoft has. */
export const observedQuery = (resource: string) => queryOptions({ queryKey: ["routing", resource, "observed"], queryFn: () => told(api.GET("/v1/resources/{resource}/routing/observed", path(resource))), refetchInterval: seldom });

export const domainsQuery = (resource: string) => queryOptions({ queryKey: ["routing", resource, "domains"], queryFn: () => told(api.GET("/v1/resources/{resource}/domains", path(resource))) });

export const plansQuery = (resource: string) =>
  infiniteQueryOptions({
    queryKey: ["routing", resource, "plans"],
    queryFn: ({ pageParam }) => told(api.GET("/v1/plans", { params: { query: { resource, cursor: pageParam, limit: 20 } } })),
    ...pages,
    refetchInterval: seldom,
  });

/** A plan that is being applied has more to tell soon, one that Microsoft activates later. */
export const planQuery = (plan: string) =>
  queryOptions({
    queryKey: ["routing", "plan", plan],
    queryFn: () => told(api.GET("/v1/plans/{plan}", { params: { path: { plan } } })),
    enabled: plan !== "",
    refetchInterval: (query) => (query.state.data?.state === "applying" ? often : query.state.data?.state === "activating" ? seldom : whenAway(query)),
  });

/** It takes seconds and asks others, so nobody asks for it again by the way. */
export const doctorQuery = queryOptions({
  queryKey: ["doctor"],
  queryFn: async () => {
    const began = performance.now();
    const found = await told(api.GET("/v1/doctor"));
    return { ...found, took: performance.now() - began };
  },
  staleTime: 10 * 60_000,
  refetchInterval: false,
  refetchOnWindowFocus: false,
  retry: false,
});
