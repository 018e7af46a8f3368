// What the sound was like over time: small charts that share the time of the call, with a table behind them.
import { makeStyles, Text, tokens } from "@fluentui/react-components";
import type { Explanation } from "../api/types";
import { Card, H2, H3, Stack } from "../parts/bits";
import { Table } from "../parts/Table";
import { useWords, type Words } from "../words";
import { bad, measures, pieces, range, valueOf, worst, type Measure, type OverTime, type SoundPoint } from "./sound";

const useStyles = makeStyles({
  charts: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(220px, 100%), 1fr))", gap: "16px" },
  end: { display: "flex", flexDirection: "column", gap: "8px" },
  figure: { margin: 0, minWidth: 0, display: "flex", flexDirection: "column", gap: "4px" },
  name: { display: "flex", justifyContent: "space-between", gap: "8px", flexWrap: "wrap", fontSize: tokens.fontSizeBase200 },
  chart: { width: "100%", height: "64px", display: "block", backgroundColor: tokens.colorNeutralBackground2, borderBottom: `1px solid ${tokens.colorNeutralStroke1}` },
  axis: { display: "flex", justifyContent: "space-between", color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase100, fontVariantNumeric: "tabular-nums" },
  summary: { cursor: "pointer", fontSize: tokens.fontSizeBase200, padding: "4px 0" },
});

/** A value as people read it, with its unit where it has one. */
function shownAs(words: Words, measure: Measure, value: number | undefined): string {
  if (value === undefined) return "–";
  return measure === "loss" ? words.percent(value) : measure === "mos" ? words.number(Math.round(value * 100) / 100) : words.t("call.ms", { value });
}

const width = 300;
const height = 64;
const inset = 2;

export function SoundOverTime({ x }: { x: Explanation }) {
  const words = useWords();
  const from = Date.parse(x.started_at);
  const to = Math.max(from, ...x.sound_over_time.flatMap((o) => o.points.map((p) => Date.parse(p.at))));
  return (
    <Card label={words.t("call.over_time")}>
      <H2>{words.t("call.over_time")}</H2>
      <Text size={200}>{words.t("call.over_time_about")}</Text>
      <Stack>{x.sound_over_time.map((o) => <End key={`${o.leg} ${o.end}`} of={o} from={from} to={to} />)}</Stack>
    </Card>
  );
}

function End({ of, from, to }: { of: OverTime; from: number; to: number }) {
  const s = useStyles();
  const words = useWords();
  const name = words.t("call.over_time_of", { leg: words.code("leg", of.leg), end: words.code("sound_end", of.end) });
  return (
    <div className={s.end}>
      <H3>{name}</H3>
      <div className={s.charts}>{measures.map((m) => <Chart key={m} points={of.points} measure={m} from={from} to={to} />)}</div>
      <details>
        <summary className={s.summary}>{words.t("call.as_table")}</summary>
        <Table<SoundPoint>
          caption={name} rows={of.points} rowKey={(p) => p.at}
          columns={[
            { id: "until", head: words.t("call.until"), numeric: true, cell: (p) => words.number(Math.round((Date.parse(p.at) - from) / 100) / 10) },
            ...measures.map((m) => ({ id: m, head: words.code("sound_measure", m), numeric: true, cell: (p: SoundPoint) => shownAs(words, m, valueOf(p, m)) })),
            { id: "there", head: words.t("call.lost_there"), numeric: true, cell: (p) => words.number(p.lost_there) },
            { id: "packets", head: words.t("call.packets_in"), numeric: true, cell: (p) => words.number(p.packets) },
          ]}
        />
      </details>
    </div>
  );
}

function Chart({ points, measure, from, to }: { points: SoundPoint[]; measure: Measure; from: number; to: number }) {
  const s = useStyles();
  const words = useWords();
  const most = worst(points, measure);
  const [low, high] = range(points, measure);
  const y = (share: number) => height - inset - share * (height - 2 * inset);
  const limit = y((bad[measure] - low) / (high - low));
  const said = most === undefined ? words.t("call.unknown") : words.t(measure === "mos" ? "call.lowest" : "call.highest", { value: shownAs(words, measure, most) });
  return (
    <figure className={s.figure}>
      <figcaption className={s.name}><Text size={200} weight="semibold">{words.code("sound_measure", measure)}</Text><span>{said}</span></figcaption>
      <svg className={s.chart} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${words.code("sound_measure", measure)}: ${said}`}>
        <line x1={0} x2={width} y1={limit} y2={limit} stroke={tokens.colorNeutralStrokeAccessible} strokeDasharray="2 4" strokeWidth={1} vectorEffect="non-scaling-stroke" />
        {pieces(points, measure, from, to).map((p, i) => (
          <line
            key={i} x1={p.left * width} x2={Math.max(p.right * width, p.left * width + 1)} y1={y(p.height)} y2={y(p.height)} strokeWidth={p.bad ? 4 : 2} vectorEffect="non-scaling-stroke"
            stroke={p.bad ? tokens.colorPaletteRedForeground1 : tokens.colorBrandForeground1}
          />
        ))}
      </svg>
      <div className={s.axis} aria-hidden="true"><span>{words.t("call.at_seconds", { seconds: 0 })}</span><span>{words.t("call.at_seconds", { seconds: Math.round((to - from) / 1000) })}</span></div>
    </figure>
  );
}
