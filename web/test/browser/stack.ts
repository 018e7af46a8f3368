// The whole stack, as `tandem dev` starts it, with the app that was just built before it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { serveApp } from "../mock/serve.ts";
import { dist } from "./visit.ts";

const program = process.env.TANDEM ?? "../bin/tandem";

/** Why there is no stack here; empty: there is one. */
export const noStack = existsSync(program) ? "" : "tandem is not built (make build)";
if (noStack && process.env.CI === "true") throw new Error(noStack);
if (noStack) console.warn(`NOT RUN: ${noStack}`);

interface DevFile {
  ready: boolean;
  api: { url: string; key: string };
  simulator: { control: string; resources: { immutable_id: string; trunk_fqdn: string }[] };
}

/** Starts one and waits until it is ready; it ends with the test. */
export async function stack() {
  const dir = mkdtempSync(join(tmpdir(), "tandem-browser-"));
  const child = spawn(program, ["dev", "--dir", dir, "--listen", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--headless"], { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DATABASE_URL: "" } });
  const ended = new Promise<void>((over) => child.once("exit", () => over()));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
    for (const place of [readFileSync(join(dir, "pg.path"), "utf8").trim(), dir]) rmSync(place, { recursive: true, force: true });
  });
  const path = join(dir, "dev.json");
  while (!existsSync(path)) {
    if (child.exitCode !== null) throw new Error(`tandem dev ended with ${child.exitCode}`);
    await new Promise((later) => setTimeout(later, 100)); // it gives no other sign
  }
  const file = JSON.parse(readFileSync(path, "utf8")) as DevFile;
  const api = new URL(file.api.url);
  const app = await serveApp(dist, (asked, response) => {
    if (!/^\/(v1|portal)\//.test(asked.url ?? "")) return Promise.resolve(false);
    const forward = request({ host: api.hostname, port: api.port, method: asked.method, path: asked.url, headers: { ...asked.headers, host: api.host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forward.on("error", () => response.destroy());
    asked.pipe(forward);
    return Promise.resolve(true);
  });
  return { ...app, file, control: (method: string, to: string, body: object) => fetch(file.simulator.control + to, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }) };
}

/** What the program says of a proof of a trunk that was saved; it throws if it is none. */
export const verified = (path: string, url: string) => execFileSync(program, ["proof", "verify", path, "--url", url], { encoding: "utf8" });
