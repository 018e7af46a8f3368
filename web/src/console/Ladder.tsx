// A call as a ladder: lanes side by side, time downwards, messages as arrows. Where it is
// narrow, the same lines as a list. Each line opens with Enter; arrow keys go along.
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { useState, type CSSProperties, type KeyboardEvent } from "react";
import type { SIPMessage, TimelineEntry } from "../api/types";
import { Code, Facts } from "../parts/bits";
import { useWords } from "../words";
import { steps, used, type Lane, type Step } from "./ladder";

const narrow = "@media (max-width: 800px)";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: 0, fontVariantNumeric: "tabular-nums" },
  grid: { display: "grid", width: "100%", alignItems: "stretch", [narrow]: { display: "block" } },
  head: { position: "sticky", top: 0, zIndex: 1, backgroundColor: tokens.colorNeutralBackground1, borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, padding: "6px 0", [narrow]: { display: "none" } },
  title: { textAlign: "center", fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  line: {
    border: "none", backgroundColor: "transparent", font: "inherit", color: "inherit", textAlign: "start", padding: 0, cursor: "pointer", minHeight: "36px",
    ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover }, [narrow]: { padding: "6px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` },
  },
  time: { gridColumn: 1, gridRow: 1, alignSelf: "center", color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, paddingInlineEnd: "8px", textAlign: "end", [narrow]: { textAlign: "start", display: "block" } },
  lane: { gridRow: 1, width: "1px", justifySelf: "center", backgroundColor: tokens.colorNeutralStroke1, [narrow]: { display: "none" } },
  arrow: { gridRow: 1, alignSelf: "center", position: "relative", textAlign: "center", display: "flex", flexDirection: "column", minWidth: 0, padding: "2px 0", marginInline: "var(--half-lane)", [narrow]: { marginInline: 0 } },
  shaft: { position: "relative", height: "2px", backgroundColor: tokens.colorNeutralForeground3, marginTop: "2px", [narrow]: { display: "none" } },
  right: { "::after": { content: "''", position: "absolute", right: 0, top: "-4px", borderLeft: `8px solid ${tokens.colorNeutralForeground3}`, borderTop: "5px solid transparent", borderBottom: "5px solid transparent" } },
  left: { "::after": { content: "''", position: "absolute", left: 0, top: "-4px", borderRight: `8px solid ${tokens.colorNeutralForeground3}`, borderTop: "5px solid transparent", borderBottom: "5px solid transparent" } },
  failed: { color: tokens.colorPaletteRedForeground1, fontWeight: tokens.fontWeightSemibold },
  badShaft: { backgroundColor: tokens.colorPaletteRedForeground1 },
  note: { justifySelf: "center", backgroundColor: tokens.colorNeutralBackground3, borderRadius: tokens.borderRadiusMedium, padding: "2px 8px", maxWidth: "100%", marginInline: 0, [narrow]: { backgroundColor: "transparent", padding: 0, justifySelf: "start" } },
  what: { fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere", [narrow]: { textAlign: "start" } },
  detail: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase100, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", [narrow]: { textAlign: "start", whiteSpace: "normal", overflowWrap: "anywhere" } },
  way: { display: "none", [narrow]: { display: "block", textAlign: "start", fontSize: tokens.fontSizeBase100, color: tokens.colorNeutralForeground3 } },
  gap: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase100, textAlign: "center", padding: "6px 0", borderTop: `1px dashed ${tokens.colorNeutralStroke2}`, borderBottom: `1px dashed ${tokens.colorNeutralStroke2}`, margin: "4px 0" },
  open: { padding: "8px 0 12px", display: "flex", flexDirection: "column", gap: "8px" },
});

export function Ladder({ timeline, shown }: { timeline: TimelineEntry[]; shown: ReadonlySet<string> }) {
  const s = useStyles();
  const words = useWords();
  const [open, setOpen] = useState<string>();
  const there = used(timeline);
  const columns: CSSProperties = { gridTemplateColumns: `88px repeat(${there.length}, minmax(0, 1fr))` };
  const thousandths = new Intl.NumberFormat(words.language, { minimumFractionDigits: 3 });
  const seconds = (ms: number) => thousandths.format(Math.round(ms) / 1000);
  return (
    <>
      <div className={mergeClasses(s.grid, s.head)} style={columns} aria-hidden="true">
        <span className={s.time}>{words.t("call.seconds")}</span>
        {there.map((lane, i) => <span key={lane} className={s.title} style={{ gridColumn: i + 2, gridRow: 1 }}>{words.code("lane", lane)}</span>)}
      </div>
      <ol className={s.list} aria-label={words.t("call.timeline")} onKeyDown={walk}>
        {steps(timeline, shown).map((step) => (
          <li key={step.key}>
            {step.gap > 0 && <div className={s.gap}>{words.t("call.gap", { seconds: seconds(step.gap) })}</div>}
            <Line step={step} there={there} columns={columns} seconds={seconds(step.offset)} open={open === step.key} onOpen={() => setOpen(open === step.key ? undefined : step.key)} />
            {open === step.key && (
              <div className={s.open}>
                <Text size={200}>{words.utc(step.entry.at)} · {words.code("source", step.entry.source)} · {step.entry.kind}{step.entry.leg ? ` · ${step.entry.leg}` : ""}</Text>
                {step.entry.detail.map((d, i) => <Text key={i} size={200} lang="en">{d}</Text>)}
                {step.entry.message ? <MessageView message={step.entry.message} /> : step.entry.raw !== undefined ? <Code title={words.t("call.raw")} text={JSON.stringify(step.entry.raw, null, 2)} /> : <Text size={200}>{words.t("call.no_raw")}</Text>}
              </div>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

/** A SIP message as it was, and what it is known by. */
function MessageView({ message: m }: { message: SIPMessage }) {
  const words = useWords();
  const facts: [string, string | undefined][] = [
    [words.t("call.message_ends"), `${m.local} · ${m.remote} · ${m.transport}`],
    ["CSeq", m.cseq], ["Call-ID", m.call_id], ["From tag", m.from_tag], ["To tag", m.to_tag], ["Reason", m.reason],
    [words.t("call.message_body"), m.body], [words.t("call.message_again"), m.again ? words.t("call.message_again_yes") : undefined],
  ];
  return (
    <>
      <Facts facts={facts.filter((f): f is [string, string] => Boolean(f[1]))} />
      <Code title={words.t("call.message")} text={m.text.replaceAll("\r\n", "\n")} />
    </>
  );
}

function Line({ step: { entry }, there, columns, seconds, open, onOpen }: { step: Step; there: Lane[]; columns: CSSProperties; seconds: string; open: boolean; onOpen: () => void }) {
  const s = useStyles();
  const words = useWords();
  const [from, to] = [there.indexOf(entry.from), there.indexOf(entry.to)];
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const span = high - low + 1;
  const stays = from === to;
  const way = stays ? words.code("lane", entry.from) : words.t("call.way", { from: words.code("lane", entry.from), to: words.code("lane", entry.to) });
  // An arrow begins and ends in the middle of its lanes; a note has the room beside its own.
  const place: CSSProperties = stays
    ? { gridColumn: `${Math.max(2, low + 1)} / ${Math.min(there.length + 2, high + 4)}` }
    : { gridColumn: `${low + 2} / ${high + 3}`, "--half-lane": `calc(100% / ${2 * span} + 1px)` } as CSSProperties;
  return (
    <button type="button" className={mergeClasses(s.grid, s.line)} style={columns} aria-expanded={open} onClick={onOpen}>
      <span className={s.time}>{seconds}</span>
      {there.map((lane, i) => <span key={lane} className={s.lane} style={{ gridColumn: i + 2 }} />)}
      <span className={mergeClasses(s.arrow, stays && s.note)} style={place}>
        <span className={s.way}>{way}</span>
        <span className={mergeClasses(s.what, entry.failed && s.failed)}>{entry.failed && <span role="img" aria-label={words.t("call.failed")}>✗ </span>}<span lang="en">{entry.what}</span></span>
        {!stays && <span className={mergeClasses(s.shaft, to > from ? s.right : s.left, entry.failed && s.badShaft)} />}
        {entry.detail.length > 0 && <span className={s.detail} lang="en">{entry.detail.join(" · ")}</span>}
      </span>
    </button>
  );
}

/** Arrow keys, Home and End go along the lines. */
function walk(event: KeyboardEvent<HTMLOListElement>) {
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>(":scope > li > button")];
  const at = buttons.findIndex((b) => b === document.activeElement);
  if (at < 0) return;
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  buttons[Math.max(0, Math.min(buttons.length - 1, next))]?.focus();
}
