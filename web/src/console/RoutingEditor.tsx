// The document that a resource shall have, as a form or as text. Mistakes stand where they are.
import { Button, Field, Input, makeStyles, Text } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState } from "react";
import { api, failure, told } from "../api/client";
import { useSaved } from "../api/save";
import type { RoutingDocument } from "../api/types";
import { Bones, Card, H2, Row, Stack } from "../parts/bits";
import { Note, ProblemView } from "../parts/problem";
import { useWords } from "../words";
import { emptyRoute, mistakes, read, textOf, tidy } from "./routing";
import { RouteFields, TrunkFields } from "./RoutingFields";

const RoutingText = lazy(() => import("./RoutingText"));

const useStyles = makeStyles({
  reason: { width: "min(480px, 100%)" },
  file: { display: "none" },
  gap: { width: "8px" },
  list: { margin: "4px 0", paddingInlineStart: "20px" },
});

interface Props {
  resource: string;
  registry: RoutingDocument;
  observed?: RoutingDocument;
  onPlan: (plan: string) => void;
  onClose: () => void;
}

export function RoutingEditor({ resource, registry, observed, onPlan, onClose }: Props) {
  const s = useStyles();
  const words = useWords();
  const [document, setDocument] = useState(() => tidy(registry));
  const [text, setText] = useState<string>(); // undefined: the form is shown
  const [reason, setReason] = useState("");
  const file = useRef<HTMLInputElement>(null);
  const save = useSaved(`/v1/resources/${encodeURIComponent(resource)}/routing`, `${resource}.routing.json`, "application/json");
  const typed = text === undefined ? { document } : read(text);
  const plan = useMutation({
    mutationFn: (d: RoutingDocument) => told(api.POST("/v1/plans", { body: { resource, reason: reason.trim() || undefined, document: d } })),
    onSuccess: (made) => {
      setReason("");
      onPlan(made.id);
    },
  });
  const wrong = mistakes(plan.error ? failure(plan.error).problem : undefined);
  const change = (d: RoutingDocument) => {
    plan.reset();
    setDocument(d);
    if (text !== undefined) setText(textOf(d));
  };
  const type = (t: string) => {
    plan.reset();
    setText(t);
  };
  const showForm = () => {
    if (!("document" in typed)) return;
    setDocument(typed.document);
    setText(undefined);
  };
  const open = async (chosen: File | undefined) => {
    if (chosen) type(await chosen.text());
  };
  const atField = (place: string) => text === undefined && /^(trunks\[\d+\]\.(fqdn|port)|routes\[\d+\]\.(name|pattern|trunks(\[\d+\])?|description|caller_id_override))$/.test(place);
  const elsewhere = [...wrong].filter(([place]) => !atField(place));

  return (
    <Card label={words.t("edit.title")}>
      <H2>{words.t("edit.title")}</H2>
      <Text>{words.t("edit.about")}</Text>
      <Row>
        <Button size="small" appearance={text === undefined ? "secondary" : "subtle"} aria-pressed={text === undefined} disabled={!("document" in typed)} onClick={showForm}>{words.t("edit.form")}</Button>
        <Button size="small" appearance={text === undefined ? "subtle" : "secondary"} aria-pressed={text !== undefined} onClick={() => setText(text ?? textOf(document))}>{words.t("edit.text")}</Button>
        <span className={s.gap} />
        <Button size="small" onClick={() => change(tidy(registry))}>{words.t("edit.registry")}</Button>
        {observed && <Button size="small" onClick={() => change(tidy(observed))}>{words.t("edit.microsoft")}</Button>}
        <input ref={file} className={s.file} type="file" accept=".json,application/json" aria-label={words.t("edit.open")} onChange={(e) => { void open(e.target.files?.[0]); e.target.value = ""; }} />
        <Button size="small" onClick={() => file.current?.click()}>{words.t("edit.open")}</Button>
        <Button size="small" disabled={save.isPending} onClick={() => save.mutate()}>{words.t("edit.save")}</Button>
      </Row>
      {save.error && <ProblemView error={save.error} />}
      <form onSubmit={(e) => { e.preventDefault(); if ("document" in typed) plan.mutate(typed.document); }}>
        <Stack>
          {text === undefined ? (
            <>
              <TrunkFields trunks={document.trunks} wrong={wrong} onChange={(trunks) => change({ ...document, trunks })} />
              <RouteFields document={document} wrong={wrong} onChange={(routes) => change({ ...document, routes })} onAdd={() => change({ ...document, routes: [...document.routes, emptyRoute()] })} />
            </>
          ) : (
            <Suspense fallback={<Bones />}>
              <RoutingText text={text} wrong={"document" in typed ? undefined : typed.message ? words.t("edit.bad_text", { message: typed.message }) : words.t("edit.bad_shape")} onChange={type} />
            </Suspense>
          )}
          {wrong.size > 0 ? (
            <Note intent="error" title={text === undefined ? words.t("edit.wrong", { count: wrong.size }) : words.t("problem.routing_invalid")}>
              {elsewhere.length > 0 && <>{text === undefined && words.t("edit.elsewhere")}<ul className={s.list}>{elsewhere.map(([place, message]) => <li key={place} lang="en">{place}: {message}</li>)}</ul></>}
            </Note>
          ) : plan.error && <ProblemView error={plan.error} />}
          <Field className={s.reason} label={words.t("edit.reason")} hint={words.t("edit.reason_hint")}><Input value={reason} maxLength={1024} onChange={(_, data) => setReason(data.value)} /></Field>
          <Row>
            <Button type="submit" appearance="primary" disabled={!("document" in typed) || plan.isPending}>{words.t("edit.plan")}</Button>
            <Button appearance="subtle" onClick={onClose}>{words.t("edit.close")}</Button>
            {plan.isPending && <Text role="status">{words.t("edit.planning")}</Text>}
          </Row>
        </Stack>
      </form>
    </Card>
  );
}
