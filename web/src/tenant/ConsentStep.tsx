import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, told } from "../api/client";
import type { Item, Step } from "../api/types";
import { trackQuery } from "../api/queries";
import { Age, H3, Row, Stack } from "../parts/bits";
import { CureView, Note, ProblemView } from "../parts/problem";
import { ItemBadge } from "../parts/state";
import { useWords } from "../words";
import { Handover } from "./Handover";

export const permissions = ["User.Read.All", "Presence.Read.All", "TeamsUserConfiguration.Read.All", "GroupMember.Read.All"] as const;

const useStyles = makeStyles({
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "12px" },
  item: { display: "flex", flexDirection: "column", gap: "2px", borderLeft: `3px solid ${tokens.colorNeutralStroke2}`, paddingLeft: "12px" },
  head: { display: "flex", flexWrap: "wrap", gap: "0 8px", alignItems: "center" },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** The permissions with their reasons, and a badge for each that was looked at. */
export function Permissions({ evidence = [] }: { evidence?: Item[] }) {
  const s = useStyles();
  const words = useWords();
  return (
    <ul className={s.list}>
      {permissions.map((name) => {
        const item = evidence.find((e) => e.name === "permission" && e.subject === name);
        return (
          <li key={name} className={s.item}>
            <div className={s.head}>
              {item ? <ItemBadge item={item} /> : <Text weight="semibold">{name}</Text>}
              {name === "GroupMember.Read.All" && <Text size={200} className={s.quiet}>{words.t("permission.optional")}</Text>}
            </div>
            <Text>{words.t(`permission.${name}.why`)}</Text>
            <Text size={200} className={s.quiet}>{words.t("permission.without", { what: words.t(`permission.${name}.without`) })}</Text>
          </li>
        );
      })}
    </ul>
  );
}

export function ConsentStep({ tenant, step, name, returned, error }: { tenant: string; step: Step; name: string; returned?: string; error?: string }) {
  const words = useWords();
  const client = useQueryClient();
  const ask = useMutation({
    mutationFn: () => told(api.POST("/v1/tenants/{tenant}/consent", { params: { path: { tenant } }, body: { return_to: "/tenant" } })),
    onSuccess: ({ url }) => location.assign(url),
  });
  const check = useMutation({
    mutationFn: () => told(api.POST("/v1/tenants/{tenant}/consent/check", { params: { path: { tenant } } })),
    onSuccess: (track) => client.setQueryData(trackQuery(tenant).queryKey, track),
  });
  const done = step.state === "done";

  return (
    <Stack>
      <Text>{words.t("consent.intro", { tenant: name })}</Text>
      {(returned === "refused" || (returned === "declined" && !step.problem)) && !done && (
        <Note intent="warning" title={words.code("sign_in_error", error ?? "", words.t("consent.declined"))}>{words.code("sign_in_do", error ?? "consent_declined", words.t("sign_in_do.other"))}</Note>
      )}
      {step.state === "waiting" && <Note title={words.t("consent.waiting")}>{words.t("consent.waiting_do")} {step.checked_at && <Age at={step.checked_at} />}</Note>}
      {step.problem && (
        <Note intent="error" title={words.code("problem", step.problem.code, step.problem.text)}>{step.problem.cure && <CureView cure={step.problem.cure} />}</Note>
      )}
      {step.viewer_can && !done && (
        <Row>
          <Button appearance={step.state === "waiting" ? "secondary" : "primary"} disabled={ask.isPending} onClick={() => ask.mutate()}>{words.t("consent.do")}</Button>
          {(step.opened_at || step.checked_at) && <Button disabled={check.isPending} onClick={() => check.mutate()}>{words.t("consent.check")}</Button>}
        </Row>
      )}
      {done && <Row><Button disabled={check.isPending} onClick={() => check.mutate()}>{words.t("consent.check")}</Button></Row>}
      {(ask.error ?? check.error) && <ProblemView error={ask.error ?? check.error} />}
      {!done && <Handover tenant={tenant} step={step} name={name} />}
      <H3>{words.t("consent.proof")}</H3>
      {!step.evidence.some((e) => e.checked_at) && <Text size={200}>{words.t("consent.not_looked")}</Text>}
      <Permissions evidence={step.evidence} />
      <Text size={200}>{words.t("consent.proof_how")}</Text>
    </Stack>
  );
}
