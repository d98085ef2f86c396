import { expect, test } from "./cluster_test";
import { LivePage } from "./live_page";

test("kill -9 of the process that serves the page: it says so, another console serves, and it recovers by itself", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, `${cluster.url}/cluster/?c=local&sort=lag&at=1`);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  const others = { n2: await live.pidOf("n2"), n3: await live.pidOf("n3") };
  expect(await live.pidOf("n1")).toBe(cluster.pid);
  const switcher = page.getByRole("button", { name: "Cluster local, switch" });
  await switcher.click();
  await expect(page.getByRole("menu").getByTitle(/^Quorum OK/)).toBeVisible();
  await page.keyboard.press("Escape");
  await cluster.end("SIGKILL");

  await test.step("the page says that it knows nothing, and for how long", async () => {
    await expect(live.freshness).toHaveAccessibleName(/^Freshness: Disconnected/);
    await expect(live.sentence).toHaveText(/^Unknown - no data for \d+ s\.$/);
    await expect(page).toHaveTitle("○ local - no data");
    await expect(live.state).toContainText(/Last known \d\d:\d\d:\d\d: Quorum OK\./);
    await expect(live.state).toContainText(
      /Disconnected since \d\d:\d\d:\d\d, (retry in \d+ s|retrying now)\./,
    );
    await expect(page.getByRole("alert").filter({ hasText: "Disconnected" })).toHaveCount(1);
    for (const name of ["n1", "n2", "n3"])
      await expect(live.voter(name)).toContainText("Unknown, was Healthy");
    await expect(page.getByRole("main")).not.toContainText(/(?<!was )Healthy/);
    await expect(live.process("n2")).toContainText("Unknown, was running");
    await switcher.click();
    await expect(page.getByRole("menu").getByTitle(/^Last known: Quorum OK/)).toBeVisible();
    await page.keyboard.press("Escape");
    const add = live.learners.getByRole("button", { name: "Add learner" });
    await expect(add).toBeDisabled();
    await expect(add).toHaveAccessibleDescription(/^Data is \d+ s old\.$/);
    const seconds = async () => Number(/(\d+) s\.$/.exec((await live.sentence.textContent()) ?? "")?.[1]);
    const shown = await seconds();
    await expect.poll(seconds).toBeGreaterThan(shown);
  });

  const link = live.state.getByRole("link", { name: "Open on n2" });
  // In a tab of its own, opened by hand: of one that the browser opens on a busy machine the test's own client may believe for ever
  // that it is still loading.
  const tab = await page.context().newPage();
  await tab.goto((await link.getAttribute("href")) ?? "");
  const other = LivePage.on(tab);
  await expect(other.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  const opened = new URL(tab.url());
  expect(opened.origin + opened.pathname).toBe(`${cluster.urlOf("n2")}/cluster/`);
  expect(Object.fromEntries(opened.searchParams)).toEqual({ c: "local", sort: "lag", at: "1" });
  await other.learners.getByRole("button", { name: "Add learner" }).click();
  await other.dialog.getByLabel("Address").fill("127.0.0.1:9");
  await other.button("Add learner").click();
  await other.commit("Done");
  await expect(other.learner("n4")).toContainText("Not started");

  await cluster.start();
  expect(cluster.printed).toContain(`n2 pid ${others.n2} (ran already)`);
  expect(cluster.printed).toContain(`n3 pid ${others.n3} (ran already)`);
  for (const seen of [live, other])
    await expect(seen.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
  await expect(live.learner("n4")).toContainText("Not started");
  await expect(live.timeline).toContainText(/Gap since \d\d:\d\d:\d\d until \d\d:\d\d:\d\d/);
  await expect(live.timeline.getByTitle(/^\d{4}-.* UTC until \d{4}-.* UTC$/)).toContainText("Gap since");
  await expect(live.timeline).toContainText("n4 joined as learner");
  await expect(live.timeline).toContainText("while away");
  expect(live.timesLoaded).toBe(1);
});
