import { expect, test } from "./cluster_test";
import { sendChange } from "./console_api";
import { LivePage } from "./live_page";

test("with one voter down a healthy one cannot be removed, by page or by script; the dead one can", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  await live.signal("Stop", "n3");
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  await expect(live.voter("n3")).toContainText("Stopped");

  const refusal =
    "After it, 1 of 2 voters would be healthy and 2 are needed. Start n3, or remove n3, which is down.";
  await live.choose("n2", "Remove from the cluster");
  await expect(live.dialog.getByRole("heading", { name: "n2 cannot be removed now" })).toBeVisible();
  await expect(live.button("Remove n2")).toBeDisabled();
  await expect(live.button("Remove n2")).toHaveAccessibleDescription(refusal);

  const before = await cluster.membership();
  const ifMatch = `"${before.epoch}:${before.snapshot.committedIndex}"`;
  const answer = await sendChange(cluster.url, { method: "DELETE", path: "members/2", ifMatch });
  expect(answer.status).toBe(409);
  expect(answer.problem).toMatchObject({ code: "would-lose-quorum", detail: refusal });
  expect(await cluster.membership()).toEqual(before);

  await live.button("Remove n3 instead").click();
  await expect(live.dialog).toContainText(
    /n3 has been down .*; nothing healthy is lost\. Two voters remain: add a third next\./,
  );
  await live.commit("Remove n3");
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 2 voters healthy, cannot lose any.");
  await expect(live.state).toContainText("By design: 2 voters tolerate none.");
  await expect(live.voter("n3")).toContainText("Removed");
});

test("with two of three stopped nothing can be changed, one alert says so, and starting them brings all back", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  const alerts = await live.recordAlerts();
  await live.signal("Kill", "n3");
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  await live.signal("Stop", "n2");
  await expect(live.dialog).toContainText("This loses quorum; starting it again brings it back.");
  await live.commit("Stop n2");

  await expect(live.sentence).toHaveText("Quorum lost - 1 of 3 voters healthy; membership cannot change.");
  await expect(page).toHaveTitle("✖ local - Quorum lost");
  for (const name of ["n2", "n3"]) await expect(live.voter(name)).toContainText("0, last known");
  await expect(live.state).toContainText(
    "One more voter restores quorum: start n2 or n3. Remove nothing, delete no data directory.",
  );
  const add = live.learners.getByRole("button", { name: "Add learner" });
  await expect(add).toBeDisabled();
  await expect(add).toHaveAccessibleDescription("No quorum: no change can commit.");
  for (const [item, verb] of [
    ["Demote to learner", "Demote"],
    ["Remove from the cluster", "Remove"],
  ] as const) {
    await live.choose("n2", item);
    await expect(live.button(`${verb} n2`)).toBeDisabled();
    await expect(live.button(`${verb} n2`)).toHaveAccessibleDescription(/^No quorum: no change can commit\./);
    await page.keyboard.press("Escape");
    await expect(live.dialog).toBeHidden();
  }

  const before = await cluster.membership();
  const ifMatch = `"${before.epoch}:${before.snapshot.committedIndex}"`;
  const answer = await sendChange(cluster.url, { method: "DELETE", path: "members/3", ifMatch });
  expect([409, 503]).toContain(answer.status);

  await live.state.getByRole("button", { name: "Start n2" }).click();
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  await live.state.getByRole("button", { name: "Start n3" }).click();
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  expect(await alerts()).toEqual(["Quorum lost: membership cannot change."]);
  expect(await cluster.membership()).toEqual(before);
  const steps = page.getByRole("region", { name: "First steps" });
  await expect(steps.getByRole("listitem").filter({ hasText: "Kill a voter, done" })).toBeVisible();
  await expect(steps.getByRole("listitem").filter({ hasText: "Stop one more, done" })).toBeVisible();
  await expect(steps).toContainText("They caught up by themselves.");
});
