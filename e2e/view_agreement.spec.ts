import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";
import { shoot } from "./shoot";

test("a node that was frozen through a change stands out with its old view, until it has caught up", {
  tag: "@shots",
}, async ({ cluster, page }) => {
  await LivePage.open(page, cluster.url);
  const agreement = page.getByRole("region", { name: "View agreement" });
  const { committedIndex: before } = (await cluster.membership()).snapshot;
  await expect(agreement).toContainText(`3 of 3 nodes agree: index ${before}, 3 voters.`);
  await expect(agreement.getByRole("table")).toBeHidden();

  const follower = (await cluster.leader()).name === "n3" ? "n2" : "n3";
  const pid = await cluster.pidOf(cluster.urlOf(follower));
  cluster.freeze(pid);
  await addSilentLearner(cluster.url, 4);
  const { committedIndex: after } = (await cluster.membership()).snapshot;
  const row = (name: string) => agreement.getByRole("row", { name: new RegExp(`^${name} `) });
  await expect(agreement).toContainText(`${follower} holds an old view: index ${before}, newest ${after}.`);
  await expect(row(follower)).toContainText("Old view");
  await expect(row(follower)).toContainText("Since then: n4 joined as learner");
  await expect(row("n1")).toContainText(String(after));

  await shoot(page, "old-view");
  await expectAccessible(page, "an old view");
  cluster.thaw(pid);
  await expect(agreement).toContainText(`3 of 4 nodes answer and agree: index ${after}`);
  await expect(agreement.getByRole("table")).toBeHidden();
  await agreement.getByRole("button", { name: "Show views" }).press("Enter");
  await expect(row(follower)).toContainText("n1 n2 n3 + learner n4");
  await expect(row("n4")).toContainText("Not heard from.");
});
