import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner, change } from "./console_api";
import { LivePage } from "./live_page";
import { shoot } from "./shoot";

/** Five changes by another console, that leave n6 and n7 as learners. */
async function fiveChanges(url: string): Promise<void> {
  await addSilentLearner(url, 4);
  await addSilentLearner(url, 5);
  await addSilentLearner(url, 6);
  await change(url, "DELETE", "members/4");
  await change(url, "DELETE", "members/5");
}

const agreementOf = (live: LivePage) => live.page.getByRole("region", { name: "View agreement" });

/** While nothing is heard the page goes stale, then disconnected, and calls nobody healthy. */
async function knowsNothing(live: LivePage): Promise<void> {
  await expect(live.freshness).toHaveAccessibleName(/^Freshness: Stale/);
  await shoot(live.page, "stale");
  await expect(live.sentence).toHaveText(/^Unknown - no data for \d+ s\.$/);
  await expect(live.freshness).toHaveAccessibleName(/^Freshness: Disconnected/);
  for (const name of ["n1", "n2", "n3"]) await expect(live.voter(name)).toContainText("Unknown, was Healthy");
  await expect(live.page.getByRole("main")).not.toContainText(/(?<!was )Healthy/);
  await expect(agreementOf(live)).toContainText(/Last known: 3 of 3 nodes agree: index \d+, 3 voters\./);
  await expect(live.machine).toContainText("No connection to this console.");
  await expect(live.page).toHaveTitle("○ local - no data");
}

test("a browser that was cut off through five changes shows the newest state and says how many were merged", {
  tag: "@shots",
}, async ({ cluster, page }) => {
  const { proxy, url } = await cluster.link();
  const live = await LivePage.open(page, url);
  await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
  await expect(agreementOf(live)).toContainText("3 of 3 nodes agree");
  proxy.pause();
  // At the same time: stale comes before disconnected, however long the changes take.
  await Promise.all([knowsNothing(live), fiveChanges(cluster.urlOf("n2"))]);

  proxy.resume();
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
  await expect(live.rows(live.learners)).toHaveCount(1);
  await expect(live.learner("n6")).toBeVisible();
  const entry = live.timeline.getByRole("listitem").filter({ hasText: "n6 joined as learner" }).first();
  await expect(entry).toContainText("5 changes merged");
  await expect(entry).toContainText("while away");
  await entry.getByRole("button", { name: "Show all 5 changes" }).click();
  const parts = entry.getByRole("listitem");
  await expect(parts).toHaveCount(5);
  await shoot(page, "reconnected");
  for (const [at, words] of [
    "n4 joined as learner",
    "n5 joined as learner",
    "n6 joined as learner",
    "n4 removed",
    "n5 removed",
  ].entries())
    await expect(parts.nth(at)).toContainText(words);
  await expectAccessible(page, "reconnected, with a gap");
  expect(live.timesLoaded).toBe(1);
});

test("a console that was frozen through five changes says so, and shows the newest state after the thaw", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
  await expect(agreementOf(live)).toContainText("3 of 3 nodes agree");
  cluster.freeze(cluster.pid);
  await Promise.all([knowsNothing(live), fiveChanges(cluster.urlOf("n2"))]);

  cluster.thaw(cluster.pid);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await expect(live.learner("n6")).toBeVisible();
  for (const name of ["n4", "n5"])
    await expect(live.learner(name).filter({ hasNotText: "Removed" })).toHaveCount(0);
  const { committedIndex } = (await cluster.membership(cluster.urlOf("n2"))).snapshot;
  await expect(live.state).toContainText(`Index ${committedIndex}`);
  // One line, or several where the node caught up in steps: together they stand for the five.
  await expect.poll(() => live.changesCounted()).toBe(5);
  expect(live.timesLoaded).toBe(1);
});
