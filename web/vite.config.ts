import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { mockPlugin } from "./test/mock/serve.ts";

// MOCK=waiting npm run dev: the app against test/mock instead of a server.
const scenario = process.env.MOCK;

export default defineConfig({
  plugins: [react(), ...(scenario ? [mockPlugin(scenario)] : [])],
  build: { emptyOutDir: false, target: "es2022", assetsInlineLimit: 0, manifest: true, modulePreload: { polyfill: false } },
  server: { proxy: scenario ? {} : Object.fromEntries(["/v1", "/portal"].map((path) => [path, "http://localhost:8080"])) },
});
