import { expect, test } from "./cluster_test";
import { LivePage } from "./live_page";

test("removing the leader asks for its name and offers a transfer first; removed all the same, the others elect", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.urlOf("n1"));
  const term = await cluster.ledBy("n2");
  await expect(live.voter("n2")).toContainText("Leader");
  await live.choose("n2", "Remove from the cluster");
  await expect(live.dialog).toContainText("n2 leads. Transfer first to avoid an election.");
  await expect(live.button("Remove n2")).toBeDisabled();
  await live.button("Transfer first").click();
  await expect(live.dialog.getByRole("heading", { name: "Transfer leadership from n2" })).toBeVisible();
  await live.button("Cancel").click();
  await expect(live.dialog).toBeHidden();

  await live.choose("n2", "Remove from the cluster");
  await live.dialog.getByLabel("Type n2 to remove it").fill("n2");
  await live.commit("Remove n2");
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 2 voters healthy, cannot lose any.");
  await expect(live.state).toContainText(/Leader n[13], 2 of 2 agree/);
  expect((await cluster.leader()).term).toBeGreaterThan(term);
  await expect(live.process("n2")).toBeHidden();
});

test("the node that serves the page can be removed: its page says so, and the next start goes on with the others", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  if ((await cluster.leader()).name === "n1") {
    await cluster.ledBy("n2");
    await expect(live.voter("n2")).toContainText("Leader");
  }
  await live.choose("n1", "Remove from the cluster");
  await expect(live.dialog.getByRole("checkbox")).toHaveCount(0);
  await live.dialog.getByLabel("Type n1 to remove it").fill("n1");
  await live.commit("Remove n1");
  await expect(page.getByRole("region", { name: "Removed node" })).toContainText("This node was removed");
  await expect(live.state.getByRole("link", { name: "Open on n2" })).toBeVisible();
  await expect(live.process("n1")).toContainText("removed from the cluster");

  expect(await cluster.end("SIGINT")).toBe(0);
  await cluster.start();
  await page.goto(cluster.url);
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 2 voters healthy, cannot lose any.");
  await expect(live.rows(live.voters)).toHaveCount(2);
  await expect(live.process("n1")).toBeHidden();
  await expect(live.process("n2")).toContainText("serves this page");
});
