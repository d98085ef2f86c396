import { defineConfig, devices } from "@playwright/test";
import { findBrowser } from "./e2e/browser";

// These flags keep a test browser from reaching out; the first lets it run as root, as CI does.
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const browser = await findBrowser();

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/build_first.ts",
  // Real processes elect and replicate here: two at a time is what two cores carry.
  workers: 2,
  fullyParallel: true,
  forbidOnly: process.env.CI !== undefined,
  retries: 0,
  // Bounds on hanging, not claims about speed: machines that run this are busy.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: { executablePath: browser.path, args: [...browser.args, ...flags] },
  },
});
