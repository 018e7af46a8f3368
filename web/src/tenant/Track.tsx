// The five steps as a vertical track; beside it what belongs to the open one.
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { Step, StepName, Track } from "../api/types";
import { Bones, Card, H2, Moment, Stack } from "../parts/bits";
import { StateIcon, toneOf } from "../parts/state";
import { useWords, type Words } from "../words";
import { ConsentStep } from "./ConsentStep";

const FederationStep = lazy(() => import("./FederationStep"));
const PeopleStep = lazy(() => import("./PeopleStep"));
const TestCallStep = lazy(() => import("./TestCallStep"));

const useStyles = makeStyles({
  grid: { display: "grid", gridTemplateColumns: "minmax(260px, 340px) minmax(0, 1fr)", gap: "24px", alignItems: "start", "@media (max-width: 900px)": { gridTemplateColumns: "minmax(0, 1fr)", gap: "16px" } },
  track: { listStyle: "none", margin: 0, padding: 0, position: "relative" },
  step: {
    position: "relative", paddingInlineStart: "36px", paddingBottom: "12px",
    "::before": { content: '""', position: "absolute", insetInlineStart: "15px", top: "28px", bottom: "-4px", width: "2px", backgroundColor: tokens.colorNeutralStroke2 },
    ":last-child::before": { display: "none" },
  },
  icon: { position: "absolute", insetInlineStart: "6px", top: "9px", fontSize: "20px", lineHeight: 1, color: tokens.colorNeutralForeground3 },
  success: { color: tokens.colorPaletteGreenForeground1 },
  danger: { color: tokens.colorPaletteRedForeground1 },
  warning: { color: tokens.colorPaletteDarkOrangeForeground1 },
  informative: { color: tokens.colorBrandForeground1 },
  brand: { color: tokens.colorBrandForeground1 },
  link: { display: "block", padding: "6px 12px", borderRadius: tokens.borderRadiusMedium, color: tokens.colorNeutralForeground1, textDecorationLine: "none", ":hover": { backgroundColor: tokens.colorSubtleBackgroundHover } },
  open: { backgroundColor: tokens.colorNeutralBackground1Selected },
  line: { color: tokens.colorNeutralForeground3, display: "block" },
});

interface Search {
  step?: StepName;
  consent?: string; // what came back from Microsoft, and its error
  error?: string;
}

export function TrackView({ track }: { track: Track }) {
  const s = useStyles();
  const words = useWords();
  const search = useSearch({ strict: false }) as Search;
  const open = track.steps.find((x) => x.id === search.step) ?? track.steps.find((x) => x.id === track.next) ?? track.steps.at(-1);
  return (
    <div className={s.grid}>
      <nav aria-label={words.t("track.label")}>
        <ol className={s.track}>
          {track.steps.map((step) => {
            const tone = toneOf(step.state === "open" ? "" : step.state);
            return (
              <li key={step.id} className={s.step}>
                <span className={mergeClasses(s.icon, tone in s && s[tone as "success"])} aria-hidden><StateIcon tone={tone} /></span>
                <Link
                  to="." search={(old: Record<string, unknown>) => ({ ...old, tab: old.tab, step: step.id, call: undefined })} resetScroll={false}
                  className={mergeClasses(s.link, step === open && s.open)} aria-current={step === open ? "step" : undefined}
                >
                  <Text weight="semibold">{words.t(`step.${step.id}`)}</Text>
                  <Text size={200} className={s.line}><StepLine step={step} words={words} /></Text>
                </Link>
              </li>
            );
          })}
        </ol>
      </nav>
      {open && (
        <Card label={words.t(`step.${open.id}`)}>
          <H2>{words.t(`step.${open.id}`)}</H2>
          <Suspense fallback={<Bones />}><StepBody step={open} track={track} search={search} /></Suspense>
        </Card>
      )}
    </div>
  );
}

function StepLine({ step, words }: { step: Step; words: Words }) {
  if (step.state !== "done") {
    if (step.problem) return words.code("problem", step.problem.code, step.problem.text);
    const state = words.t(step.state === "next" && !step.viewer_can ? "step_state.other" : `step_state.${step.state}`);
    return step.state === "next" || step.state === "open" ? `${state} · ${words.t("time.minutes", { count: step.minutes })}` : state;
  }
  return (
    <>
      {words.t(step.by ? "step.by" : "step.proved", { by: step.by ?? "" })}
      {step.proved_at && <>, <Moment at={step.proved_at} /></>}
      {step.checked_at && step.checked_at !== step.proved_at && <> · {words.t("step.again")} <Moment at={step.checked_at} /></>}
    </>
  );
}

function StepBody({ step, track, search }: { step: Step; track: Track; search: Search }) {
  const words = useWords();
  const { id, name } = track.tenant;
  switch (step.id) {
    case "sign_in":
      return (
        <Stack>
          <Text>{track.tenant.bound_by ? words.t("sign_in_step.bound", { by: track.tenant.bound_by, tenant: name }) : words.t("sign_in_step.open")}</Text>
          {track.tenant.entra_tenant_id && <Text size={200}>{words.t("sign_in_step.entra", { id: track.tenant.entra_tenant_id })}</Text>}
          <Text size={200}>{words.t("sign_in_step.about")}</Text>
        </Stack>
      );
    case "consent":
      return <ConsentStep tenant={id} step={step} name={name} returned={search.consent} error={search.error} />;
    case "federation":
      return <FederationStep tenant={id} step={step} name={name} />;
    case "people":
      return <PeopleStep tenant={id} />;
    case "test_call":
      return <TestCallStep tenant={id} step={step} />;
  }
}
