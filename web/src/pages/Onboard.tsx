// Before you begin: what an admin should know before signing in with anything.
import { Button, Link as PlainLink, makeStyles, Text, tokens } from "@fluentui/react-components";
import { MailRegular } from "@fluentui/react-icons/svg/mail";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { failure } from "../api/client";
import { invitationQuery, type InvitationPage } from "../api/session";
import { Bones, Card, Copy, H2, Moment, Row, Stack, Title } from "../parts/bits";
import { Frame } from "../parts/Frame";
import { Note, ProblemView, roles } from "../parts/problem";
import { Table } from "../parts/Table";
import { Permissions } from "../tenant/ConsentStep";
import { useWords, type Key } from "../words";

const notices = ["rings", "phones", "forwarding", "voicemail", "name"] as const;
const sources: Record<(typeof notices)[number], string> = {
  rings: "https://learn.microsoft.com/azure/communication-services/how-tos/call-automation/teams-interop-call-automation",
  phones: "https://learn.microsoft.com/azure/communication-services/concepts/call-automation/call-automation-teams-interop",
  forwarding: "https://learn.microsoft.com/azure/communication-services/how-tos/call-automation/teams-interop-call-automation",
  voicemail: "https://learn.microsoft.com/azure/communication-services/how-tos/call-automation/teams-interop-call-automation",
  name: "https://learn.microsoft.com/azure/communication-services/concepts/call-automation/call-automation-teams-interop",
};

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(440px, 100%), 1fr))", gap: "16px", alignItems: "start" },
  list: { margin: 0, paddingInlineStart: "20px", display: "flex", flexDirection: "column", gap: "8px" },
  quiet: { color: tokens.colorNeutralForeground3 },
  sentence: { "::first-letter": { textTransform: "uppercase" } },
  lead: { fontSize: tokens.fontSizeBase400, lineHeight: tokens.lineHeightBase400, maxWidth: "72ch" },
});

export function OnboardPage() {
  const words = useWords();
  const { word } = useParams({ strict: false }) as { word: string };
  const query = useQuery(invitationQuery(word));
  const page = query.data;
  return (
    <Frame place={page?.provider.name}>
      {page ? <BeforeYouBegin page={page} word={word} /> : (
        <Stack>
          <Title>{words.t(query.error && failure(query.error).problem.status === 404 ? "onboard.unknown" : "onboard.title")}</Title>
          {query.error ? (
            failure(query.error).problem.status === 404 ? <Note intent="error">{words.t("onboard.unknown_do")}</Note> : <ProblemView error={query.error} again={() => void query.refetch()} />
          ) : <Bones rows={8} />}
        </Stack>
      )}
    </Frame>
  );
}

function BeforeYouBegin({ page, word }: { page: InvitationPage; word: string }) {
  const s = useStyles();
  const words = useWords();
  const minutes = words.t("time.minutes", { count: page.steps.reduce((sum, x) => sum + x.minutes, 0) });
  const names = { provider: page.provider.name, tenant: page.tenant.name, minutes };
  const open = page.state === "open";
  const asked = page.kind === "handover" && page.step ? page.step : undefined;
  const list = (prefix: string, ids: string[]) => <ul className={s.list}>{ids.map((id) => <li key={id}>{words.t(`${prefix}.${id}` as Key, names)}</li>)}</ul>;
  const mail = `mailto:?subject=${encodeURIComponent(words.t("onboard.mail_subject", names))}&body=${encodeURIComponent(words.t("onboard.mail_body", { ...names, link: location.href }))}`;

  return (
    <Stack>
      <div>
        <Title>{words.t("onboard.title")}</Title>
        <Text className={s.lead} block>{words.t(asked ? "onboard.lead_handover" : "onboard.lead", { ...names, step: asked ? words.t(`step.${asked}`) : "" })}</Text>
        {page.note && <Text block className={s.quiet}>{words.t("onboard.note", { note: page.note })}</Text>}
      </div>
      {page.state !== "open" && <Note intent="warning" title={words.t(`onboard.${page.state}`)}>{words.t(`onboard.${page.state}_do`, names)}</Note>}
      <Row>
        {open && <Button as="a" appearance="primary" size="large" href={`/portal/sign-in?invitation=${encodeURIComponent(word)}`}>{words.t("sign_in.do")}</Button>}
        {page.state === "used" && <Button as="a" appearance="primary" size="large" href="/portal/sign-in?to=/tenant">{words.t("sign_in.do")}</Button>}
        <Button as="a" size="large" href={mail} icon={<MailRegular />}>{words.t("onboard.send")}</Button>
        <Copy text={location.href} label={words.t("onboard.copy")} size="large" />
        {open && <Text size={200} className={s.quiet}>{words.t("handover.until")} <Moment at={page.expires_at} /></Text>}
      </Row>
      <Card label={words.t("onboard.steps")}>
        <H2>{words.t("onboard.steps")}</H2>
        <Text>{words.t("onboard.who")}</Text>
        <Table
          caption={words.t("onboard.steps")} rows={page.steps} rowKey={(x) => x.id}
          columns={[
            { id: "step", head: words.t("timeline.step"), short: true, cell: (x) => <Text weight="semibold">{words.t(`step.${x.id}`)}</Text> },
            { id: "what", head: words.t("onboard.what"), cell: (x) => words.t(`onboard.step.${x.id}`, names) },
            { id: "who", head: words.t("onboard.role"), cell: (x) => <div className={s.sentence}>{x.needs.length ? roles(words, x.needs) : words.t("onboard.any_admin")}</div> },
            { id: "minutes", head: words.t("onboard.minutes"), short: true, cell: (x) => words.t("time.minutes", { count: x.minutes }) },
          ]}
        />
        <Text size={200} className={s.quiet}>{words.t("onboard.waits")}</Text>
      </Card>
      <div className={s.grid}>
        <Card label={words.t("onboard.permissions")}><H2>{words.t("onboard.permissions")}</H2><Permissions /></Card>
        <Stack>
          <Card label={words.t("onboard.see")}><H2>{words.t("onboard.see")}</H2>{list("onboard.see", ["people", "licences", "presence", "calls"])}</Card>
          <Card label={words.t("onboard.never")}><H2>{words.t("onboard.never")}</H2>{list("onboard.never", ["content", "passwords", "write", "others"])}</Card>
          <Card label={words.t("onboard.undo")}><H2>{words.t("onboard.undo")}</H2>{list("onboard.undo", ["pause", "consent", "script", "forget"])}</Card>
        </Stack>
      </div>
      <Card label={words.t("onboard.notice")}>
        <H2>{words.t("onboard.notice")}</H2>
        <ul className={s.list}>
          {notices.map((n) => <li key={n}>{words.t(`onboard.notice.${n}`, names)} <PlainLink href={sources[n]} target="_blank" rel="noreferrer" inline>{words.t(`onboard.source.${n}`)}</PlainLink></li>)}
        </ul>
      </Card>
    </Stack>
  );
}
