import { expect, test } from "./cluster_test";
import { LivePage } from "./live_page";

test("the summary for the incident channel is six plain lines that say what the page says", async ({
  cluster,
  page,
}) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const live = await LivePage.open(page, cluster.url);
  await live.signal("Kill", "n3");
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  await expect(live.state).toContainText("2 of 2 answering agree");
  await page.getByRole("banner").getByRole("button", { name: "Copy summary" }).click();
  await expect(page.getByRole("banner").getByRole("button", { name: /Copied/ })).toBeVisible();
  const lines = (await page.evaluate<string>("navigator.clipboard.readText()")).trim().split("\n");
  expect(lines).toHaveLength(6);
  expect(lines[0]).toContain("local: At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  const { name, term } = await cluster.leader();
  expect(lines[1]).toBe(`Leader ${name}, 2 of 2 answering agree, term ${term}`);
  expect(lines[2]).toBe("Voters: n1 healthy, n2 healthy, n3 unreachable; learners: none");
  expect(lines[3]).toMatch(/^Last change: /);
  expect(lines[4]).toContain(cluster.url);
  expect(lines[5]).toMatch(/^At \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
});
