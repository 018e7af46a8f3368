// The trunks and routes of one resource: what Microsoft has, what shall be, the way there
// by a plan, and back.
import { Button, Field, makeStyles, Select, Text } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, type ReactNode } from "react";
import { api, told } from "../api/client";
import { observedQuery, plansQuery, resourcesQuery, routingQuery } from "../api/routing";
import { may, useSession } from "../api/session";
import type { ObservedRouting, PlanSummary, RoutingDocument } from "../api/types";
import { Age, Bones, Card, Empty, H2, H3, Moment, Row, Stack, Title, Who } from "../parts/bits";
import { Confirm } from "../parts/Confirm";
import { Listed, rowsOf } from "../parts/Listed";
import { Note, ProblemView } from "../parts/problem";
import { State } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";
import { Changes } from "./Changes";
import { Domains } from "./Domains";
import { compare } from "./routing";

// What is there only when it is asked for.
const PlanCard = lazy(() => import("./PlanCard").then((m) => ({ default: m.PlanCard })));
const RoutingEditor = lazy(() => import("./RoutingEditor").then((m) => ({ default: m.RoutingEditor })));

const useStyles = makeStyles({ pick: { width: "min(320px, 100%)" } });

export interface RoutingSearch {
  resource?: string;
  plan?: string; // the one that is looked at
  edit?: boolean;
}

export function RoutingPage() {
  const s = useStyles();
  const words = useWords();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as RoutingSearch;
  const resources = useQuery(resourcesQuery);
  const all = resources.data;
  const resource = search.resource ?? all?.[0]?.id;
  const go = (change: RoutingSearch) => void navigate({ to: "/console/routing", search: { resource, ...change } });
  return (
    <Stack>
      <Title>{words.t("console.routing")}</Title>
      {resources.error && !all ? <ProblemView error={resources.error} again={() => void resources.refetch()} /> : !all ? <Bones rows={8} /> : !resource ? <Empty>{words.t("routing.no_resource")}</Empty> : (
        <>
          <Field className={s.pick} label={words.t("routing.resource")}>
            <Select value={resource} onChange={(_, data) => go({ resource: data.value })}>
              {all.map((r) => <option key={r.id} value={r.id}>{r.id} ({r.region})</option>)}
            </Select>
          </Field>
          <OneResource key={resource} resource={resource} plan={search.plan} edit={search.edit ?? false} onPlan={(plan) => go({ plan })} onEdit={(edit) => go({ edit: edit || undefined })} />
        </>
      )}
    </Stack>
  );
}

interface OneProps {
  resource: string;
  plan?: string;
  edit: boolean;
  onPlan: (plan: string | undefined) => void;
  onEdit: (edit: boolean) => void;
}

function OneResource({ resource, plan, edit, onPlan, onEdit }: OneProps) {
  const words = useWords();
  const writes = may(useSession(), "trunks.write");
  const client = useQueryClient();
  const registry = useQuery(routingQuery(resource));
  const observed = useQuery(observedQuery(resource));
  const plans = useInfiniteQuery(plansQuery(resource));
  const changed = () => client.invalidateQueries({ queryKey: ["routing"] });
  const history = rowsOf(plans);
  const force = history.find((p) => p.state === "activating" || p.state === "active");
  const wanted = registry.data;
  const has = observed.data;
  const differences = wanted && has ? compare(has.document, wanted) : [];
  const looked = new Date(observed.dataUpdatedAt).toISOString();
  if (registry.error && !wanted) return <ProblemView error={registry.error} again={() => void registry.refetch()} />;
  if (!wanted || observed.isPending) return <Bones rows={8} />;
  return (
    <>
      <Text>
        <span role="status">{!has ? words.t("routing.unknown", { resource }) : differences.length ? words.t("routing.differs", { resource, count: differences.length }) : words.t("routing.same", { resource })}</span>{has && <> <Age at={looked} /></>}
        {". "}
        {force ? <>{words.t("routing.force")}: <State state={force.state}>{words.t(`plan_state.${force.state}`)}</State> {words.t("routing.force_by")} <Who actor={force.author} name={force.author_name} />, <Age at={force.ended_at ?? force.created_at} /></> : plans.isSuccess && words.t("routing.never")}
      </Text>
      {observed.error && !has && <ProblemView error={observed.error} again={() => void observed.refetch()} />}
      {writes && !edit && <Row><Button appearance={plan ? "secondary" : "primary"} onClick={() => onEdit(true)}>{words.t("edit.do")}</Button></Row>}
      <Suspense fallback={<Bones />}>
        {plan && <PlanCard key={plan} id={plan} history={history} writes={writes} onPlan={onPlan} onChanged={changed} />}
        {edit && <RoutingEditor resource={resource} registry={wanted} observed={has?.document} onPlan={(id) => { void changed(); onPlan(id); }} onClose={() => onEdit(false)} />}
      </Suspense>
      {has && differences.length > 0 && !plan && (
        <Card label={words.t("routing.drift")}>
          <Note intent="warning" title={words.t("routing.drift")}>{words.t("routing.drift_about")}</Note>
          <Changes changes={differences} />
        </Card>
      )}
      {has && <Now has={has} actions={writes && <Import resource={resource} onDone={(id) => { void changed(); onPlan(id); }} />} />}
      <Domains resource={resource} writes={writes} />
      <Card label={words.t("history.title")}>
        <H2>{words.t("history.title")}</H2>
        <Listed<PlanSummary>
          query={plans} caption={words.t("history.title")} empty={words.t("history.none")} rowKey={(p) => p.id}
          columns={[
            { id: "when", head: words.t("history.when"), short: true, cell: (p) => <Moment at={p.created_at} /> },
            { id: "who", head: words.t("history.who"), cell: (p) => <Who actor={p.author} name={p.author_name} /> },
            { id: "state", head: words.t("tenants.state"), cell: (p) => <State state={p.state}>{words.t(`plan_state.${p.state}`)}</State> },
            { id: "changes", head: words.t("history.changes"), numeric: true, cell: (p) => words.number(p.changes) },
            { id: "why", head: words.t("history.why"), cell: (p) => p.reason ?? "" },
            { id: "do", head: words.t("tenants.do"), cell: (p) => <Button size="small" aria-label={`${words.t("history.show")}: ${words.when(p.created_at)} ${p.reason ?? ""}`} onClick={() => onPlan(p.id)}>{words.t("history.show")}</Button> },
          ]}
        />
      </Card>
    </>
  );
}

/** What Microsoft has, and what it makes of it. */
function Now({ has, actions }: { has: ObservedRouting; actions: ReactNode }) {
  const words = useWords();
  const ports = new Map(has.document.trunks.map((t) => [t.fqdn, t.port]));
  return (
    <Card label={words.t("routing.now")}>
      <H2>{words.t("routing.now")}</H2>
      <H3>{words.t("routing.trunks")}</H3>
      {has.trunks.length === 0 ? <Empty>{words.t("routing.no_trunks")}</Empty> : (
        <Table<ObservedRouting["trunks"][number]>
          caption={words.t("routing.trunks")} rows={has.trunks} rowKey={(t) => t.fqdn}
          columns={[
            { id: "fqdn", head: words.t("routing.fqdn"), cell: (t) => t.fqdn },
            { id: "port", head: words.t("routing.port"), numeric: true, cell: (t) => ports.get(t.fqdn) },
            {
              id: "state", head: words.t("routing.health"),
              cell: (t) => (t.disabled ? <State state="paused">{words.t("routing.disabled")}</State> : (
                <><State state={t.overall ?? "unknown"}>{words.code("microsoft_health", t.overall ?? "unknown")}</State>{t.reason && <Text size={200}> {words.code("microsoft_health", t.reason)}</Text>}</>
              )),
            },
            { id: "tls", head: words.t("routing.tls"), cell: (t) => words.code("microsoft_health", t.tls ?? "unknown") },
            { id: "ping", head: words.t("routing.ping"), cell: (t) => words.code("microsoft_health", t.ping ?? "unknown") },
          ]}
        />
      )}
      <H3>{words.t("routing.routes")}</H3>
      {has.document.routes.length === 0 ? <Empty>{words.t("routing.no_routes")}</Empty> : <Routes document={has.document} />}
      {actions}
    </Card>
  );
}

export function Routes({ document }: { document: RoutingDocument }) {
  const words = useWords();
  return (
    <Table<{ n: number; route: RoutingDocument["routes"][number] }>
      caption={words.t("routing.routes")} rows={document.routes.map((route, i) => ({ n: i + 1, route }))} rowKey={(r) => r.route.name}
      columns={[
        { id: "place", head: words.t("routing.place"), numeric: true, cell: (r) => words.number(r.n) },
        { id: "name", head: words.t("routing.name"), cell: (r) => <>{r.route.name}{r.route.description && <Text size={200} block>{r.route.description}</Text>}</> },
        { id: "pattern", head: words.t("routing.pattern"), cell: (r) => <Text font="monospace" size={200}>{r.route.pattern}</Text> },
        { id: "trunks", head: words.t("routing.trunks"), cell: (r) => r.route.trunks.join(", ") || words.t("routing.unset") },
        { id: "caller", head: words.t("routing.caller_id"), cell: (r) => r.route.caller_id_override ?? words.t("routing.unset") },
      ]}
    />
  );
}

function Import({ resource, onDone }: { resource: string; onDone: (plan: string) => void }) {
  const words = useWords();
  const run = useMutation({
    mutationFn: () => told(api.POST("/v1/resources/{resource}/routing/import", { params: { path: { resource } }, body: { reason: words.t("routing.import") } })),
    onSuccess: (plan) => onDone(plan.id),
  });
  return (
    <>
      {run.error && <ProblemView error={run.error} />}
      <Row>
        <Confirm trigger={<Button disabled={run.isPending}>{words.t("routing.import")}</Button>} title={words.t("routing.import")} act={words.t("routing.import")} onAct={() => run.mutate()}>{words.t("routing.import_about")}</Confirm>
      </Row>
    </>
  );
}
