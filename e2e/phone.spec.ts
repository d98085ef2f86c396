import { expect, test } from "./cluster_test";
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
