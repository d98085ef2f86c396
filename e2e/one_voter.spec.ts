import { expect, test } from "@playwright/test";
import { expectAccessible } from "./axe";
import { LivePage } from "./live_page";
import { LocalCluster } from "./local_cluster";
import { shoot } from "./shoot";

test("one voter is at its limit by design and alarms nobody; two need both, and say so before they are made", {
  tag: "@shots",
}, async ({ page }) => {
  const cluster = await LocalCluster.up(["--voters", "1"]);
  try {
    const live = await LivePage.open(page, cluster.url);
    const alerts = await live.recordAlerts();
    await expect(live.sentence).toHaveText("At minimum quorum - 1 of 1 voters healthy, cannot lose any.");
    await expect(live.state).toContainText("By design: 1 voter tolerates none.");
    await expect(live.state).toContainText("Three voters tolerate one failure: add two, one at a time.");
    await expect(live.state.getByRole("img", { name: "1 of 1 voters healthy, quorum 1" })).toBeVisible();
    await expect(page).toHaveTitle("\u25b2 local - 1 of 1");
    await expectAccessible(page, "one voter");
    await shoot(page, "one-voter");

    await live.state.getByRole("button", { name: "Add learner" }).click();
    await live.commit("Add learner");
    await expect(live.learner("n2")).toContainText("Healthy");
    await live.state.getByRole("button", { name: "Promote n2" }).click();
    await expect(live.dialog).toContainText("Two voters need both: losing either one stops the cluster.");
    await expect(live.button("Promote n2")).toBeEnabled();
    await live.commit("Promote n2");
    await expect(live.sentence).toHaveText("At minimum quorum - 2 of 2 voters healthy, cannot lose any.");
    await expect(live.state).toContainText("By design: 2 voters tolerate none.");
    expect(await alerts()).toEqual([]);
  } finally {
    await cluster.dispose();
  }
});
