// Another admin is needed: a link to send, and why.
import { Button, Text } from "@fluentui/react-components";
import { MailRegular } from "@fluentui/react-icons/svg/mail";
import { useMutation } from "@tanstack/react-query";
import { api, told } from "../api/client";
import type { Step } from "../api/types";
import { Code, Moment, Row, Stack } from "../parts/bits";
import { Note, ProblemView, roles } from "../parts/problem";
import { useWords } from "../words";

export function Handover({ tenant, step, name }: { tenant: string; step: Step; name: string }) {
  const words = useWords();
  const make = useMutation({ mutationFn: () => told(api.POST("/v1/tenants/{tenant}/handover", { params: { path: { tenant } }, body: { step: step.id === "consent" ? "consent" : "federation" } })) });
  const needs = roles(words, step.needs);
  const link = make.data;
  const mail = link && `mailto:?subject=${encodeURIComponent(words.t("handover.subject", { tenant: name }))}&body=${encodeURIComponent(words.t("handover.body", { step: words.t(`step.${step.id}`), roles: needs, minutes: words.t("time.minutes", { count: step.minutes }), link: link.link }))}`;
  return (
    <Stack>
      {!step.viewer_can && <Note intent="warning" title={words.t("handover.needs", { roles: needs })}>{words.t("handover.why")}</Note>}
      {link ? (
        <Stack>
          <Code title={words.t("handover.link")} text={link.link} />
          <Row>
            <Button as="a" href={mail} icon={<MailRegular />}>{words.t("handover.mail")}</Button>
            <Text size={200}>{words.t("handover.until")} <Moment at={link.expires_at} /></Text>
          </Row>
        </Stack>
      ) : (
        <Row>
          <Button appearance={step.viewer_can ? "subtle" : "primary"} disabled={make.isPending} onClick={() => make.mutate()}>{words.t("handover.make")}</Button>
        </Row>
      )}
      {make.error && <ProblemView error={make.error} />}
    </Stack>
  );
}
