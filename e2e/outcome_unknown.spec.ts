import type { Page } from "@playwright/test";
import { expectAccessible } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";
import { shoot } from "./shoot";

const UNKNOWN = "Outcome unknown - watching. Removing n4 may have been applied. Do not repeat it.";

const OUTCOMES = "**/requests/**";

/** Learners are added and the answer is lost; what became of it cannot be asked before OUTCOMES is let through. */
async function loseAnswers(page: Page): Promise<void> {
  await page.route("**/learners", async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.route(OUTCOMES, (route) => route.abort("connectionreset"));
}

test("a lost answer is called unknown, survives a reload, and becomes what happened", {
  tag: "@shots",
}, async ({ cluster, page }) => {
  await addSilentLearner(cluster.url, 4);
  const live = await LivePage.open(page, cluster.url);
  // The request reaches the console; its answer, and any later one, is lost on the way back.
  await page.route("**/api/**", async (route) => {
    if (route.request().method() === "DELETE") await route.fetch();
    await route.abort("connectionreset");
  });
  await live.choose("n4", "Remove from the cluster");
  await live.button("Remove n4").click();
  await expect(live.dialog).toContainText(UNKNOWN);
  await live.button("Watch in background").click();
  await expect(live.outcomes).toContainText(UNKNOWN);
  const add = live.learners.getByRole("button", { name: "Add learner" });
  await expect(add).toBeDisabled();
  await expect(add).toHaveAccessibleDescription("The outcome of an earlier change is not known yet.");

  await page.reload();
  await expect(live.outcomes).toContainText(UNKNOWN);
  await expect(live.learner("n4").or(live.learners.getByText("No learners."))).toBeVisible();
  await expectAccessible(page, "outcome unknown");
  await shoot(page, "outcome-unknown");
  await page.unroute("**/api/**");
  const { committedIndex, learners } = (await cluster.membership()).snapshot;
  expect(learners).toEqual([]);
  await expect(live.outcomes).toContainText(`Removing n4: Applied at index ${committedIndex}.`);
  await expect(add).toBeEnabled();
  const removals = (await cluster.history()).filter(({ kind }) => kind === "remove");
  expect(removals.map(({ index, outcome }) => [index, outcome])).toEqual([[committedIndex, "applied"]]);
  await live.outcomes.getByRole("button", { name: "Dismiss: Removing n4" }).click();
  await expect(live.outcomes).toBeHidden();
});

test("a change while both followers are frozen is unknown, and the verdict after the thaw equals the history", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  await cluster.ledBy("n1");
  const live = await LivePage.open(page, cluster.url);
  const followers = [await live.pidOf("n2"), await live.pidOf("n3")];
  await live.choose("n4", "Remove from the cluster");
  await expect(live.button("Remove n4")).toBeEnabled();
  for (const pid of followers) cluster.freeze(pid);
  await live.button("Remove n4").click();
  await expect(live.dialog).toContainText(UNKNOWN);
  await live.button("Watch in background").click();
  await expect(live.outcomes).toContainText(UNKNOWN);
  for (const pid of followers) cluster.thaw(pid);

  await expect(live.outcomes).toContainText(/Removing n4: (Applied at index \d+|Not applied)\./);
  const verdict = (await live.outcomes.textContent()) ?? "";
  const index = /Applied at index (\d+)/.exec(verdict)?.[1];
  for (const name of ["n1", "n2", "n3"]) {
    await expect
      .poll(async () => {
        const entries = await cluster.history(cluster.urlOf(name));
        return entries
          .filter((entry) => entry.kind === "remove" && entry.outcome === "applied")
          .map((entry) => String(entry.index));
      })
      .toEqual(index === undefined ? [] : [index]);
  }
  expect((await cluster.membership()).snapshot.learners).toEqual(index === undefined ? ["4"] : []);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
});

test("a learner started here whose answer is lost is there once and runs", async ({ cluster, page }) => {
  const live = await LivePage.open(page, cluster.url);
  await loseAnswers(page);
  await live.learners.getByRole("button", { name: "Add learner" }).click();
  await live.button("Add learner").click();
  await expect(live.dialog).toContainText("Adding learner n4 may have been applied. Do not repeat it.");
  await page.unroute(OUTCOMES);
  await live.button("Watch in background").click();
  await expect(live.outcomes).toContainText(/Adding learner n4: Applied at index \d+\./);
  await expect(live.learner("n4")).toContainText("Healthy");
  await expect(live.process("n4")).toContainText("Running");
  const added = (await cluster.history()).filter(({ kind }) => kind === "add-learner");
  expect(added.map(({ outcome }) => outcome)).toEqual(["applied"]);
});

test("a replacement goes on from the strip where the answer to its learner was lost", async ({
  cluster,
  page,
}) => {
  // Replacing a leader would ask for its name.
  await cluster.ledBy("n1");
  const live = await LivePage.open(page, cluster.url);
  await loseAnswers(page);
  await live.choose("n3", "Replace by another node");
  await live.button("Replace n3").click();
  await expect(live.dialog).toContainText("Outcome unknown - watching.");
  await page.unroute(OUTCOMES);
  await live.button("Watch in background").click();
  await expect(live.outcomes).toContainText(
    /Adding n4, to replace n3: Applied at index \d+\. The plan that replaces it is not made yet\./,
  );
  await live.outcomes.getByRole("button", { name: "Go on" }).click();
  await live.dialog.getByRole("radio", { name: "A learner of this cluster" }).click();
  await live.commit("Replace n3");
  await expect(page.getByRole("region", { name: "Plan" })).toContainText("Done. n4 votes; n3 is out.");
  expect((await cluster.membership()).snapshot).toMatchObject({ members: ["1", "2", "4"], learners: [] });
});

test("a change that never arrived ends as not applied, and can be reviewed again", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  const live = await LivePage.open(page, cluster.url);
  await page.route("**/members/4", (route) => route.abort("connectionreset"));
  await live.choose("n4", "Remove from the cluster");
  await live.button("Remove n4").click();
  await expect(live.dialog).toContainText(UNKNOWN);
  await live.button("Watch in background").click();
  await expect(live.outcomes).toContainText(UNKNOWN);
  // Only after the request's deadline can it be said that it never will be.
  await expect(live.outcomes).toContainText("Removing n4: Not applied.");
  expect((await cluster.history()).filter(({ kind }) => kind === "remove")).toEqual([]);

  await page.unroute("**/members/4");
  await live.outcomes.getByRole("button", { name: "Review again" }).click();
  await live.commit("Remove n4");
  await expect(live.learner("n4")).toContainText("Removed");
  await expect(live.outcomes).toBeHidden();
});
