import { expect, type Page, test } from "@playwright/test";
import { etcdBinaries } from "../server/clusters/etcd/testing/etcd_binaries";
import { RealEtcd } from "../server/clusters/etcd/testing/real_etcd";
import { LivePage } from "./live_page";
import { rollcall } from "./local_cluster";
import { ServeConsole } from "./serve_console";

const binary = etcdBinaries.find(({ path }) => path !== undefined);
/** Nothing ever listens on port 1. */
const nowhere = { etcd: "http://127.0.0.1:1", dEngine: "127.0.0.1:1" };

/** The row of a cluster in the overview. */
function row(page: Page, name: string) {
  const head = page.getByRole("rowheader", { name, exact: true });
  return page.getByRole("table", { name: "Clusters" }).getByRole("row").filter({ has: head });
}

test.describe("with a real etcd", () => {
  test.skip(binary === undefined, etcdBinaries.map(({ missing }) => missing).join("; "));
  let etcd: RealEtcd;
  let console: ServeConsole;
  test.beforeEach(async () => {
    etcd = new RealEtcd({ path: binary?.path ?? "" });
    await etcd.up(3);
    console = await ServeConsole.start([], {
      console: { dataDir: "data" },
      clusters: [
        { name: "gone", kind: "etcd", endpoints: [nowhere.etcd] },
        { name: "prod", kind: "etcd", endpoints: etcd.endpoints },
        { name: "lab", kind: "d-engine", endpoints: [nowhere.dEngine] },
        { name: "audit", kind: "etcd", endpoints: etcd.endpoints, readOnly: true },
      ],
    });
  });
  test.afterEach(async () => {
    await console?.dispose();
    await etcd.end();
  });

  test("lists every cluster in its own place; those that are down keep none from being current", async ({
    page,
  }) => {
    await page.goto(console.url);
    await expect(row(page, "prod")).toContainText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await expect(row(page, "gone")).toContainText("Unknown");
    await expect(row(page, "lab")).toContainText("Unknown");
    await expect(page).toHaveTitle("○ 2 of 4 clusters unknown");
    const names = page.getByRole("table", { name: "Clusters" }).getByRole("rowheader");
    await expect(names).toHaveText(["gone", "prod", "lab", "audit"]);

    await etcd.signal("n1", "SIGKILL");
    await expect(row(page, "prod")).toContainText(
      "At minimum quorum - 2 of 3 voters healthy, cannot lose any.",
    );
    await etcd.signal("n2", "SIGKILL");
    await expect(row(page, "prod")).toContainText(/Quorum lost|No leader/);
    await expect(page).toHaveTitle("✖ 2 of 4 clusters lost");
    await expect(names).toHaveText(["gone", "prod", "lab", "audit"]);
    // The console is ready: that is when it is needed most.
    expect((await fetch(`${console.url}/readyz`)).status).toBe(200);
  });

  test("leads from the overview to a cluster, to another by the switcher, and back", async ({ page }) => {
    await page.goto(console.url);
    await row(page, "prod").getByRole("link").click();
    const live = LivePage.on(page);
    await expect(live.voter("n1")).toContainText("Healthy");
    await expect(page.getByRole("region", { name: "This machine" })).toBeHidden();
    await page.goto(`${console.url}/cluster/?c=prod&sort=lag&at=1`);
    await page.getByRole("button", { name: "Cluster prod, switch" }).click();
    await page.getByRole("menuitemradio", { name: "audit" }).click();
    await expect(page.getByRole("button", { name: "Cluster audit, switch" })).toBeVisible();
    await expect(page).toHaveURL(`${console.url}/cluster/?c=audit&sort=lag`);
    await expect(live.voter("n1")).toContainText("Healthy");
    const add = page.getByRole("button", { name: "Add learner" });
    await expect(add).toHaveAttribute("aria-disabled", "true");
    await page.getByRole("button", { name: "Cluster audit, switch" }).click();
    await page.getByRole("menuitem", { name: "All clusters" }).click();
    await expect(row(page, "gone")).toBeVisible();
  });

  test("a page of the overview says when its console is gone, and goes on when it is back", async ({
    page,
  }) => {
    await page.goto(console.url);
    await expect(row(page, "prod")).toContainText("Quorum OK");
    expect(await console.end("SIGTERM")).toBe(0);
    await expect(row(page, "prod")).toContainText("Last known: Quorum OK");
    const notice = page.getByText(/This console has not answered since/);
    await expect(notice).toBeVisible();
    await expect(notice.getByTitle(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/)).toBeVisible();
    await expect(page).toHaveTitle("○ Rollcall - no data");
    await console.run();
    await expect(row(page, "prod")).not.toContainText("Last known");
    await expect(row(page, "prod")).toContainText("Quorum OK");
  });

  test("keeps what it knew across its own restart: index, epoch and history go on", async ({ page }) => {
    const live = await LivePage.open(page, console.page("prod"));
    await live.choose("n2", "Update peer URLs");
    const moved = etcd.member("n2").peerUrl.replace("127.0.0.1", "localhost");
    await live.dialog.getByLabel("Peer URLs").fill(moved);
    await live.commit("Update n2");
    const before = await console.status("prod");
    expect(await console.end("SIGKILL")).toBe("SIGKILL");
    await expect(live.freshness).toContainText("Disconnected");
    await console.run();
    await expect(live.sentence).toContainText("Quorum OK");
    const after = await console.status("prod");
    expect(after.epoch).toBe(before.epoch);
    expect(after.committedIndex).toBeGreaterThanOrEqual(before.committedIndex);
    await page.getByRole("link", { name: "History", exact: true }).click();
    await expect(page.getByText("n2 given other peer URLs")).toBeVisible();
  });

  test("check-config --connect finds who answers, and the command line wants to know which cluster", async () => {
    const checked = await rollcall(["check-config", "--connect"], console.folder);
    expect(checked.code).toBe(1);
    expect(checked.out).toContain("prod: Quorum OK - 3 of 3 voters healthy, can lose 1.");
    expect(checked.out).toContain("gone: No endpoint answered within 10 s.");
    const which = await rollcall(["members", "--console", console.url], console.folder);
    expect(which.code).toBe(2);
    expect(which.err).toContain("pick one with --cluster gone | prod | lab | audit");
    await console.membersSay("prod", "Quorum OK - 3 of 3 voters healthy, can lose 1.");
  });
});

test("a single cluster needs no overview: the address leads to it", async ({ page }) => {
  const console = await ServeConsole.start(["--etcd", nowhere.etcd]);
  try {
    await page.goto(console.url);
    await expect(page).toHaveURL(/\/cluster\/\?c=etcd/);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Unknown - no data yet.");
  } finally {
    await console.dispose();
  }
});

test("a console without clusters says how to give it some", async ({ page }) => {
  const console = await ServeConsole.start([], { clusters: [] });
  try {
    await page.goto(console.url);
    await expect(page.getByText("This console watches no cluster.")).toBeVisible();
  } finally {
    await console.dispose();
  }
});
