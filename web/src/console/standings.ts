// How the tenants of a list stand: the list itself does not say.
import { useQueries } from "@tanstack/react-query";
import { standingQuery } from "../api/queries";
import type { Readiness, Tenant } from "../api/types";

export interface Standing {
  tenant: Tenant;
  readiness?: Readiness;
  drift: number; // preconditions that an active tenant has lost
}

const bound = (t: Tenant) => t.state === "onboarding" || t.state === "active" || t.state === "suspended";

export function useStandings(tenants: Tenant[]): Standing[] {
  const answers = useQueries({ queries: tenants.map((t) => ({ ...standingQuery(t.id), enabled: bound(t) })) });
  return tenants.map((tenant, i) => {
    const readiness = answers[i]?.data;
    return { tenant, readiness, drift: tenant.state === "active" ? (readiness?.items.filter((x) => x.state === "failed").length ?? 0) : 0 };
  });
}
