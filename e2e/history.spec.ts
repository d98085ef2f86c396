import { readFileSync } from "node:fs";
import type { Download, Page } from "@playwright/test";
import { historyEntrySchema } from "../protocol/api";
import { etagOf } from "../protocol/membership";
import { expect, test } from "./cluster_test";
import { addSilentLearner, change, sendChange } from "./console_api";
import { LivePage } from "./live_page";

/** What a button hands over as a file, line by line. */
async function exported(page: Page, press: () => Promise<void>): Promise<{ name: string; lines: unknown[] }> {
  const waiting = page.waitForEvent("download");
  await press();
  const download: Download = await waiting;
  const text = readFileSync(await download.path(), "utf8");
  const lines = text.trimEnd().split("\n");
  return { name: download.suggestedFilename(), lines: lines.map((line): unknown => JSON.parse(line)) };
}

test("the history shows who changed what and which node refused what, with filters in the address", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  await change(cluster.url, "DELETE", "members/4");
  await addSilentLearner(cluster.url, 5);
  const before = await cluster.membership();
  const refusal = await sendChange(cluster.url, {
    method: "POST",
    path: "members/5/promote",
    ifMatch: etagOf(before),
  });
  expect(refusal.status).toBe(409);

  await LivePage.open(page, cluster.url);
  await page
    .getByRole("navigation", { name: "Pages of the cluster" })
    .getByRole("link", { name: "History" })
    .click();
  await expect(page).toHaveURL(/\/history\/\?c=local/);
  const history = page.getByRole("region", { name: "History" });
  const rows = history.getByRole("table", { name: "History" }).getByRole("row").filter({ hasText: /\d/ });
  await expect(rows).toHaveCount(5);
  const words = [
    "Refused: promote n5",
    "n5 joined as learner",
    "n4 removed",
    "n4 joined as learner",
    "Cluster created",
  ];
  for (const [place, text] of words.entries()) await expect(rows.nth(place)).toContainText(text);
  await expect(rows.first()).toContainText(/Refused by n[123]/);
  await expect(rows.nth(1)).toContainText("Applied");

  await test.step("filters are in the address, and a reload keeps them", async () => {
    await history.getByRole("button", { name: "Removed" }).click();
    await expect(rows).toHaveCount(1);
    await history.getByRole("button", { name: "Refused" }).click();
    await expect(rows).toHaveCount(2);
    await expect(page).toHaveURL(/kind=remove%2Crefused/);
    await page.reload();
    await expect(rows).toHaveCount(2);
    await expect(history.getByRole("button", { name: "Removed" })).toHaveAttribute("aria-pressed", "true");
    await expect(history).toContainText("2 of 5 entries");
  });

  await test.step("what is shown is saved as JSON lines", async () => {
    const { name, lines } = await exported(page, () =>
      history.getByRole("button", { name: "Export JSON lines" }).click(),
    );
    expect(name).toBe("local-history.jsonl");
    const entries = lines.map((line) => historyEntrySchema.parse(line));
    expect(entries.map(({ outcome, kind }) => [outcome, kind])).toEqual([
      ["applied", "remove"],
      ["refused", "promote"],
    ]);
  });

  await test.step("an entry has a link, and the newest comes by itself", async () => {
    const { committedIndex } = (await cluster.membership()).snapshot;
    await page.goto(`${cluster.url}/history/?c=local&at=${committedIndex}`);
    await expect(history.locator("[aria-current=true]").first()).toContainText("n5");
    await change(cluster.url, "DELETE", "members/5");
    await expect(rows.first()).toContainText("n5 removed");
    await expect(page).toHaveTitle("● local - Quorum OK");
  });
});

test("a refused attempt comes into the timeline by itself, with who made it and which node turned it down", async ({
  cluster,
  page,
}) => {
  await addSilentLearner(cluster.url, 4);
  const live = await LivePage.open(page, cluster.url);
  await expect(live.timeline).toContainText("n4 joined as learner");
  const ifMatch = etagOf(await cluster.membership());
  const promote = { method: "POST", path: "members/4/promote", ifMatch } as const;
  for (let attempt = 0; attempt < 2; attempt += 1)
    expect((await sendChange(cluster.url, promote)).status).toBe(409);
  const line = live.timeline.getByRole("listitem").filter({ hasText: "Refused: promote n4" });
  await expect(line).toHaveCount(1);
  await expect(line).toContainText("2 times - at index");
  await expect(line).toContainText("by root - refused by n1");
  await live.timeline.getByRole("button", { name: "Refused" }).click();
  await expect(line).toHaveCount(0);
  await expect(live.timeline).toContainText("n4 joined as learner");
  await page.reload();
  await expect(live.timeline).toContainText("n4 joined as learner");
  await live.timeline.getByRole("button", { name: "Refused" }).click();
  await expect(line.first()).toContainText("before you opened this page");
});

test("the timeline's filter is in the address, and its entries are saved as JSON lines", async ({
  cluster,
  page,
}) => {
  const live = await LivePage.open(page, cluster.url);
  await addSilentLearner(cluster.url, 4);
  await expect(live.timeline).toContainText("n4 joined as learner");
  const { name, lines } = await exported(page, () =>
    live.timeline.getByRole("button", { name: "Export JSON lines" }).click(),
  );
  expect(name).toBe("local-timeline.jsonl");
  expect(lines).toContainEqual(
    expect.objectContaining({ kind: "membership", words: "n4 joined as learner" }),
  );

  await live.timeline.getByRole("button", { name: "Members" }).click();
  await expect(live.timeline).not.toContainText("n4 joined as learner");
  await expect(page).toHaveURL(/kind=leadership%2Chealth/);
  await page.reload();
  await expect(live.timeline.getByRole("button", { name: "Members" })).toHaveAttribute(
    "aria-pressed",
    "false",
  );
  await live.timeline.getByRole("button", { name: "Members" }).click();
  await expect(page).not.toHaveURL(/kind=/);
  await expect(live.timeline).toContainText("n4 joined as learner");
});
