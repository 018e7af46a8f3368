import { describe, expect, test } from "vitest";
import type { Scenario } from "../mock/world.ts";
import { callId } from "../mock/calls.ts";
import { badProof, brokenProof, goodProof } from "../mock/proofs.ts";
import { firstPlan } from "../mock/routing.ts";
import { tenantId } from "../mock/world.ts";
import { accessible, fits, missing, visit } from "./visit.ts";

const pages: [name: string, scenario: Scenario, path: string][] = [
  ["onboard", "nobody", "/onboard/welcome"],
  ["onboard-unknown", "nobody", "/onboard/unknown"],
  ["sign-in", "nobody", "/sign-in?error=admin_role_missing"],
  ["consent", "fresh", "/tenant"],
  ["consent-waiting", "consent_waiting", "/tenant?consent=returned"],
  ["consent-partial", "consent_partial", "/tenant"],
  ["needs-other", "needs_other", "/tenant"],
  ["federation-waiting", "federation_waiting", "/tenant"],
  ["people-not-ready", "people", "/tenant"],
  ["home", "active", "/tenant"],
  ["steps-done", "active", "/tenant?tab=steps&step=test_call"],
  ["people", "active", "/tenant?tab=people"],
  ["grants", "active", "/tenant?tab=grants"],
  ["audit", "active", "/tenant?tab=audit"],
  ["undo", "active", "/tenant?tab=undo"],
  ["paused", "paused", "/tenant"],
  ["drift", "drift", "/tenant"],
  ["many", "many", "/tenant?tab=people&filter=not_ready"],
  ["down", "down", "/tenant"],
  ["overview", "operator", "/console"],
  ["overview-down", "operator_down", "/console"],
  ["overview-empty", "operator_empty", "/console"],
  ["tenants", "operator", "/console/tenants"],
  ["tenants-narrowed", "operator", "/console/tenants?standing=needs_other,blocked&attention=true"],
  ["tenants-none", "operator", "/console/tenants?q=zzz&drift=true"],
  ["tenants-empty", "operator_empty", "/console/tenants"],
  ["tenants-down", "operator_down", "/console/tenants"],
  ["tenant", "operator", `/console/tenants/${tenantId}?tab=steps`],
  ["tenant-unknown", "operator", "/console/tenants/nobody"],
  ["calls", "operator", "/console/calls"],
  ["calls-empty", "operator_empty", "/console/calls?result=failed"],
  ["call", "operator", `/console/calls/${callId}`],
  ["call-unknown", "operator", "/console/calls/nobody"],
  ["trunks", "operator", "/console/trunks"],
  ["trunks-empty", "operator_empty", "/console/trunks"],
  ["trunks-down", "operator_down", "/console/trunks"],
  ["routing", "operator", "/console/routing"],
  ["routing-plan", "operator", `/console/routing?resource=eu-1&plan=${firstPlan}`],
  ["routing-edit", "operator", "/console/routing?edit=true"],
  ["routing-plan-unknown", "operator", "/console/routing?plan=nobody"],
  ["routing-empty", "operator_empty", "/console/routing"],
  ["proofs", "operator", "/console/proofs"],
  ["proofs-trunk", "operator", "/console/proofs?trunk=e1.eu.sbc.example.net"],
  ["proofs-empty", "operator_empty", "/console/proofs"],
  ["proofs-down", "operator_down", "/console/proofs"],
  ["proof", "operator", `/console/proofs/${badProof}`],
  ["proof-fine", "operator", `/console/proofs/${goodProof}`],
  ["proof-broken", "operator", `/console/proofs/${brokenProof}`],
  ["proof-unknown", "operator", "/console/proofs/nobody"],
  ["doctor", "operator", "/console/doctor"],
  ["doctor-fine", "operator_empty", "/console/doctor"],
  ["invite", "operator", "/console/invite"],
  ["keys", "operator", "/console/keys"],
  ["webhooks", "operator", "/console/webhooks?webhook=w1"],
  ["usage", "operator", "/console/usage"],
  ["usage-empty", "operator_empty", "/console/usage"],
  ["console-audit", "operator", "/console/audit"],
  ["not-found", "nobody", "/nowhere/at/all"],
];

describe.skipIf(missing)("pages", () => {
  test.each(pages)("%s", async (name, scenario, path) => {
    const { page, open, loaded } = await visit(scenario);
    await open(path);
    expect(await loaded(), "kB gzip of the first load").toBeLessThan(250);
    expect(await page.getAttribute("html", "lang")).toBe("en");
    await accessible(page, `${name} in light`);
    await fits(page, `${name}-en-light`);

    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("button", { name: "Español" }).click();
    await page.waitForFunction(() => document.documentElement.lang === "es");
    await accessible(page, `${name} in dark`);
    await fits(page, `${name}-es-dark`);
  });
});
