// A dense table that becomes a list of cards where it is narrow.
import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { useWords } from "../words";

export interface Column<R> {
  id: string;
  head: string;
  cell: (row: R) => ReactNode;
  numeric?: boolean;
  short?: boolean; // never broken into lines
}

const narrow = "@media (max-width: 720px)";

const useStyles = makeStyles({
  table: { width: "100%", borderCollapse: "collapse", fontVariantNumeric: "tabular-nums", [narrow]: { display: "block" } },
  caption: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)", whiteSpace: "nowrap" },
  head: { [narrow]: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" } },
  body: { [narrow]: { display: "block" } },
  row: { borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover }, [narrow]: { display: "block", padding: "8px 0" } },
  th: { textAlign: "start", fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, padding: "6px 12px 6px 0", whiteSpace: "nowrap" },
  td: {
    padding: "6px 12px 6px 0", verticalAlign: "top", overflowWrap: "anywhere",
    [narrow]: { display: "flex", gap: "12px", padding: "2px 0", alignItems: "baseline", "::before": { content: "attr(data-label)", flexShrink: 0, width: "104px", color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 } },
  },
  thNumeric: { textAlign: "end", whiteSpace: "normal", verticalAlign: "bottom" }, // numbers need less than their heads
  short: { whiteSpace: "nowrap", [narrow]: { whiteSpace: "normal" } },
  numeric: { textAlign: "end", [narrow]: { textAlign: "start" } },
});

export function Table<R>({ caption, columns, rows, rowKey, more, loading }: { caption: string; columns: Column<R>[]; rows: R[]; rowKey: (row: R) => string; more?: () => void; loading?: boolean }) {
  const s = useStyles();
  const words = useWords();
  return (
    <div>
      <table className={s.table}>
        <caption className={s.caption}>{caption}</caption>
        <thead className={s.head}>
          <tr>{columns.map((c) => <th key={c.id} scope="col" className={mergeClasses(s.th, c.numeric && s.thNumeric)}>{c.head}</th>)}</tr>
        </thead>
        <tbody className={s.body}>
          {rows.map((row) => (
            <tr key={rowKey(row)} className={s.row}>
              {columns.map((c) => <td key={c.id} data-label={c.head} className={mergeClasses(s.td, c.numeric && s.numeric, c.short && s.short)}><div>{c.cell(row)}</div></td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {more && <Button appearance="subtle" disabled={loading} onClick={more}>{words.t(loading ? "do.loading" : "do.more")}</Button>}
    </div>
  );
}
