// How something was over the last 24 hours: a bar in colours and heights, and the same in
// words for whoever does not look.
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { Moment } from "../parts/bits";
import { useWords } from "../words";
import { lasts, shareUp, type Condition, type Stretch } from "./conditions";

const useStyles = makeStyles({
  bar: { display: "flex", alignItems: "flex-end", height: "20px", width: "100%", borderRadius: tokens.borderRadiusMedium, overflow: "hidden", backgroundColor: tokens.colorNeutralBackground3 },
  up: { height: "100%", backgroundColor: tokens.colorPaletteGreenBackground3 },
  degraded: { height: "60%", backgroundColor: tokens.colorPaletteMarigoldBackground3 },
  down: { height: "30%", backgroundColor: tokens.colorPaletteRedBackground3 },
  unknown: { height: "0" },
  strip: { display: "flex", flexDirection: "column", gap: "2px" },
  ends: { display: "flex", justifyContent: "space-between", gap: "8px", color: tokens.colorNeutralForeground3 },
  summary: { cursor: "pointer", width: "fit-content", padding: "2px 0", color: tokens.colorNeutralForeground3 },
  list: { margin: "4px 0", paddingInlineStart: "20px" },
});

export function Strip({ stretches, name }: { stretches: Stretch[]; name: string }) {
  const s = useStyles();
  const words = useWords();
  const share = shareUp(stretches);
  const said = share === undefined ? words.t("trunks.strip_unknown") : words.t("trunks.strip", { share: words.percent(share) });
  const times = stretches.filter((x) => x.condition === "down" || x.condition === "degraded");
  const look: Record<Condition, string> = { up: s.up, degraded: s.degraded, down: s.down, unknown: s.unknown };
  return (
    <div className={s.strip}>
      <div className={s.bar} role="img" aria-label={`${name}: ${said}`}>
        {stretches.map((x) => <div key={x.from} className={mergeClasses(look[x.condition])} style={{ flexGrow: lasts(x), flexBasis: 0, minWidth: x.condition === "unknown" || x.condition === "up" ? 0 : "2px" }} title={words.t("trunks.strip_time", { condition: words.t(`condition.${x.condition}`), from: words.when(x.from), to: words.when(x.to) })} />)}
      </div>
      <div className={s.ends}><Text size={200}>{words.t("trunks.strip_from")}</Text><Text size={200}>{words.t("trunks.strip_to")}</Text></div>
      {share !== undefined && (
        <details>
          <summary className={s.summary}>{said} {times.length > 0 && words.t("trunks.strip_times")}</summary>
          {times.length ? (
            <ul className={s.list}>{times.map((x) => <li key={x.from}>{words.t(`condition.${x.condition}`)}: <Moment at={x.from} /> – <Moment at={x.to} /></li>)}</ul>
          ) : <Text size={200}>{words.t("trunks.strip_always")}</Text>}
        </details>
      )}
    </div>
  );
}
