// The document as text, for those who paste.
import { Field, makeStyles, Textarea, tokens } from "@fluentui/react-components";
import { useWords } from "../words";

const useStyles = makeStyles({ text: { width: "100%", "& textarea": { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, minHeight: "320px" } } });

export default function RoutingText({ text, wrong, onChange }: { text: string; wrong?: string; onChange: (text: string) => void }) {
  const s = useStyles();
  const words = useWords();
  return <Field label={words.t("edit.document")} validationMessage={wrong}><Textarea className={s.text} resize="vertical" spellCheck={false} value={text} onChange={(_, data) => onChange(data.value)} /></Field>;
}
