import { expect, test } from "vitest";
import { fields, invitations } from "./rows";

test.each([
  ["comma", 'a,b\n"x, ""y""",z\n', [["a", "b"], ['x, "y"', "z"]]],
  ["tabs of a spreadsheet", "a\tb\r\nc, d\te", [["a", "b"], ["c, d", "e"]]],
  ["semicolons", "a;b\n1,5;c", [["a", "b"], ["1,5", "c"]]],
  ["a line break in quotes", '"a\nb",c', [["a\nb", "c"]]],
  ["empty lines", "\n a \n\n", [["a"]]],
  ["nothing", "", []],
])("fields: %s", (_, text, want) => {
  expect(fields(text)).toEqual(want);
});

test("a heading names the columns, in any order", () => {
  expect(invitations("Entra tenant id,Name\n5c1f,Contoso", "eu")).toEqual([
    { name: "Contoso", home_region: "eu", entra_tenant_id: "5c1f", note: undefined, expires_in_days: undefined },
  ]);
});

test("without a heading, names are enough", () => {
  expect(invitations("Contoso\nFabrikam,us,,for Ana,30", "eu")).toEqual([
    { name: "Contoso", home_region: "eu", entra_tenant_id: undefined, note: undefined, expires_in_days: undefined },
    { name: "Fabrikam", home_region: "us", entra_tenant_id: undefined, note: "for Ana", expires_in_days: 30 },
  ]);
});
