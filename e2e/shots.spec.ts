import { resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { eventually } from "./eventually";
import { LivePage } from "./live_page";
import { LocalCluster, signal } from "./local_cluster";

/** `npm run shots` keeps the pictures in docs/shots; a plain run leaves them among the results. */
const folder = process.env.ROLLCALL_SHOTS ?? resolve(import.meta.dirname, "../test-results/shots");

test("the page in its states, light and dark, wide and phone", async ({ page }) => {
  const cluster = await LocalCluster.up();
  const live = await LivePage.open(page, cluster.url);

  async function shoot(name: string): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: resolve(folder, `${name}-${colorScheme}.png`) });
    }
  }

  try {
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await shoot("first-look");

    await live.learners.getByRole("button", { name: "Add learner" }).click();
    await expect(live.button("Add learner")).toBeEnabled();
    await shoot("add-learner");
    await live.commit("Add learner");
    await live.setLoad("100/s");
    await expect(live.learner("n4")).toContainText("Healthy");
    await shoot("live");

    await live.choose("n4", "Promote");
    await expect(live.button("Promote n4")).toBeEnabled();
    await shoot("promote");
    await live.button("Cancel").click();

    await page.setViewportSize({ width: 390, height: 844 });
    await shoot("phone");
    await page.setViewportSize({ width: 1440, height: 900 });

    const follower = (await cluster.leader()).name === "n2" ? "n3" : "n2";
    signal(await live.pidOf(follower), "SIGKILL");
    await expect(live.sentence).toContainText("At minimum quorum");
    await expect(live.process(follower)).toContainText("Exited (SIGKILL)");
    await shoot("degraded");

    await live.choose("n1", "Remove");
    await expect(live.dialog).toContainText("cannot be removed now");
    await shoot("remove-refused");
    await page.keyboard.press("Escape");

    for (const { url } of cluster
      .nodes()
      .filter(({ name }) => ["n2", "n3"].includes(name) && name !== follower)) {
      signal(await cluster.pidOf(url), "SIGKILL");
    }
    await expect(live.sentence).toContainText(/Quorum lost|No leader/);
    await shoot("quorum-lost");

    signal(cluster.pid, "SIGKILL");
    await eventually("the page to say so", async () =>
      (await live.freshness.textContent())?.includes("Disconnected"),
    );
    await shoot("disconnected");
  } finally {
    await cluster.dispose();
  }
});
