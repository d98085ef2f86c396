import { expect, test } from "@playwright/test";
import { expectAccessible } from "./axe";
import { addSilentLearner, readLeader } from "./console_api";
import { LivePage } from "./live_page";
import { type Name, NodeCluster } from "./node_cluster";
import { shoot } from "./shoot";

let cluster: NodeCluster;
test.beforeEach(async () => {
  cluster = await NodeCluster.start();
});
test.afterEach(() => cluster.dispose());

/** Who leads, and the two that follow. */
async function roles(): Promise<{ leader: Name; followers: [Name, Name] }> {
  const leader = (await readLeader(cluster.urlOf("n1"))).name as Name;
  const [first = "n2", second = "n3"] = (["n1", "n2", "n3"] as const).filter((name) => name !== leader);
  return { leader, followers: [first, second] };
}

test("two voters that answer and cannot elect: no leader, no change can commit, one alert; a mended network elects", {
  tag: "@shots",
}, async ({ page }) => {
  const { leader, followers } = await roles();
  const [here, other] = followers;
  const live = await LivePage.open(page, cluster.urlOf(here));
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  const alerts = await live.recordAlerts();
  cluster.inbound(other).cut();
  await cluster.kill(leader);
  await expect(live.sentence).toHaveText(
    /^No leader for \d+ s - 2 of 3 voters answer; no change can commit\.$/,
  );
  await expect(live.state).toHaveAttribute("data-state", "lost");
  await expect(live.state).toContainText(
    "The voters that answer elect nobody: check the network between them.",
  );
  await expect(live.state).toContainText(/No leader, 2 of 3 answer, term \d+/);
  await expect(page).toHaveTitle("\u2716 local - No leader");
  const add = live.learners.getByRole("button", { name: "Add learner" });
  await expect(add).toHaveAccessibleDescription("No leader: no change can commit.");
  expect(await alerts()).toEqual(["No leader: membership cannot change."]);
  await expectAccessible(page, "no leader");
  await shoot(page, "no-leader");

  cluster.inbound(other).resume();
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  await expect(add).toBeEnabled();
});

test("a node that is heard and hears nobody says that nobody leads, while the others go on; healed, it shows what they changed", async ({
  page,
}) => {
  const { leader, followers } = await roles();
  const [here] = followers;
  const live = await LivePage.open(page, cluster.urlOf(here));
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  cluster.inbound(here).cut();
  await expect(live.sentence).toHaveText(
    /^No leader for \d+ s - 3 of 3 voters answer; no change can commit\.$/,
  );
  await addSilentLearner(cluster.urlOf(leader), 4);
  await expect(live.rows(live.learners)).toHaveCount(0);
  cluster.inbound(here).resume();
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await expect(live.learner("n4")).toBeVisible();
});

test("with only a minority reachable quorum is lost, nobody else is called healthy, and thawed voters bring it back", {
  tag: "@shots",
}, async ({ page }) => {
  const { followers } = await roles();
  const [here] = followers;
  const others = (["n1", "n2", "n3"] as const).filter((name) => name !== here);
  const live = await LivePage.open(page, cluster.urlOf(here));
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  for (const name of others) await cluster.freeze(name);
  await expect(live.sentence).toHaveText("Quorum lost - 1 of 3 voters healthy; membership cannot change.");
  await expect(live.state).toContainText("No leader, 1 of 3 answers");
  for (const name of others) await expect(live.voter(name)).toContainText("Unreachable");
  await expect(live.learners.getByRole("button", { name: "Add learner" })).toHaveAccessibleDescription(
    "No quorum: no change can commit.",
  );
  await expectAccessible(page, "minority reachable");
  await shoot(page, "minority");
  for (const name of others) cluster.thaw(name);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
});
