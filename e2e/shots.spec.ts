import { expect, test } from "./cluster_test";
import { LivePage } from "./live_page";
import { signal } from "./local_cluster";
import { shoot } from "./shoot";

/** What other specs do not show while they test it: theirs are taken there. A plain run has nothing to do here. */
test.skip(process.env.ROLLCALL_SHOTS === undefined, "pictures are taken by npm run shots");

test("pictures: the page that works, its dialogs, a phone", { tag: "@shots" }, async ({ cluster, page }) => {
  const live = await LivePage.open(page, cluster.url);
  if ((await cluster.leader()).name !== "n1") await cluster.ledBy("n1");
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  await shoot(page, "first-look");

  await live.learners.getByRole("button", { name: "Add learner" }).click();
  await expect(live.button("Add learner")).toBeEnabled();
  await shoot(page, "add-learner");
  await live.commit("Add learner");
  await live.setLoad("100/s");
  await expect(live.learner("n4")).toContainText("Healthy");
  await shoot(page, "live");
  await shoot(page, "phone", "phone");

  for (const [name, item, picture] of [
    ["n4", "Details", "details"],
    ["n4", "Promote", "promote"],
    ["n2", "Transfer leadership here", "transfer"],
    ["n2", "Replace by another node", "replace"],
    ["n2", "Remove from the cluster", "remove-voter"],
  ] as const) {
    await live.choose(name, item);
    await expect(live.dialog).toBeVisible();
    await shoot(page, picture);
    if (picture === "details" || picture === "remove-voter") await shoot(page, `phone-${picture}`, "phone");
    await page.keyboard.press("Escape");
    await expect(live.dialog).toBeHidden();
  }
  await page.goto(`${cluster.url}/history/?c=local`);
  await expect(page.getByRole("table", { name: "History" })).toBeVisible();
  await shoot(page, "history");
});

test("pictures: voters fail, a plan mends, quorum goes, the console goes", { tag: "@shots" }, async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  if ((await cluster.leader()).name !== "n1") await cluster.ledBy("n1");
  await live.signal("Kill", "n3");
  await expect(live.sentence).toContainText("At minimum quorum");
  await expect(live.process("n3")).toContainText("Exited (SIGKILL)");
  await shoot(page, "degraded");
  await shoot(page, "phone-degraded", "phone");

  await live.choose("n2", "Remove from the cluster");
  await expect(live.dialog).toContainText("cannot be removed now");
  await shoot(page, "remove-refused");
  await page.keyboard.press("Escape");

  await live.learners.getByRole("button", { name: "Add learner" }).click();
  await live.dialog.getByRole("radio", { name: "I start it myself" }).click();
  await live.dialog.getByLabel("Address").fill("127.0.0.1:9");
  await live.button("Add learner").click();
  await expect(live.button("Done")).toBeVisible();
  await shoot(page, "start-command");
  await live.commit("Done");
  await live.choose("n3", "Replace by another node");
  await live.dialog.getByRole("radio", { name: "A learner of this cluster" }).click();
  await live.commit("Replace n3");
  await expect(page.getByRole("region", { name: "Plan" })).toContainText("Step 2 of 3");
  await shoot(page, "plan");

  signal(await live.pidOf("n2"), "SIGKILL");
  await expect(live.sentence).toContainText("Quorum lost");
  await shoot(page, "quorum-lost");
  await shoot(page, "phone-quorum-lost", "phone");
  signal(cluster.pid, "SIGKILL");
  await expect(live.freshness).toHaveAccessibleName(/Disconnected/);
  await shoot(page, "disconnected");
});
