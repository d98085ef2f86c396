import { expect, test } from "./cluster_test";
import { LivePage } from "./live_page";

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
