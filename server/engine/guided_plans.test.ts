import { describe, expect, it } from "vitest";
import type { NodeId } from "../raft/types";
import { VirtualCluster } from "./testing/virtual_cluster";

async function withLearner(cluster: VirtualCluster, id: NodeId): Promise<NodeId> {
  cluster.addHost(id);
  const leader = await cluster.leader();
  const added = cluster
    .replica(leader)
    .change([{ kind: "add-learner", id, address: `h${id}:1`, name: `n${id}` }]);
  expect(await cluster.settle(added)).toMatchObject({ kind: "applied" });
  return leader;
}

function members(cluster: VirtualCluster, at: NodeId): readonly NodeId[] {
  return cluster.replica(at).node.membership.current.members;
}

describe("a guided plan", () => {
  it("promotes a learner once it has caught up, and not before", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await withLearner(cluster, 4);
    cluster.partition([4], [1, 2, 3]);
    await cluster.run(60);
    const plan = { id: "plan-1", kind: "promote" as const, learner: 4, target: undefined, actor: "ann" };
    expect(await cluster.settle(cluster.replica(leader).createPlan(plan))).toEqual({ kind: "done" });
    await cluster.run(100);
    expect(members(cluster, leader)).toEqual([1, 2, 3]);
    expect(cluster.replica(leader).status().plans).toMatchObject([
      { state: "running", step: "catching-up", waitingFor: expect.stringContaining("n4") },
    ]);
    cluster.heal();
    await cluster.until("n4 to vote", () => members(cluster, leader).includes(4));
    await cluster.until(
      "the plan to be done",
      () => cluster.replica(leader).status().plans[0]?.state === "done",
    );
    expect(cluster.replica(leader).history(0, 100).at(-1)).toMatchObject({
      actor: "ann",
      outcome: "applied",
    });
  });

  it("replaces a dead voter in one joint change", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await withLearner(cluster, 4);
    const dead = [1, 2, 3].find((id) => id !== leader) ?? 0;
    cluster.kill(dead);
    const plan = { id: "plan-1", kind: "replace" as const, learner: 4, target: dead, actor: "ann" };
    expect(await cluster.settle(cluster.replica(leader).createPlan(plan))).toEqual({ kind: "done" });
    await cluster.until(
      "the swap",
      () => members(cluster, leader).length === 3 && members(cluster, leader).includes(4),
    );
    expect(members(cluster, leader)).not.toContain(dead);
    await cluster.until(
      "the plan to be done",
      () => cluster.replica(leader).status().plans[0]?.state === "done",
    );
  });

  it("moves leadership away first when the one to be replaced leads", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await withLearner(cluster, 4);
    const plan = { id: "plan-1", kind: "replace" as const, learner: 4, target: leader, actor: "ann" };
    await cluster.settle(cluster.replica(leader).createPlan(plan));
    const other = [1, 2, 3].find((id) => id !== leader) ?? 0;
    await cluster.until(
      "the swap",
      () => members(cluster, other).includes(4) && !members(cluster, other).includes(leader),
    );
    const transfers = cluster.replica(other).node.leader.current;
    expect(transfers.leader).not.toBe(leader);
  });

  it("goes on after the leader that began it was killed", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await withLearner(cluster, 4);
    const target = [1, 2, 3].find((id) => id !== leader) ?? 0;
    cluster.partition([4], [1, 2, 3]);
    await cluster.run(60);
    const plan = { id: "plan-1", kind: "replace" as const, learner: 4, target, actor: "ann" };
    await cluster.settle(cluster.replica(leader).createPlan(plan));
    cluster.kill(leader);
    cluster.heal();
    const rest = [1, 2, 3].filter((id) => id !== leader);
    await cluster.until("another leader", () => rest.some((id) => cluster.replica(id).node.leadsWithOwnTerm));
    cluster.boot(leader);
    await cluster.until(
      "the swap",
      () => members(cluster, leader).includes(4) && !members(cluster, leader).includes(target),
    );
  });

  it("rests while paused, ends where it is when stopped, and is one at a time", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await withLearner(cluster, 4);
    cluster.partition([4], [1, 2, 3]);
    await cluster.run(60);
    const replica = cluster.replica(leader);
    const plan = { id: "plan-1", kind: "promote" as const, learner: 4, target: undefined, actor: "ann" };
    await cluster.settle(replica.createPlan(plan));
    expect(await cluster.settle(replica.createPlan({ ...plan, id: "plan-2" }))).toMatchObject({
      kind: "refused",
    });
    expect(await cluster.settle(replica.steerPlan("plan-1", "paused"))).toEqual({ kind: "done" });
    cluster.heal();
    await cluster.run(200);
    expect(members(cluster, leader)).toEqual([1, 2, 3]);
    expect(await cluster.settle(replica.steerPlan("plan-1", "stopped"))).toEqual({ kind: "done" });
    expect(await cluster.settle(replica.steerPlan("plan-1", "running"))).toMatchObject({ kind: "refused" });
    await cluster.run(200);
    expect(replica.node.membership.current.learners).toEqual([4]);
  });

  it("is refused under a request id that stands for a change or another plan; a repeat is the same plan", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await withLearner(cluster, 4);
    const replica = cluster.replica(leader);
    const removal = replica.change([{ kind: "remove", id: 77 }], { requestId: "refused" });
    expect(await cluster.settle(removal)).toMatchObject({ kind: "refused" });
    const fifth = { kind: "add-learner", id: 5, address: "h5:1", name: "n5" } as const;
    await cluster.settle(replica.change([fifth], { requestId: "applied" }));
    await cluster.settle(replica.settleRequest("closed"));
    cluster.partition([4], [1, 2, 3]);
    await cluster.run(60);
    const make = (id: string, learner = 4) =>
      cluster.settle(replica.createPlan({ id, kind: "promote", learner, target: undefined, actor: "ann" }));
    for (const id of ["applied", "closed"]) {
      expect(await make(id)).toEqual({
        kind: "refused",
        reused: true,
        reason: `request id ${id} was used for another change; choose a new one`,
      });
    }
    // What certainly did nothing may be tried again.
    expect(await make("refused")).toEqual({ kind: "done" });
    expect(await make("refused")).toEqual({ kind: "done" });
    expect(await make("refused", 5)).toMatchObject({ kind: "refused", reused: true });
    expect(replica.status().plans).toHaveLength(1);
  });

  it("fails with the reason when its learner is removed", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await withLearner(cluster, 4);
    cluster.partition([4], [1, 2, 3]);
    await cluster.run(60);
    const replica = cluster.replica(leader);
    await cluster.settle(
      replica.createPlan({ id: "plan-1", kind: "promote", learner: 4, target: undefined, actor: "ann" }),
    );
    await cluster.settle(replica.change([{ kind: "remove", id: 4 }]));
    await cluster.until("the plan to fail", () => replica.status().plans[0]?.state === "failed");
    expect(replica.status().plans[0]?.reason).toContain("n4");
  });
});
