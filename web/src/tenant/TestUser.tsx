// Whom a job may ring to see that calls still get through, and when.
import { Button, Checkbox, Dropdown, Field, Input, makeStyles, Option, Text } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, told } from "../api/client";
import type { Federation, Person, TestUserHours } from "../api/types";
import { federationQuery } from "../api/queries";
import { may, useSession } from "../api/session";
import { Age, Card, H2, Moment, Row, Stack } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { useWords, type Words } from "../words";
import { PersonPicker } from "./PersonPicker";

const useStyles = makeStyles({
  days: { display: "flex", flexWrap: "wrap" },
  hours: { display: "flex", flexWrap: "wrap", gap: "8px 16px" },
});

type Day = TestUserHours["days"][number];
const week: Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** A day's name in the viewer's language; 1 January 2024 was a Monday. */
const dayName = (words: Words, day: Day, long?: boolean) =>
  new Intl.DateTimeFormat(words.language, { weekday: long ? "long" : "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + week.indexOf(day)));

export function TestUserCard({ tenant }: { tenant: string }) {
  const words = useWords();
  const writes = may(useSession(), "onboarding.write");
  const client = useQueryClient();
  const query = useQuery(federationQuery(tenant));
  const [naming, setNaming] = useState(false);
  const keep = (document: Federation) => {
    setNaming(false);
    client.setQueryData(federationQuery(tenant).queryKey, document);
  };
  const params = { params: { path: { tenant } } };
  const name = useMutation({
    mutationFn: (body: TestUserHours) => told(api.PUT("/v1/tenants/{tenant}/federation/test-user", { ...params, body })),
    onSuccess: keep,
  });
  const forget = useMutation({
    mutationFn: () => told(api.DELETE("/v1/tenants/{tenant}/federation/test-user", params)),
    onSuccess: keep,
  });
  const u = query.data?.test_user;
  const busy = name.isPending || forget.isPending;
  const problem = name.error ?? forget.error ?? query.error;
  return (
    <Card label={words.t("test_user.title")}>
      <H2>{words.t("test_user.title")}</H2>
      {query.data && <Text>{u ? words.t("test_user.named", { name: u.name ?? u.oid, days: u.days.map((d) => dayName(words, d)).join(" "), from: u.from, until: u.until, zone: u.zone }) : words.t("test_user.nobody")}</Text>}
      {u?.rung_at && <Text size={200}>{words.t("test_user.rung")} <Age at={u.rung_at} />.</Text>}
      {u?.next_at && <Text size={200}>{words.t("test_user.next")} <Moment at={u.next_at} />.</Text>}
      {query.data && writes && !naming && (
        <Row>
          <Button disabled={busy} onClick={() => setNaming(true)}>{words.t(u ? "test_user.change" : "test_user.name")}</Button>
          {u && <Button disabled={busy} onClick={() => forget.mutate()}>{words.t("test_user.forget")}</Button>}
        </Row>
      )}
      {naming && <Hours tenant={tenant} was={u} busy={busy} onName={(hours) => name.mutate(hours)} onLeave={() => setNaming(false)} />}
      {problem && <ProblemView error={problem} />}
    </Card>
  );
}

function Hours({ tenant, was, busy, onName, onLeave }: { tenant: string; was?: TestUserHours; busy: boolean; onName: (hours: TestUserHours) => void; onLeave: () => void }) {
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
