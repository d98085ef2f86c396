import { expect, type Locator, type Page, test } from "@playwright/test";
import { etcdBinaries } from "../server/clusters/etcd/testing/etcd_binaries";
import { RealEtcd } from "../server/clusters/etcd/testing/real_etcd";
import { LivePage } from "./live_page";
import { ServeConsole } from "./serve_console";

interface Scene {
  readonly etcd: RealEtcd;
  readonly console: ServeConsole;
  readonly live: LivePage;
  /** The strip of the plan under way. */
  readonly plan: Locator;
}

/** A real etcd and a console for it; both are gone after the test. */
async function withEtcd(path: string, size: number, page: Page, use: (scene: Scene) => Promise<void>) {
  const etcd = new RealEtcd({ path });
  let console: ServeConsole | undefined;
  try {
    await etcd.up(size);
    console = await ServeConsole.start(["--etcd", `prod=${etcd.endpoints.join(",")}`]);
    const live = await LivePage.open(page, console.page("prod"));
    await expect(live.sentence).toContainText(`${size} of ${size} voters healthy`);
    await use({ etcd, console, live, plan: page.getByRole("region", { name: "Plan", exact: true }) });
  } finally {
    await console?.dispose();
    await etcd.end();
  }
}

async function commandIn(of: Locator): Promise<string> {
  return ((await of.locator("code").textContent()) ?? "").replace(/^\$\s*/, "");
}

async function fillNewcomer(live: LivePage, name: string, peerUrl: string): Promise<void> {
  await live.dialog.getByLabel("Name").fill(name);
  await live.dialog.getByLabel("Peer URLs").fill(peerUrl);
}

const binary = etcdBinaries.find(({ path }) => path !== undefined);

test.describe("plans that the console carries out", () => {
  const path = binary?.path ?? "";
  test.skip(path === "", etcdBinaries.map(({ missing }) => missing).join("; "));

  test("a dead member is replaced, while the console is killed midway", async ({ page }) => {
    await withEtcd(path, 3, page, async ({ etcd, console, live, plan }) => {
      await etcd.signal("n3", "SIGKILL");
      await live.state.getByRole("button", { name: "Replace n3" }).click();
      const { peerUrl } = await etcd.freeUrls();
      await fillNewcomer(live, "n4", peerUrl);
      const step = (name: RegExp) => live.dialog.getByRole("row", { name });
      await expect(step(/^1\. n3 leaves, which is down/)).toHaveText(/2\s*2\s*2\s*0$/);
      await expect(step(/^2\. Add n4 as learner/)).toBeVisible();
      await expect(step(/^4\. n4 votes/)).toHaveText(/3\s*2\s*3\s*1$/);
      expect(await commandIn(live.dialog)).toContain(`rollcall replace n3 --name n4 --peer-urls ${peerUrl}`);
      await live.commit("Replace n3");
      await expect(plan).toContainText("Replacing n3 with n4");
      await expect(plan).toContainText("Step 3 of 4 - waiting: n4 to be started");
      const command = await commandIn(plan);

      await test.step("kill -9 the console: the plan goes on where it was", async () => {
        await console.end("SIGKILL");
        await expect(live.freshness).toHaveAccessibleName(/Disconnected/);
        await console.run();
        await expect(live.freshness).toHaveAccessibleName("Freshness: Live");
        await expect(plan).toContainText("Step 3 of 4 - waiting: n4 to be started");
      });

      await etcd.startByCommand("n4", command);
      await expect(plan).toContainText("Done. n4 votes; n3 is out.");
      await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
      await expect(live.voter("n4")).toContainText("Healthy");
      await plan.getByRole("button", { name: "Dismiss: Replacing n3 with n4" }).click();
      await expect(plan).toBeHidden();
    });
  });

  test("the leader is replaced by its name, typed; it leaves last", async ({ page }) => {
    await withEtcd(path, 3, page, async ({ etcd, console, live, plan }) => {
      const { members, leadership } = await console.status("prod");
      const leader = members.find(({ id }) => id === leadership.id)?.name ?? "";
      await live.choose(leader, "Replace by another node");
      const { peerUrl } = await etcd.freeUrls();
      await fillNewcomer(live, "n4", peerUrl);
      await expect(
        live.dialog.getByRole("row", { name: `4. Leadership moves off ${leader}; then ${leader} leaves` }),
      ).toBeVisible();
      await expect(live.button(`Replace ${leader}`)).toBeDisabled();
      await live.dialog.getByLabel(`Type ${leader} to replace it`).fill(leader);
      await live.commit(`Replace ${leader}`);
      // For 5 s after its start etcd adds nobody; the plan says so and tries again.
      await expect(plan).toContainText("Step 2 of 4 - waiting: n4 to be started");
      await etcd.startByCommand("n4", await commandIn(plan));
      await expect(plan).toContainText(`Done. n4 votes; ${leader} is out.`);
      await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
      await expect(live.voter(leader)).toBeHidden();
    });
  });

  test("a step that leaves no spare waits for the name; stopping leaves all as it is", async ({ page }) => {
    await withEtcd(path, 2, page, async ({ etcd, console, live, plan }) => {
      const { peerUrl } = await etcd.freeUrls();
      // Made where nobody can be asked, so that the step has to wait.
      const { members } = await console.status("prod");
      const target = members.find(({ name }) => name === "n2")?.id;
      const made = await fetch(`${console.url}/api/clusters/prod/plans`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: console.url },
        body: JSON.stringify({ kind: "replace", target, name: "n3", peerUrls: [peerUrl] }),
      });
      expect(made.status).toBe(200);
      await expect(plan).toContainText("Step 2 of 4 - waiting: n3 to be started");
      await etcd.startByCommand("n3", await commandIn(plan));
      await expect(plan).toContainText("Step 4 of 4 - waiting: the name n2 to be typed");

      await plan.getByRole("button", { name: "Stop here" }).click();
      await expect(live.dialog).toContainText("n3 stays a voter; n2 still votes. Nothing is undone.");
      await live.button("Let it go on").click();

      await expect(plan.getByRole("button", { name: "Let it go on" })).toBeDisabled();
      await plan.getByLabel("Type n2 to remove it").fill("n2");
      await plan.getByRole("button", { name: "Let it go on" }).click();
      await expect(plan).toContainText("Done. n3 votes; n2 is out.");
    });
  });

  test("a second learner is queued beside the first, and can be stopped", async ({ page }) => {
    await withEtcd(path, 3, page, async ({ etcd, console, live }) => {
      const first = await etcd.freeUrls();
      await expect
        .poll(async () => {
          const urls = ["--peer-urls", first.peerUrl, "--name", "n4"];
          return (await console.command("prod", "add-learner", ...urls)).code;
        })
        .toBe(0);
      await expect(live.learner("n4")).toContainText("Not started");
      await page.getByRole("button", { name: "Add learner" }).click();
      const second = await etcd.freeUrls();
      await fillNewcomer(live, "n5", second.peerUrl);
      await expect(live.dialog).toContainText("n4 is a learner, and the cluster takes 1 at once.");
      await expect(live.dialog.getByRole("checkbox", { name: "Queue it" })).toBeChecked();
      expect(await commandIn(live.dialog)).toContain("--when-room");
      await live.commit("Queue n5");
      const queued = page.getByRole("region", { name: "Plan: Adding n5 when there is room" });
      await expect(queued).toContainText("n5 is added when it has been promoted or removed");

      await live.choose("n4", "Remove");
      await live.commit("Remove n4");
      await expect(queued).toContainText("Step 2 of 2 - waiting: n5 to be started");
      await expect(live.learner("n5")).toContainText("Not started");
      await queued.getByRole("button", { name: "Stop here" }).click();
      await live.button("Stop here").click();
      await expect(queued).toContainText("Stopped. n5 stays a learner. Nothing is undone.");
    });
  });
});
