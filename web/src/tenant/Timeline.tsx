// Where did the time go? A bar a step, from when it was opened until it was proved.
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import type { Track } from "../api/types";
import { Empty, Moment } from "../parts/bits";
import { Table } from "../parts/Table";
import { useWords } from "../words";

const useStyles = makeStyles({
  lane: { position: "relative", height: "12px", minWidth: "120px", backgroundColor: tokens.colorNeutralBackground4, borderRadius: tokens.borderRadiusMedium },
  bar: { position: "absolute", top: 0, bottom: 0, minWidth: "4px", borderRadius: tokens.borderRadiusMedium, backgroundColor: tokens.colorBrandBackground },
  open: { backgroundColor: tokens.colorPaletteDarkOrangeBackground3 },
});

export default function Timeline({ track }: { track: Track }) {
  const s = useStyles();
  const words = useWords();
  const ends = track.steps.flatMap((x) => (x.opened_at ? [{ step: x, from: Date.parse(x.opened_at), to: x.proved_at ? Date.parse(x.proved_at) : undefined }] : []));
  if (ends.length === 0) return <Empty>{words.t("timeline.empty")}</Empty>;
  const now = Math.max(...ends.flatMap((x) => [x.from, x.to ?? 0, track.steps.map((y) => Date.parse(y.checked_at ?? "") || 0).reduce((a, b) => Math.max(a, b), 0)]));
  const first = Math.min(...ends.map((x) => x.from));
  const whole = Math.max(now - first, 1);
  return (
    <>
      <Text>{words.t(ends.every((x) => x.to) ? "timeline.took" : "timeline.so_far", { time: words.lasted(whole) })}</Text>
      <Table
        caption={words.t("timeline.title")} rows={ends} rowKey={(x) => x.step.id}
        columns={[
          { id: "step", head: words.t("timeline.step"), cell: (x) => words.t(`step.${x.step.id}`) },
          { id: "from", head: words.t("timeline.from"), cell: (x) => <Moment at={new Date(x.from).toISOString()} /> },
          { id: "took", head: words.t("timeline.lasted"), numeric: true, cell: (x) => (x.to ? words.lasted(x.to - x.from) : words.t("timeline.open")) },
          {
            id: "bar", head: words.t("timeline.when"),
            cell: (x) => <div className={s.lane} aria-hidden><div className={mergeClasses(s.bar, !x.to && s.open)} style={{ insetInlineStart: `${Math.min((100 * (x.from - first)) / whole, 98)}%`, width: `${(100 * ((x.to ?? now) - x.from)) / whole}%` }} /></div>,
          },
          { id: "by", head: words.t("audit.who"), cell: (x) => x.step.by ?? "" },
        ]}
      />
    </>
  );
}
