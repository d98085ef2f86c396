import { expect, test } from "@playwright/test";
import { LocalCluster } from "./local_cluster";

let cluster: LocalCluster;
test.beforeEach(async () => {
  cluster = await LocalCluster.up();
});
test.afterEach(() => cluster.dispose());

test("shows three voters within two seconds of opening, without an error in the console", async ({
  page,
}) => {
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  const voters = page.getByRole("region", { name: "Voters" });
  // On a busy machine the browser itself may take longer, so it is opened again; never to show them in time would be ours.
  await expect(async () => {
    complaints.length = 0;
    await page.goto(cluster.url);
    for (const name of ["n1", "n2", "n3"]) {
      await expect(voters.getByRole("row", { name })).toContainText("Healthy", { timeout: 2000 });
    }
  }).toPass();
  await expect(page).toHaveURL(/\/cluster\/\?c=local/);
  await expect(
    page.getByRole("heading", { name: "Quorum OK - 3 of 3 voters healthy, can lose 1." }),
  ).toBeVisible();
  await expect(page).toHaveTitle("● local - Quorum OK");
  expect(complaints).toEqual([]);
});

test("what is loading stands where it will be: nothing jumps while the page fills", async ({ page }) => {
  await page.goto(cluster.url);
  await expect(page.getByRole("region", { name: "Voters" }).getByRole("row", { name: /n\d/ })).toHaveCount(3);
  await expect(page.getByRole("region", { name: "This machine" })).toBeVisible();
  const shifts = await page.evaluate<{ value: number; moved: string[] }[]>(`new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().map(({ value, sources }) => ({
      value,
      moved: sources.map(({ node }) => (node?.outerHTML ?? "").slice(0, 120)),
    })))).observe({ type: "layout-shift", buffered: true });
    // Nothing shifted: nothing will ever be reported.
    requestAnimationFrame(() => requestAnimationFrame(() => resolve([])));
  })`);
  expect(shifts.filter(({ value }) => value > 0.001)).toEqual([]);
});

test("shows the same cluster after Ctrl-C and a new start", async ({ page }) => {
  const before = await cluster.membership();
  expect(await cluster.end("SIGINT")).toBe(0);
  await cluster.start();
  expect(await cluster.membership()).toEqual(before);
  await page.goto(cluster.url);
  await expect(page.getByRole("region", { name: "Voters" }).getByRole("row", { name: /n\d/ })).toHaveCount(3);
});
