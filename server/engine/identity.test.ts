import { describe, expect, it } from "vitest";
import { caughtUp, change, others } from "./testing/changes";
import { VirtualCluster } from "./testing/virtual_cluster";

/** An id is one data directory, and a removed one never comes back. */

describe("identity", () => {
  it("binds a learner's id to its directory at its first hello, and turns another one away", async () => {
    const cluster = new VirtualCluster(3);
    await caughtUp(cluster, 4);
    const leader = await cluster.leader();
    await cluster.until(
      "the id to be bound",
      () => cluster.replica(leader).node.registry.member(4)?.uuid === "u4",
    );
    const peer = { clusterId: "virtual", nodeId: 4, address: "h4:1", console: "" };
    expect(cluster.replica(leader).judge({ ...peer, uuid: "u4" })).toEqual({ kind: "accept" });
    expect(cluster.replica(leader).judge({ ...peer, uuid: "impostor" })).toMatchObject({ kind: "refuse" });
  });

  it("tells a removed node that was away, which then stops for good and starts no election", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const away = others(leader)[0] ?? 0;
    cluster.partition(
      [away],
      [1, 2, 3].filter((id) => id !== away),
    );
    await cluster.until(
      "it to look dead",
      () =>
        cluster
          .replica(leader)
          .status()
          .reports.find((one) => one.id === away)?.health === "down",
    );
    const removed = await change(cluster, leader, [{ kind: "remove", id: away }]);
    const { term } = cluster.replica(leader).node.leader.current;
    cluster.heal();
    await cluster.until(
      "it to learn of its removal",
      () => cluster.replica(away).status().standing === "removed",
    );
    const index = removed.kind === "applied" ? removed.index : 0;
    expect(cluster.replica(away).status().removedAt).toBe(index);
    // Its last view stays readable.
    expect(cluster.replica(away).node.membership.current.members).toEqual([1, 2, 3]);
    await cluster.run(400);
    expect(cluster.replica(leader).node.leader.current).toEqual({ leader, term });
    cluster.kill(away);
    expect(cluster.boot(away).status()).toMatchObject({ standing: "removed", removedAt: index });
  });

  it("answers a follower that was asked to remove itself, though it is told of its removal only afterwards", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const self = others(leader)[0] ?? 0;
    await cluster.until(
      "the follower to know the leader",
      () => cluster.replica(self).node.leader.current.leader === leader,
    );
    const outcome = await change(cluster, self, [{ kind: "remove", id: self }]);
    expect(outcome).toMatchObject({ kind: "applied", changed: true });
    const index = outcome.kind === "applied" ? outcome.index : 0;
    expect(cluster.replica(self).status()).toMatchObject({ standing: "removed", removedAt: index });
    expect(cluster.replica(leader).node.registry.retiredAt(self)).toBe(index);
  });

  it("gives every id once", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const ids = [
      await cluster.settle(cluster.replica(leader).allocateId()),
      await cluster.settle(cluster.replica(leader).allocateId()),
    ];
    expect(ids).toEqual([4, 5]);
    for (const id of [1, 2, 3]) cluster.kill(id);
    for (const id of [1, 2, 3]) cluster.boot(id);
    expect(await cluster.settle(cluster.replica(await cluster.leader()).allocateId())).toBe(6);
  });
});
