import { etagOf } from "../protocol/membership";
import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner, sendChange } from "./console_api";
import { LivePage } from "./live_page";
import { shoot } from "./shoot";

test("of two operators at one index the second is fenced, sees what changed, reviews and succeeds", {
  tag: "@shots",
}, async ({ cluster, page, secondPage }) => {
  await addSilentLearner(cluster.url, 4);
  await addSilentLearner(cluster.url, 5);
  const { proxy, url } = await cluster.link();
  const first = await LivePage.open(page, cluster.url);
  const second = await LivePage.open(secondPage, url);
  const { committedIndex } = (await cluster.membership()).snapshot;
  await first.choose("n4", "Remove from the cluster");
  await second.choose("n5", "Remove from the cluster");
  for (const live of [first, second]) await expect(live.dialog).toContainText(`index ${committedIndex}`);

  // What the second operator sends is on its way while the first one's change is not yet on the second's page.
  proxy.pause();
  await first.commit("Remove n4");
  const moved = (await cluster.membership()).snapshot.committedIndex;
  await second.button("Remove n5").click();
  await expect(second.button("Committing...")).toBeVisible();
  proxy.resume();
  await expect(second.dialog).toContainText(
    `The cluster changed while you were reading; nothing was done. Since ${committedIndex}: n4 left (${moved}).`,
  );
  await expect(second.button("Remove n5")).toBeHidden();
  await expectAccessible(secondPage, "fence lost", "twice");
  await shoot(secondPage, "fence-lost");
  expect((await cluster.membership()).snapshot.learners).toEqual(["5"]);

  await second.button("Review again").click();
  await expect(second.dialog).toContainText(`index ${moved}`);
  await second.commit("Remove n5");
  for (const live of [first, second]) await expect(live.learner("n5")).toContainText("Removed");
  const removals = (await cluster.history()).filter(({ kind }) => kind === "remove");
  expect(removals.map(({ changes, outcome }) => [changes[0]?.name, outcome])).toEqual([
    ["n4", "applied"],
    ["n5", "refused"],
    ["n5", "applied"],
  ]);
});

test("a change that shows up while a dialog is open stops it before anything is sent", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  const live = await LivePage.open(page, cluster.url);
  await live.choose("n4", "Remove from the cluster");
  await expect(live.button("Remove n4")).toBeEnabled();
  await addSilentLearner(cluster.url, 5);
  await expect(live.dialog).toContainText("nothing was done");
  await expect(live.dialog).toContainText("n5 joined as learner");
  await live.button("Review again").click();
  await live.commit("Remove n4");
  await expect(live.learner("n4")).toContainText("Removed");
});

test("a transfer is fenced by leader and term", async ({ cluster, page }) => {
  const live = await LivePage.open(page, cluster.url);
  const seen = await cluster.leader();
  const [target, other] = ["n2", "n3", "n1"].filter((name) => name !== seen.name);
  if (target === undefined || other === undefined) throw new Error("three voters have two that do not lead");
  await live.choose(target, "Transfer leadership here");
  await expect(live.button(`Transfer to ${target}`)).toBeEnabled();
  await cluster.ledBy(other);
  await expect(live.dialog).toContainText(
    `Leadership moved to ${other} while you were reading; nothing was done.`,
  );

  const late = await sendChange(cluster.url, {
    method: "POST",
    path: "leader",
    body: { target: target.slice(1), leader: seen.id, term: seen.term },
  });
  expect(late.status).toBe(409);
  expect(late.problem?.code).toBe("leader-changed");
  expect((await cluster.leader()).name).toBe(other);

  await live.button("Review again").click();
  await live.commit(`Transfer to ${target}`);
  await expect(live.voter(target)).toContainText("Leader");
});

test("over HTTP a change without a fence is 428, and one with an old fence 412 with the newest membership", async ({
  cluster,
}) => {
  const old = etagOf(await cluster.membership());
  await addSilentLearner(cluster.url, 4);
  const newest = await cluster.membership();
  const remove = { method: "DELETE", path: "members/4" } as const;
  for (const url of [cluster.url, cluster.urlOf("n2"), cluster.urlOf("n3")]) {
    const unfenced = await sendChange(url, remove);
    expect([unfenced.status, unfenced.problem?.code]).toEqual([428, "fence-required"]);
    const late = await sendChange(url, { ...remove, ifMatch: old });
    expect([late.status, late.problem?.code]).toEqual([412, "fence-lost"]);
    expect(late.problem?.membership).toEqual(newest);
  }
  expect(await cluster.membership()).toEqual(newest);
});
