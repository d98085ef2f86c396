import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

test("on a phone the state comes first, tapping a member opens its sheet, and nothing scrolls sideways", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await expect(live.voters.getByRole("button", { name: /^Actions for/ }).first()).toBeHidden();
  await expect(live.timeline).toBeHidden();
  await expect(page.getByRole("region", { name: "Latest", exact: true }).first()).toBeVisible();
  const sideways = () =>
    page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth");
  expect(await sideways()).toBe(false);

  const target = (await cluster.leader()).name === "n3" ? "n2" : "n3";
  await live.voter(target).tap();
  await expect(live.dialog.getByRole("heading", { name: target })).toBeVisible();
  await expect(live.dialog).toContainText("Healthy");
  await live.button("Transfer leadership here").tap();
  await live.commit(`Transfer to ${target}`);
  await expect(live.voter(target)).toContainText("Leader");

  const bar = page.getByRole("navigation", { name: "Page" });
  for (const name of ["Members", "Timeline", "Copy summary"]) {
    const box = await bar.getByRole("button", { name }).boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
  }
  await bar.getByRole("button", { name: "Timeline" }).tap();
  await expect(live.dialog).toContainText(`${target} leads`);
  expect(await sideways()).toBe(false);
});

test("on a phone a tap tells what hovering tells, and the menu has what the header has no room for", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  await live.voters.getByRole("button", { name: "Voters" }).tap();
  await expect(page.getByRole("tooltip")).toContainText("A voter counts towards quorum");
  await live.freshness.tap();
  await expect(page.getByRole("tooltip")).toContainText(/^Browser to console: live, last frame/);
  await live.voter("n2").tap();
  await expect(live.dialog).toContainText(/Said by\s*(leader n\d|n\d|this node), \d+\.\d s ago/);
  await page.keyboard.press("Escape");

  const more = page.getByRole("button", { name: "More" });
  await more.tap();
  await page.getByRole("menuitem", { name: "Help" }).tap();
  await expect(live.dialog).toContainText("Quorum OK");
  await live.dialog.getByRole("button", { name: "Close" }).tap();
  await more.tap();
  await page.getByRole("menuitem", { name: "Pause" }).tap();
  await addSilentLearner(cluster.url, 4);
  const bar = page.getByRole("region", { name: "Paused" });
  await expect(bar).toContainText(/^Paused \d+ s - 1 change waiting/);
  await expect(live.rows(live.learners)).toHaveCount(0);
  await bar.getByRole("button", { name: "Resume" }).tap();
  await expect(live.learner("n4")).toBeVisible();
  await more.tap();
  await page.getByRole("menuitemradio", { name: "Dark" }).tap();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("on a phone a learner is added and removed", async ({ cluster, page }) => {
  const live = await LivePage.open(page, cluster.url);
  await live.learners.getByRole("button", { name: "Add learner" }).tap();
  await live.dialog.getByRole("radio", { name: "I start it myself" }).tap();
  await live.dialog.getByLabel("Address").fill("127.0.0.1:9");
  await live.button("Add learner").tap();
  await live.commit("Done");
  await live.learner("n4").tap();
  await live.button("Remove n4").tap();
  await live.commit("Remove n4");
  await expect(live.learner("n4")).toContainText("Removed");
});

test("on a phone the longest name a member can have pushes nothing off the screen", async ({
  cluster,
  page,
}) => {
  const name = `n${"x".repeat(62)}`;
  const added = await cluster.command("add-learner", "--address", "127.0.0.1:9", "--name", name);
  expect(added.code, added.err).toBe(0);
  const live = await LivePage.open(page, cluster.url);
  await expect(live.learners.getByRole("row").filter({ hasText: name })).toContainText("Not started");
  expect(
    await page.evaluate<boolean>(
      "document.documentElement.scrollWidth > document.documentElement.clientWidth",
    ),
  ).toBe(false);
});
