// Makes src/api/schema.d.ts from internal/api/openapi.json; with --check only
// says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const description = new URL("../../internal/api/openapi.json", import.meta.url);
const schema = new URL("../src/api/schema.d.ts", import.meta.url);
const made = `// Made by npm run api. Do not edit.\n\n${astToString(await openapiTS(description))}`;

if (!process.argv.includes("--check")) writeFileSync(schema, made);
else if (made !== readFileSync(schema, "utf8")) {
  console.error("src/api/schema.d.ts is not what internal/api/openapi.json says: run npm run api");
  process.exit(1);
}
