// Parts that more than one page shows of a proof.
import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { Link } from "@tanstack/react-router";
import type { TrunkHealth, TrunkProof } from "../api/types";
import { Age } from "../parts/bits";
import { State } from "../parts/state";
import { useWords } from "../words";
import { total, verdict } from "./proof";

const useStyles = makeStyles({ line: { display: "flex", flexWrap: "wrap", columnGap: "8px", alignItems: "center" }, quiet: { color: tokens.colorNeutralForeground3 } });

export function ProofState({ proof: p }: { proof: TrunkProof }) {
  const words = useWords();
  return <State state={p.result ?? p.state}>{words.t(verdict(p))}</State>;
}

/** A link to the proof, by what it says. */
export function ProofLink({ proof: p }: { proof: TrunkProof }) {
  const words = useWords();
  const text = p.state === "made" ? words.t("proofs.passed_of", { passed: p.passed, total: total(p) }) : words.t(p.state === "broken" ? "proofs.why" : "proofs.open");
  return <Link to="/console/proofs/$proof" params={{ proof: p.id }}>{text}</Link>;
}

/** The newest of a trunk of ours, and the way to the others. */
export function LastProof({ trunk }: { trunk: TrunkHealth }) {
  const s = useStyles();
  const words = useWords();
  const p = trunk.proof;
  const there = <Link to="/console/proofs" search={{ trunk: trunk.name }}>{words.t(p ? "proofs.history" : "proofs.ask")}</Link>;
  if (!p) return <span className={s.line}>{words.t("time.never")} {there}</span>;
  return <span className={s.line}><ProofState proof={p} /><ProofLink proof={p} /><Text className={s.quiet}><Age at={p.ended_at ?? p.asked_at} /></Text>{there}</span>;
}
