import { describe, expect, test } from "vitest";
import type { Scenario } from "../mock/world.ts";
import { tenantId } from "../mock/world.ts";
import { check, missing, visit } from "./visit.ts";

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
  ["tenants", "operator", "/console/tenants"],
  ["tenant", "operator", `/console/tenants/${tenantId}?tab=steps`],
  ["tenant-unknown", "operator", "/console/tenants/nobody"],
  ["invite", "operator", "/console/invite"],
  ["keys", "operator", "/console/keys"],
  ["webhooks", "operator", "/console/webhooks?webhook=w1"],
  ["console-audit", "operator", "/console/audit"],
  ["not-found", "nobody", "/nowhere/at/all"],
];

describe.skipIf(missing)("pages", () => {
  // Both languages and both looks, each with the other once; ALL=1 tries all four.
  const looks: ["light" | "dark", "en-GB" | "es-ES"][] = process.env.ALL ? [["light", "en-GB"], ["light", "es-ES"], ["dark", "en-GB"], ["dark", "es-ES"]] : [["light", "en-GB"], ["dark", "es-ES"]];
  for (const [colorScheme, locale] of looks) {
    test.each(pages)(`${colorScheme} ${locale} %s`, async (name, scenario, path) => {
      const { page, open, loaded } = await visit(scenario, { colorScheme, locale });
      await open(path);
      expect(await page.getAttribute("html", "lang")).toBe(locale.slice(0, 2));
      await check(page, `${name}-${locale.slice(0, 2)}-${colorScheme}`);
      expect(await loaded(), "kB gzip of the first load").toBeLessThan(250);
    });
  }
});
