// Proofs of trunks as people read them.
import type { TrunkProof, TrunkReportCheck } from "../api/types";

export const total = (p: TrunkProof) => p.passed + p.failed + p.not_shown;

/** What a proof came to, else how far it is, as a key of the words for it. */
export const verdict = (p: TrunkProof) => (p.state === "made" && p.result ? (`proof_result.${p.result}` as const) : (`proof_state.${p.state}` as const));

const order: TrunkReportCheck["state"][] = ["failed", "not-shown", "passed"];

/** Worst first; within a state as in the report. */
export const byState = (checks: TrunkReportCheck[]) => order.map((state) => ({ state, checks: checks.filter((c) => c.state === state) })).filter((g) => g.checks.length > 0);

type Figure = TrunkReportCheck["figures"][number];

/** As many digits as mean something, as in the signed page. */
export const rounded = ({ value, unit }: Figure) => (unit ? Math.round(value) : Math.round(value * 100) / 100);

/** What reports say in English, in another language. {0} stands for the first figure of the check. */
export interface CheckTexts {
  checks: Record<string, { title: string; need: string; passed: string; failed?: string; fix: string }>;
  /** What was found and what to do, where id and state do not tell. */
  codes: Record<string, readonly [string, string?]>;
  figures: Record<string, string>;
  units: Record<string, string>;
}

export interface CheckWords {
  title: string;
  need: string;
  found?: string; // absent: only the report says it
  fix?: string;
}

/** What there is to say of a check in another language. */
export function translated(c: TrunkReportCheck, texts: CheckTexts, number: (n: number) => string): CheckWords | undefined {
  const own = texts.checks[c.id];
  if (!own) return undefined;
  const [found, fix] = texts.codes[c.code ?? ""] ?? [];
  const usual = c.code === undefined && c.state === "not-shown" ? undefined : own.fix; // reports older than the codes
  return { title: own.title, need: own.need, found: found ?? filled(c.state === "not-shown" ? undefined : own[c.state], c.figures, number), fix: c.fix && (fix ?? usual) };
}

/** A text with figures in it; undefined without them. */
function filled(text: string | undefined, figures: Figure[], number: (n: number) => string) {
  const whole = [...(text ?? "").matchAll(/\{(\d)\}/g)].every(([, i]) => figures[Number(i)]);
  return whole ? text?.replace(/\{(\d)\}/g, (_, i: string) => number(rounded(figures[Number(i)] as Figure))) : undefined;
}
