// Domains, which a person verifies at Microsoft: what is done, by whom, and what is next.
import { Button, Field, Input, makeStyles, Text } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, told } from "../api/client";
import { domainsQuery } from "../api/routing";
import type { TrunkDomain } from "../api/types";
import { Bones, Card, Copy, Empty, H2, Moment, Row, Who } from "../parts/bits";
import { ProblemView } from "../parts/problem";
import { State, type Tone } from "../parts/state";
import { Table } from "../parts/Table";
import { useWords } from "../words";

const useStyles = makeStyles({ steps: { display: "flex", flexDirection: "column", gap: "8px" }, field: { width: "min(360px, 100%)" } });

const tones: Record<TrunkDomain["state"], Tone> = { open: "warning", published: "warning", claimed: "informative", verified: "success" };

export function Domains({ resource, writes }: { resource: string; writes: boolean }) {
  const words = useWords();
  const query = useQuery(domainsQuery(resource));
  const all = query.data?.items;
  return (
    <Card label={words.t("domains.title")}>
      <H2>{words.t("domains.title")}</H2>
      <Text>{words.t("domains.about")}</Text>
      {query.error && !all ? <ProblemView error={query.error} again={() => void query.refetch()} /> : !all ? <Bones rows={2} /> : all.length === 0 ? <Empty>{words.t("domains.none")}</Empty> : (
        <Table<TrunkDomain>
          caption={words.t("domains.title")} rows={all} rowKey={(d) => d.name}
          columns={[
            { id: "name", head: words.t("domains.domain"), short: true, cell: (d) => d.name },
            { id: "state", head: words.t("tenants.state"), cell: (d) => <State state={d.state} tone={tones[d.state]}>{words.t(`domain_state.${d.state}`)}</State> },
            { id: "trunks", short: true, head: words.t("domains.needed"), cell: (d) => d.trunks.map((t) => <div key={t}>{t}</div>) },
            { id: "steps", head: words.t("domains.steps"), cell: (d) => <Steps key={d.state} resource={resource} domain={d} writes={writes} /> },
          ]}
        />
      )}
    </Card>
  );
}

function Steps({ resource, domain: d, writes }: { resource: string; domain: TrunkDomain; writes: boolean }) {
  const s = useStyles();
  const words = useWords();
  const client = useQueryClient();
  const [txt, setTXT] = useState(d.txt ?? "");
  const mark = useMutation({
    mutationFn: (body: { txt?: string; published: boolean; verified: boolean }) => told(api.PUT("/v1/resources/{resource}/domains/{domain}", { params: { path: { resource, domain: d.name } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["routing"] }),
  });
  const label = (what: string) => `${what}: ${d.name}`;
  const next = writes && d.state !== "verified";
  return (
    <div className={s.steps}>
      {d.published && <Text>{words.t("domains.published")} <Who actor={d.published.by} name={d.published.by_name} />, <Moment at={d.published.at} /></Text>}
      {d.verified && <Text>{words.t("domains.verified")} <Who actor={d.verified.by} name={d.verified.by_name} />, <Moment at={d.verified.at} /></Text>}
      {d.txt && d.state !== "verified" && <Text>{words.t("domains.txt")}: {d.txt} <Copy text={d.txt} /></Text>}
      {next && !d.published && !d.verified && (
        <>
          <Text size={200}>{words.t("domains.how")}</Text>
          <Field className={s.field} label={words.t("domains.txt_label")}><Input value={txt} aria-label={label(words.t("domains.txt_label"))} onChange={(_, data) => setTXT(data.value)} /></Field>
        </>
      )}
      {mark.error && <ProblemView error={mark.error} />}
      {next && (
        <Row>
          {!d.published && <Button size="small" aria-label={label(words.t("domains.publish"))} disabled={mark.isPending} onClick={() => mark.mutate({ txt: txt.trim() || undefined, published: true, verified: d.verified !== undefined })}>{words.t("domains.publish")}</Button>}
          {!d.verified && <Button size="small" aria-label={label(words.t("domains.verify"))} disabled={mark.isPending} onClick={() => mark.mutate({ published: d.published !== undefined, verified: true })}>{words.t("domains.verify")}</Button>}
          {(d.published ?? d.verified) && <Button size="small" appearance="subtle" aria-label={label(words.t("domains.back"))} disabled={mark.isPending} onClick={() => mark.mutate({ published: false, verified: false })}>{words.t("domains.back")}</Button>}
        </Row>
      )}
    </div>
  );
}
