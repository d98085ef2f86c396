import { resolve } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { etcdBinaries } from "../server/clusters/etcd/testing/etcd_binaries";
import { RealEtcd } from "../server/clusters/etcd/testing/real_etcd";
import { D_ENGINE_MISSING, DEngineNodes, dEngineProgram } from "../server/clusters/testing/d_engine_nodes";
import { ownPort } from "../server/testing/ports";
import { axeFaults } from "./axe";
import { LivePage } from "./live_page";
import { ServeConsole } from "./serve_console";

const folder = process.env.ROLLCALL_SHOTS ?? resolve(import.meta.dirname, "../test-results/shots");
const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

/** Takes a state in both themes, and has axe look at each. Pictures without a name are not kept. */
async function look(page: Page, what: string, picture?: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    if (picture !== undefined) {
      await page.screenshot({ path: resolve(folder, `${picture}-${colorScheme}.png`) });
    }
    expect.soft(await axeFaults(page), `${what}, ${colorScheme}`).toEqual([]);
  }
}

const binary = etcdBinaries.find(({ path }) => path !== undefined);

test("etcd in its states", async ({ page }) => {
  test.skip(binary === undefined, etcdBinaries.map(({ missing }) => missing).join("; "));
  test.setTimeout(300_000);
  const etcd = new RealEtcd({ path: binary?.path ?? "" });
  const second = new RealEtcd({ path: binary?.path ?? "" });
  let console: ServeConsole | undefined;
  try {
    await Promise.all([etcd.up(3), second.up(3)]);
    console = await ServeConsole.start([], {
      clusters: [
        { name: "prod-eu", kind: "etcd", endpoints: etcd.endpoints },
        { name: "prod-us", kind: "etcd", endpoints: second.endpoints },
        { name: "staging", kind: "d-engine", endpoints: ["127.0.0.1:1"] },
        { name: "audit", kind: "etcd", endpoints: etcd.endpoints, readOnly: true },
      ],
    });
    await second.signal("n3", "SIGKILL");
    await page.goto(console.url);
    await expect(page.getByRole("row", { name: /prod-eu/ })).toContainText("Quorum OK");
    await expect(page.getByRole("row", { name: /prod-us/ })).toContainText("At minimum quorum");
    await look(page, "overview", "overview");
    await second.signal("n2", "SIGKILL");
    await expect(page.getByRole("row", { name: /prod-us/ })).toContainText(/Quorum lost|No leader/);
    await look(page, "overview, one lost", "overview-lost");
    await page.setViewportSize(phone);
    await look(page, "overview on a phone", "overview-phone");
    await page.setViewportSize(wide);

    const live = await LivePage.open(page, console.page("prod-eu"));
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await look(page, "etcd", "etcd");
    await live.choose("n2", "Update peer URLs");
    await live.dialog.getByLabel("Peer URLs").fill("http://10.0.0.2:2380");
    await look(page, "update peer URLs", "etcd-peer-urls");
    await page.keyboard.press("Escape");
    await live.member("n2").getByRole("button", { name: "n2", exact: true }).click();
    await look(page, "details of an etcd member", "etcd-details");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add learner" }).click();
    await live.dialog.getByLabel("Name").fill("n4");
    await live.dialog.getByLabel("Peer URLs").fill((await etcd.freeUrls()).peerUrl);
    await look(page, "add a learner by peer URLs", "etcd-add-learner");
    await live.pressUntil("Add learner", "Start n4");
    await look(page, "the start command", "etcd-start");
    await live.button("Done").click();
    await expect(live.learner("n4")).toContainText("Not started");
    await look(page, "a learner that was not started", "etcd-learner");
    await page.setViewportSize(phone);
    await look(page, "etcd on a phone", "etcd-phone");
    await page.setViewportSize(wide);
    await page.getByRole("button", { name: "Cluster prod-eu, switch" }).click();
    // A menu stands outside of the page's landmarks, as menus do.
    await expect(page.getByRole("menuitem", { name: "All clusters" })).toBeVisible();
    await page.getByRole("menuitemradio", { name: "staging" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Unknown");
    await look(page, "a cluster that cannot be reached", "unreachable");
  } finally {
    await console?.dispose();
    await Promise.all([etcd.end(), second.end()]);
  }
});

test("d-engine in its states", async ({ page }) => {
  test.skip(dEngineProgram === undefined, D_ENGINE_MISSING);
  test.setTimeout(300_000);
  const nodes = await DEngineNodes.start(3);
  let console: ServeConsole | undefined;
  try {
    console = await ServeConsole.start(["--d-engine", `lab=${nodes.addresses.join(",")}`]);
    await page.goto(console.page("lab"));
    const live = LivePage.on(page);
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await page.getByRole("button", { name: "Add learner" }).click();
    await live.dialog.getByLabel("Id", { exact: true }).fill("4");
    await live.dialog.getByLabel("Address").fill(`127.0.0.1:${await ownPort()}`);
    await look(page, "add a learner of a kind", "d-engine-add-learner");
    await live.button("Add learner").click();
    await expect(live.dialog.getByRole("heading", { name: "Start id 4" })).toBeVisible();
    await look(page, "what the node is configured with", "d-engine-start");
    nodes.configureFrom(4, (await live.dialog.locator("code").textContent()) ?? "");
    await live.button("Done").click();
    nodes.run(4);
    await live.learner("id 4").getByRole("button", { name: "id 4", exact: true }).click({ timeout: 60_000 });
    await expect(live.dialog).toContainText(/Evicted by d-engine.*in [1-4] min/s, { timeout: 60_000 });
    await look(page, "a learner that waits", "d-engine-waiting");
    await page.keyboard.press("Escape");
    await nodes.stop(3);
    await expect(live.sentence).toContainText("At minimum quorum");
    nodes.run(3);
    await expect(page.getByRole("list", { name: "Notices" })).toContainText("Node 3 restarted", {
      timeout: 60_000,
    });
    // A difference that lasts opens the panel by itself.
    await expect(page.getByRole("table", { name: "View agreement" })).toContainText("Old view");
    await look(page, "a node that forgot", "d-engine-restarted");
    await page.setViewportSize(phone);
    await look(page, "d-engine on a phone", "d-engine-phone");
  } finally {
    await console?.dispose();
    await nodes.end();
  }
});
