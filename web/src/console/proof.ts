// Proofs of trunks as people read them.
import type { TrunkProof, TrunkReportCheck } from "../api/types";

export const total = (p: TrunkProof) => p.passed + p.failed + p.not_shown;

/** What a proof came to, else how far it is, as a key of the words for it. */
export const verdict = (p: TrunkProof) => (p.state === "made" && p.result ? (`proof_result.${p.result}` as const) : (`proof_state.${p.state}` as const));

const order: TrunkReportCheck["state"][] = ["failed", "not-shown", "passed"];

/** Worst first; within a state as in the report. */
export const byState = (checks: TrunkReportCheck[]) => order.map((state) => ({ state, checks: checks.filter((c) => c.state === state) })).filter((g) => g.checks.length > 0);

/** As many digits as mean something, as in the signed page. */
export const rounded = ({ value, unit }: TrunkReportCheck["figures"][number]) => (unit ? Math.round(value) : Math.round(value * 100) / 100);
