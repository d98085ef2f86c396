import { test as base, type Page } from "@playwright/test";
import { LocalCluster } from "./local_cluster";

/** Tests with a real cluster of their own, and a second operator's browser. */
export const test = base.extend<{ cluster: LocalCluster; secondPage: Page }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern
  cluster: async ({}, use) => {
    const cluster = await LocalCluster.up();
    await use(cluster);
    await cluster.dispose();
  },
  secondPage: async ({ browser }, use) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await use(await context.newPage());
    await context.close();
  },
});

export { expect } from "@playwright/test";
