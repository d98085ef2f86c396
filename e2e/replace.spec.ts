import type { Locator, Page } from "@playwright/test";
import { ownPort } from "../server/testing/ports";
import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";
import { signal } from "./local_cluster";
import { installCommand, ShellProcess } from "./shell_process";

/** Presses Tab until a control has the focus, then a key on it. */
async function tabTo(page: Page, control: Locator, key = "Enter"): Promise<void> {
  await expect(control).toBeEnabled();
  for (let step = 0; step < 60; step += 1) {
    if (await control.evaluate((element) => element.matches(":focus"))) break;
    await page.keyboard.press("Tab");
  }
  await expect(control).toBeFocused();
  await page.keyboard.press(key);
}

/** Begins to replace n3 by n4, which the operator starts; the keyboard alone. The command that starts n4. */
async function beginByKeyboard(live: LivePage, page: Page, address: string): Promise<string> {
  await tabTo(page, live.state.getByRole("button", { name: "Replace n3" }));
  await expect(live.dialog.getByRole("heading", { name: "Replace voter n3" })).toBeVisible();
  const step = (name: RegExp) => live.dialog.getByRole("row", { name });
  await expect(step(/^1\. Add n4 as learner/)).toHaveText(/3\s*2\s*2\s*0$/);
  await expect(step(/^3\. n4 votes and n3 leaves, in one change/)).toHaveText(/3\s*2\s*3\s*1$/);
  await tabTo(page, live.dialog.getByRole("radio", { name: "Start it on this machine" }), "ArrowDown");
  const byHand = live.dialog.getByRole("radio", { name: "I start it myself" });
  await expect(byHand).toBeFocused();
  // An arrow selects what it moves to only while it is held, and on a busy machine this one was let go before the focus moved.
  await page.keyboard.press("Space");
  await expect(byHand).toBeChecked();
  await tabTo(page, live.dialog.getByLabel("Address"), "Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type(address);
  await expect(live.dialog.locator("code")).toContainText(
    new RegExp(
      `add-learner --id 4 --address ${address} --name n4 --if-match .* && rollcall replace n3 --with 4$`,
    ),
  );
  await tabTo(page, live.button("Replace n3"));
  await expect(live.dialog.getByRole("heading", { name: "Start n4" })).toBeVisible();
  const command = ((await live.dialog.locator("code").textContent()) ?? "").replace(/^\$\s*/, "");
  await tabTo(page, live.button("Done"));
  await expect(live.dialog).toBeHidden();
  return command;
}

test("a dead voter is replaced by keyboard, while the leader and the page's backend are killed midway", async ({
  cluster,
  page,
}) => {
  // A process of its own leads.
  await cluster.ledBy("n2");
  const live = await LivePage.open(page, cluster.url);
  signal(await cluster.pidOf(cluster.urlOf("n3")), "SIGKILL");
  await expect(live.sentence).toContainText("At minimum quorum");
  const command = await beginByKeyboard(live, page, `127.0.0.1:${await ownPort()}`);
  const plan = page.getByRole("region", { name: "Plan" });
  const waits = async () => {
    await expect(plan).toContainText("Replacing n3 with n4");
    await expect(plan).toContainText(/Step 2 of 3 - waiting: n4/);
  };
  await waits();

  await test.step("kill -9 the leader: the plan stands at the same step", async () => {
    signal(await cluster.pidOf(cluster.urlOf("n2")), "SIGKILL");
    await expect(live.process("n2")).toContainText("Exited (SIGKILL)");
    await live.signal("Start", "n2");
    await expect(live.sentence).toContainText("At minimum quorum");
    await waits();
  });

  await test.step("kill -9 the backend of the page: so does it after its restart", async () => {
    await cluster.end("SIGKILL");
    await expect(live.freshness).toHaveAccessibleName(/Disconnected/);
    await expect(plan).toContainText("Last known: Step 2 of 3");
    await cluster.start();
    await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
    await waits();
  });

  installCommand(cluster.folder);
  const shell = new ShellProcess(command, cluster.folder);
  try {
    await expect(plan, shell.printed).toContainText("Done. n4 votes; n3 is out.");
    await expect(live.voter("n4")).toContainText("Healthy");
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    expect((await cluster.membership()).snapshot).toMatchObject({ members: ["1", "2", "4"], learners: [] });
    const swaps = (await cluster.history()).filter(({ kind }) => kind === "joint");
    expect(swaps).toHaveLength(1);
    expect(swaps[0]?.changes).toMatchObject([
      { kind: "promote", id: "4" },
      { kind: "remove", id: "3" },
    ]);
    await plan.getByRole("button", { name: "Dismiss: Replacing n3 with n4" }).click();
    await expect(plan).toBeHidden();
  } finally {
    await shell.end();
  }
});

test("a plan shows to every operator, who may pause, resume and stop it; stopping undoes nothing", async ({
  cluster,
  page,
  secondPage,
}) => {
  await addSilentLearner(cluster.url, 4);
  const one = await LivePage.open(page, cluster.url);
  const two = await LivePage.open(secondPage, cluster.urlOf("n2"));
  const target = (await cluster.leader()).name === "n3" ? "n2" : "n3";
  await one.choose(target, "Remove from the cluster");
  await one.button(`Replace ${target} instead`).click();
  await one.dialog.getByRole("radio", { name: "A learner of this cluster" }).click();
  await expect(one.dialog.getByRole("combobox", { name: "Learner" })).toHaveValue("4");
  await one.commit(`Replace ${target}`);

  const plans = [page, secondPage].map((of) => of.getByRole("region", { name: "Plan" }));
  for (const plan of plans) await expect(plan).toContainText(`Replacing ${target} with n4`);
  const [first, second] = plans;
  await second?.getByRole("button", { name: "Pause" }).click();
  for (const plan of plans) await expect(plan).toContainText("Paused at step 2 of 3");
  await expectAccessible(page, "a plan, paused");
  await first?.getByRole("button", { name: "Resume" }).click();
  for (const plan of plans) await expect(plan).toContainText(/Step 2 of 3 - waiting: n4/);

  await one.choose(target, "Replace by another node");
  await expect(one.dialog).toContainText(`Plan under way: Replacing ${target} with n4`);
  await expect(one.button(`Replace ${target}`)).toBeDisabled();
  await one.button("Cancel").click();

  const before = (await cluster.membership()).snapshot;
  await second?.getByRole("button", { name: "Stop here" }).click();
  await expect(two.dialog).toContainText(`n4 stays a learner; ${target} still votes. Nothing is undone.`);
  await two.commit("Stop here");
  for (const plan of plans) await expect(plan).toContainText("Stopped. n4 stays a learner;");
  expect((await cluster.membership()).snapshot).toEqual(before);
});

test("a learner that is behind is promoted by the cluster once it has caught up", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  await live.learners.getByRole("button", { name: "Add learner" }).click();
  await live.commit("Add learner");
  await expect(live.learner("n4")).toContainText("Healthy");
  await live.setLoad("1,000/s");
  const pid = await cluster.pidOfMember("4");

  // Frozen it falls behind at once, and after 3 s it is not heard from any more: in between the plan is offered.
  await expect(async () => {
    await live.learner("n4").getByRole("button", { name: "Promote n4" }).click();
    cluster.freeze(pid);
    try {
      await live.button("Promote when caught up").click({ timeout: 3000 });
      await expect(live.dialog).toBeHidden();
    } catch (error) {
      cluster.thaw(pid);
      await page.keyboard.press("Escape");
      await expect(live.learner("n4")).toContainText("Healthy");
      throw error;
    }
  }).toPass();
  const plan = page.getByRole("region", { name: "Plan" });
  await expect(plan).toContainText("Promoting n4 when caught up");
  await expect(plan).toContainText("Step 1 of 2");
  expect((await cluster.membership()).snapshot.learners).toEqual(["4"]);

  cluster.thaw(pid);
  await expect(plan).toContainText("Done. n4 votes.");
  await expect(live.voter("n4")).toContainText("Healthy");
  expect((await cluster.membership()).snapshot).toMatchObject({
    members: ["1", "2", "3", "4"],
    learners: [],
  });
});
