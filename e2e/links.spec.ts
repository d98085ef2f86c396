import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";

test("a link to a cluster that this console does not have says so, and leads to those it has", async ({
  cluster,
  page,
}) => {
  for (const path of ["cluster", "history"]) {
    await page.goto(`${cluster.url}/${path}/?c=elsewhere`);
    await expect(page.getByRole("heading", { name: "No cluster elsewhere" })).toBeVisible();
  }
  await page.getByRole("link", { name: "Show the clusters of this console" }).click();
  await expect(LivePage.on(page).voter("n1")).toContainText("Healthy");
});

test("a link opens details or a dialog and executes nothing; Back closes, Forward opens again", async ({
  cluster,
  page,
}) => {
  const before = await cluster.membership();
  const live = await LivePage.open(page, cluster.url);
  await page.goto(`${cluster.url}/cluster/?c=local&do=remove&member=3`);
  await expect(live.dialog.getByRole("heading", { name: "Remove voter n3" })).toBeVisible();
  await live.button("Cancel").click();
  await expect(live.dialog).toBeHidden();
  await expect(page).toHaveURL(`${cluster.url}/cluster/?c=local`);

  await live.choose("n2", "Details");
  await expect(live.dialog.getByRole("heading", { name: "n2" })).toBeVisible();
  for (const what of ["name", "id", "address"]) await expect(live.button(`Copy ${what}`)).toBeVisible();
  await page.goBack();
  await expect(live.dialog).toBeHidden();
  await page.goForward();
  await expect(live.dialog.getByRole("heading", { name: "n2" })).toBeVisible();
  await page.reload();
  await expect(live.dialog.getByRole("heading", { name: "n2" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(live.dialog).toBeHidden();

  await page.goto(`${cluster.url}/cluster/?c=local&do=remove&member=99`);
  await expect(live.dialog).toContainText("not a member");
  await expect(live.button("Remove id 99")).toBeDisabled();
  expect(await cluster.membership()).toEqual(before);
});

test("a link to a change brings its line of the timeline into view, however many came after it", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  const { committedIndex } = (await cluster.membership()).snapshot;
  for (let id = 5; id < 20; id += 1) await addSilentLearner(cluster.url, id);
  await page.goto(`${cluster.url}/cluster/?c=local&at=${committedIndex}`);
  const live = LivePage.on(page);
  const linked = live.timeline.locator("[aria-current=true]");
  await expect(linked).toContainText("n4 joined as learner");
  await expect(linked).toBeInViewport();
  await expect(live.sentence).toBeInViewport();
});
