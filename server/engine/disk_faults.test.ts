import { describe, expect, it } from "vitest";
import type { NodeId } from "../raft/types";
import { VirtualCluster } from "./testing/virtual_cluster";

/** What a node does when its disk fails it. The disk's own part is in server/storage/segmented_log.test.ts. */

const FAILED_SYNC = { kind: "sync-failed", path: "/data/0000000001.log", detail: "EIO" } as const;

function others(size: number, id: NodeId): NodeId[] {
  return Array.from({ length: size }, (_, at) => at + 1).filter((one) => one !== id);
}

async function acknowledged(cluster: VirtualCluster, through: NodeId): Promise<number> {
  const outcome = await cluster.settle(cluster.replica(through).propose(Uint8Array.of(1)));
  if (outcome.kind !== "applied") throw new Error(outcome.detail);
  return outcome.index;
}

describe("a failed sync", () => {
  it("ends a follower in order: a sentence, its view stays, nothing is written again, the others go on", async () => {
    const cluster = new VirtualCluster(3, { replica: { brokenInvariants: "fail" } });
    const leader = await cluster.leader();
    const [broken = 0, other = 0] = others(3, leader);
    await cluster.run(20);
    const { disk } = cluster.host(broken);
    disk.fault = FAILED_SYNC;
    const index = await acknowledged(cluster, leader);
    await cluster.until("it to end", () => cluster.replica(broken).node.standing.kind === "failed");
    expect(cluster.failures.get(broken)).toMatch(/0000000001\.log could not be written \(sync-failed: EIO\)/);
    const before = { view: cluster.replica(broken).node.membership.current, syncs: disk.syncs };
    disk.fault = undefined;
    expect(await acknowledged(cluster, other)).toBeGreaterThan(index);
    await cluster.run(200);
    expect(disk.syncs).toBe(before.syncs);
    expect(disk.waiting).toBe(0);
    expect(cluster.replica(broken).node.membership.current).toBe(before.view);
    expect(cluster.replica(broken).status()).toMatchObject({ standing: "failed", isLeader: false });
    const peer = { clusterId: "virtual", nodeId: other, uuid: `u${other}`, address: "h:1", console: "" };
    expect(cluster.replica(broken).judge(peer)).toMatchObject({ kind: "refuse" });
  });

  it("of a leader acknowledges nothing, and another leads", async () => {
    const cluster = new VirtualCluster(3, { replica: { brokenInvariants: "fail" } });
    const leader = await cluster.leader();
    cluster.partition([leader], others(3, leader));
    cluster.host(leader).disk.fault = FAILED_SYNC;
    const outcome = cluster.replica(leader).propose(Uint8Array.of(1), 3000);
    await cluster.until("it to end", () => cluster.failures.has(leader));
    cluster.heal();
    expect((await cluster.settle(outcome)).kind).toBe("unknown");
    await cluster.until("another leader", () =>
      others(3, leader).some((id) => cluster.replica(id).node.leadsWithOwnTerm),
    );
  });
});

describe("a full disk", () => {
  it("ends a node's lead and its acknowledging, loses nothing, and is over when there is room", async () => {
    const cluster = new VirtualCluster(3);
    const full = await cluster.leader();
    const first = await acknowledged(cluster, full);
    cluster.host(full).disk.setFull(true);
    expect(cluster.replica(full).node.isLeader).toBe(false);
    const next = () => others(3, full).find((id) => cluster.replica(id).node.leadsWithOwnTerm) ?? 0;
    await cluster.until("another leader", () => next() !== 0);
    const index = await acknowledged(cluster, next());
    await cluster.run(200);
    expect(cluster.replica(full).node.isLeader).toBe(false);
    expect(cluster.replica(full).node.appliedIndex).toBe(first);
    cluster.host(full).disk.setFull(false);
    await cluster.until("it to catch up", () => cluster.replica(full).node.appliedIndex >= index);
  });

  it("of the only voter: it waits, and goes on with everything that was acknowledged", async () => {
    const cluster = new VirtualCluster(1);
    await cluster.leader();
    const index = await acknowledged(cluster, 1);
    cluster.host(1).disk.setFull(true);
    const outcome = cluster.replica(1).propose(Uint8Array.of(2), 1000);
    await cluster.run(100);
    expect((await cluster.settle(outcome)).kind).not.toBe("applied");
    expect(cluster.replica(1).node.isLeader).toBe(false);
    cluster.host(1).disk.setFull(false);
    expect(await cluster.leader()).toBe(1);
    expect(cluster.host(1).disk.entries.some((entry) => entry.index === index)).toBe(true);
    expect(await acknowledged(cluster, 1)).toBeGreaterThan(index);
  });
});
