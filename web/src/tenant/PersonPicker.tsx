// Search as you type among the people of the tenant's directory.
import { Button, Field, makeStyles, SearchBox, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { Person } from "../api/types";
import { peopleQuery } from "../api/queries";
import { ProblemView } from "../parts/problem";
import { useRested } from "../parts/rested";
import { useWords } from "../words";

const useStyles = makeStyles({
  list: { listStyle: "none", margin: "4px 0 0", padding: 0, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, maxHeight: "340px", overflowY: "auto" },
  row: { display: "flex", gap: "8px 12px", padding: "8px 12px", alignItems: "center", flexWrap: "wrap", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, ":last-child": { borderBottomStyle: "none" } },
  who: { display: "flex", flexDirection: "column", flexGrow: 1, minWidth: "160px", overflowWrap: "anywhere" },
  quiet: { color: tokens.colorNeutralForeground3 },
  box: { width: "100%", maxWidth: "480px" },
});

export const PersonLine = ({ name, upn, more }: { name: string; upn: string; more?: ReactNode }) => {
  const s = useStyles();
  return (
    <div className={s.who}>
      <Text weight="semibold">{name}</Text>
      <Text size={200} className={s.quiet}>{upn}{more}</Text>
    </div>
  );
};

export function PersonPicker({ tenant, label, hint, act, onPick, busy }: { tenant: string; label: string; hint?: string; act: (person: Person) => string | undefined; onPick: (person: Person) => void; busy?: boolean }) {
  const s = useStyles();
  const words = useWords();
  const [text, setText] = useState("");
  const search = useRested(text);
  const found = useQuery(peopleQuery(tenant, search));
  const people = search ? found.data?.items : undefined;
  const asking = search !== "" && found.isFetching;
  return (
    <div>
      <Field label={label} hint={hint}>
        <SearchBox className={s.box} value={text} onChange={(_, data) => setText(data.value)} placeholder={words.t("people.search_hint")} />
      </Field>
      {found.error && search && <ProblemView error={found.error} again={() => void found.refetch()} />}
      <div role="status" aria-live="polite">{asking ? <Text size={200}>{words.t("people.asking")}</Text> : people && <Text size={200}>{people.length ? words.t("people.found", { count: people.length }) : words.t("people.none", { text: search })}</Text>}</div>
      {people && people.length > 0 && (
        <ul className={s.list} tabIndex={0} aria-label={label}>
          {people.map((p) => {
            const does = p.can_be_agent ? act(p) : undefined;
            return (
              <li key={p.oid} className={s.row}>
                <PersonLine name={p.name} upn={p.upn ?? ""} more={[p.job_title, p.department].filter(Boolean).map((x) => ` · ${x}`).join("")} />
                {does ? (
                  <Button size="small" disabled={busy} aria-label={`${does}: ${p.name}`} onClick={() => onPick(p)}>{does}</Button>
                ) : (
                  <Text size={200} className={s.quiet}>{p.can_be_agent ? words.t("people.is_agent") : words.code("person_reason", p.reason ?? "", p.reason)}</Text>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}
