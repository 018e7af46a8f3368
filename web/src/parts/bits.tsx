// Small things that every page is made of.
import { Button, makeStyles, mergeClasses, Skeleton, SkeletonItem, Text, tokens, type ButtonProps } from "@fluentui/react-components";
import { CheckmarkRegular } from "@fluentui/react-icons/svg/checkmark";
import { CopyRegular } from "@fluentui/react-icons/svg/copy";
import { useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { useWords } from "../words";

const useStyles = makeStyles({
  facts: { display: "grid", gridTemplateColumns: "minmax(96px, max-content) minmax(0, 1fr)", gap: "8px 16px", margin: 0, "@media (max-width: 480px)": { gridTemplateColumns: "minmax(0, 1fr)", gap: "2px" } },
  term: { color: tokens.colorNeutralForeground3 },
  detail: { margin: 0, overflowWrap: "anywhere", "@media (max-width: 480px)": { marginBottom: "8px" } },
  codeBox: { position: "relative", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, backgroundColor: tokens.colorNeutralBackground3 },
  code: { margin: 0, padding: "12px", overflowX: "auto", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, lineHeight: tokens.lineHeightBase300, maxHeight: "360px", tabSize: 2 },
  codeBar: { display: "flex", flexWrap: "wrap", justifyContent: "space-between", alignItems: "center", gap: "4px 8px", padding: "4px 4px 4px 12px", borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  empty: { padding: "32px 16px", textAlign: "center", color: tokens.colorNeutralForeground3, display: "flex", flexDirection: "column", gap: "8px", alignItems: "center" },
  h1: { fontSize: tokens.fontSizeHero700, lineHeight: tokens.lineHeightHero700, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px", overflowWrap: "anywhere" },
  h2: { fontSize: tokens.fontSizeBase500, lineHeight: tokens.lineHeightBase500, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  h3: { fontSize: tokens.fontSizeBase300, lineHeight: tokens.lineHeightBase300, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  card: { backgroundColor: tokens.colorNeutralBackground1, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusLarge, padding: "20px", display: "flex", flexDirection: "column", gap: "12px", minWidth: 0, "@media (max-width: 640px)": { padding: "16px 12px" } },
  stack: { display: "flex", flexDirection: "column", gap: "16px", minWidth: 0 },
  row: { display: "flex", flexWrap: "wrap", gap: "8px", alignItems: "center" },
  bars: { display: "flex", flexDirection: "column", gap: "12px" },
  age: { fontVariantNumeric: "tabular-nums" },
});

// One clock for all ages on the page.
let now = Date.now();
const ticking = new Set<() => void>();
let clock: ReturnType<typeof setInterval> | undefined;
const onTick = (changed: () => void) => {
  ticking.add(changed);
  if (clock === undefined) {
    now = Date.now(); // it has stood still while nobody looked
    clock = setInterval(() => {
      now = Date.now();
      for (const tick of ticking) tick();
    }, 5_000);
  }
  return () => {
    ticking.delete(changed);
    if (ticking.size) return;
    clearInterval(clock);
    clock = undefined;
  };
};
const useNow = () => useSyncExternalStore(onTick, () => now);

/** How long ago, with UTC on hover. */
export function Age({ at }: { at: string }) {
  const s = useStyles();
  const words = useWords();
  // The clock of the page ticks seldom, and that of the server may be ahead: nothing was seen in the future.
  const time = Math.max(useNow(), new Date(at).getTime());
  return <time dateTime={at} title={words.utc(at)} className={s.age}>{words.ago(at, time)}</time>;
}

export function Moment({ at }: { at: string }) {
  const s = useStyles();
  const words = useWords();
  return <time dateTime={at} title={words.utc(at)} className={s.age}>{words.when(at)}</time>;
}

/** Who did something: by his name, else by what kind of actor it was. */
export function Who({ actor, name }: { actor: string; name?: string }) {
  const words = useWords();
  const [kind = "", id] = actor.split(":");
  const called = name ?? id?.slice(0, 8);
  if (name && kind === "user") return <span title={actor}>{name}</span>;
  return <span title={actor}>{words.code("actor", kind)}{id && called ? ` ${called}` : ""}</span>;
}

/** Copies, and says that it did. */
export function Copy({ text, label, ...rest }: { text: string; label?: string } & ButtonProps) {
  const words = useWords();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2_000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <Button
      size={label ? "medium" : "small"} appearance={label ? "secondary" : "subtle"} {...rest}
      icon={done ? <CheckmarkRegular /> : <CopyRegular />} aria-label={label ? undefined : words.t(done ? "do.copied" : "do.copy")} title={label ? undefined : words.t("do.copy")}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}
    >
      {label && <span aria-live="polite">{done ? words.t("do.copied") : label}</span>}
    </Button>
  );
}

export function Code({ text, title, children }: { text: string; title: string; children?: ReactNode }) {
  const s = useStyles();
  const words = useWords();
  return (
    <div className={s.codeBox}>
      <div className={s.codeBar}>
        <Text size={200} weight="semibold">{title}</Text>
        <div className={s.row}>{children}<Copy text={text} label={words.t("do.copy")} size="small" /></div>
      </div>
      <pre className={s.code} tabIndex={0} role="group" aria-label={title}><code>{text}</code></pre>
    </div>
  );
}

export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  const s = useStyles();
  return (
    <dl className={s.facts}>
      {facts.map(([term, detail]) => [<dt key={`${term} t`} className={s.term}>{term}</dt>, <dd key={`${term} d`} className={s.detail}>{detail}</dd>])}
    </dl>
  );
}

/** The page's one h1, which is its title too. */
export function Title({ children }: { children: string }) {
  const s = useStyles();
  const words = useWords();
  useEffect(() => {
    document.title = `${children} · ${words.t("frame.product")}`;
  }, [children, words]);
  return <h1 className={s.h1}>{children}</h1>;
}

export const H2 = ({ children, id }: { children: ReactNode; id?: string }) => <h2 id={id} className={useStyles().h2}>{children}</h2>;
export const H3 = ({ children }: { children: ReactNode }) => <h3 className={useStyles().h3}>{children}</h3>;
export const Card = ({ children, label, className }: { children: ReactNode; label?: string; className?: string }) => <section aria-label={label} className={mergeClasses(useStyles().card, className)}>{children}</section>;
export const Stack = ({ children }: { children: ReactNode }) => <div className={useStyles().stack}>{children}</div>;
export const Row = ({ children }: { children: ReactNode }) => <div className={useStyles().row}>{children}</div>;

/** Says what will be here and how to get it. */
export const Empty = ({ children }: { children: ReactNode }) => <div className={useStyles().empty}>{children}</div>;

export function Bones({ rows = 4 }: { rows?: number }) {
  const s = useStyles();
  const words = useWords();
  return (
    <Skeleton aria-label={words.t("do.loading")} className={s.bars}>
      {Array.from({ length: rows }, (_, i) => <SkeletonItem key={i} size={i ? 20 : 32} />)}
    </Skeleton>
  );
}

