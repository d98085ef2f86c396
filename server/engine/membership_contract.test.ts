import { describe, expect, it } from "vitest";
import type { NodeId } from "../raft/types";
import { VirtualCluster } from "./testing/virtual_cluster";
import type { ChangeOutcome, Configuration, MembershipSnapshot } from "./types";

/** The numbered behaviours of watchMembership(): docs/engine.md, "The contract". */

/** Collects what one receiver sees, as a reader that is always ready would. */
function collect(cluster: VirtualCluster, id: NodeId): MembershipSnapshot[] {
  const receiver = cluster.replica(id).node.membership.subscribe();
  const seen: MembershipSnapshot[] = [receiver.borrowAndUpdate()];
  void (async () => {
    while ((await receiver.changed()) === "changed") seen.push(receiver.borrowAndUpdate());
  })();
  return seen;
}

async function addLearner(cluster: VirtualCluster, through: NodeId, id: NodeId): Promise<ChangeOutcome> {
  return cluster.settle(
    cluster.replica(through).change([{ kind: "add-learner", id, address: `h${id}:1`, name: `n${id}` }]),
  );
}

/** Adds a learner with a host of its own, and waits until it may vote. */
async function addCaughtUpLearner(cluster: VirtualCluster, id: NodeId): Promise<void> {
  cluster.addHost(id);
  const leader = await cluster.leader();
  expect(await addLearner(cluster, leader, id)).toMatchObject({ kind: "applied" });
  await cluster.until(`learner ${id} caught up`, () => {
    const report = cluster
      .replica(leader)
      .status()
      .reports.find((one) => one.id === id);
    return report !== undefined && report.promotionBlocked === undefined;
  });
}

function rising(seen: readonly MembershipSnapshot[]): boolean {
  return seen.every((view, at) => at === 0 || view.committedIndex > (seen[at - 1]?.committedIndex ?? 0));
}

describe.each([1, 3])("membership watch on %i node(s)", (size) => {
  const everyone = Array.from({ length: size }, (_, at) => at + 1);

  it("1: the current value is there at once, and a bootstrapped cluster starts at index 1", () => {
    const cluster = new VirtualCluster(size);
    for (const id of everyone) {
      const view = cluster.replica(id).node.membership.subscribe().borrow();
      expect(view).toEqual({ members: everyone, learners: [], committedIndex: 1 });
      expect(Object.keys(view).sort()).toEqual(["committedIndex", "learners", "members"]);
    }
  });

  it("2: a slow reader may skip views and sees the newest one", async () => {
    const cluster = new VirtualCluster(size);
    const leader = await cluster.leader();
    const receiver = cluster.replica(leader).node.membership.subscribe();
    for (const id of [10, 11, 12]) await addLearner(cluster, leader, id);
    expect(await receiver.changed()).toBe("changed");
    expect(receiver.borrowAndUpdate().learners).toEqual([10, 11, 12]);
  });

  it("3: fires for configuration entries on every node, and for nothing else", async () => {
    const cluster = new VirtualCluster(size);
    const first = await cluster.leader();
    const seen = everyone.map((id) => collect(cluster, id));
    expect(await cluster.settle(cluster.replica(first).propose(new Uint8Array()))).toMatchObject({
      kind: "applied",
    });
    if (size > 1) {
      // An election and an unreachable peer are not changes of membership.
      cluster.partition(
        [first],
        everyone.filter((id) => id !== first),
      );
      await cluster.until("another leader", () =>
        everyone.some((id) => id !== first && cluster.replica(id).node.isLeader),
      );
      cluster.heal();
    }
    await cluster.run(100);
    for (const views of seen) expect(views).toHaveLength(1);
    expect(await addLearner(cluster, await cluster.leader(), 9)).toMatchObject({ kind: "applied" });
    await cluster.until("every node to publish", () => seen.every((views) => views.length === 2));
    for (const views of seen) expect(views[1]?.learners).toEqual([9]);
  });

  it("4: the index is the same everywhere and strictly rising, also across a restart", async () => {
    const cluster = new VirtualCluster(size);
    const leader = await cluster.leader();
    const seen = collect(cluster, leader);
    for (const id of [5, 6]) await addLearner(cluster, leader, id);
    await cluster.until("agreement", () =>
      everyone.every((id) => cluster.replica(id).node.membership.current.learners.length === 2),
    );
    const indexes = everyone.map((id) => cluster.replica(id).node.membership.current.committedIndex);
    expect(new Set(indexes).size).toBe(1);
    for (const id of everyone) cluster.kill(id);
    for (const id of everyone) {
      const view = cluster.boot(id).node.membership.current;
      // Whatever was published before the crash is not taken back.
      expect(view.committedIndex).toBe(indexes[0]);
      expect(view.learners).toEqual([5, 6]);
    }
    const after = collect(cluster, await cluster.leader());
    await addLearner(cluster, await cluster.leader(), 7);
    expect(rising([...seen, ...after.slice(1)])).toBe(true);
    expect(after).toHaveLength(2);
  });

  it("3: fires on a learner as on a voter, from the entry that made it one on", async () => {
    const cluster = new VirtualCluster(size);
    const id = size + 1;
    await addCaughtUpLearner(cluster, id);
    const seen = collect(cluster, id);
    expect(seen[0]).toMatchObject({ members: everyone, learners: [id] });
    await cluster.settle(cluster.replica(id).propose(new Uint8Array()));
    await cluster.run(50);
    expect(seen).toHaveLength(1);
    expect(await addLearner(cluster, id, 9)).toMatchObject({ kind: "applied" });
    expect(seen.map((view) => view.learners)).toEqual([[id], [id, 9]]);
    expect(seen.at(-1)).toEqual(cluster.replica(await cluster.leader()).node.membership.current);
  });

  it("4: the index carries across a restart from a log snapshot, and to a node that begins with one", async () => {
    const cluster = new VirtualCluster(size, { replica: { snapshotEvery: 5, keepEntries: 1 } });
    const leader = await cluster.leader();
    const before = collect(cluster, leader);
    for (const id of [15, 16]) await addLearner(cluster, leader, id);
    const view = before.at(-1);
    for (let i = 0; i < 20; i += 1) await cluster.settle(cluster.replica(leader).propose(new Uint8Array()));
    await cluster.until("log snapshots that cover it", () =>
      everyone.every((id) => cluster.host(id).disk.snapshot.metadata.index > (view?.committedIndex ?? 0)),
    );
    for (const id of everyone) cluster.kill(id);
    for (const id of everyone) expect(cluster.boot(id).node.membership.current).toEqual(view);
    const after = collect(cluster, await cluster.leader());
    cluster.addHost(9);
    const joining = collect(cluster, 9);
    expect(await addLearner(cluster, await cluster.leader(), 9)).toMatchObject({ kind: "applied" });
    expect(rising([...before, ...after.slice(1)])).toBe(true);
    await cluster.until("the new node to agree", () => joining.at(-1)?.learners.includes(9) === true);
    expect(joining[0]?.committedIndex).toBe(0);
    expect(joining.at(-1)).toEqual(after.at(-1));
    expect(rising(joining)).toBe(true);
  });

  it("4: nothing is published before its index is durable", async () => {
    const cluster = new VirtualCluster(size);
    const leader = await cluster.leader();
    const seen = collect(cluster, leader);
    const adding = addLearner(cluster, leader, 5);
    const { disk } = cluster.host(leader);
    for (let i = 0; i < 200 && seen.length === 1; i += 1) {
      await cluster.run(1);
      const published = seen.at(-1)?.committedIndex ?? 0;
      expect(disk.hardState.commit).toBeGreaterThanOrEqual(published);
    }
    await adding;
    expect(disk.hardState.commit).toBeGreaterThanOrEqual(seen.at(-1)?.committedIndex ?? 0);
  });

  it("5: a late reader has the current view and a pending change; having none is fine", async () => {
    const cluster = new VirtualCluster(size);
    const leader = await cluster.leader();
    await addLearner(cluster, leader, 5);
    const late = cluster.replica(leader).node.membership.subscribe();
    expect(late.borrow().learners).toEqual([5]);
    expect(await late.changed()).toBe("changed");
  });

  it("6: a join shows as a learner first, as a member later", async () => {
    const cluster = new VirtualCluster(size);
    const leader = await cluster.leader();
    const seen = collect(cluster, leader);
    const id = size + 1;
    await addCaughtUpLearner(cluster, id);
    expect(await cluster.settle(cluster.replica(leader).change([{ kind: "promote", id }]))).toMatchObject({
      kind: "applied",
    });
    expect(seen.map((view) => [view.members.includes(id), view.learners.includes(id)])).toEqual([
      [false, false],
      [false, true],
      [true, false],
    ]);
    expect(rising(seen)).toBe(true);
    // The joined node publishes the same views, though it began with an empty one at index 0.
    await cluster.until("the new node to agree", () =>
      cluster.replica(id).node.membership.current.members.includes(id),
    );
    expect(cluster.replica(id).node.membership.current).toEqual(seen.at(-1));
  });

  it("7: a waiting reader ends when the node stops", async () => {
    const cluster = new VirtualCluster(size);
    const receiver = cluster.replica(1).node.membership.subscribe();
    const waiting = receiver.changed();
    cluster.kill(1);
    expect(await waiting).toBe("closed");
  });
});

describe("membership watch", () => {
  it("shows an empty view at index 0 on a node that has not joined", () => {
    const cluster = new VirtualCluster(3);
    cluster.addHost(4);
    expect(cluster.replica(4).node.membership.current).toEqual({
      members: [],
      learners: [],
      committedIndex: 0,
    });
    expect(cluster.replica(4).status().standing).toBe("joining");
  });

  it("4: the index carries across a snapshot install", async () => {
    const cluster = new VirtualCluster(3, { replica: { snapshotEvery: 5 } });
    const leader = await cluster.leader();
    const behind = [1, 2, 3].find((id) => id !== leader) ?? 0;
    const seen = collect(cluster, behind);
    await addLearner(cluster, leader, 8);
    await cluster.until("the follower to see it", () => seen.length === 2);
    cluster.partition(
      [behind],
      [1, 2, 3].filter((id) => id !== behind),
    );
    for (const id of [9, 10, 11]) await addLearner(cluster, leader, id);
    for (let i = 0; i < 1100; i += 1) void cluster.replica(leader).propose(new Uint8Array());
    await cluster.until(
      "the log to be compacted past it",
      () => cluster.replica(leader).node.log.firstIndex() > 12,
    );
    cluster.heal();
    const newest = cluster.replica(leader).node.membership.current;
    await cluster.until(
      "the follower to catch up",
      () => seen.at(-1)?.committedIndex === newest.committedIndex,
    );
    expect(seen.at(-1)).toEqual(newest);
    expect(rising(seen)).toBe(true);
  });

  it("publishes entering and leaving a joint configuration as two views, the first with both halves", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await addCaughtUpLearner(cluster, 4);
    const seen = collect(cluster, leader);
    const halves: Configuration[] = [];
    void (async () => {
      for await (const _ of cluster.replica(leader).node.membership.subscribe())
        halves.push(cluster.replica(leader).status().configuration);
    })();
    const victim = [1, 2, 3].find((id) => id !== leader) ?? 0;
    const outcome = await cluster.settle(
      cluster.replica(leader).change([
        { kind: "promote", id: 4 },
        { kind: "remove", id: victim },
      ]),
    );
    expect(outcome).toMatchObject({ kind: "applied" });
    expect(seen.slice(1).map((view) => view.members)).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4].filter((id) => id !== victim),
    ]);
    expect(outcome).toMatchObject({ index: seen.at(-1)?.committedIndex });
    // Which half needs how many cannot be told from the union: status() has both.
    const incoming = [1, 2, 3, 4].filter((id) => id !== victim);
    expect(halves.slice(1).map((half) => [half.incoming, half.outgoing, half.autoLeave])).toEqual([
      [incoming, [1, 2, 3], true],
      [incoming, [], false],
    ]);
  });
});
