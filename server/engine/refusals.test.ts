import { describe, expect, it } from "vitest";
import { VirtualCluster } from "./testing/virtual_cluster";
import type { MemberChange } from "./types";

describe("refusals in the history", () => {
  it("stand behind the configuration that was in force, and are not told twice to a reader that pages on", async () => {
    const cluster = new VirtualCluster(1);
    await cluster.leader();
    const replica = cluster.replica(1);
    await cluster.settle(replica.change([{ kind: "remove", id: 77 }], { actor: "ann" }));
    await cluster.settle(replica.change([{ kind: "add-learner", id: 2, address: "h2:1", name: "n2" }]));
    await cluster.settle(replica.change([{ kind: "remove", id: 78 }], { actor: "bob" }));
    const all = replica.history(0, 100);
    expect(all.map(({ outcome, actor, refusedBy }) => [outcome, actor, refusedBy])).toEqual([
      ["applied", "test", undefined],
      ["refused", "ann", 1],
      ["applied", "engine", undefined],
      ["refused", "bob", 1],
    ]);
    expect(replica.history(all.at(-1)?.index ?? 0, 100)).toEqual([]);
    expect(replica.status().refusals).toBe(2);
    expect(replica.history(0, 2).map(({ outcome }) => outcome)).toEqual(["applied", "refused"]);
  });

  it("do not count again what the log holds as rejected by every node", async () => {
    const cluster = new VirtualCluster(3);
    const replica = cluster.replica(await cluster.leader());
    // Closed in the same turn: the change comes behind that in the log.
    const closing = replica.settleRequest("asked-once");
    const change: MemberChange = { kind: "add-learner", id: 9, address: "h9:1", name: "n9" };
    const outcome = await cluster.settle(replica.change([change], { requestId: "asked-once", actor: "ann" }));
    await cluster.settle(closing);
    expect(outcome).toMatchObject({ kind: "refused" });
    const attempts = replica.history(0, 100).filter(({ requestId }) => requestId === "asked-once");
    expect(attempts.map((attempt) => attempt.outcome)).toEqual(["rejected"]);
    expect(replica.status().refusals).toBe(1);
  });

  it("hold transfers, too, and say in words why there was none", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const replica = cluster.replica(leader);
    const target = leader === 1 ? 2 : 1;
    const outcome = await cluster.settle(
      replica.transfer(target, { seen: { leader: target, term: 1 }, actor: "ann" }),
    );
    expect(outcome).toMatchObject({ kind: "refused", refusal: { code: "leader-changed" } });
    expect(replica.history(0, 100).at(-1)).toMatchObject({
      kind: "transfer",
      changes: [{ kind: "promote", id: target }],
      actor: "ann",
      outcome: "refused",
      reason: "leadership had moved",
      refusedBy: leader,
    });
    expect(replica.status().refusals).toBe(1);
  });
});
