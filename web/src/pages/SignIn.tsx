import { Button, Field, Input, Text } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { signInWithKey, sessionQuery } from "../api/session";
import { Card, Copy, H2, Row, Stack, Title } from "../parts/bits";
import { Frame } from "../parts/Frame";
import { Note, ProblemView } from "../parts/problem";
import { useWords } from "../words";

export function SignInPage() {
  const words = useWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { history } = useRouter();
  const { error, to, invitation } = useSearch({ strict: false }) as { error?: string; to?: string; invitation?: string };
  // One that is not good any more, or not needed, would be refused again.
  const invited = invitation && !/^(invitation_|entra_tenant_taken$)/.test(error ?? "");
  const again = new URLSearchParams(invited ? { invitation } : to && !invitation ? { to } : {});
  const wanted = to && /^\/[^/\\]/.test(to) ? to : undefined; // a place here, and nowhere else
  const [key, setKey] = useState("");
  const enter = useMutation({
    mutationFn: () => signInWithKey(client, key.trim()),
    onSuccess: async () => {
      const session = await client.fetchQuery(sessionQuery);
      if (wanted) history.push(wanted);
      else await navigate({ to: session.tenant ? "/tenant" : "/console" });
    },
  });
  return (
    <Frame>
      <Stack>
        <Title>{words.t("sign_in.title")}</Title>
        {error && (
          <Note intent="error" title={words.code("sign_in_error", error, words.t("sign_in_error.other"))}>
            {words.code("sign_in_do", error, words.t("sign_in_do.other"))} {words.t("problem.code", { code: error })} <Copy text={error} />
          </Note>
        )}
        <Card label={words.t("sign_in.microsoft")}>
          <H2>{words.t("sign_in.microsoft")}</H2>
          <Text>{words.t("sign_in.microsoft_about")}</Text>
          <Row><Button as="a" appearance="primary" href={`/portal/sign-in?${again.toString()}`}>{words.t("sign_in.do")}</Button>{invitation && <Link to="/onboard/$word" params={{ word: invitation }}>{words.t("onboard.title")}</Link>}</Row>
        </Card>
        {!invitation && (
          <Card label={words.t("sign_in.key")}>
            <H2>{words.t("sign_in.key")}</H2>
            <form onSubmit={(e) => { e.preventDefault(); enter.mutate(); }}>
              <Stack>
                <Field label={words.t("sign_in.key_label")} hint={words.t("sign_in.key_about")}>
                  <Input type="password" autoComplete="off" value={key} onChange={(_, data) => setKey(data.value)} />
                </Field>
                {enter.error && <ProblemView error={enter.error} />}
                <Row><Button type="submit" disabled={!key.trim() || enter.isPending}>{words.t("sign_in.key_do")}</Button></Row>
              </Stack>
            </form>
          </Card>
        )}
      </Stack>
    </Frame>
  );
}
