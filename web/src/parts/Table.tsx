// A dense table that becomes a list of cards where it is too narrow for its columns.
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

// Where there is no room for a table; what has many columns needs more of it.
const few = 5;
const narrow = { few: "@media (max-width: 720px)", many: "@media (max-width: 1000px)" };
const hidden = { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" } as const;
const card = {
  row: { display: "block", padding: "8px 0" },
  td: { display: "flex", gap: "12px", padding: "2px 0", alignItems: "baseline", textAlign: "start", whiteSpace: "normal", "::before": { content: "attr(data-label)", flexShrink: 0, width: "104px", color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 } },
} as const;

const useStyles = makeStyles({
  table: { width: "100%", borderCollapse: "collapse", fontVariantNumeric: "tabular-nums" },
  caption: { ...hidden, whiteSpace: "nowrap" },
  row: { borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover } },
  th: { textAlign: "start", fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, padding: "6px 12px 6px 0", whiteSpace: "nowrap" },
  // An address may be broken anywhere, what a badge or a button says only between its words.
  td: { padding: "6px 12px 6px 0", verticalAlign: "top", overflowWrap: "anywhere", "& .fui-Badge, & button": { overflowWrap: "normal" } },
  thNumeric: { textAlign: "end", whiteSpace: "normal", verticalAlign: "bottom" }, // numbers need less than their heads
  short: { whiteSpace: "nowrap" },
  numeric: { textAlign: "end" },
  blockFew: { [narrow.few]: { display: "block" } },
  blockMany: { [narrow.many]: { display: "block" } },
  headFew: { [narrow.few]: hidden },
  headMany: { [narrow.many]: hidden },
  rowFew: { [narrow.few]: card.row },
  rowMany: { [narrow.many]: card.row },
  tdFew: { [narrow.few]: card.td },
  tdMany: { [narrow.many]: card.td },
});

export function Table<R>({ caption, columns, rows, rowKey, more, loading }: { caption: string; columns: Column<R>[]; rows: R[]; rowKey: (row: R) => string; more?: () => void; loading?: boolean }) {
  const s = useStyles();
  const words = useWords();
  const [block, head, tr, td] = columns.length > few ? [s.blockMany, s.headMany, s.rowMany, s.tdMany] : [s.blockFew, s.headFew, s.rowFew, s.tdFew];
  return (
    <div>
      <table className={mergeClasses(s.table, block)}>
        <caption className={s.caption}>{caption}</caption>
        <thead className={head}>
          <tr>{columns.map((c) => <th key={c.id} scope="col" className={mergeClasses(s.th, c.numeric && s.thNumeric)}>{c.head}</th>)}</tr>
        </thead>
        <tbody className={block}>
          {rows.map((row) => (
            <tr key={rowKey(row)} className={mergeClasses(s.row, tr)}>
              {columns.map((c) => <td key={c.id} data-label={c.head} className={mergeClasses(s.td, c.numeric && s.numeric, c.short && s.short, td)}><div>{c.cell(row)}</div></td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {more && <Button appearance="subtle" disabled={loading} onClick={more}>{words.t(loading ? "do.loading" : "do.more")}</Button>}
    </div>
  );
}
