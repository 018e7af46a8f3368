// Every address there is. Each page is a chunk of its own.
import type { QueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link, Navigate, Outlet, redirect } from "@tanstack/react-router";
import { sessionQuery } from "./api/session";
import { Empty, Stack, Title } from "./parts/bits";
import { Frame } from "./parts/Frame";
import { ProblemView } from "./parts/problem";
import { useWords } from "./words";

function NotFound() {
  const words = useWords();
  return (
    <Frame>
      <Stack>
        <Title>{words.t("not_found.title")}</Title>
        <Empty>{words.t("not_found.about")} <Link to="/">{words.t("not_found.home")}</Link></Empty>
      </Stack>
    </Frame>
  );
}

function Broken({ error }: { error: unknown }) {
  const words = useWords();
  return (
    <Frame>
      <Title>{words.t("broken.title")}</Title>
      <ProblemView error={error} again={() => location.reload()} />
    </Frame>
  );
}

/** Search parameters are strings in the address; what a page does not know it ignores. */
const search = (given: Record<string, unknown>): Record<string, unknown> => given;

export function createAppRouter(client: QueryClient) {
  const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Broken });
  const home = createRoute({
    getParentRoute: () => root,
    path: "/",
    loader: async () => {
      const session = await client.ensureQueryData(sessionQuery);
      throw redirect({ to: !session.signed_in ? "/sign-in" : session.tenant ? "/tenant" : "/console" });
    },
    component: () => <Navigate to="/sign-in" />,
  });
  const onboard = createRoute({ getParentRoute: () => root, path: "/onboard/$word", component: lazyRouteComponent(() => import("./pages/Onboard"), "OnboardPage") });
  const signIn = createRoute({ getParentRoute: () => root, path: "/sign-in", validateSearch: search, component: lazyRouteComponent(() => import("./pages/SignIn"), "SignInPage") });
  const tenant = createRoute({ getParentRoute: () => root, path: "/tenant", validateSearch: search, component: lazyRouteComponent(() => import("./pages/Tenant"), "TenantPage") });
  const console = createRoute({ getParentRoute: () => root, path: "/console", validateSearch: search, component: lazyRouteComponent(() => import("./console/Console"), "ConsolePage") });
  const below = { getParentRoute: () => console };
  const overview = createRoute({ ...below, path: "/", component: lazyRouteComponent(() => import("./console/Overview"), "OverviewPage") });
  const tenants = createRoute({ ...below, path: "tenants", component: lazyRouteComponent(() => import("./console/Tenants"), "TenantsPage") });
  const one = createRoute({ ...below, path: "tenants/$tenant", component: lazyRouteComponent(() => import("./console/Tenant"), "ConsoleTenantPage") });
  const invite = createRoute({ ...below, path: "invite", component: lazyRouteComponent(() => import("./console/Invite"), "InvitePage") });
  const keys = createRoute({ ...below, path: "keys", component: lazyRouteComponent(() => import("./console/Keys"), "KeysPage") });
  const webhooks = createRoute({ ...below, path: "webhooks", component: lazyRouteComponent(() => import("./console/Webhooks"), "WebhooksPage") });
  const calls = createRoute({ ...below, path: "calls", component: lazyRouteComponent(() => import("./console/Calls"), "CallsPage") });
  const call = createRoute({ ...below, path: "calls/$call", component: lazyRouteComponent(() => import("./console/Call"), "CallPage") });
  const trunks = createRoute({ ...below, path: "trunks", component: lazyRouteComponent(() => import("./console/Trunks"), "TrunksPage") });
  const routing = createRoute({ ...below, path: "routing", component: lazyRouteComponent(() => import("./console/Routing"), "RoutingPage") });
  const proofs = createRoute({ ...below, path: "proofs", component: lazyRouteComponent(() => import("./console/Proofs"), "ProofsPage") });
  const proof = createRoute({ ...below, path: "proofs/$proof", component: lazyRouteComponent(() => import("./console/Proof"), "ProofPage") });
  const doctor = createRoute({ ...below, path: "doctor", component: lazyRouteComponent(() => import("./console/Doctor"), "DoctorPage") });
  const audit = createRoute({ ...below, path: "audit", component: lazyRouteComponent(() => import("./console/Audit"), "ConsoleAuditPage") });
  const usage = createRoute({ ...below, path: "usage", component: lazyRouteComponent(() => import("./console/Usage"), "UsagePage") });
  return createRouter({
    routeTree: root.addChildren([home, onboard, signIn, tenant, console.addChildren([overview, tenants, one, calls, call, trunks, routing, proofs, proof, doctor, invite, keys, webhooks, usage, audit])]),
    defaultPreload: "intent",
    scrollRestoration: true,
    trailingSlash: "never",
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
