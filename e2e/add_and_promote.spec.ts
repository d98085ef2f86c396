import { existsSync } from "node:fs";
import { join } from "node:path";
import { ownPort } from "../server/testing/ports";
import { expect, test } from "./cluster_test";
import { addSilentLearner, change } from "./console_api";
import { LivePage } from "./live_page";
import { installCommand, ShellProcess } from "./shell_process";

test("a learner joins, catches up under load, votes, steps back and leaves, in two browsers alike", async ({
  cluster,
  page,
  secondPage,
}) => {
  const one = await LivePage.open(page, cluster.url);
  const two = await LivePage.open(secondPage, cluster.urlOf("n2"));
  const both = [one, two];

  await one.learners.getByRole("button", { name: "Add learner" }).click();
  await expect(one.dialog.getByRole("heading", { name: "Add a learner to local" })).toBeVisible();
  await expect(one.dialog.getByLabel("Name")).toHaveValue("n4");
  await one.commit("Add learner");
  for (const live of both) await expect(live.learner("n4")).toContainText("Healthy");

  await test.step("lag and rate show while it falls behind and catches up", async () => {
    await one.setLoad("100/s");
    await one.member("n4").getByRole("rowheader").getByRole("button").click();
    await expect(one.dialog).toContainText(/Catch-up\s*(About .* at )?[1-9][\d,]*\/s/);
    await page.keyboard.press("Escape");
    await one.signal("Freeze", "n4");
    for (const live of both) await expect(live.learner("n4")).toContainText(/[1-9][\d,]{2,}.*rising/);
    await one.choose("n4", "Promote to voter");
    await expect(one.button("Promote n4")).toBeDisabled();
    await expect(one.dialog).toContainText("n4 has not been heard from");
    await page.keyboard.press("Escape");
    await expect(one.dialog).toBeHidden();
    await one.signal("Thaw", "n4");
    for (const live of both) await expect(live.learner("n4")).toContainText("Healthy");
    await one.setLoad("Off");
  });

  await one.learner("n4").getByRole("button", { name: "Promote n4" }).click();
  await expect(one.dialog.getByRole("row", { name: "Voters" })).toHaveText(/3\s*4/);
  await expect(one.dialog).toContainText("No tolerance gained: 4 voters lose no more than 3 do.");
  await one.commit("Promote n4");
  for (const live of both) {
    await expect(live.rows(live.voters)).toHaveCount(4);
    await expect(live.sentence).toHaveText("Quorum OK - 4 of 4 voters healthy, can lose 1.");
  }

  await one.choose("n4", "Demote to learner");
  await one.commit("Demote n4");
  for (const live of both) {
    await expect(live.learner("n4")).toBeVisible();
    await expect(live.rows(live.voters)).toHaveCount(3);
  }

  await one.choose("n4", "Remove from the cluster");
  await expect(one.dialog).toContainText("n4 has no vote; quorum and tolerance stay. Its id is retired.");
  const stopToo = one.dialog.getByRole("checkbox", { name: /Also stop its process here/ });
  await expect(one.dialog.locator("code").last()).toContainText("rollcall remove n4 --stop-process");
  await stopToo.uncheck();
  await expect(one.dialog.locator("code").last()).not.toContainText("--stop-process");
  await stopToo.check();
  await one.commit("Remove n4");
  for (const live of both) {
    await expect(live.learner("n4")).toContainText("Removed");
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await expect
      .poll(() => live.diffs())
      .toEqual(["n4 left", "n4 demoted to learner", "n4 promoted to voter", "n4 joined as learner"]);
    expect(live.timesLoaded).toBe(1);
  }
  expect((await cluster.membership()).snapshot).toMatchObject({ members: ["1", "2", "3"], learners: [] });
  await expect.poll(() => existsSync(join(cluster.folder, ".rollcall/removed"))).toBe(true);
});

test("a learner that the operator starts with the command of the dialog joins and votes", async ({
  cluster,
  page,
}) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const live = await LivePage.open(page, cluster.url);
  const address = `127.0.0.1:${await ownPort()}`;
  await live.learners.getByRole("button", { name: "Add learner" }).click();
  await live.dialog.getByRole("radio", { name: "I start it myself" }).click();
  await live.dialog.getByLabel("Address").fill(address);
  await live.button("Add learner").click();
  await expect(live.dialog.getByRole("heading", { name: "Start n4" })).toBeVisible();
  await live.button("Copy the start command").click();
  const command = await page.evaluate<string>("navigator.clipboard.readText()");
  expect(command).toContain("ROLLCALL_JOIN_TOKEN=");
  await live.commit("Done");
  await expect(live.learner("n4")).toContainText("Not started - waiting for first contact");
  await expect(
    live.learner("n4").getByRole("button", { name: "Copy the start command of n4" }),
  ).toBeVisible();

  installCommand(cluster.folder);
  const shell = new ShellProcess(command, cluster.folder);
  try {
    await expect(live.learner("n4"), shell.printed).toContainText("Healthy");
    await live.choose("n4", "Promote to voter");
    await live.commit("Promote n4");
    await expect(live.voter("n4")).toContainText(address);
    await expect(live.sentence).toHaveText("Quorum OK - 4 of 4 voters healthy, can lose 1.");
  } finally {
    await shell.end();
  }
  await expect(live.sentence).toHaveText("At minimum quorum - 3 of 4 voters healthy, cannot lose any.");
});

test("leadership moves to the voter that the operator picks", async ({ cluster, page }) => {
  const live = await LivePage.open(page, cluster.url);
  const before = await cluster.leader();
  const target = before.name === "n3" ? "n2" : "n3";
  await live.choose(target, "Transfer leadership here");
  await expect(live.dialog.getByRole("radio", { name: target })).toBeChecked();
  await live.commit(`Transfer to ${target}`);
  await expect(live.voter(target)).toContainText("Leader");
  await expect(live.state).toContainText(`Leader ${target}, 3 of 3 agree, term ${before.term + 1}`);
  await expect(live.timeline).toContainText(`${target} leads`);
});

test("an id that was removed is refused by its field, and the next free one is one click away", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  await change(cluster.url, "DELETE", "members/4");
  const { index } = (await cluster.history()).at(-1) ?? { index: 0 };
  const live = await LivePage.open(page, cluster.url);
  await live.learners.getByRole("button", { name: "Add learner" }).click();
  await live.dialog.getByRole("radio", { name: "I start it myself" }).click();
  await expect(live.dialog.getByLabel("Id")).toHaveValue("5");
  await live.dialog.getByLabel("Id").fill("4");
  await live.dialog.getByLabel("Address").fill("nowhere");
  await expect(live.dialog.getByLabel("Address")).toHaveAccessibleDescription(/host:port/);
  await expect(live.button("Add learner")).toBeDisabled();
  await live.dialog.getByLabel("Address").fill("127.0.0.1:9");
  await live.button("Add learner").click();
  await expect(live.dialog.getByLabel("Id")).toHaveAccessibleDescription(
    `Id 4 was removed at index ${index} and stays retired. Next free: 5.`,
  );
  await live.button("Use id 5").click();
  await live.button("Add learner").click();
  await live.commit("Done");
  await expect.poll(async () => (await cluster.membership()).snapshot.learners).toEqual(["5"]);
});
