// Who is here: a browser session from Microsoft, or a pasted API key.
import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";
import { api, ask, hasKey, setKey, setToken, told } from "./client";
import type { StepName } from "./types";

export type Operator = "owner" | "operator" | "viewer";

export interface Session {
  signed_in: boolean;
  csrf?: string;
  person?: { oid: string; name: string; upn: string; roles: string[] };
  tenant?: { id: string; name: string };
  operator?: Operator;
  /** What the person may do, as scopes of the API. */
  scopes?: string[];
  provider: { name: string };
  /** Set by the app: the API key that stands in for a session. */
  key?: { name: string; tenant?: string };
}

export interface InvitationPage {
  state: "open" | "used" | "revoked" | "expired";
  kind: "welcome" | "handover";
  step?: StepName;
  tenant: { name: string };
  provider: { name: string };
  expires_at: string;
  note?: string;
  permissions: { name: string; why: string; without: string; needed: boolean }[];
  steps: { id: StepName; needs: string[]; minutes: number }[];
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session> => {
    const session = (await (await ask("GET", "/portal/session")).json()) as Session;
    setToken(session.csrf);
    if (!hasKey()) return session;
    const me = await told(api.GET("/v1/me"));
    return {
      ...session,
      signed_in: true,
      operator: me.kind === "provider" ? "viewer" : undefined,
      tenant: me.tenant ? { id: me.tenant, name: me.name } : undefined,
      scopes: me.scopes,
      key: { name: me.name, tenant: me.tenant },
    };
  },
  staleTime: 60_000,
});

export const invitationQuery = (word: string) =>
  queryOptions({
    queryKey: ["invitation", word],
    queryFn: async () => (await (await ask("GET", `/portal/invitations/${encodeURIComponent(word)}`)).json()) as InvitationPage,
  });

export const useSession = () => useQuery(sessionQuery).data;

/** Says whether the viewer may do what a scope of the API covers. */
export function may(session: Session | undefined, scope: string): boolean {
  return (session?.scopes ?? []).some((s) => s === "*" || s === scope);
}

export async function signInWithKey(client: QueryClient, key: string) {
  setKey(key);
  try {
    await told(api.GET("/v1/me"));
  } catch (error) {
    setKey(undefined);
    throw error;
  }
  await client.invalidateQueries();
}

export async function signOut(client: QueryClient) {
  if (hasKey()) setKey(undefined);
  else await ask("POST", "/portal/sign-out");
  client.clear();
}
