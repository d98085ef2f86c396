import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";

test("axe finds nothing in the healthy page, its dialogs and the history, light and dark, wide and on a phone", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  const live = await LivePage.open(page, cluster.url);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await expect(live.learner("n4")).toBeVisible();
  await page.getByRole("button", { name: "Show views" }).click();
  await expectAccessible(page, "healthy, with the views of all nodes");

  const target = (await cluster.leader()).name === "n2" ? "n3" : "n2";
  for (const [name, item] of [
    ["n4", "Details"],
    ["n4", "Promote to voter"],
    ["n4", "Remove from the cluster"],
    [target, "Remove from the cluster"],
    [target, "Demote to learner"],
    [target, "Replace by another node"],
    [target, "Transfer leadership here"],
  ] as const) {
    await live.choose(name, item);
    await expect(live.dialog).toBeVisible();
    await expectAccessible(page, `${item}, ${name}`, "twice");
    await page.keyboard.press("Escape");
    await expect(live.dialog).toBeHidden();
  }
  await page.keyboard.press("a");
  await expect(live.dialog.getByLabel("Name")).toHaveValue("n5");
  await expectAccessible(page, "add learner", "twice");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await expect(live.dialog).toBeVisible();
  await expectAccessible(page, "help", "twice");
  await page.goto(`${cluster.url}/history/?c=local`);
  await expect(page.getByRole("table", { name: "History" })).toBeVisible();
  await expectAccessible(page, "history");
  await page.keyboard.press("?");
  await expect(live.dialog).toContainText("On the page of the members:");
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await expect(live.dialog).toBeHidden();
});

test("axe finds nothing while voters fail, quorum is lost and the console goes, light and dark, wide and on a phone", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  const live = await LivePage.open(page, cluster.url);
  await live.signal("Kill", "n3");
  await expect(live.sentence).toContainText("At minimum quorum");
  await expectAccessible(page, "at minimum quorum");
  await live.choose("n1", "Remove from the cluster");
  await expect(live.dialog).toContainText("cannot be removed now");
  await expectAccessible(page, "refused", "twice");
  await page.keyboard.press("Escape");
  await live.signal("Kill", "n2");
  await expect(live.dialog).toContainText("This loses quorum");
  await expectAccessible(page, "the question before quorum is lost", "twice");
  await live.commit("Kill n2");
  await expect(live.sentence).toContainText("Quorum lost");
  await expectAccessible(page, "quorum lost");
  cluster.freeze(cluster.pid);
  await expect(live.freshness).toHaveAccessibleName(/Stale/);
  await expectAccessible(page, "stale");
  cluster.thaw(cluster.pid);
  await cluster.end("SIGKILL");
  await expect(live.freshness).toHaveAccessibleName(/Disconnected/);
  await expectAccessible(page, "disconnected");
});
