// Rows of customers to invite, as they are pasted from a spreadsheet or a CSV file.
import type { InvitationRow } from "../api/types";

const columns = ["name", "home_region", "entra_tenant_id", "note", "expires_in_days"] as const;
type Name = (typeof columns)[number];

/** Fields of CSV (RFC 4180) or of a paste from a spreadsheet, which has tabs. */
export function fields(text: string): string[][] {
  const separator = text.split("\n", 1)[0]?.includes("\t") ? "\t" : text.split("\n", 1)[0]?.includes(";") ? ";" : ",";
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') field += text[++i];
      else if (c === '"') quoted = false;
      else field += c;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === separator) {
      row.push(field);
      field = "";
    } else if (c === "\n") {
      rows.push([...row, field]);
      row = [];
      field = "";
    } else if (c !== "\r") field += c;
  }
  rows.push([...row, field]);
  return rows.map((r) => r.map((f) => f.trim())).filter((r) => r.some((f) => f !== ""));
}

/** A first row that names columns is the heading; without one the order is name, home_region, entra_tenant_id, note. */
export function invitations(text: string, region: string): InvitationRow[] {
  const all = fields(text);
  const first = all[0]?.map((f) => f.toLowerCase().replaceAll(" ", "_")) ?? [];
  const named = first.includes("name");
  const order = named ? first : [...columns];
  return all.slice(named ? 1 : 0).map((row) => {
    const at = (column: Name) => row[order.indexOf(column)] || undefined;
    const days = Number(at("expires_in_days"));
    return {
      name: at("name"), home_region: at("home_region") ?? region, entra_tenant_id: at("entra_tenant_id"), note: at("note"),
      expires_in_days: Number.isInteger(days) && days > 0 ? days : undefined,
    };
  });
}
