// How everything is that calls pass: regions with their resources and trunks, and the
// peers. What is not up says why and what to do.
import { makeStyles, mergeClasses, MessageBar, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { healthQuery } from "../api/queries";
import type { Health, HealthReport, TrunkHealth } from "../api/types";
import { Age, Bones, Card, Empty, Facts, H2, H3, Moment, Row, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords, type Words } from "../words";
import { useSpanish } from "../words/texts";
import { LastProof } from "./ProofState";
import { Strip } from "./Strip";
import { counts } from "./conditions";

const useStyles = makeStyles({
  item: { display: "flex", flexDirection: "column", gap: "8px", padding: "12px 0", borderTop: `1px solid ${tokens.colorNeutralStroke3}`, minWidth: 0 },
  resource: { display: "flex", flexDirection: "column", gap: "8px", minWidth: 0 },
  name: { overflowWrap: "anywhere", fontWeight: tokens.fontWeightSemibold },
  quiet: { color: tokens.colorNeutralForeground3 },
  bar: { whiteSpace: "normal" },
  list: { margin: "4px 0", paddingInlineStart: "20px", overflowWrap: "anywhere" },
  summary: { cursor: "pointer", width: "fit-content", padding: "2px 0" },
  details: { display: "flex", flexDirection: "column", gap: "12px", paddingTop: "8px" },
});

export function TrunksPage() {
  const words = useWords();
  const query = useQuery(healthQuery);
  const all = query.data;
  return (
    <Stack>
      <div>
        <Title>{words.t("console.trunks")}</Title>
        {all && all.regions.length > 0 && <Text block><span role="status">{summary(words, all)}</span> {words.t("time.checked")} <Age at={all.at} /></Text>}
        <Text>{words.t("trunks.about")}</Text>
      </div>
      {query.error && <ProblemView error={query.error} again={() => void query.refetch()} />}
      {!all && !query.error && <Bones rows={8} />}
      {all && (all.regions.length ? all.regions.map((r) => <Region key={r.id} region={r} />) : <Empty>{words.t("trunks.empty")}</Empty>)}
      {all && all.trunks.length > 0 && (
        <Card label={words.t("trunks.others")}>
          <H2>{words.t("trunks.others")}</H2>
          <Text>{words.t("trunks.others_are")}</Text>
          {all.trunks.map((t) => <Neighbour key={t.name} is={t} trunk={t} />)}
        </Card>
      )}
      {all && all.regions.length > 0 && (
        <Card label={words.t("trunks.peers")}>
          <H2>{words.t("trunks.peers")}</H2>
          {all.peers.length ? all.peers.map((p) => <Neighbour key={`${p.name}/${p.node ?? ""}`} is={p} />) : <Empty>{words.t("trunks.no_peers")}</Empty>}
        </Card>
      )}
    </Stack>
  );
}

/** Only what was seen to be up is said to be. */
function summary(words: Words, all: HealthReport) {
  const { needy, unknown } = counts(all);
  const known = needy ? words.t("trunks.need", { count: needy }) : !unknown && words.t("trunks.fine");
  return [known, unknown > 0 && words.t("trunks.unknown", { count: unknown })].filter(Boolean).join(" ");
}

function Region({ region }: { region: HealthReport["regions"][number] }) {
  const words = useWords();
  return (
    <Card label={region.name}>
      <H2>{region.name}</H2>
      {region.resources.length ? region.resources.map((r) => <Resource key={r.id} resource={r} />) : <Empty>{words.t("trunks.no_resources")}</Empty>}
    </Card>
  );
}

function Resource({ resource: r }: { resource: HealthReport["regions"][number]["resources"][number] }) {
  const s = useStyles();
  const words = useWords();
  return (
    <div className={s.resource}>
      <Row>
        <H3>{words.t("trunks.resource", { resource: r.id })}</H3>
        <State state={r.state === "active" ? "active" : r.state === "activating" ? "waiting" : "none"}>{words.t(r.state ? `trunks.plan_${r.state}` : "trunks.plan_none")}</State>
        <Link to="/console/routing" search={{ resource: r.id }}>{words.t("trunks.routing")}</Link>
      </Row>
      {r.state === "activating" && <Text size={200} block className={s.quiet}>{words.t("trunks.plan_activating_do")}</Text>}
      {r.drift.length > 0 && (
        <MessageBar intent="warning" layout="multiline" className={s.bar}>
          <MessageBarBody>
            <MessageBarTitle>{words.t("trunks.drift")}</MessageBarTitle>
            {words.t("trunks.drift_do")}
            <ul className={s.list}>{r.drift.map((line) => <li key={line}>{line}</li>)}</ul>
          </MessageBarBody>
        </MessageBar>
      )}
      {r.trunks.length ? r.trunks.map((t) => <Neighbour key={t.name} is={t} trunk={t} />) : <Empty>{words.t("trunks.no_trunks")}</Empty>}
    </div>
  );
}

const state = { up: "up", degraded: "doubtful", down: "failed", unknown: "unknown" } as const;

/** What there is and what to do: in English as the server says it. */
function useReason() {
  const known = useSpanish("health", async () => (await import("../words/health.es")).health);
  return (r: NonNullable<Health["reason"]>) => known?.[r.code] ?? [sentence(r.found), sentence(r.cure)];
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A trunk, or a peer. */
function Neighbour({ is, trunk }: { is: Health; trunk?: TrunkHealth }) {
  const s = useStyles();
  const words = useWords();
  const reason = useReason();
  return (
    <article className={s.item} aria-label={is.name}>
      <Row>
        <State state={state[is.condition]}>{words.t(`condition.${is.condition}`)}</State>
        <span className={s.name}>{is.name}</span>
        {trunk && <Text size={200} className={s.quiet}>{words.t(`trunks.kind_${trunk.kind}`)}</Text>}
        {!trunk && is.node && <Text size={200} className={s.quiet}>{words.t("trunks.node")} {is.node}</Text>}
        {is.since && <Text size={200} className={s.quiet}>{words.t("trunks.since")} <Moment at={is.since} /></Text>}
      </Row>
      {is.reason && (
        <div>
          <Text block>{reason(is.reason)[0]}</Text>
          <Text block className={s.quiet}>{reason(is.reason)[1]}</Text>
        </div>
      )}
      {is.next && is.next_since && <Text size={200}>{words.t("trunks.next", { condition: words.t(`condition.${is.next}`) })} (<Age at={is.next_since} />)</Text>}
      <Strip stretches={is.strip} name={is.name} />
      {trunk?.microsoft?.overall ? <MicrosoftSays word={trunk.microsoft} at={is.seen_at} /> : trunk?.kind !== "external" && <Told is={is} proof={trunk && <LastProof trunk={trunk} />} />}
    </article>
  );
}

/** Of a third-party SBC nobody here sees anything. */
function MicrosoftSays({ word, at }: { word: NonNullable<TrunkHealth["microsoft"]>; at?: string }) {
  const words = useWords();
  const said = (code: string | undefined) => words.code("microsoft_health", code ?? "unknown");
  const all = words.t("trunks.microsoft_words", { tls: said(word.tls), ping: said(word.ping), overall: said(word.overall) });
  return <Facts facts={[[words.t("trunks.microsoft"), <>{all}{word.reason && ` (${said(word.reason)})`}{at && <>, <Age at={at} /></>}</>]]} />;
}

/** What a node has told, and what was proved. */
function Told({ is, proof }: { is: Health; proof?: ReactNode }) {
  const s = useStyles();
  const words = useWords();
  const reason = useReason();
  const when = (at: string | undefined): ReactNode => (at ? <Age at={at} /> : words.t("time.never"));
  const certificate = is.certificate;
  const proved: [string, ReactNode][] = proof ? [[words.t("proofs.last"), proof]] : [];
  if (!is.seen_at) return proof ? <Facts facts={proved} /> : null;
  const facts: [string, ReactNode][] = [
    [words.t("trunks.last_call"), when(is.last_call_at)],
    [words.t("trunks.ratio"), is.calls ? words.t("trunks.ratio_of", { share: words.percent(is.answered / is.calls), calls: is.calls }) : words.t("trunks.no_calls")],
    ...proved,
  ];
  if (certificate) facts.unshift([words.t("trunks.certificate"), <>{words.t("trunks.expires")} {words.ago(certificate.expires_at)} (<Moment at={certificate.expires_at} />){certificate.problem && <Text block>{reason(certificate.problem)[0]}</Text>}</>]);
  const more: [string, ReactNode][] = [[words.t("trunks.node"), <>{is.node} ({words.t("trunks.told")} {when(is.seen_at)})</>]];
  if (certificate) {
    more.push(
      [words.t("trunks.heard"), when(is.heard_at)], [words.t("trunks.dns"), is.dns ? reason(is.dns)[0] : words.t("trunks.dns_fine")],
      [words.t("trunks.covers"), certificate.names.join(", ")], [words.t("trunks.issuer"), certificate.issuer],
    );
  }
  if (is.reason && words.language === "es") more.unshift([words.t("trunks.found"), <span lang="en">{is.reason.found}</span>]);
  return (
    <>
      <Facts facts={facts} />
      <details>
        <summary className={mergeClasses(s.summary, s.quiet)}>{words.t("trunks.details")}</summary>
        <div className={s.details}>
          <Facts facts={more} />
          <Table
            caption={words.t("trunks.options")} rows={is.options} rowKey={(o) => o.whom}
            columns={[
              { id: "whom", head: words.t("trunks.whom"), cell: (o) => o.whom },
              { id: "result", head: words.t("trunks.result"), cell: (o) => <Result is={o} /> },
              { id: "answered", head: words.t("trunks.answered"), cell: (o) => when(o.answered_at) },
              { id: "round_trip", head: words.t("trunks.round_trip"), numeric: true, cell: (o) => o.round_trip_ms !== undefined && words.t("trunks.ms", { ms: o.round_trip_ms }) },
            ]}
          />
        </div>
      </details>
    </>
  );
}

function Result({ is }: { is: Health["options"][number] }) {
  const words = useWords();
  if (!is.at) return <State state="unknown">{words.t("options.never")}</State>;
  if (!is.failure) return <State state="answered">{words.t("options.answered")}</State>;
  return (
    <>
      <State state="failed">{words.t(`options.${is.failure}`)}{is.status ? ` ${is.status}` : ""}</State>
      {is.error && <Text size={200} block lang="en">{is.error}</Text>}
    </>
  );
}
