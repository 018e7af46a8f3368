// A difference between two documents: green what comes, red what goes, grey the rest.
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { useWords } from "../words";
import type { Change } from "./routing";

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "4px" },
  change: { borderInlineStartWidth: "3px", borderInlineStartStyle: "solid", padding: "4px 8px", borderRadius: tokens.borderRadiusSmall, overflowWrap: "anywhere", minWidth: 0 },
  add: { borderInlineStartColor: tokens.colorPaletteGreenBorderActive, backgroundColor: tokens.colorPaletteGreenBackground1 },
  remove: { borderInlineStartColor: tokens.colorPaletteRedBorderActive, backgroundColor: tokens.colorPaletteRedBackground1 },
  other: { borderInlineStartColor: tokens.colorNeutralStrokeAccessible, backgroundColor: tokens.colorNeutralBackground3 },
  head: { fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground1 },
  sign: { display: "inline-block", width: "1.5ch", fontFamily: tokens.fontFamilyMonospace },
  lines: { listStyleType: "none", margin: 0, paddingInlineStart: "1.5ch", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground1 },
});

const signs = { add: "+", remove: "−", change: "~", reorder: "~" } as const;

export function Changes({ changes }: { changes: Change[] }) {
  const s = useStyles();
  const words = useWords();
  const line = (text: string) => {
    const [, label = "", rest = ""] = /^([a-z ]+): (.*)$/s.exec(text) ?? ["", "", text];
    const told = rest.replaceAll("(none)", words.t("routing.unset"));
    return label ? `${words.code("plan_line", label)}: ${told}` : told;
  };
  return (
    <ul className={s.list} aria-label={words.t("history.changes")}>
      {changes.map((c) => (
        <li key={`${c.of} ${c.name ?? ""} ${c.action}`} className={mergeClasses(s.change, c.action === "add" ? s.add : c.action === "remove" ? s.remove : s.other)}>
          <span className={s.head}><span className={s.sign} aria-hidden>{signs[c.action]}</span>{words.t(`plan_action.${c.action}`)} {words.t(`plan_of.${c.of}`)} {c.name}</span>
          {c.lines.length > 0 && <ul className={s.lines}>{c.lines.map((l) => <li key={l}>{line(l)}</li>)}</ul>}
        </li>
      ))}
    </ul>
  );
}
