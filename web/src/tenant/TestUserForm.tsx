// Days, hours and person of the regular check: a form that few open, so it comes
// when it is wanted.
import { Button, Checkbox, Dropdown, Field, Input, makeStyles, Option } from "@fluentui/react-components";
import { useState } from "react";
import type { Person, TestUserHours } from "../api/types";
import { useSession } from "../api/session";
import { Row, Stack } from "../parts/bits";
import { useWords } from "../words";
import { PersonPicker } from "./PersonPicker";
import { dayName, week, type Day } from "./weekdays";

const useStyles = makeStyles({
  days: { display: "flex", flexWrap: "wrap" },
  hours: { display: "flex", flexWrap: "wrap", gap: "8px 16px" },
});

export default function Hours({ tenant, was, busy, onName, onLeave }: { tenant: string; was?: TestUserHours; busy: boolean; onName: (hours: TestUserHours) => void; onLeave: () => void }) {
  const s = useStyles();
  const words = useWords();
  const session = useSession();
  const [days, setDays] = useState<Day[]>(was?.days ?? week.slice(0, 5));
  const [from, setFrom] = useState(was?.from ?? "09:00");
  const [until, setUntil] = useState(was?.until ?? "17:00");
  const [zone, setZone] = useState(was?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const zones = Intl.supportedValuesOf("timeZone");
  const wrong = days.length === 0 || !(from < until);
  const me = session?.tenant ? session.person : undefined;
  const rung = (p: Pick<Person, "oid" | "name">) => onName({ oid: p.oid, name: p.name, zone, from, until, days: week.filter((d) => days.includes(d)) });
  return (
    <Stack>
      <div role="group" aria-label={words.t("test_user.days")} className={s.days}>
        {week.map((d) => <Checkbox key={d} label={dayName(words, d)} aria-label={dayName(words, d, true)} checked={days.includes(d)} onChange={(_, data) => setDays(data.checked ? [...days, d] : days.filter((x) => x !== d))} />)}
      </div>
      <div className={s.hours}>
        <Field label={words.t("test_user.from")}><Input type="time" value={from} onChange={(_, data) => setFrom(data.value)} /></Field>
        <Field label={words.t("test_user.until")} validationState={from < until ? "none" : "error"} validationMessage={from < until ? undefined : words.t("test_user.order")}>
          <Input type="time" value={until} onChange={(_, data) => setUntil(data.value)} />
        </Field>
        <Field label={words.t("test_user.zone")}>
          <Dropdown value={zone} selectedOptions={[zone]} onOptionSelect={(_, data) => setZone(data.optionValue ?? zone)}>
            {(zones.includes(zone) ? zones : [zone, ...zones]).map((z) => <Option key={z} value={z}>{z}</Option>)}
          </Dropdown>
        </Field>
      </div>
      {me && <Row><Button appearance="primary" disabled={busy || wrong} onClick={() => rung(me)}>{words.t("test_user.me")}</Button></Row>}
      <PersonPicker tenant={tenant} label={words.t(me ? "test_user.other" : "test_user.pick")} busy={busy || wrong} act={() => words.t("test_user.take")} onPick={rung} />
      <Row><Button disabled={busy} onClick={onLeave}>{words.t("do.cancel")}</Button></Row>
    </Stack>
  );
}
