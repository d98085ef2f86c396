import { expect, type Page, test } from "@playwright/test";
import { D_ENGINE_MISSING, DEngineNodes, dEngineProgram } from "../server/clusters/testing/d_engine_nodes";
import { ownPort } from "../server/testing/ports";
import { LivePage } from "./live_page";
import { ServeConsole } from "./serve_console";

test.skip(dEngineProgram === undefined, D_ENGINE_MISSING);

let nodes: DEngineNodes;
let console: ServeConsole;
test.beforeEach(async () => {
  nodes = await DEngineNodes.start(3);
  console = await ServeConsole.start(["--d-engine", `lab=${nodes.addresses.join(",")}`]);
});
test.afterEach(async () => {
  await console?.dispose();
  await nodes.end();
});

async function open(page: Page): Promise<LivePage> {
  await page.goto(console.page("lab"));
  const live = LivePage.on(page);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
  return live;
}

/** Adds a learner by the page; what its node is to be configured with. */
async function addLearner(live: LivePage, id: number, kind: "Promotable" | "Read-only"): Promise<string> {
  await live.page.getByRole("button", { name: "Add learner" }).click();
  await expect(live.dialog.getByLabel("Name")).toBeHidden();
  await live.dialog.getByLabel("Id", { exact: true }).fill(String(id));
  await live.dialog.getByLabel("Address").fill(`127.0.0.1:${await ownPort()}`);
  await live.dialog.getByRole("radio", { name: kind }).click();
  await expect(live.dialog.locator("code")).toContainText(`--kind ${kind.toLowerCase()}`);
  await live.button("Add learner").click();
  await expect(live.dialog.getByRole("heading", { name: `Start id ${id}` })).toBeVisible();
  const table = (await live.dialog.locator("code").textContent()) ?? "";
  await live.button("Done").click();
  return table;
}

test("shows every node's own view, and says of what d-engine lacks why it cannot be done", async ({
  page,
}) => {
  const live = await open(page);
  await page.getByRole("button", { name: "Show views" }).click();
  const views = page.getByRole("table", { name: "View agreement" });
  await expect(views.getByRole("row")).toHaveCount(4);
  await expect(page.getByRole("region", { name: "View agreement" })).toContainText("3 of 3 nodes agree");
  await live.member("id 2").getByRole("button", { name: "Actions for id 2" }).click();
  for (const [item, reason] of [
    ["Remove from the cluster", "d-engine promotes by itself and has no removal."],
    ["Demote to learner", "d-engine cannot make a voter a learner again"],
    ["Transfer leadership here", /d-engine cannot hand over leadership|leads already/],
  ] as const) {
    const entry = page.getByRole("menuitem", { name: item });
    await expect(entry).toHaveAttribute("aria-disabled", "true");
    await expect(entry).toContainText(reason);
  }
});

test("adds learners: a read-only one stays, one promotable waits with a countdown, two are promoted", async ({
  page,
}) => {
  const live = await open(page);
  nodes.configureFrom(4, await addLearner(live, 4, "Read-only"));
  await expect(live.learner("id 4")).toContainText("Not started");
  nodes.run(4);
  await expect(live.learner("id 4")).toContainText("Healthy", { timeout: 60_000 });

  nodes.configureFrom(5, await addLearner(live, 5, "Promotable"));
  nodes.run(5);
  await live.learner("id 5").getByRole("button", { name: "id 5", exact: true }).click({ timeout: 60_000 });
  // Three voters and one more would be an even number: it waits, and d-engine gives it 300 s.
  await expect(live.dialog).toContainText(/Evicted by d-engine.*in [1-4] min/s, { timeout: 60_000 });
  await page.keyboard.press("Escape");

  nodes.configureFrom(6, await addLearner(live, 6, "Promotable"));
  nodes.run(6);
  await expect(live.voter("id 5")).toContainText("Healthy", { timeout: 60_000 });
  await expect(live.voter("id 6")).toContainText("Healthy");
  await expect(live.learner("id 4")).toContainText("Healthy");
  await expect(live.sentence).toHaveText("Quorum OK - 5 of 5 voters healthy, can lose 2.");
  await console.membersSay("lab", "Quorum OK - 5 of 5 voters healthy");
});

test("a node dies, quorum dies, both come back; what a restarted node forgot is said", async ({ page }) => {
  const live = await open(page);
  nodes.configureFrom(4, await addLearner(live, 4, "Read-only"));
  nodes.run(4);
  await expect(live.learner("id 4")).toContainText("Healthy", { timeout: 60_000 });
  const { leadership } = await console.status("lab");
  const [first = 0, second = 0] = [1, 2, 3].filter((id) => String(id) !== leadership.id);
  await nodes.stop(first);
  await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
  await expect(live.voter(`id ${first}`)).toContainText("Unreachable");
  await nodes.kill(second);
  await expect(live.sentence).toContainText(/^(Quorum lost|No leader)/, { timeout: 30_000 });
  await expect(page.getByRole("button", { name: "Add learner" })).toHaveAttribute("aria-disabled", "true");
  nodes.run(first);
  nodes.run(second);
  await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.", {
    timeout: 60_000,
  });
  const notices = page.getByRole("list", { name: "Notices" });
  await expect(notices).toContainText(`Node ${first} restarted: its index fell from`);
});
