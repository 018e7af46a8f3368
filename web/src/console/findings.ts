// Findings of the doctor as people read them: by what they are about, worst first.
import type { Examination, Finding } from "../api/types";

const order: Finding["state"][] = ["fail", "warn", "not-checked", "ok"];
const rank = (f: Finding) => order.indexOf(f.state);

/** Groups by the first word of their ids; what is all right only if it is wanted. */
export function grouped(findings: Finding[], all: boolean): { group: string; findings: Finding[] }[] {
  const groups = new Map<string, Finding[]>();
  for (const f of findings) {
    if (f.state === "ok" && !all) continue;
    const group = f.id.split(".")[0] ?? f.id;
    groups.set(group, [...(groups.get(group) ?? []), f]);
  }
  const sorted = [...groups].map(([group, of]) => ({ group, findings: of.toSorted((a, b) => rank(a) - rank(b)) }));
  return sorted.toSorted((a, b) => Math.min(...a.findings.map(rank)) - Math.min(...b.findings.map(rank)));
}

/** All of it as text, for a ticket. */
export const report = (x: Examination): string =>
  [`tandem doctor, ${x.at}`, ...x.findings.toSorted((a, b) => rank(a) - rank(b)).map((f) => `${f.state.toUpperCase().padEnd(11)} ${[f.id, f.subject].filter(Boolean).join(" ")}: ${f.found}${f.fix ? `\n            → ${f.fix}` : ""}`)].join("\n");
