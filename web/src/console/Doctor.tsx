// The doctor: what is wrong with the machine that answers, worst first, each with what to do.
import { Button, Checkbox, makeStyles, Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { doctorQuery } from "../api/routing";
import { may, useSession } from "../api/session";
import type { Examination, Finding } from "../api/types";
import { Age, Bones, Card, Copy, H2, Row, Stack, Title } from "../parts/bits";
import { Note, ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { useWords, type Words } from "../words";
import { grouped, report } from "./findings";

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "16px" },
  finding: { display: "flex", flexDirection: "column", gap: "4px", minWidth: 0, overflowWrap: "anywhere" },
  found: { overflowWrap: "anywhere" },
});

const count = (findings: Finding[], state: Finding["state"]) => findings.filter((f) => f.state === state).length;

/** What it all comes to, in words. */
function summary(words: Words, findings: Finding[]): string {
  const [bad, doubtful] = [count(findings, "fail"), count(findings, "warn")];
  const said = [bad && words.t("doctor.bad", { count: bad }), doubtful && words.t("doctor.doubtful", { count: doubtful })].filter(Boolean).join(", ");
  return said || words.t("doctor.fine").replace(/\.$/, "");
}

export function DoctorPage() {
  const s = useStyles();
  const words = useWords();
  const query = useQuery(doctorQuery);
  const [all, setAll] = useState(false);
  const x = query.data;
  const good = x ? count(x.findings, "ok") : 0;
  return (
    <Stack>
      <Title>{words.t("console.doctor")}</Title>
      <Text>{words.t("doctor.about")}</Text>
      {x && !query.isFetching && (
        <Text>
          <span role="status"><State state={x.ok ? (count(x.findings, "warn") ? "warn" : "ok") : "fail"}>{words.t(`finding_state.${x.ok ? (count(x.findings, "warn") ? "warn" : "ok") : "fail"}`)}</State> {words.t("doctor.found", { what: summary(words, x.findings), time: words.lasted(x.took) })}</span> <Age at={x.at} />
        </Text>
      )}
      {query.isFetching && <Text role="status">{words.t("doctor.looking")}</Text>}
      <Row>
        <Button appearance="primary" disabled={query.isFetching} onClick={() => void query.refetch()}>{words.t("doctor.again")}</Button>
        {x && <Copy text={report(x)} label={words.t("doctor.copy")} />}
        {good > 0 && <Checkbox label={words.t("doctor.show_ok", { count: good })} checked={all} onChange={(_, data) => setAll(data.checked === true)} />}
      </Row>
      {query.error && <ProblemView error={query.error} />}
      {!x && query.isFetching && <Bones rows={8} />}
      {x && grouped(x.findings, all).map(({ group, findings }) => (
        <Card key={group} label={words.code("finding_group", group)}>
          <H2>{words.code("finding_group", group)}</H2>
          <ul className={s.list}>{findings.map((f) => <li key={`${f.id} ${f.subject ?? ""}`}><FindingView f={f} /></li>)}</ul>
        </Card>
      ))}
    </Stack>
  );
}

function FindingView({ f }: { f: Finding }) {
  const s = useStyles();
  const words = useWords();
  return (
    <div className={s.finding}>
      <Row><State state={f.state}>{words.t(`finding_state.${f.state}`)}</State><Text weight="semibold">{f.subject ?? f.id}</Text>{f.subject && <Text size={200}>{f.id}</Text>}</Row>
      <Text className={s.found} lang="en">{f.found}</Text>
      {f.fix && <Text className={s.found}>{words.t("doctor.fix")}: <span lang="en">{f.fix}</span> <Copy text={f.fix} /></Text>}
    </div>
  );
}

/** On the overview, if something is wrong, and only then. */
export function DoctorNote() {
  const words = useWords();
  const looks = may(useSession(), "trunks.read");
  const x: Examination | undefined = useQuery({ ...doctorQuery, enabled: looks }).data;
  if (!x || x.ok) return null;
  return <Note intent="error" title={words.t("doctor.overview")}>{summary(words, x.findings)}. <Link to="/console/doctor">{words.t("doctor.overview_go")}</Link></Note>;
}
