import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{protocol,client,server,simulation,torture,examples}/**/*.test.ts"],
    environment: "node",
    // A bound on hanging, not a claim about speed: machines that run this are busy.
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
