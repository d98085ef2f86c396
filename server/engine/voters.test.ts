import { describe, expect, it } from "vitest";
import type { NodeId } from "../raft/types";
import { caughtUp, change, learner, others, refusalCode } from "./testing/changes";
import { VirtualCluster } from "./testing/virtual_cluster";
import type { MemberChange } from "./types";

/** Who votes, and who decides: joint changes, promotions, leadership. */

describe("a joint change", () => {
  it("is left though its leave was dropped, as during a transfer that fails", async () => {
    const cluster = new VirtualCluster(3);
    await caughtUp(cluster, 4);
    const leader = await cluster.leader();
    const [away = 0, victim = 0] = others(leader);
    // Every applied entry is an occasion to leave: the last one of the joining must be over.
    await cluster.until("the learner's directory to be known", () => {
      return cluster.replica(leader).node.registry.member(4)?.uuid === "u4";
    });
    cluster.partition([away], [leader, victim, 4]);
    const made = cluster.replica(leader).change([
      { kind: "promote", id: 4 },
      { kind: "remove", id: victim },
    ]);
    cluster.replica(leader).node.use((raft) => raft.transferLeader(away));
    await cluster.run(5);
    expect(cluster.replica(leader).status().configuration.outgoing).toEqual([1, 2, 3]);
    expect(await cluster.settle(made)).toMatchObject({ kind: "applied" });
    expect(cluster.replica(leader).status().configuration.outgoing).toEqual([]);
  });

  it("is left by the next leader when the one that entered it is gone", async () => {
    const cluster = new VirtualCluster(3);
    await caughtUp(cluster, 4);
    const leader = await cluster.leader();
    const [staying = 0, victim = 0] = others(leader);
    const made = cluster.replica(staying).change([
      { kind: "promote", id: 4 },
      { kind: "remove", id: victim },
    ]);
    const isJoint = (id: NodeId) => cluster.replica(id).status().configuration.outgoing.length > 0;
    while (!isJoint(leader)) {
      cluster.pass(50);
      cluster.tick();
      while (!isJoint(leader) && cluster.round());
    }
    cluster.kill(leader);
    expect(await cluster.settle(made)).toMatchObject({ kind: "applied" });
    expect(isJoint(staying)).toBe(false);
    expect(cluster.replica(staying).node.membership.current.members).not.toContain(victim);
  });
});

describe("a promotion", () => {
  async function learnerBehind(): Promise<{ cluster: VirtualCluster; leader: NodeId }> {
    const cluster = new VirtualCluster(1);
    await caughtUp(cluster, 2);
    return { cluster, leader: await cluster.leader() };
  }

  it("is refused while the learner is more than 100 entries behind, and made at 100", async () => {
    const { cluster, leader } = await learnerBehind();
    cluster.host(2).disk.held = true;
    for (let i = 0; i < 101; i += 1) void cluster.replica(leader).propose(Uint8Array.of(1));
    await cluster.run(5);
    const promotion: MemberChange[] = [{ kind: "promote", id: 2 }];
    expect(await change(cluster, leader, promotion)).toMatchObject({
      kind: "refused",
      refusal: { code: "not-caught-up", detail: "n2 cannot vote yet: 101 entries behind, limit 100." },
    });
    cluster.host(2).disk.held = false;
    await cluster.run(10);
    cluster.host(2).disk.held = true;
    for (let i = 0; i < 100; i += 1) void cluster.replica(leader).propose(Uint8Array.of(1));
    await cluster.run(5);
    const made = cluster.replica(leader).change(promotion);
    await cluster.run(1);
    cluster.host(2).disk.held = false;
    expect(await cluster.settle(made)).toMatchObject({ kind: "applied" });
  });

  it("is refused once the learner was not heard from for a second: 1 -> 2 with a dead one is a loss for good", async () => {
    const { cluster, leader } = await learnerBehind();
    cluster.kill(2);
    await cluster.run(21);
    expect(refusalCode(await change(cluster, leader, [{ kind: "promote", id: 2 }]))).toBe("not-caught-up");
  });

  it("of a second voter ends the first one's deciding alone, also after a restart", async () => {
    const { cluster, leader } = await learnerBehind();
    await change(cluster, leader, [{ kind: "promote", id: 2 }]);
    cluster.kill(1);
    cluster.kill(2);
    cluster.boot(1);
    await cluster.run(400);
    expect(cluster.replica(1).node.isLeader).toBe(false);
    expect(cluster.replica(1).node.membership.current.members).toEqual([1, 2]);
    cluster.boot(2);
    expect(await change(cluster, await cluster.leader(), [learner(3)])).toMatchObject({ kind: "applied" });
  });
});

describe("leadership", () => {
  it("takes a change only once an entry of its own term is applied, and lets it wait until then", async () => {
    const cluster = new VirtualCluster(1);
    const { node } = cluster.replica(1);
    while (!node.isLeader) {
      cluster.pass(50);
      cluster.tick();
      while (!node.isLeader && cluster.round());
    }
    cluster.host(1).disk.held = true;
    expect(node.leadsWithOwnTerm).toBe(false);
    const { lastIndex } = node.raft.status();
    const made = cluster.replica(1).change([learner(4)]);
    await cluster.run(20);
    expect(node.raft.status().lastIndex).toBe(lastIndex);
    cluster.host(1).disk.held = false;
    expect(await cluster.settle(made)).toMatchObject({ kind: "applied", index: lastIndex + 1 });
  });

  it("moves to the chosen voter, and the history says who moved it", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await cluster.run(20);
    const target = others(leader)[0] ?? 0;
    const seen = cluster.replica(leader).node.leader.current;
    const outcome = await cluster.settle(cluster.replica(leader).transfer(target, { seen, actor: "ann" }));
    expect(outcome).toMatchObject({ kind: "applied" });
    expect(cluster.replica(target).node.isLeader).toBe(true);
    expect(cluster.replica(leader).history(0, 100).at(-1)).toMatchObject({ kind: "transfer", actor: "ann" });
  });

  it("does not move when another leader or term is in force than the caller saw", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await cluster.run(20);
    const target = others(leader)[0] ?? 0;
    const stale = { leader, term: cluster.replica(leader).node.leader.current.term - 1 };
    const outcome = await cluster.settle(cluster.replica(leader).transfer(target, { seen: stale }));
    expect(refusalCode(outcome)).toBe("leader-changed");
    expect(cluster.replica(leader).node.isLeader).toBe(true);
  });

  it("is not handed to a learner or to a node that is down", async () => {
    const cluster = new VirtualCluster(3);
    await caughtUp(cluster, 4);
    const leader = await cluster.leader();
    const dead = others(leader)[0] ?? 0;
    cluster.kill(dead);
    await cluster.until(
      "its death to be seen",
      () =>
        cluster
          .replica(leader)
          .status()
          .reports.find((one) => one.id === dead)?.health === "down",
    );
    expect(refusalCode(await cluster.settle(cluster.replica(leader).transfer(4)))).toBe("not-a-voter");
    expect(refusalCode(await cluster.settle(cluster.replica(leader).transfer(dead)))).toBe("invalid-change");
  });
});
