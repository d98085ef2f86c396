import { createHash } from "node:crypto";
import { expect, type Page, test } from "@playwright/test";
import { expectAccessible } from "./axe";
import { sendChange } from "./console_api";
import { LivePage } from "./live_page";
import { LocalCluster, rollcall } from "./local_cluster";
import { shoot } from "./shoot";

const tokenOf = (role: string) => createHash("sha256").update(role).digest("hex");
const operator = tokenOf("operator");
const viewer = tokenOf("viewer");
const withTokens = { ROLLCALL_OPERATOR_TOKEN: `ada ${operator}`, ROLLCALL_VIEWER_TOKEN: viewer };

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a console with tokens shows nothing before one is given; a viewer sees all and changes nothing; an operator's changes carry the name", {
  tag: "@shots",
}, async ({ page }) => {
  const cluster = await LocalCluster.up([], withTokens);
  try {
    const live = LivePage.on(page);
    await page.goto(cluster.url);
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await expect(page.getByText("n1")).toBeHidden();
    await expectAccessible(page, "sign in");
    await shoot(page, "sign-in");
    await signIn(page, "not-the-token");
    await expect(page.getByLabel("Token")).toHaveAccessibleDescription("This console knows no such token.");

    await signIn(page, viewer);
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    const add = live.learners.getByRole("button", { name: "Add learner" });
    await expect(add).toHaveAccessibleDescription("Viewer role.");
    await live.member("n2").getByRole("button", { name: "Actions for n2" }).click();
    await expect(page.getByRole("menuitem", { name: "Remove from the cluster" })).toContainText(
      "Viewer role.",
    );
    await page.keyboard.press("Escape");
    const stop = live.process("n2").getByRole("button", { name: "Stop n2" });
    await expect(stop).toHaveAccessibleDescription("Viewer role.");
    await page.goto(`${cluster.url}/cluster/?c=local&do=remove&member=2`);
    await expect(live.dialog).toContainText("Viewer role.");
    await expect(live.button("Remove n2")).toBeDisabled();
    await expectAccessible(page, "a viewer's dialog", "twice");
    await page.keyboard.press("Escape");
    await shoot(page, "viewer");

    // The same by a program.
    const path = `${cluster.url}/api/clusters/local/members/2`;
    const remove = (headers: Record<string, string>) => fetch(path, { method: "DELETE", headers });
    expect((await remove({ "if-match": '"x:1"' })).status).toBe(401);
    const refused = await remove({ "if-match": '"x:1"', authorization: `Bearer ${viewer}` });
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: "viewer-role" }]);
    await expect
      .poll(async () => (await rollcall(["members"], cluster.folder, { ROLLCALL_TOKEN: viewer })).out)
      .toContain("Quorum OK - 3 of 3 voters healthy");
    expect((await rollcall(["members"], cluster.folder)).err).toContain("asks for a token");

    // The session outlives a restart of the console, since it needs no memory there.
    await cluster.end("SIGTERM");
    await cluster.start([], withTokens);
    await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
    await page.getByRole("button", { name: "Signed in as viewer, viewer" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await signIn(page, operator);
    await expect(add).toBeEnabled();
    const added = await rollcall(
      ["add-learner", "--address", "127.0.0.1:5", "--name", "n4", "--yes"],
      cluster.folder,
      { ROLLCALL_TOKEN: operator },
    );
    expect(added.code).toBe(0);
    await expect(live.learner("n4")).toBeVisible();
    await page.goto(`${cluster.url}/history/?c=local`);
    const row = page.getByRole("row").filter({ hasText: "n4 joined as learner" });
    await expect(row).toContainText("ada");
  } finally {
    await cluster.dispose();
  }
});

test("a read-only console shows everything, and refuses changes by page and by program", async ({ page }) => {
  const cluster = await LocalCluster.up(["--read-only"]);
  try {
    const live = await LivePage.open(page, cluster.url);
    await expect(page.getByText("Read-only", { exact: true })).toBeVisible();
    const add = live.learners.getByRole("button", { name: "Add learner" });
    await expect(add).toHaveAccessibleDescription("This console is read-only.");
    const removal = { method: "DELETE", path: "members/3", ifMatch: '"x:1"' } as const;
    expect(await sendChange(cluster.url, removal)).toMatchObject({
      status: 403,
      problem: { code: "read-only" },
    });
    await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
  } finally {
    await cluster.dispose();
  }
});

test("what loses quorum is forced only where the console allows it, by its typed name, and stands in the history as forced", {
  tag: "@shots",
}, async ({ page }) => {
  const cluster = await LocalCluster.up(["--allow-unsafe-changes"]);
  try {
    const live = await LivePage.open(page, cluster.url);
    if ((await cluster.leader()).name !== "n1") await cluster.ledBy("n1");
    await live.signal("Kill", "n3");
    await expect(live.sentence).toContainText("At minimum quorum");
    await live.choose("n2", "Remove from the cluster");
    await expect(live.dialog).toContainText("n2 cannot be removed now");
    await expect(live.dialog).toContainText(
      "Forced, it loses quorum: nothing can commit until one more voter is healthy.",
    );
    await expect(live.button("Remove n2")).toBeDisabled();
    await live.dialog.getByLabel("Type n2 to remove it all the same").fill("n2");
    await expect(live.dialog).toContainText("rollcall remove n2 --stop-process --force");
    await expectAccessible(page, "forcing", "twice");
    await shoot(page, "force");
    await live.dialog.getByRole("checkbox").uncheck();
    await live.commit("Remove n2");
    await expect(live.sentence).toHaveText("Quorum lost - 1 of 2 voters healthy; membership cannot change.");
    const forced = (await cluster.history()).filter((entry) => entry.forced === true);
    expect(forced).toMatchObject([{ kind: "remove", outcome: "applied", changes: [{ name: "n2" }] }]);
    await live.signal("Start", "n3");
    await expect(live.sentence).toHaveText("At minimum quorum - 2 of 2 voters healthy, cannot lose any.");
    await page.goto(`${cluster.url}/history/?c=local`);
    await expect(page.getByRole("rowheader", { name: "n2 removed (forced)" })).toBeVisible();
  } finally {
    await cluster.dispose();
  }
});
