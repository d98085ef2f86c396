import { expect, type Page, test } from "@playwright/test";
import { etcdBinaries } from "../server/clusters/etcd/testing/etcd_binaries";
import { RealEtcd } from "../server/clusters/etcd/testing/real_etcd";
import { LivePage } from "./live_page";
import { ServeConsole } from "./serve_console";

/** A real etcd of three members and a console for it; both are gone after the test. */
async function withEtcd(
  path: string,
  page: Page,
  use: (etcd: RealEtcd, console: ServeConsole, live: LivePage) => Promise<void>,
): Promise<void> {
  const etcd = new RealEtcd({ path });
  let console: ServeConsole | undefined;
  try {
    await etcd.up(3);
    // One endpoint is enough: the others are found.
    console = await ServeConsole.start(["--etcd", `prod=${etcd.endpoints[0]}`]);
    const live = await LivePage.open(page, console.page("prod"));
    await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
    await use(etcd, console, live);
  } finally {
    await console?.dispose();
    await etcd.end();
  }
}

/** Name of a member that does not lead. */
async function follower(console: ServeConsole): Promise<string> {
  const { members, leadership } = await console.status("prod");
  const found = members.find(({ id, role }) => role === "voter" && id !== leadership.id);
  if (found === undefined) throw new Error("nobody follows");
  return found.name;
}

for (const { label, path = "", missing } of etcdBinaries) {
  test.describe(label, () => {
    test.skip(path === "", missing);

    test("adds a learner by its peer URL, starts it by the command, promotes and removes", async ({
      page,
    }) => {
      await withEtcd(path, page, async (etcd, console, live) => {
        const { peerUrl } = await etcd.freeUrls();
        await page.getByRole("button", { name: "Add learner" }).click();
        await live.dialog.getByLabel("Name").fill("n4");
        await live.dialog.getByLabel("Peer URLs").fill("127.0.0.1:2380");
        await expect(
          live.dialog.getByText("A peer URL is http://host:port or https://host:port."),
        ).toBeVisible();
        await expect(live.button("Add learner")).toBeDisabled();
        await live.dialog.getByLabel("Peer URLs").fill(peerUrl);
        await expect(live.dialog.locator("code")).toContainText(`--peer-urls ${peerUrl} --name n4`);
        await expect(live.dialog.locator("code")).toContainText(`--console ${console.url} --cluster prod`);
        // For 5 s after its start etcd adds nobody, and says so.
        await live.pressUntil("Add learner", "Start n4");
        const command = (await live.dialog.locator("code").textContent()) ?? "";
        expect(command).toContain("--initial-cluster-state existing");
        await live.button("Done").click();
        await expect(live.learner("n4")).toContainText("Not started");

        await etcd.startByCommand("n4", command.replace(/^\$ /, ""));
        await expect(live.learner("n4")).toContainText("Healthy");
        await live.choose("n4", "Promote to voter");
        await live.commit("Promote n4");
        await expect(live.voter("n4")).toContainText("Healthy");
        await expect(live.sentence).toHaveText("Quorum OK - 4 of 4 voters healthy, can lose 1.");

        const leaving = await follower(console);
        await live.choose(leaving, "Remove from the cluster");
        await live.commit(`Remove ${leaving}`);
        await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
        expect(await live.diffs()).toEqual([
          `${leaving} left`,
          "n4 promoted to voter",
          "n4 joined as learner",
        ]);
        await console.membersSay("prod", "Quorum OK - 3 of 3 voters healthy");
      });
    });

    test("a member dies, quorum dies, both come back", async ({ page }) => {
      await withEtcd(path, page, async (etcd, console, live) => {
        const first = await follower(console);
        await etcd.signal(first, "SIGKILL");
        await expect(live.sentence).toHaveText("At minimum quorum - 2 of 3 voters healthy, cannot lose any.");
        await expect(live.voter(first)).toContainText("Unreachable");
        await expect(live.state).toContainText(`${first} unreachable`);

        const second = (await console.status("prod")).members.find(
          ({ health }) => health.state === "healthy",
        );
        await etcd.signal(second?.name ?? "", "SIGKILL");
        await expect(live.sentence).toContainText(/^(Quorum lost|No leader)/);
        await expect(page.getByRole("button", { name: "Add learner" })).toHaveAttribute(
          "aria-disabled",
          "true",
        );

        etcd.start(first);
        etcd.start(second?.name ?? "");
        await expect(live.sentence).toHaveText("Quorum OK - 3 of 3 voters healthy, can lose 1.");
        await expect(page.getByRole("button", { name: "Add learner" })).toBeEnabled();
      });
    });

    test("moves leadership, gives a member other peer URLs, and cannot demote", async ({ page }) => {
      await withEtcd(path, page, async (etcd, console, live) => {
        const target = await follower(console);
        await live.choose(target, "Transfer leadership here");
        await live.commit(`Transfer to ${target}`);
        await expect(live.voter(target)).toContainText("Leader");

        const moved = await follower(console);
        const { peerUrl } = etcd.member(moved);
        const other = peerUrl.replace("127.0.0.1", "localhost");
        await live.choose(moved, "Update peer URLs");
        await live.dialog.getByLabel("Peer URLs").fill(other);
        await expect(live.dialog.getByRole("row", { name: `${peerUrl} ${other}` })).toBeVisible();
        await live.commit(`Update ${moved}`);
        await expect(live.voter(moved)).toContainText(other.replace("http://", ""));

        await live
          .member(moved)
          .getByRole("button", { name: `Actions for ${moved}` })
          .click();
        const demote = page.getByRole("menuitem", { name: "Demote to learner" });
        await expect(demote).toHaveAttribute("aria-disabled", "true");
        await expect(demote).toContainText("etcd cannot demote.");
        await page.keyboard.press("Escape");

        const { members } = await console.status("prod");
        const id = BigInt(members.find(({ name }) => name === moved)?.id ?? 0).toString(16);
        await live.member(moved).getByRole("button", { name: moved, exact: true }).click();
        await expect(live.dialog.getByText(id, { exact: true })).toBeVisible();
        await expect(live.dialog).toContainText("Database");
        await page.keyboard.press("Escape");
        const back = await console.command("prod", "update-peer-urls", id, "--peer-urls", peerUrl);
        expect(back.out).toContain(`Its peers dial ${moved} at the new URLs.`);
      });
    });
  });
}
