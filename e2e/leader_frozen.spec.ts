import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";

test("a frozen leader is replaced and called frozen; thawed, it follows", async ({ cluster, page }) => {
  const live = await LivePage.open(page, cluster.url);
  const term = await cluster.ledBy("n2");
  await expect(live.voter("n2")).toContainText("Leader");
  await live.signal("Freeze", "n2");
  await expect(live.voter("n2")).toContainText(/Frozen/);
  await expect(live.state).toContainText(/Leader n[13], 2 of 2 answering agree/);
  await expect(live.state).toContainText("Thaw it: it goes on where it stood.");
  await addSilentLearner(cluster.url, 4);
  await live.state.getByRole("button", { name: "Thaw n2" }).click();
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await expect(live.state).toContainText(/Leader n[13], 3 of 3 agree/);
  await expect(live.voter("n2")).not.toContainText("Leader");
  expect((await cluster.leader()).term).toBeGreaterThan(term);
  await expect
    .poll(async () => (await cluster.membership(cluster.urlOf("n2"))).snapshot.learners)
    .toEqual(["4"]);
});

test("a transfer to a voter that just froze does nothing, and says who leads", async ({ cluster, page }) => {
  const live = await LivePage.open(page, cluster.url);
  const leader = await cluster.leader();
  const target = leader.name === "n3" ? "n2" : "n3";
  const pid = await live.pidOf(target);
  await live.choose(target, "Transfer leadership here");
  await expect(live.button(`Transfer to ${target}`)).toBeEnabled();
  cluster.freeze(pid);
  await live.button(`Transfer to ${target}`).click();
  await expect(live.dialog).toContainText(
    `${target} did not take over; ${leader.name} still leads term ${leader.term}.`,
  );
  expect(await cluster.leader()).toEqual(leader);
});
