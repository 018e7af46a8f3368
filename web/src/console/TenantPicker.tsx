// One tenant, searched as somebody types; or none, which means what the page says.
import { Button, Field, makeStyles, SearchBox, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { tenantChoicesQuery } from "../api/queries";
import { Row } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { useRested } from "../parts/rested";
import { useWords } from "../words";

export interface Chosen {
  id: string;
  name: string;
}

const useStyles = makeStyles({
  list: { listStyle: "none", margin: "4px 0 0", padding: 0, maxWidth: "480px", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium },
  row: { display: "flex", justifyContent: "space-between", gap: "12px", padding: "6px 12px", alignItems: "center", overflowWrap: "anywhere" },
  box: { width: "100%", maxWidth: "480px" },
});

export function TenantPicker({ label, hint, none, chosen, onChoose }: { label: string; hint: string; none: string; chosen: Chosen | undefined; onChoose: (tenant: Chosen | undefined) => void }) {
  const s = useStyles();
  const words = useWords();
  const [text, setText] = useState("");
  const search = useRested(text);
  const found = useQuery(tenantChoicesQuery(search));
  const choose = (tenant: Chosen | undefined) => {
    onChoose(tenant);
    setText("");
  };
  if (chosen) {
    return (
      <div role="group" aria-label={label}>
        <Text block weight="semibold">{label}</Text>
        <Row><Text>{chosen.name}</Text><Button size="small" appearance="subtle" onClick={() => choose(undefined)}>{none}</Button></Row>
      </div>
    );
  }
  return (
    <div>
      <Field label={label} hint={hint}>
        <SearchBox className={s.box} value={text} onChange={(_, data) => setText(data.value)} onKeyDown={(e) => e.key === "Enter" && e.preventDefault()} placeholder={words.t("tenants.search")} />
      </Field>
      {search && found.error && <ProblemView error={found.error} again={() => void found.refetch()} />}
      {search && found.data && (
        <ul className={s.list} aria-label={label}>
          {found.data.map((t) => (
            <li key={t.id} className={s.row}>
              <Text>{t.name}</Text>
              <Button size="small" aria-label={`${words.t("keys.choose")}: ${t.name}`} onClick={() => choose(t)}>{words.t("keys.choose")}</Button>
            </li>
          ))}
          {found.data.length === 0 && <li className={s.row}><Text size={200}>{words.t("tenants.none")}</Text></li>}
        </ul>
      )}
    </div>
  );
}
