// One proof of a trunk: followed while it is made, then what each check has found, worst first.
import { Button, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { over, proofQuery, reportQuery } from "../api/proofs";
import { useSaved } from "../api/save";
import { may, useSession } from "../api/session";
import type { TrunkProof, TrunkReport, TrunkReportCheck } from "../api/types";
import { Age, Bones, Card, Code, Copy, Facts, H2, H3, Moment, Row, Stack, Title } from "../parts/bits";
import { Note, ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { useWords } from "../words";
import { useSpanish } from "../words/texts";
import { byState, rounded, total, translated } from "./proof";
import { Asker, useProve } from "./Proofs";
import { ProofState } from "./ProofState";

const useStyles = makeStyles({
  check: { display: "flex", flexDirection: "column", gap: "4px", padding: "12px 0", borderTop: `1px solid ${tokens.colorNeutralStroke3}`, minWidth: 0, overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground3 },
  summary: { cursor: "pointer", width: "fit-content", padding: "2px 0" },
  details: { display: "flex", flexDirection: "column", gap: "12px", paddingTop: "8px" },
  text: { whiteSpace: "pre-line", overflowWrap: "anywhere" },
});

export function ProofPage() {
  const words = useWords();
  const { proof = "" } = useParams({ strict: false }) as { proof?: string };
  const query = useQuery(proofQuery(proof));
  const p = query.data;
  return (
    <Stack>
      <Link to="/console/proofs" search={{}}>{words.t("proof.back")}</Link>
      <Title>{p ? words.t("proof.title", { trunk: p.trunk }) : words.t("console.proofs")}</Title>
      {query.error && !p ? <ProblemView error={query.error} again={() => void query.refetch()} /> : p ? <OneProof proof={p} /> : <Bones rows={8} />}
    </Stack>
  );
}

function OneProof({ proof: p }: { proof: TrunkProof }) {
  const s = useStyles();
  const words = useWords();
  const navigate = useNavigate();
  const writes = may(useSession(), "trunks.write");
  const report = useQuery({ ...reportQuery(p.id), enabled: p.state === "made" });
  const again = useProve((made) => void navigate({ to: "/console/proofs/$proof", params: { proof: made.id } }));
  const r = report.data?.report;
  const groups = byState(r?.checks ?? []);
  return (
    <>
      <Text>
        <span role="status">
          <ProofState proof={p} /> {p.state === "made" ? <>{p.result && words.t(`proof.${p.result}`)} {words.t("proofs.passed_of", { passed: p.passed, total: total(p) })}</> : p.state === "waiting" ? words.t("proof.waiting") : p.state === "running" && words.t("proof.running", { node: p.node ?? "" })}
        </span>
        {over(p) && <>{p.state === "made" && ","} <Age at={p.ended_at ?? p.asked_at} /></>}
      </Text>
      {p.state === "broken" && <Note intent="error" title={words.t("proof.broken")}><span className={s.text} lang="en">{p.error}</span></Note>}
      {report.error && !r && <ProblemView error={report.error} again={() => void report.refetch()} />}
      {again.error && <ProblemView error={again.error} />}
      {over(p) && writes && <Row><Button appearance={p.result === "passed" ? "secondary" : "primary"} disabled={again.isPending} onClick={() => again.mutate(p.trunk)}>{words.t(again.isPending ? "proofs.asking" : "proof.again")}</Button></Row>}
      {p.state === "made" && !r && !report.error && <Bones rows={8} />}
      {groups.filter((g) => g.state !== "passed").map((g) => <Checks key={g.state} {...g} />)}
      {p.state === "made" && <Files id={p.id} />}
      <About proof={p} report={r} />
      {groups.filter((g) => g.state === "passed").map((g) => <Checks key={g.state} {...g} />)}
    </>
  );
}

function Checks({ state, checks }: ReturnType<typeof byState>[number]) {
  const words = useWords();
  const head = `${words.t(`check_group.${state}`)} (${words.number(checks.length)})`;
  return (
    <Card label={head}>
      <H2>{head}</H2>
      <div>{checks.map((c) => <Check key={c.id} check={c} />)}</div>
    </Card>
  );
}

function About({ proof: p, report: r }: { proof: TrunkProof; report?: TrunkReport }) {
  const s = useStyles();
  const words = useWords();
  const facts: [string, ReactNode][] = [
    [words.t("proofs.trunk"), <Link key="t" to="/console/trunks">{p.trunk}{r && `, ${words.t("proof.port", { port: String(r.port) })}`}</Link>],
    [words.t("proofs.when"), <>{over(p) ? <Moment at={p.asked_at} /> : <Age at={p.asked_at} />}, <Asker proof={p} /></>],
  ];
  if (r) {
    const c = r.certificate;
    facts.push(
      [words.t("proof.made_by"), words.t("proof.made_in", { node: r.node, program: r.program, time: words.lasted(r.took_ms) })],
      [words.t("proof.certificate"), c.sha256 ? <>{c.names.join(", ")}, {words.t("proof.until")} <Moment at={c.not_after} /><Text block size={200}>{c.issuer}</Text><Text block size={200} font="monospace">{words.t("proof.sha", { hex: c.sha256 })}</Text></> : words.t("proof.unreadable")],
    );
    for (const way of ["live", "bench"] as const) facts.push([words.t(`check_way.${way}`), <span key={way} className={s.quiet}>{words.t(`check_way_about.${way}`)}</span>]);
  }
  facts.push([words.t("proof.number"), <>{p.id} <Copy text={p.id} /></>]);
  return <Card label={words.t("proof.facts")}><H2>{words.t("proof.facts")}</H2><Facts facts={facts} /></Card>;
}

/** The signed report, byte for byte, and how whoever gets it checks it. */
function Files({ id }: { id: string }) {
  const words = useWords();
  const path = `/v1/proofs/${id}/report`;
  const name = `tandem-proof-${id}`;
  const html = useSaved(`${path}.html`, `${name}.html`, "text/html");
  const json = useSaved(`${path}.json`, `${name}.json`, "application/json");
  const error = html.error ?? json.error;
  return (
    <Card label={words.t("proof.files")}>
      <H2>{words.t("proof.files")}</H2>
      <Text>{words.t("proof.files_about")}</Text>
      <Row>
        <Button disabled={html.isPending} onClick={() => html.mutate()}>{words.t("proof.save_html")}</Button>
        <Button disabled={json.isPending} onClick={() => json.mutate()}>{words.t("proof.save_json")}</Button>
        <a href="/.well-known/tandem-proof.json" target="_blank" rel="noreferrer">{words.t("proof.keys")}</a>
      </Row>
      {error && <ProblemView error={error} />}
      <Code title={words.t("proof.verify")} text={`tandem proof verify ${name}.html --url ${location.origin}`} />
    </Card>
  );
}

function Check({ check: c }: { check: TrunkReportCheck }) {
  const s = useStyles();
  const words = useWords();
  const texts = useSpanish("checks", async () => (await import("../words/checks.es")).checks);
  const own = texts && translated(c, texts, words.number);
  const { title, need } = own ?? c;
  const language = own ? undefined : "en";
  const fix = own?.fix ?? c.fix;
  const figure = (f: TrunkReportCheck["figures"][number]): [string, string] => [texts?.figures[f.name] ?? f.name, `${words.number(rounded(f))} ${texts?.units[f.unit ?? ""] ?? f.unit ?? ""}`.trim()];
  return (
    <article className={s.check} aria-label={title}>
      <Row>
        <State state={c.state}>{words.t(`check_state.${c.state}`)}</State>
        <div lang={language}><H3>{title}</H3></div>
        <Text size={200} className={s.quiet}>{words.t(`check_way.${c.way}`)} · {c.id}{c.took_ms >= 1000 && ` · ${words.t("proof.took", { time: words.lasted(c.took_ms) })}`}</Text>
      </Row>
      <Text lang={own?.found ? undefined : "en"}>{own?.found ?? c.found}</Text>
      {fix && <Text>{words.t("proof.fix")}: <span lang={own?.fix ? undefined : "en"}>{fix}</span> <Copy text={fix} /></Text>}
      <details open={c.state === "failed"}>
        <summary className={mergeClasses(s.summary, s.quiet)}>{words.t("trunks.details")}</summary>
        <div className={s.details}>
          <Text lang={language}>{need}</Text>
          {c.figures.length > 0 && <div lang={language}><Facts facts={c.figures.map(figure)} /></div>}
          {own?.found && <Facts facts={[[words.t("proof.said"), <span key="said" lang="en">{c.found}</span>]]} />}
          {c.evidence.length > 0 && <Code title={words.t("proof.evidence")} text={c.evidence.join("\n")} />}
        </div>
      </details>
    </article>
  );
}
