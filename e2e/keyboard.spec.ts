import { expect, test } from "./cluster_test";
import { addSilentLearner } from "./console_api";
import { LivePage } from "./live_page";

test("keys open dialogs and details of the focused member, and change nothing by themselves", async ({
  cluster,
  page,
}) => {
  for (const id of [4, 5, 6, 7, 8, 9]) await addSilentLearner(cluster.url, id);
  const before = await cluster.membership();
  const live = await LivePage.open(page, cluster.url);
  const focused = (name: string) => live.member(name).getByRole("rowheader").getByRole("button");
  await expect(live.learner("n9")).toBeVisible();

  await page.keyboard.press("a");
  await expect(live.dialog.getByRole("heading", { name: "Add a learner to local" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(live.dialog).toBeHidden();

  await page.keyboard.press("j");
  await expect(focused("n1")).toBeFocused();
  await page.keyboard.press("p");
  await expect(live.dialog).toBeHidden();
  await page.keyboard.press("x");
  await expect(live.dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(focused("n1")).toBeFocused();

  for (const name of ["n2", "n3", "n4"]) {
    await page.keyboard.press("j");
    await expect(focused(name)).toBeFocused();
  }
  await page.keyboard.press("p");
  await expect(live.dialog.getByRole("heading", { name: /n4/ })).toBeVisible();
  await expect(live.button("Promote n4")).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(focused("n4")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(live.dialog.getByRole("heading", { name: "n4" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(focused("n4")).toBeFocused();
  await page.keyboard.press("k");
  await expect(focused("n3")).toBeFocused();

  await page.keyboard.press("/");
  const filter = live.learners.getByRole("searchbox", { name: "Filter learners" });
  await expect(filter).toBeFocused();
  await page.keyboard.type("n7");
  await expect(live.rows(live.learners)).toHaveCount(1);
  await expect(live.learner("n7")).toBeVisible();
  await expect(page).toHaveURL(/[?&]q=n7/);
  await page.keyboard.press("Escape");
  await expect(filter).not.toBeFocused();

  expect(await cluster.membership()).toEqual(before);

  await test.step("a learner is removed without a pointer", async () => {
    await focused("n7").focus();
    await page.keyboard.press("x");
    await expect(live.button("Remove n7")).toBeEnabled();
    while (!(await live.button("Remove n7").evaluate((button) => button.matches(":focus"))))
      await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(live.dialog).toBeHidden();
    await expect(live.learner("n7")).toContainText("Removed");
  });

  await page.keyboard.press("?");
  await expect(live.dialog.getByRole("heading", { name: "Keys and signs" })).toBeVisible();
  await live.dialog.getByRole("checkbox", { name: "Single-key shortcuts" }).uncheck();
  await page.keyboard.press("Escape");
  await expect(live.dialog).toBeHidden();
  await page.keyboard.press("a");
  await expect(live.dialog).toBeHidden();
});
