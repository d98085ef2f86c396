import { expect, test } from "@playwright/test";
import { LivePage } from "./live_page";
import { LocalCluster } from "./local_cluster";

test("a console that is mounted at a path of its own works there: page, stream, changes, links and other consoles", async ({
  page,
}) => {
  const cluster = await LocalCluster.up(["--base-path", "/ops/rollcall"]);
  try {
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(error.message));
    const root = `${cluster.url}/ops/rollcall`;
    const live = await LivePage.open(page, `${root}/`);
    await expect(page).toHaveURL(`${root}/cluster/?c=local`);
    await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
    await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", "/ops/rollcall/state-ok.svg");
    await live.learners.getByRole("button", { name: "Add learner" }).click();
    await live.commit("Add learner");
    await expect(live.learner("n4")).toContainText("Healthy");
    await page.getByRole("link", { name: "History" }).first().click();
    await expect(page).toHaveURL(`${root}/history/?c=local`);
    await expect(page.getByRole("rowheader", { name: "n4 joined as learner" })).toBeVisible();
    await expect(page).toHaveTitle("\u25cf local - Quorum OK");
    await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", "/ops/rollcall/state-ok.svg");
    await page.getByRole("link", { name: "Members" }).click();
    await expect(live.learner("n4")).toBeVisible();
    const other = live.process("n2").getByRole("link", { name: "Console of n2" });
    await expect(other).toHaveAttribute(
      "href",
      new RegExp(`^${cluster.urlOf("n2")}/ops/rollcall/cluster/\\?c=local`),
    );
    await other.click();
    await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
    await expect(live.learner("n4")).toBeVisible();
    expect(errors).toEqual([]);
  } finally {
    await cluster.dispose();
  }
});
