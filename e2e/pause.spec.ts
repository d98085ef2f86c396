import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner, change } from "./console_api";
import { LivePage } from "./live_page";

test("a paused page stands still and counts what waits; state and freshness go on", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  await page.getByRole("button", { name: "Pause" }).click();
  await addSilentLearner(cluster.url, 4);
  await addSilentLearner(cluster.url, 5);
  await change(cluster.url, "DELETE", "members/4");
  await expect(page.getByRole("banner")).toContainText(/Paused \d+ s - 3 changes waiting/);
  await expect(live.rows(live.learners)).toHaveCount(0);
  await expect(live.timeline).not.toContainText("n5");
  await expectAccessible(page, "paused");
  await live.signal("Kill", "n3");
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  await expect(live.voter("n3")).toContainText("Healthy");
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(live.voter("n3")).toContainText("Unreachable");
  await expect(live.learner("n5")).toBeVisible();
  await expect(live.timeline).toContainText("n5 joined as learner");
});
