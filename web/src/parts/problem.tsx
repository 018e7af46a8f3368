// Errors are instructions: what happened, what to do, and the code for support.
import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, Text, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { failure } from "../api/client";
import type { Cure } from "../api/types";
import { useWords, type Words } from "../words";
import { Code, Copy } from "./bits";

const useStyles = makeStyles({
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  bar: { whiteSpace: "normal" },
  list: { margin: "4px 0", paddingInlineStart: "20px" },
  cure: { display: "flex", flexDirection: "column", gap: "8px", minWidth: 0 },
});

export const roles = (words: Words, needs: string[] | undefined) => words.list((needs ?? []).map((r) => words.code("role", r)));

export function ProblemView({ error, again }: { error: unknown; again?: () => void }) {
  const s = useStyles();
  const words = useWords();
  const { problem } = failure(error);
  const code = [problem.code, problem.request_id].filter(Boolean).join(" · ");
  return (
    <MessageBar intent="error" layout="multiline" className={s.bar} role="alert">
      <MessageBarBody>
        <MessageBarTitle>{words.code("problem", problem.code, problem.detail ?? problem.title)}</MessageBarTitle>
        <Text block>{words.code("problem_do", problem.code, words.t("problem_do.other"))}</Text>
        {problem.errors && <ul className={s.list} lang="en">{problem.errors.map((e) => <li key={e.location + e.message}>{e.location}: {e.message}</li>)}</ul>}
        <span className={s.code}>{words.t("problem.code", { code })}</span> <Copy text={`${code}\n${problem.detail ?? ""}`} />
      </MessageBarBody>
      {problem.status === 401 ? (
        <MessageBarActions><Button as="a" href={`/portal/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`}>{words.t("sign_in.do")}</Button></MessageBarActions>
      ) : again && <MessageBarActions><Button onClick={again}>{words.t("do.again")}</Button></MessageBarActions>}
    </MessageBar>
  );
}

/** What mends something: a sentence, who can do it, and the command if one does it. */
export function CureView({ cure, short }: { cure: Cure; short?: boolean }) {
  const s = useStyles();
  const words = useWords();
  return (
    <div className={s.cure}>
      <Text>{words.code("cure", cure.code, cure.text)}</Text>
      {!short && cure.who && cure.who.length > 0 && <Text size={200}>{words.t("cure.who", { roles: roles(words, cure.who) })}</Text>}
      {cure.command && (short ? <span><span className={s.code}>{cure.command}</span> <Copy text={cure.command} /></span> : <Code title={words.t("cure.command")} text={cure.command} />)}
    </div>
  );
}

export function Note({ intent = "info", title, children }: { intent?: "info" | "success" | "warning" | "error"; title?: string; children: ReactNode }) {
  const s = useStyles();
  return (
    <MessageBar intent={intent} layout="multiline" className={s.bar}>
      <MessageBarBody>{title && <MessageBarTitle>{title}</MessageBarTitle>}<div>{children}</div></MessageBarBody>
    </MessageBar>
  );
}
