import { describe, expect, it } from "vitest";
import { change, learner, others } from "./testing/changes";
import { VirtualCluster } from "./testing/virtual_cluster";

/** What is acknowledged stays, and what is read is not stale. */

describe("durability", () => {
  it("keeps every acknowledged entry when all nodes are killed at once", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const outcomes: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const outcome = await cluster.settle(cluster.replica(leader).propose(Uint8Array.of(i)));
      if (outcome.kind === "applied") outcomes.push(outcome.index);
    }
    for (const id of [1, 2, 3]) cluster.kill(id);
    for (const id of [1, 2, 3]) cluster.boot(id);
    const next = await cluster.leader();
    await cluster.until(
      "everything acknowledged to be applied",
      () => cluster.replica(next).node.appliedIndex >= Math.max(...outcomes),
    );
    expect(outcomes).toHaveLength(20);
  });

  it("acknowledges nothing while its disks do not answer", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    for (const id of [1, 2, 3]) cluster.host(id).disk.held = true;
    const outcome = await cluster.settle(cluster.replica(leader).propose(Uint8Array.of(1), 500));
    expect(outcome.kind).toBe("unknown");
  });

  it("takes a bounded number of writes while a disk does not answer, and catches up when it does", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const stuck = others(leader)[0] ?? 0;
    const { disk } = cluster.host(stuck);
    await cluster.run(20);
    disk.held = true;
    // A window's worth of messages stays unacknowledged; from then on the leader asks again with every heartbeat.
    for (let i = 0; i < 300; i += 1) void cluster.replica(leader).propose(Uint8Array.of(1));
    await cluster.run(4000);
    expect(disk.waiting).toBeGreaterThan(1000);
    expect(disk.waiting).toBeLessThan(1100);
    disk.held = false;
    await cluster.until(
      "it to catch up",
      () => cluster.replica(stuck).node.appliedIndex === cluster.replica(leader).node.appliedIndex,
    );
  });

  it("costs one sync per node for an entry, and one more for a configuration entry", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await cluster.run(40);
    const syncs = (): number[] => [1, 2, 3].map((id) => cluster.host(id).disk.syncs);
    const before = syncs();
    await cluster.settle(cluster.replica(leader).propose(Uint8Array.of(1)));
    await cluster.run(20);
    expect(syncs().map((count, at) => count - (before[at] ?? 0))).toEqual([1, 1, 1]);
    const middle = syncs();
    await change(cluster, leader, [learner(4)]);
    await cluster.run(20);
    for (const [at, count] of syncs().entries()) expect(count - (middle[at] ?? 0)).toBeLessThanOrEqual(2);
  });
});

describe("reads", () => {
  it("see everything acknowledged before, on every node", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const outcome = await cluster.settle(cluster.replica(leader).propose(Uint8Array.of(1)));
    const index = outcome.kind === "applied" ? outcome.index : Number.NaN;
    for (const id of [1, 2, 3]) {
      const read = await cluster.settle(cluster.replica(id).readIndex());
      expect(read).toBeGreaterThanOrEqual(index);
      expect(cluster.replica(id).node.appliedIndex).toBeGreaterThanOrEqual(index);
    }
  });

  it("are not answered by a leader that lost its quorum", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    cluster.partition([leader], others(leader));
    expect(await cluster.settle(cluster.replica(leader).readIndex(500))).toBeUndefined();
  });
});
