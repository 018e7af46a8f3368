// One call explained: whose fault its end was and what to do, then everything that happened.
import { Button, Checkbox, makeStyles, MessageBar, MessageBarBody, MessageBarTitle, Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { explanationQuery } from "../api/queries";
import { useSaved } from "../api/save";
import type { Explanation } from "../api/types";
import { Bones, Card, Copy, Empty, Facts, H2, Moment, Row, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";
import { useSpanish } from "../words/texts";
import { lossOf, quality, sources } from "./ladder";
import { Ladder } from "./Ladder";
import { SoundOverTime } from "./SoundOverTime";

const useStyles = makeStyles({ bar: { whiteSpace: "normal" }, list: { margin: 0, paddingInlineStart: "20px" } });

export function CallPage() {
  const words = useWords();
  const s = useStyles();
  const { call = "" } = useParams({ strict: false }) as { call?: string };
  const query = useQuery(explanationQuery(call));
  const save = useSaved(`/v1/calls/${call}/explanation.txt`, `${call}.txt`, "text/plain");
  const pcap = useSaved(`/v1/calls/${call}/messages.pcap`, `${call}.pcap`, "application/vnd.tcpdump.pcap");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set(["engine"]));
  const x = query.data;
  const shown = new Set(sources.filter((source) => !hidden.has(source)));
  return (
    <Stack>
      <Link to="/console/calls" search={{}}>{words.t("call.back")}</Link>
      <Title>{words.t("call.title")}</Title>
      {query.error && !x ? <ProblemView error={query.error} again={() => void query.refetch()} /> : !x ? <Bones rows={8} /> : (
        <>
          <VerdictView x={x} />
          <Card label={words.t("call.facts")}>
            <Facts
              facts={[
                [words.t("call.id"), <>{x.call} <Copy text={x.call} /></>],
                [words.t("keys.tenant"), <Link key="t" to="/console/tenants/$tenant" params={{ tenant: x.tenant }}>{x.tenant_name ?? x.tenant}</Link>],
                [words.t("calls.started"), <Moment key="s" at={x.started_at} />],
                [words.t("call.phase"), words.code("call_phase", x.phase)],
                ...(x.ending ? [[words.t("calls.result"), `${words.code("call_result", x.ending.result)} · ${x.ending.reason}${x.ending.message ? ` · ${x.ending.message}` : ""}`] as [string, string]] : []),
              ]}
            />
            <Row>
              <Button onClick={() => save.mutate()} disabled={save.isPending}>{words.t("call.text")}</Button>
              {x.timeline.some((e) => e.message) && <Button onClick={() => pcap.mutate()} disabled={pcap.isPending}>{words.t("call.pcap")}</Button>}
            </Row>
            {save.error && <ProblemView error={save.error} />}
            {pcap.error && <ProblemView error={pcap.error} />}
          </Card>
          <Card label={words.t("call.timeline")}>
            <H2>{words.t("call.timeline")}</H2>
            <div role="group" aria-label={words.t("call.show")}>
              <Row>
                {sources.map((source) => (
                  <Checkbox
                    key={source} label={words.code("source", source)} checked={!hidden.has(source)}
                    onChange={(_, data) => setHidden(new Set(data.checked ? [...hidden].filter((h) => h !== source) : [...hidden, source]))}
                  />
                ))}
              </Row>
            </div>
            {x.timeline.length === 0 ? <Empty>{words.t("call.nothing")}</Empty> : <Ladder timeline={x.timeline} shown={shown} />}
          </Card>
          {x.sound.length > 0 && <Sound sound={x.sound} />}
          {x.sound_over_time.length > 0 && <SoundOverTime x={x} />}
          {x.missing.length + x.masked.length > 0 && (
            <Card label={words.t("call.missing")}>
              <H2>{words.t("call.missing")}</H2>
              <ul className={s.list}>
                {x.missing.map((g) => <li key={g.code}><Text>{words.code("call_missing", g.code, g.why)}</Text></li>)}
                {x.masked.map((m) => <li key={m}><Text>{words.code("call_masked", m)}</Text></li>)}
              </ul>
            </Card>
          )}
        </>
      )}
    </Stack>
  );
}

/** The verdict in one sentence, with the cure. */
function VerdictView({ x }: { x: Explanation }) {
  const s = useStyles();
  const words = useWords();
  const texts = useSpanish("verdicts", async () => (await import("../words/verdicts.es")).verdicts);
  const v = x.verdict;
  if (!v) return <MessageBar intent="info" layout="multiline" className={s.bar}><MessageBarBody><MessageBarTitle>{words.t("call.running")}</MessageBarTitle></MessageBarBody></MessageBar>;
  const [what, cure] = texts?.[v.id] ?? [v.what, v.do];
  return (
    <MessageBar intent={v.fault === "nobody" ? "success" : v.fault === "caller" || v.fault === "agent" ? "warning" : "error"} layout="multiline" className={s.bar}>
      <MessageBarBody>
        <H2>{what}</H2>
        <Text block>{words.t("call.fault", { who: words.code("party", v.fault) })}</Text>
        {cure && <Text block>{words.t("call.do", { what: cure })}</Text>}
        {!v.known && <Text block>{words.t("call.not_known")}</Text>}
        {v.codes && <Text block size={200} font="monospace">{v.codes} <Copy text={`${v.id} · ${v.codes}`} /></Text>}
      </MessageBarBody>
    </MessageBar>
  );
}

function Sound({ sound }: { sound: Explanation["sound"] }) {
  const words = useWords();
  type Leg = Explanation["sound"][number];
  return (
    <Card label={words.t("call.sound")}>
      <H2>{words.t("call.sound")}</H2>
      <Table<Leg>
        caption={words.t("call.sound")} rows={sound} rowKey={(l) => l.leg}
        columns={[
          { id: "leg", head: words.t("call.leg"), cell: (l) => words.code("leg", l.leg) },
          { id: "quality", head: words.t("call.quality"), cell: (l) => <State state={quality(l)}>{words.code("call_quality", quality(l))}</State> },
          { id: "mos", head: words.t("call.mos"), numeric: true, cell: (l) => (l.mos ? words.number(Math.round(l.mos * 100) / 100) : "–") },
          { id: "lost", head: words.t("call.lost"), numeric: true, cell: (l) => words.t("call.lost_share", { count: l.lost, share: words.percent(lossOf(l)) }) },
          { id: "there", head: words.t("call.lost_there"), numeric: true, cell: (l) => words.number(l.lost_there) },
          { id: "jitter", head: words.t("call.jitter"), numeric: true, cell: (l) => words.number(l.jitter_ms) },
          { id: "rtt", head: words.t("call.rtt"), numeric: true, cell: (l) => (l.rtt_ms ? words.number(l.rtt_ms) : "–") },
          { id: "packets", head: words.t("call.packets"), numeric: true, cell: (l) => `${words.number(l.packets_in)} / ${words.number(l.packets_out)}` },
        ]}
      />
    </Card>
  );
}
