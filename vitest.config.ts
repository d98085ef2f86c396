import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // The library under its public name, from its sources: the tests need no build.
  resolve: {
    alias: { "rollcall/engine": fileURLToPath(new URL("server/engine/index.ts", import.meta.url)) },
  },
  test: {
    include: ["{protocol,client,components,server,simulation,torture,examples}/**/*.test.ts"],
    environment: "node",
    // Tests on real servers and processes mostly wait for these: two files at once, also on two cores.
    maxWorkers: 2,
    // A bound on hanging, not a claim about speed: machines that run this are busy.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
