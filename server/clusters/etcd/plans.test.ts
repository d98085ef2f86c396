import { expect, it } from "vitest";
import type { CreatePlanBody } from "../../../protocol/api";
import type { GuidedPlan } from "../../../protocol/status";
import type { Attached } from "./testing/attached";
import { describeEachEtcd } from "./testing/each_version";
import type { RealEtcd } from "./testing/real_etcd";

async function make(console: Attached, body: CreatePlanBody, id = "plan-0001"): Promise<void> {
  const context = { requestId: id, actor: "ann", timeoutMs: 5000 };
  expect(await console.cluster.createPlan(body, context)).toBeUndefined();
}

function plan(console: Attached, id = "plan-0001"): GuidedPlan | undefined {
  return console.status.plans.find((one) => one.id === id);
}

/** Waits for the command of the member that the plan added, and starts it. */
async function startNewcomer(console: Attached, etcd: RealEtcd, name: string, id?: string): Promise<void> {
  await console.until(`the command that starts ${name}`, () => plan(console, id)?.startCommand !== undefined);
  await etcd.startByCommand(name, plan(console, id)?.startCommand ?? "");
}

function voters(console: Attached): string[] {
  const { members } = console.status;
  return members
    .filter(({ role }) => role === "voter")
    .map(({ name }) => name)
    .sort();
}

async function changes(console: Attached): Promise<string[]> {
  const { entries } = await console.cluster.history(0, 100);
  return entries
    .filter(({ outcome }) => outcome === "applied")
    .map(({ kind, actor, changes: [change] }) =>
      `${kind} ${change?.name ?? ""} by ${actor}`.replace("  ", " "),
    );
}

describeEachEtcd("guided plans on a real etcd", ({ cluster, attach, ending }) => {
  it("replace a dead member: out first, also when the console is restarted midway", async () => {
    const etcd = await cluster(3);
    const before = attach(etcd.endpoints);
    await before.settled(3);
    const target = before.member("n3").id;
    await etcd.signal("n3", "SIGKILL");
    await before.until("n3 to be down", () => before.member("n3").health.state === "down");
    const { peerUrl } = await etcd.freeUrls();
    await make(before, { kind: "replace", target, name: "n4", peerUrls: [peerUrl] });
    await before.until("n4 to be a learner", () => plan(before)?.step === "starting");
    expect(voters(before)).toEqual(["n1", "n2"]);
    expect(plan(before)).toMatchObject({ place: { step: 3, of: 4 }, newcomer: { name: "n4" } });
    const directory = await before.leave();

    const after = attach(etcd.endpoints, {}, directory);
    await startNewcomer(after, etcd, "n4");
    await after.until("the plan to be done", () => plan(after)?.state === "done");
    await after.settled(3);
    expect(voters(after)).toEqual(["n1", "n2", "n4"]);
    expect(await changes(after)).toEqual(["remove n3 by ann", "add-learner n4 by ann", "promote n4 by ann"]);
  });

  it("replace the leader while it lives: added, promoted, leadership moved, out last", async () => {
    const etcd = await cluster(3);
    const before = attach(etcd.endpoints);
    const { leadership, members } = await before.settled(3);
    const target = leadership.id ?? "";
    const leader = members.find(({ id }) => id === target)?.name ?? "";
    const { peerUrl } = await etcd.freeUrls();
    await make(before, { kind: "replace", target, name: "n4", peerUrls: [peerUrl], typedName: leader });
    await before.until("n4 to be a learner", () => plan(before)?.step === "starting");
    expect(voters(before)).toEqual(["n1", "n2", "n3"]);
    const directory = await before.leave();

    const after = attach(etcd.endpoints, {}, directory);
    await startNewcomer(after, etcd, "n4");
    await after.until("the plan to be done", () => plan(after)?.state === "done");
    const rest = ["n1", "n2", "n3"].filter((name) => name !== leader);
    expect(voters(after)).toEqual([...rest, "n4"]);
    const made = await changes(after);
    expect(made.map((one) => one.split(" ")[0])).toEqual(["add-learner", "promote", "transfer", "remove"]);
    expect(made.at(-1)).toBe(`remove ${leader} by ann`);
    expect(after.status.leadership.id).not.toBe(target);
  });

  it("wait while quorum is lost, say so, and go on when it is back", async () => {
    const etcd = await cluster(3);
    const console = attach(etcd.endpoints);
    await console.settled(3);
    const { peerUrl } = await etcd.freeUrls();
    await make(console, { kind: "add-learner", name: "n4", peerUrls: [peerUrl] }, "queue-0004");
    await startNewcomer(console, etcd, "n4", "queue-0004");
    await console.until("n4 to run", () => plan(console, "queue-0004")?.state === "done");
    const learner = plan(console, "queue-0004")?.learner ?? "";
    await etcd.signal("n2", "SIGKILL");
    await etcd.signal("n3", "SIGKILL");
    await console.until("no leader", ({ leadership }) => leadership.id === null);
    await make(console, { kind: "promote", learner });
    await console.until("the plan to say what it waits for", () => {
      const waitingFor = plan(console)?.waitingFor;
      return waitingFor !== null && waitingFor !== undefined;
    });
    expect(voters(console)).toEqual(["n1", "n2", "n3"]);
    etcd.start("n2");
    etcd.start("n3");
    await console.until("n4 to vote", () => plan(console)?.state === "done");
    expect(voters(console)).toEqual(["n1", "n2", "n3", "n4"]);
  });

  it("a second learner is queued, and added once the first one votes", async () => {
    const etcd = await cluster(3);
    const console = attach(etcd.endpoints);
    ending(async () => {});
    await console.settled(3);
    const four = await etcd.freeUrls();
    await make(console, { kind: "add-learner", name: "n4", peerUrls: [four.peerUrl] }, "queue-0004");
    await console.until("n4 to be a learner", () => plan(console, "queue-0004")?.step === "starting");
    const five = await etcd.freeUrls();
    await make(console, { kind: "add-learner", name: "n5", peerUrls: [five.peerUrl] }, "queue-0005");
    await console.until(
      "n5 to wait",
      () => plan(console, "queue-0005")?.waitingFor?.startsWith("n4 is a learner") === true,
    );
    await startNewcomer(console, etcd, "n4", "queue-0004");
    await console.until("n4 to run", () => plan(console, "queue-0004")?.state === "done");
    const learner = plan(console, "queue-0004")?.learner ?? "";
    await make(console, { kind: "promote", learner });
    await console.until("n5 to be added", () => plan(console, "queue-0005")?.step === "starting");
    expect(voters(console)).toEqual(["n1", "n2", "n3", "n4"]);
    expect(plan(console)?.state).toBe("done");
    await startNewcomer(console, etcd, "n5", "queue-0005");
    await console.until("n5 to run", () => plan(console, "queue-0005")?.state === "done");
  });
});
