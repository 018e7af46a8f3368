// The rows of the form: trunks, and routes in their order.
import { Button, Checkbox, Field, Input, makeStyles, Text, tokens } from "@fluentui/react-components";
import { ArrowDownRegular } from "@fluentui/react-icons/svg/arrow-down";
import { ArrowUpRegular } from "@fluentui/react-icons/svg/arrow-up";
import { DismissRegular } from "@fluentui/react-icons/svg/dismiss";
import type { RoutingDocument, VoiceRoute } from "../api/types";
import { Empty, H3, Row } from "../parts/bits";
import { useWords } from "../words";

const useStyles = makeStyles({
  row: { display: "flex", flexWrap: "wrap", gap: "8px 12px", alignItems: "flex-start" },
  route: { display: "flex", flexDirection: "column", gap: "8px", padding: "12px", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, margin: 0, minWidth: 0 },
  wide: { flexGrow: 1, flexBasis: "260px", minWidth: 0 },
  name: { flexGrow: 1, flexBasis: "160px", minWidth: 0 },
  port: { width: "120px" },
  grow: { flexGrow: 1 },
  mono: { "& input": { fontFamily: tokens.fontFamilyMonospace } },
  end: { marginTop: "24px" },
  wrong: { color: tokens.colorPaletteRedForeground1 },
  hint: { color: tokens.colorNeutralForeground3 },
  list: { display: "flex", flexDirection: "column", gap: "12px" },
});

type Trunks = RoutingDocument["trunks"];
type Wrong = ReadonlyMap<string, string>;

export function TrunkFields({ trunks, wrong, onChange }: { trunks: Trunks; wrong: Wrong; onChange: (trunks: Trunks) => void }) {
  const s = useStyles();
  const words = useWords();
  const set = (i: number, t: Trunks[number]) => onChange(trunks.map((old, j) => (j === i ? t : old)));
  return (
    <div className={s.list}>
      <H3>{words.t("routing.trunks")}</H3>
      {trunks.map((t, i) => (
        <div key={i} className={s.row} role="group" aria-label={words.t("edit.trunk", { n: i + 1 })}>
          <Field className={s.wide} label={words.t("routing.fqdn")} validationMessage={wrong.get(`trunks[${i}].fqdn`)}><Input value={t.fqdn} onChange={(_, data) => set(i, { ...t, fqdn: data.value })} /></Field>
          <Field className={s.port} label={words.t("routing.port")} validationMessage={wrong.get(`trunks[${i}].port`)}><Input type="number" min={1} max={65535} value={t.port ? String(t.port) : ""} onChange={(_, data) => set(i, { ...t, port: Number(data.value) })} /></Field>
          <Button className={s.end} appearance="subtle" icon={<DismissRegular />} aria-label={`${words.t("edit.remove")}: ${t.fqdn || words.t("edit.trunk", { n: i + 1 })}`} onClick={() => onChange(trunks.filter((_, j) => j !== i))} />
        </div>
      ))}
      {trunks.length === 0 && <Empty>{words.t("routing.no_trunks")}</Empty>}
      <Row><Button size="small" onClick={() => onChange([...trunks, { fqdn: "", port: 5061 }])}>{words.t("edit.add_trunk")}</Button></Row>
    </div>
  );
}

export function RouteFields({ document, wrong, onChange, onAdd }: { document: RoutingDocument; wrong: Wrong; onChange: (routes: VoiceRoute[]) => void; onAdd: () => void }) {
  const s = useStyles();
  const words = useWords();
  const { routes } = document;
  const set = (i: number, r: VoiceRoute) => onChange(routes.map((old, j) => (j === i ? r : old)));
  const move = (i: number, by: number) => {
    const next = [...routes];
    const [moved] = next.splice(i, 1);
    if (moved) next.splice(i + by, 0, moved);
    onChange(next);
  };
  return (
    <div className={s.list}>
      <H3>{words.t("routing.routes")}</H3>
      {routes.map((r, i) => {
        const name = r.name || words.t("edit.route", { n: i + 1 });
        const at = (field: string) => wrong.get(`routes[${i}].${field}`);
        return (
          <fieldset key={i} className={s.route} aria-label={words.t("edit.route", { n: i + 1 })}>
            <div className={s.row}>
              <Text weight="semibold">{words.t("edit.route", { n: i + 1 })}</Text>
              <div className={s.grow} />
              <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`${words.t("edit.up")}: ${name}`} disabled={i === 0} onClick={() => move(i, -1)} />
              <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`${words.t("edit.down")}: ${name}`} disabled={i === routes.length - 1} onClick={() => move(i, 1)} />
              <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`${words.t("edit.remove")}: ${name}`} onClick={() => onChange(routes.filter((_, j) => j !== i))} />
            </div>
            <div className={s.row}>
              <Field className={s.name} label={words.t("routing.name")} validationMessage={at("name")}><Input value={r.name} onChange={(_, data) => set(i, { ...r, name: data.value })} /></Field>
              <Field className={s.wide} label={words.t("routing.pattern")} hint={words.t("routing.pattern_hint")} validationMessage={at("pattern")}><Input className={s.mono} spellCheck={false} value={r.pattern} onChange={(_, data) => set(i, { ...r, pattern: data.value })} /></Field>
            </div>
            <div className={s.row}>
              <Field className={s.wide} label={words.t("routing.description")} validationMessage={at("description")}><Input value={r.description ?? ""} onChange={(_, data) => set(i, { ...r, description: data.value || undefined })} /></Field>
              <Field className={s.name} label={words.t("routing.caller_id")} hint={words.t("routing.caller_id_hint")} validationMessage={at("caller_id_override")}><Input value={r.caller_id_override ?? ""} onChange={(_, data) => set(i, { ...r, caller_id_override: data.value || undefined })} /></Field>
            </div>
            <Via route={r} known={document.trunks.map((t) => t.fqdn.trim()).filter(Boolean)} wrong={[at("trunks"), ...r.trunks.map((_, n) => at(`trunks[${n}]`))].filter(Boolean).join("; ")} onChange={(trunks) => set(i, { ...r, trunks })} />
          </fieldset>
        );
      })}
      {routes.length === 0 && <Empty>{words.t("routing.no_routes")}</Empty>}
      <Row><Button size="small" onClick={onAdd}>{words.t("edit.add_route")}</Button></Row>
    </div>
  );
}

/**
 * Which trunks a route has: of those of the document, and of those that it names all the
 * same. It is no Field: that would give all its boxes one name.
 */
function Via({ route, known, wrong, onChange }: { route: VoiceRoute; known: string[]; wrong: string; onChange: (trunks: string[]) => void }) {
  const s = useStyles();
  const words = useWords();
  const all = [...new Set([...known, ...route.trunks])];
  return (
    <div role="group" aria-label={words.t("edit.via")}>
      <Text block>{words.t("edit.via")}</Text>
      <Row>{all.map((fqdn) => <Checkbox key={fqdn} label={fqdn} checked={route.trunks.includes(fqdn)} onChange={(_, data) => onChange(data.checked === true ? [...route.trunks, fqdn] : route.trunks.filter((t) => t !== fqdn))} />)}</Row>
      {wrong && <Text block size={200} className={s.wrong} lang="en">{wrong}</Text>}
      <Text block size={200} className={s.hint}>{words.t("edit.via_hint")}</Text>
    </div>
  );
}
