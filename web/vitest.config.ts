import { defineConfig } from "vitest/config";

// Unit tests lie beside the code; browser tests need a built app and Chromium.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["src/**/*.test.ts"] } },
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 240_000, hookTimeout: 60_000, fileParallelism: false } },
    ],
  },
});
