// One tenant, as its admins and the provider's operators both see it.
import { makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, type ReactNode } from "react";
import type { Track } from "../api/types";
import { trackQuery } from "../api/queries";
import { useSession } from "../api/session";
import { Age, Bones, Card, H2, Stack, Title } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { Evidence, State } from "../parts/state";
import { useWords, type Words } from "../words";
import { TrackView } from "./Track";

const Home = lazy(() => import("./Home"));
const PeopleStep = lazy(() => import("./PeopleStep"));
const Records = lazy(() => import("./Records"));
const Timeline = lazy(() => import("./Timeline"));

const tabs = ["home", "steps", "people", "grants", "audit", "undo"] as const;
export type Tab = (typeof tabs)[number];

const useStyles = makeStyles({
  state: { display: "flex", flexWrap: "wrap", gap: "4px 12px", alignItems: "center", marginBottom: "16px" },
  line: { display: "flex", flexWrap: "wrap", gap: "4px 12px", alignItems: "center" },
  tabs: { display: "flex", flexWrap: "wrap", gap: "4px", marginBottom: "20px", borderBottom: `1px solid ${tokens.colorNeutralStroke2}` },
  tab: { padding: "8px 12px", color: tokens.colorNeutralForeground2, textDecorationLine: "none", borderBottom: "3px solid transparent", ":hover": { color: tokens.colorNeutralForeground1 } },
  current: { color: tokens.colorNeutralForeground1, fontWeight: tokens.fontWeightSemibold, borderBottomColor: tokens.colorBrandStroke1 },
});

export function TenantView({ tenant, before }: { tenant: string; before?: ReactNode }) {
  const s = useStyles();
  const words = useWords();
  const session = useSession();
  const query = useQuery(trackQuery(tenant));
  const chosen = (useSearch({ strict: false }) as { tab?: Tab }).tab;
  const track = query.data;
  if (!track) {
    return (
      <>
        {before}
        <Title>{session?.operator ? words.t("keys.tenant") : (session?.tenant?.name ?? words.t("tenant.title"))}</Title>
        {query.error ? <ProblemView error={query.error} again={() => void query.refetch()} /> : <Bones rows={7} />}
      </>
    );
  }
  const onboarded = track.tenant.state === "active" || track.tenant.state === "suspended";
  const tab = chosen ?? (onboarded ? "home" : "steps");
  const checked = track.steps.map((x) => x.checked_at ?? "").sort().at(-1);

  return (
    <Evidence>
      {before}
      <Title>{track.tenant.name}</Title>
      <div className={s.state}>
        <div className={s.line} role="status">
          <State state={track.state}>{words.code("track_state", track.state)}</State>
          <Text>{sentence(words, track)}</Text>
        </div>
        {track.next && tab !== "steps" && <Link to="." search={{ tab: "steps", step: track.next }}>{words.t("track.open")}</Link>}
        {checked && <Text size={200}>{words.t("track.checked")} <Age at={checked} /></Text>}
      </div>
      {query.error && <ProblemView error={query.error} again={() => void query.refetch()} />}
      <nav aria-label={words.t("tenant.tabs")} className={s.tabs}>
        {tabs.filter((t) => t !== "home" || onboarded).map((t) => (
          <Link key={t} to="." search={{ tab: t }} className={mergeClasses(s.tab, t === tab && s.current)} aria-current={t === tab ? "page" : undefined}>{words.t(`tab.${t}`)}</Link>
        ))}
      </nav>
      <Suspense fallback={<Bones rows={6} />}>
        {tab === "home" && <Home track={track} />}
        {tab === "steps" && <Stack><TrackView track={track} />{session?.operator && <Card label={words.t("timeline.title")}><H2>{words.t("timeline.title")}</H2><Timeline track={track} /></Card>}</Stack>}
        {tab === "people" && <Card label={words.t("tab.people")}><H2>{words.t("tab.people")}</H2><PeopleStep tenant={tenant} /></Card>}
        {tab === "grants" && <Card label={words.t("tab.grants")}><H2>{words.t("tab.grants")}</H2><Records of="grants" tenant={track.tenant} /></Card>}
        {tab === "audit" && <Card label={words.t("tab.audit")}><H2>{words.t("tab.audit")}</H2><Records of="audit" tenant={track.tenant} /></Card>}
        {tab === "undo" && <Card label={words.t("tab.undo")}><H2>{words.t("tab.undo")}</H2><Records of="undo" tenant={track.tenant} /></Card>}
      </Suspense>
    </Evidence>
  );
}

function sentence(words: Words, track: Track) {
  const step = track.next ? words.t(`step.${track.next}`) : "";
  return words.t(`track_sentence.${track.state}`, { step, tenant: track.tenant.name });
}
