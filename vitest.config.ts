import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{protocol,client,server,simulation,examples}/**/*.test.ts"],
    environment: "node",
    testTimeout: 20_000,
  },
});
