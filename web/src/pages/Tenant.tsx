import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { sessionQuery } from "../api/session";
import { Bones, Title } from "../parts/bits";
import { Frame } from "../parts/Frame";
import { ProblemView } from "../parts/problem";
import { ToSignIn } from "../parts/ToSignIn";
import { TenantView } from "../tenant/TenantView";
import { useWords } from "../words";

export function TenantPage() {
  const words = useWords();
  const session = useQuery(sessionQuery);
  if (session.data?.operator && !session.data.tenant) return <Navigate to="/console" />;
  if (session.data && !session.data.tenant) return <ToSignIn />;
  return (
    <Frame live={session.data?.signed_in} place={session.data?.provider.name}>
      {session.data?.tenant ? <TenantView tenant={session.data.tenant.id} /> : (
        <>
          <Title>{words.t("tenant.title")}</Title>
          {session.error ? <ProblemView error={session.error} again={() => void session.refetch()} /> : <Bones rows={7} />}
        </>
      )}
    </Frame>
  );
}
