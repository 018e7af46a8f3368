import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { mockPlugin } from "./test/mock/serve.ts";

// MOCK=federation_waiting npm run dev: the app against test/mock instead of a server.
const scenario = process.env.MOCK;

export default defineConfig({
  plugins: [react(), ...(scenario ? [mockPlugin(scenario)] : [])],
  build: {
    emptyOutDir: false, // or it would take the placeholder away
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true, // for scripts/size.mjs
    // Go embeds nothing that begins with a dot or an underscore.
    rolldownOptions: { output: { chunkFileNames: (chunk) => `assets/${chunk.name.replace(/^[._]+/, "")}-[hash].js` } },
  },
  server: { proxy: scenario ? {} : Object.fromEntries(["/v1", "/portal"].map((path) => [path, "http://localhost:8080"])) },
});
