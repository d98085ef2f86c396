import type { Page } from "@playwright/test";
import { expect, test } from "./cluster_test";
import { readLeader } from "./console_api";
import { LivePage } from "./live_page";
import { type LocalCluster, signal } from "./local_cluster";
import { NodeCluster } from "./node_cluster";

/** Opens the page of a cluster that a child process leads; the leader's name. */
async function ledByChild(cluster: LocalCluster, page: Page): Promise<{ live: LivePage; leader: string }> {
  const live = await LivePage.open(page, cluster.url);
  const { name } = await cluster.leader();
  if (name !== "n1") return { live, leader: name };
  await live.choose("n3", "Transfer leadership here");
  await live.commit("Transfer to n3");
  await expect(live.voter("n3")).toContainText("Leader");
  return { live, leader: "n3" };
}

/** Adds a learner by the page, started on this machine, and waits until it is there. */
async function addLearner(live: LivePage): Promise<void> {
  await live.learners.getByRole("button", { name: "Add learner" }).click();
  await live.commit("Add learner");
  await expect(live.learner("n4")).toContainText("Healthy");
}

for (const way of ["the page's Kill button", "kill -9 by the pid on the page"]) {
  test(`after ${way} on the leader the page shows the new one, and changes go on`, async ({
    cluster,
    page,
  }) => {
    const { live, leader } = await ledByChild(cluster, page);
    const { term } = await cluster.leader();
    if (way.startsWith("kill")) signal(await live.pidOf(leader), "SIGKILL");
    else await live.signal("Kill", leader);

    await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
    await expect(page).toHaveTitle("▲ local - 2 of 3");
    await expect(live.voter(leader)).toContainText("Unreachable");
    await expect(live.voter(leader)).not.toContainText("Leader");
    await expect(live.voter(leader)).toContainText("0, last known");
    await expect(live.process(leader)).toContainText("Exited (SIGKILL)");
    await expect(live.state).toContainText(
      new RegExp(`${leader} unreachable for .*\\. Start it; if it is gone for good, replace it\\.`),
    );
    await expect(live.state).toContainText(/Leader n\d, 2 of 2 answering agree, term \d+/);
    const now = await cluster.leader();
    expect(now.term).toBeGreaterThan(term);
    expect(now.name).not.toBe(leader);
    await expect(live.voter(now.name)).toContainText("Leader");
    await expect(live.timeline).toContainText(`${now.name} leads`);

    await addLearner(live);
    await live.state.getByRole("button", { name: `Start ${leader}` }).click();
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await expect(live.voter(leader)).toContainText("Healthy");
    const { committedIndex } = (await cluster.membership()).snapshot;
    await expect
      .poll(async () => (await cluster.membership(cluster.urlOf(leader))).snapshot.committedIndex)
      .toBeGreaterThanOrEqual(committedIndex);
  });
}

test("on three nodes of a plan the page shows the leader's death, and changes go on", async ({ page }) => {
  const cluster = await NodeCluster.start();
  try {
    let live = await LivePage.open(page, cluster.urlOf("n1"));
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await expect(live.machine).toBeHidden();
    const { id, term } = await readLeader(cluster.urlOf("n1"));
    const leader = id === "1" ? "n1" : id === "2" ? "n2" : "n3";
    if (leader === "n1") live = await LivePage.open(page, cluster.urlOf("n2"));
    await cluster.kill(leader);

    await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
    await expect(live.voter(leader)).toContainText("Unreachable");
    await expect(live.state).toContainText("Start it on 127.0.0.1; if it is gone for good, replace it.");
    await expect(live.state).toContainText(/Leader n\d, 2 of 2 answering agree/);
    const here = leader === "n1" ? cluster.urlOf("n2") : cluster.urlOf("n1");
    expect((await readLeader(here)).term).toBeGreaterThan(term);

    await live.learners.getByRole("button", { name: "Add learner" }).click();
    await live.dialog.getByLabel("Address").fill("127.0.0.1:9");
    await live.button("Add learner").click();
    await live.commit("Done");
    await expect(live.learner("n4")).toContainText("Not started");

    cluster.run(leader);
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    const other = await LivePage.open(page, cluster.urlOf(leader));
    await expect(other.learner("n4")).toContainText("Not started");
  } finally {
    await cluster.dispose();
  }
});
