// Fails if the first load of any page is above the budget: what index.html
// names, one catalogue, and the page's own chunks with what they import.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budget = 250;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1024;

function files(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const imported of chunk.imports ?? []) files(imported, seen);
  return seen;
}

const words = Math.max(...["src/words/en.ts", "src/words/es.ts"].map((key) => [...files(key)].reduce((sum, f) => sum + size(f), 0)));
const pages = Object.keys(manifest).filter((key) => /^src\/(pages|console)\//.test(key));
let failed = false;
for (const page of pages) {
  const all = files("index.html");
  files(page, all);
  if (page.startsWith("src/console/") && page !== "src/console/Console.tsx") files("src/console/Console.tsx", all);
  const total = [...all].reduce((sum, f) => sum + size(f), words);
  if (total > budget) failed = true;
  console.log(`${total.toFixed(1).padStart(6)} kB gzip of ${budget}  ${page}`);
}
console.log(`${readdirSync(new URL("assets", dist)).length} files in assets`);
if (pages.length === 0 || failed) process.exit(1);
