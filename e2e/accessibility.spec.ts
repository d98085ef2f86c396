import { axeFaults as faults } from "./axe";
import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";

for (const theme of ["light", "dark"] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test("axe finds nothing in the main states and dialogs", async ({ cluster, page }) => {
      await addSilentLearner(cluster.url, 4);
      const live = await LivePage.open(page, cluster.url);
      await page.emulateMedia({ reducedMotion: "reduce", colorScheme: theme });
      await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
      await expect(live.learner("n4")).toBeVisible();
      const clean = async (what: string) => expect.soft(await faults(page), what).toEqual([]);
      await clean("healthy");
      const { committedIndex } = (await cluster.membership()).snapshot;
      expect(committedIndex).toBeGreaterThan(0);

      for (const [name, item] of [
        ["n4", "Details"],
        ["n4", "Promote to voter"],
        ["n4", "Remove from the cluster"],
        ["n2", "Remove from the cluster"],
        ["n2", "Demote to learner"],
        ["n2", "Replace by another node"],
        ["n2", "Transfer leadership here"],
      ] as const) {
        if (item === "Transfer leadership here" && (await cluster.leader()).name === "n2") continue;
        await live.choose(name, item);
        await expect(live.dialog).toBeVisible();
        await clean(`${item}, ${name}`);
        await page.keyboard.press("Escape");
        await expect(live.dialog).toBeHidden();
      }
      await page.getByRole("button", { name: "Show views" }).click();
      await clean("view agreement");
      await page.goto(`${cluster.url}/history/?c=local`);
      await expect(page.getByRole("table", { name: "History" })).toBeVisible();
      await clean("history");
      await page.goBack();
      await expect(live.learner("n4")).toBeVisible();
      await page.keyboard.press("a");
      await expect(live.dialog.getByLabel("Name")).toHaveValue("n5");
      await clean("add learner");
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await expect(live.dialog).toBeVisible();
      await clean("help");
      await page.keyboard.press("Escape");
      await expect(live.dialog).toBeHidden();

      await live.signal("Kill", "n3");
      await expect(live.sentence).toContainText("At minimum quorum");
      await clean("at minimum quorum");
      await live.signal("Kill", "n2");
      await expect(live.dialog).toContainText("This loses quorum");
      await clean("the question before quorum is lost");
      await live.commit("Kill n2");
      await expect(live.sentence).toContainText("Quorum lost");
      await clean("quorum lost");
      await page.setViewportSize({ width: 390, height: 844 });
      await clean("quorum lost, phone");
      await cluster.end("SIGKILL");
      await expect(live.freshness).toHaveAccessibleName(/Disconnected/);
      await clean("disconnected, phone");
      await page.setViewportSize({ width: 1440, height: 900 });
      await clean("disconnected");
    });
  });
}
