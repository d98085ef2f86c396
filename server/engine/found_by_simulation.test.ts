import { describe, expect, it } from "vitest";
import type { NodeId } from "../raft/types";
import { Registry } from "./registry";
import { VirtualCluster } from "./testing/virtual_cluster";
import type { MemberChange } from "./types";

/** Defects that the simulator found, each kept as the smallest run that shows it. docs/correctness.md names their seeds. */

function learner(id: NodeId): MemberChange {
  return { kind: "add-learner", id, address: `h${id}:1`, name: `n${id}` };
}

describe("a voter that a joint change removes", () => {
  it("is not retired while its half still votes", () => {
    const voters = [1, 2, 3].map((id) => ({ id, name: `n${id}`, address: `h${id}:1`, uuid: `u${id}` }));
    const registry = Registry.bootstrap(voters, 0, "test");
    const changes: MemberChange[] = [
      { kind: "remove", id: 2 },
      { kind: "remove", id: 3 },
    ];
    const joint = { voters: [1], votersOutgoing: [1, 2, 3], learners: [], learnersNext: [], autoLeave: true };
    registry.applyChange(5, 2, { requestId: "r", expectedIndex: null, actor: "", time: 0, changes }, joint);
    expect(registry.retiredAt(2)).toBeUndefined();
    registry.applyLeave(6, 2, { ...joint, votersOutgoing: [], autoLeave: false });
    expect(registry.retiredAt(2)).toBe(5);
  });
});

describe("a voter that missed the addition of its leader", () => {
  it("answers that leader and catches up", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const [behind, other] = [1, 2, 3].filter((id) => id !== leader);
    if (behind === undefined || other === undefined) throw new Error("three voters have two followers");
    cluster.partition([behind], [leader, other]);
    cluster.addHost(4);
    await cluster.settle(cluster.replica(leader).change([learner(4)]));
    await cluster.until("the learner to have caught up", () =>
      cluster
        .replica(leader)
        .status()
        .reports.some((one) => one.id === 4 && one.promotionBlocked === undefined),
    );
    await cluster.settle(cluster.replica(leader).change([{ kind: "promote", id: 4 }]));
    await cluster.settle(cluster.replica(leader).transfer(4));
    cluster.heal();
    // Its addition reaches the one that missed it only through the new leader.
    cluster.partition([behind], [leader, other]);
    await cluster.until("the one behind to have caught up", () =>
      cluster.replica(behind).node.registry.confState.voters.includes(4),
    );
    expect(cluster.replica(behind).node.leader.current.leader).toBe(4);
  });
});

describe("a candidate whose disk does not answer", () => {
  it("asks nobody for a vote: a crash would let it lead twice in one term", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const [candidate, other] = [1, 2, 3].filter((id) => id !== leader);
    if (candidate === undefined || other === undefined) throw new Error("three voters have two followers");
    await cluster.run(20);
    const termOf = (id: NodeId) => cluster.replica(id).node.raft.status().hardState.term;
    const before = termOf(leader);
    cluster.host(candidate).disk.held = true;
    // The leader tells it to campaign at once; the votes of the two others would do.
    const moved = cluster.replica(leader).transfer(candidate, { timeoutMs: 2000 });
    await cluster.until("it to campaign", () => termOf(candidate) > before);
    await cluster.run(5);
    expect(cluster.replica(candidate).node.isLeader).toBe(false);
    expect([termOf(leader), termOf(other)]).toEqual([before, before]);
    cluster.host(candidate).disk.held = false;
    expect((await cluster.settle(moved)).kind).toBe("applied");
  });
});

describe("a leader that removed itself", () => {
  for (const restarted of [false, true]) {
    const name = restarted ? "also after a restart" : "however late";
    it(`tells the one who stays that it did, ${name}`, async () => {
      const cluster = new VirtualCluster(2);
      const leader = await cluster.leader();
      const [staying] = [1, 2].filter((id) => id !== leader);
      if (staying === undefined) throw new Error("two voters have one follower");
      // The one who stays acknowledges the removal, and hears nothing that the leader says from then on.
      cluster.host(staying).disk.held = true;
      const asked = cluster.replica(leader).change([{ kind: "remove", id: leader }]);
      await cluster.run(1);
      cluster.cut.add(`${leader}>${staying}`);
      cluster.host(staying).disk.held = false;
      expect((await cluster.settle(asked)).kind).toBe("applied");
      await cluster.until("the removed node to rest", () => !cluster.replica(leader).node.running);
      expect(cluster.replica(staying).node.registry.confState.voters).toEqual([1, 2]);
      if (restarted) {
        cluster.kill(leader);
        cluster.boot(leader);
        await cluster.run(100);
      }
      cluster.heal();
      await cluster.until(
        "the one who stays to lead alone",
        () => cluster.replica(staying).node.leadsWithOwnTerm,
      );
      expect(cluster.replica(staying).node.registry.confState.voters).toEqual([staying]);
    });
  }
});

describe("a voter that is told of its removal before it has read of it", () => {
  it("goes on voting and acknowledging until the one who stays knows that it left", async () => {
    const cluster = new VirtualCluster(2);
    const staying = await cluster.leader();
    const [leaving] = [1, 2].filter((id) => id !== staying);
    if (leaving === undefined) throw new Error("two voters have one follower");
    // Both have the removal in their logs, and neither knows that it is committed.
    cluster.cut.add(`${leaving}>${staying}`);
    const before = cluster.replica(leaving).node.log.lastIndex();
    void cluster.replica(staying).change([{ kind: "remove", id: leaving }]);
    await cluster.until("the entry to arrive", () => cluster.replica(leaving).node.log.lastIndex() > before);
    cluster.kill(staying);
    cluster.replica(leaving).node.learnRemoval(before + 1);
    expect(cluster.replica(leaving).node.registry.confState.voters).toEqual([1, 2]);
    cluster.heal();
    cluster.boot(staying);
    await cluster.until("the one who stays to lead alone", () => {
      const { leadsWithOwnTerm, registry } = cluster.replica(staying).node;
      return leadsWithOwnTerm && registry.confState.voters.join() === String(staying);
    });
  });
});
