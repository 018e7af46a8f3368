// The proofs of trunks that were asked for, and the way to ask for another one.
import { Button, Field, makeStyles, Select, Text } from "@fluentui/react-components";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api, told } from "../api/client";
import { over, proofsQuery, trunksQuery } from "../api/proofs";
import { may, useSession } from "../api/session";
import type { TrunkProof } from "../api/types";
import { Age, Card, H2, Moment, Row, Stack, Title, Who } from "../parts/bits";
import { Listed, rowsOf } from "../parts/Listed";
import { ProblemView } from "../parts/problem";
import { useWords } from "../words";
import { ProofLink, ProofState } from "./ProofState";

const useStyles = makeStyles({ pick: { width: "min(420px, 100%)" } });

export function ProofsPage() {
  const words = useWords();
  const { trunk = "" } = useSearch({ strict: false }) as { trunk?: string };
  const query = useInfiniteQuery(proofsQuery(trunk));
  const proofs = rowsOf(query);
  const newest = proofs[0];
  return (
    <Stack>
      <div>
        <Title>{words.t("console.proofs")}</Title>
        {newest && <Text block><span role="status">{words.t("proofs.newest")} {newest.trunk}, <ProofState proof={newest} /></span> <Age at={newest.ended_at ?? newest.asked_at} /></Text>}
        <Text>{words.t("proofs.about")}</Text>
      </div>
      <Ask trunk={trunk} running={proofs.find((p) => p.trunk === trunk && !over(p))} />
      <Card label={words.t("proofs.list")}>
        <H2>{words.t("proofs.list")}</H2>
        <Listed<TrunkProof>
          query={query} caption={words.t("proofs.list")} empty={words.t("proofs.none")} rowKey={(p) => p.id}
          columns={[
            { id: "when", head: words.t("proofs.when"), short: true, cell: (p) => <Moment at={p.asked_at} /> },
            { id: "trunk", head: words.t("proofs.trunk"), cell: (p) => p.trunk },
            { id: "who", head: words.t("proofs.who"), cell: (p) => <Asker proof={p} /> },
            { id: "result", head: words.t("proofs.result"), cell: (p) => <ProofState proof={p} /> },
            { id: "checks", head: words.t("proofs.checks"), cell: (p) => <ProofLink proof={p} /> },
          ]}
        />
      </Card>
    </Stack>
  );
}

/** Who asked for it, or that nobody did. */
export function Asker({ proof: p }: { proof: TrunkProof }) {
  const words = useWords();
  return p.asker ? <Who actor={p.asker} name={p.asker_name} /> : words.t("proofs.schedule");
}

/** Chooses the trunk that is looked at, which can be proved if it is an edge's of ours. */
function Ask({ trunk, running }: { trunk: string; running?: TrunkProof }) {
  const s = useStyles();
  const words = useWords();
  const client = useQueryClient();
  const navigate = useNavigate();
  const writes = may(useSession(), "trunks.write");
  const trunks = useQuery(trunksQuery);
  const ours = trunks.data?.filter((t) => t.kind === "builtin").map((t) => t.fqdn) ?? [];
  const run = useProve((p) => void navigate({ to: "/console/proofs/$proof", params: { proof: p.id } }));
  // A trunk that is gone has its proofs still.
  const choices = trunk === "" || ours.includes(trunk) ? ours : [trunk, ...ours];
  return (
    <>
      {trunks.error && !trunks.data && <ProblemView error={trunks.error} again={() => void trunks.refetch()} />}
      <Field className={s.pick} label={words.t("proofs.trunk")} hint={writes ? words.t(trunk ? "proofs.takes" : "proofs.choose") : undefined}>
        <Select value={trunk} onChange={(_, data) => { run.reset(); void navigate({ to: "/console/proofs", search: data.value ? { trunk: data.value } : {} }); }}>
          <option value="">{words.t("proofs.all_trunks")}</option>
          {choices.map((fqdn) => <option key={fqdn} value={fqdn}>{fqdn}</option>)}
        </Select>
      </Field>
      {run.error && <ProblemView error={run.error} again={() => void client.invalidateQueries({ queryKey: ["proofs"] })} />}
      {running ? <Link to="/console/proofs/$proof" params={{ proof: running.id }}>{words.t("proofs.follow")}</Link> : writes && (
        <Row><Button appearance="primary" disabled={!ours.includes(trunk) || run.isPending} onClick={() => run.mutate(trunk)}>{words.t(run.isPending ? "proofs.asking" : "proofs.ask")}</Button></Row>
      )}
    </>
  );
}

/** Asks for a proof. One that is refused is under way by somebody else, mostly: the list shows it. */
export function useProve(onAsked: (p: TrunkProof) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (trunk: string) => told(api.POST("/v1/proofs", { body: { trunk } })),
    onSuccess: onAsked,
    onSettled: () => client.invalidateQueries({ queryKey: ["proofs", "list"] }),
  });
}
