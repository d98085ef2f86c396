import { describe, expect, it } from "vitest";
import { encodeBody, parseBody } from "./payload";
import { type LeaderAnswer, leaderAnswerSchema } from "./requests";
import { caughtUp, change, learner, others, refusalCode } from "./testing/changes";
import { VirtualCluster } from "./testing/virtual_cluster";
import type { MemberChange } from "./types";

/** "A change, exactly once": docs/engine.md. */

describe("a change", () => {
  it("is forwarded by a follower, one hop, and answered once it is applied there", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const follower = others(leader)[0] ?? 0;
    await cluster.until(
      "the follower to know the leader",
      () => cluster.replica(follower).node.leader.current.leader === leader,
    );
    const outcome = await change(cluster, follower, [learner(4)]);
    expect(outcome).toMatchObject({ kind: "applied", changed: true });
    expect(cluster.replica(follower).node.membership.current.learners).toEqual([4]);
  });

  it("carries a fence: once the configuration moved on, nothing is done", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await change(cluster, leader, [learner(4)]);
    const outcome = await change(cluster, leader, [learner(5)], { expectedIndex: 1 });
    expect(refusalCode(outcome)).toBe("fence-lost");
    expect(cluster.replica(leader).node.membership.current.learners).toEqual([4]);
  });

  it("is refused while another is in progress, on whichever node it is asked", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const first = cluster.replica(leader).change([learner(4)], { actor: "ann" });
    const second = await change(cluster, leader, [learner(5)]);
    expect(second).toMatchObject({
      kind: "refused",
      refusal: { code: "change-in-progress", change: { actor: "ann" } },
    });
    expect(await cluster.settle(first)).toMatchObject({ kind: "applied" });
  });

  it("made right after another waits for a leader whose disk is behind its followers, instead of being refused", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const follower = others(leader)[0] ?? 0;
    await cluster.run(20);
    cluster.host(leader).disk.held = true;
    const first = cluster.replica(follower).change([learner(4)]);
    const seen = await cluster.settle(first);
    if (seen.kind !== "applied") throw new Error(seen.kind);
    const second = cluster.replica(follower).change([learner(5)], { expectedIndex: seen.index });
    await cluster.run(10);
    cluster.host(leader).disk.held = false;
    expect(await cluster.settle(second)).toMatchObject({ kind: "applied" });
  });

  it("repeated under one request id gets the first outcome and stands in the history once", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const options = { requestId: "request-1" };
    const [one, two] = [
      cluster.replica(leader).change([learner(4)], options),
      cluster.replica(leader).change([learner(4)], options),
    ];
    const first = await cluster.settle(one);
    expect(await cluster.settle(two)).toEqual(first);
    const follower = others(leader)[0] ?? 0;
    await cluster.until(
      "the follower to apply it",
      () => cluster.replica(follower).node.membership.current.learners.length === 1,
    );
    expect(await change(cluster, follower, [learner(4)], options)).toMatchObject({
      kind: "applied",
      index: first.kind === "applied" ? first.index : 0,
    });
    expect(
      cluster
        .replica(leader)
        .history(0, 100)
        .filter((record) => record.requestId === "request-1"),
    ).toHaveLength(1);
  });

  it("refuses a request id that was used for another change", async () => {
    const cluster = new VirtualCluster(1);
    await cluster.leader();
    await change(cluster, 1, [learner(4)], { requestId: "request-1" });
    expect(refusalCode(await change(cluster, 1, [learner(5)], { requestId: "request-1" }))).toBe(
      "request-id-reused",
    );
  });

  it("does not answer a change with the outcome of another under the same request id", async () => {
    const cluster = new VirtualCluster(1);
    await cluster.leader();
    const options = { requestId: "same-same" };
    const [one, two] = [
      cluster.replica(1).change([learner(2)], options),
      cluster.replica(1).change([learner(3)], options),
    ];
    expect(await cluster.settle(one)).toMatchObject({ kind: "applied", membership: { learners: [2] } });
    expect(refusalCode(await cluster.settle(two))).toBe("request-id-reused");
  });

  it("is refused for good only by a change that stands in the log for good", async () => {
    const cluster = new VirtualCluster(1);
    await cluster.leader();
    const { disk } = cluster.host(1);
    disk.held = true;
    const first = cluster.replica(1).change([learner(2)], { requestId: "request-1" });
    await cluster.run(1);
    const request = { kind: "change", requestId: "request-1", expectedIndex: null, actor: "ann" };
    const ask = () => {
      let answer: LeaderAnswer | undefined;
      cluster.replica(1).onRequest(2, encodeBody({ ...request, changes: [learner(3)] }), (body) => {
        answer = parseBody(leaderAnswerSchema, body);
      });
      return answer;
    };
    const reused = { kind: "refused", refusal: { code: "request-id-reused" } };
    expect(ask()).toMatchObject(reused);
    expect(ask()).not.toHaveProperty("final", true);
    disk.held = false;
    expect(await cluster.settle(first)).toMatchObject({ kind: "applied" });
    expect(ask()).toMatchObject({ ...reused, final: true });
  });

  it.each<[string, MemberChange[], object]>([
    ["a negative id", [{ kind: "add-learner", id: -1, address: "h9:1", name: "n9" }], {}],
    ["a broken id", [{ kind: "remove", id: 1.5 }], {}],
    ["no id at all", [{ kind: "remove", id: Number.NaN }], {}],
    ["an id beyond 32 bits", [{ kind: "remove", id: 2 ** 32 }], {}],
    ["no changes", [], {}],
    ["an endless name", [{ kind: "add-learner", id: 9, address: "h9:1", name: "x".repeat(5000) }], {}],
    ["an endless request id", [{ kind: "remove", id: 2 }], { requestId: "x".repeat(5000) }],
    ["an address without a port", [{ kind: "add-learner", id: 9, address: "h9", name: "n9" }], {}],
    ["a wildcard address", [{ kind: "add-learner", id: 9, address: "0.0.0.0:9", name: "n9" }], {}],
    ["an impossible address", [{ kind: "add-learner", id: 9, address: "256.1.1.1:80", name: "n9" }], {}],
  ])("with %s is refused as a value, and the node goes on", async (_what, changes, options) => {
    const cluster = new VirtualCluster(1);
    await cluster.leader();
    expect(refusalCode(await change(cluster, 1, changes, options))).toBe("bad-input");
    await cluster.run(10);
    expect(await change(cluster, 1, [learner(4)])).toMatchObject({ kind: "applied" });
  });

  it("keeps each address in one form, so that no place is taken twice", async () => {
    const cluster = new VirtualCluster(1);
    await cluster.leader();
    const added = await change(cluster, 1, [
      { kind: "add-learner", id: 2, address: "[0:0:0:0:0:0:0:1]:9000", name: "n2" },
    ]);
    expect(added.kind).toBe("applied");
    expect(cluster.replica(1).node.registry.member(2)?.address).toBe("[::1]:9000");
    const again: MemberChange = { kind: "add-learner", id: 3, address: "[::1]:9000", name: "n3" };
    expect(refusalCode(await change(cluster, 1, [again]))).toBe("address-taken");
  });

  it("is not judged by another machine's clock", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const follower = others(leader)[0] ?? 0;
    await cluster.until(
      "the follower to know the leader",
      () => cluster.replica(follower).node.leader.current.leader === leader,
    );
    cluster.host(leader).wallOffsetMs = 3_600_000;
    expect(await change(cluster, follower, [learner(4)])).toMatchObject({ kind: "applied" });
  });

  it("that a deposed leader takes for done is answered by what the cluster says", async () => {
    const cluster = new VirtualCluster(3);
    const old = await cluster.leader();
    await change(cluster, old, [learner(4)]);
    cluster.partition([old], others(old));
    const newer = () => others(old).find((id) => cluster.replica(id).node.leadsWithOwnTerm) ?? 0;
    await cluster.until("another leader", () => newer() !== 0);
    expect(await change(cluster, newer(), [{ kind: "remove", id: 4 }])).toMatchObject({ kind: "applied" });
    expect(cluster.replica(old).node.leadsWithOwnTerm).toBe(true);
    const again = cluster.replica(old).change([learner(4)]);
    await cluster.until("it to notice", () => !cluster.replica(old).node.isLeader);
    cluster.heal();
    expect(refusalCode(await cluster.settle(again))).toBe("id-retired");
  });

  it("that makes no difference is not called done where no quorum confirms it", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await change(cluster, leader, [learner(4)]);
    cluster.partition([leader], others(leader));
    expect(refusalCode(await change(cluster, leader, [learner(4)], { timeoutMs: 600 }))).toBe("no-leader");
  });

  it.each<[string, MemberChange, string]>([
    [
      "a learner at another address",
      { kind: "add-learner", id: 4, address: "elsewhere:1", name: "n4" },
      "already-member",
    ],
    ["a voter as a learner", { kind: "add-learner", id: 1, address: "h9:1", name: "n9" }, "already-member"],
    [
      "an address that is taken",
      { kind: "add-learner", id: 9, address: "h2:1", name: "n9" },
      "address-taken",
    ],
    ["a name that is taken", { kind: "add-learner", id: 9, address: "h9:1", name: "n2" }, "bad-input"],
    ["the removal of an unknown id", { kind: "remove", id: 77 }, "not-a-member"],
    ["the promotion of an unknown id", { kind: "promote", id: 77 }, "not-a-member"],
    ["the promotion of a voter", { kind: "promote", id: 2 }, "not-a-learner"],
    ["the demotion of a learner", { kind: "demote", id: 4 }, "not-a-voter"],
    ["the promotion of a learner nobody heard from", { kind: "promote", id: 4 }, "not-caught-up"],
  ])("refuses %s", async (_what, wanted, code) => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await change(cluster, leader, [learner(4)]);
    const before = cluster.replica(leader).node.membership.current;
    expect(refusalCode(await change(cluster, leader, [wanted]))).toBe(code);
    expect(cluster.replica(leader).node.membership.current).toEqual(before);
  });

  it("refuses to leave no voter, whatever the guard lets pass, and appends nothing", async () => {
    const cluster = new VirtualCluster(1, { replica: { guard: () => undefined } });
    await cluster.leader();
    const { lastIndex } = cluster.replica(1).status();
    for (const wanted of [
      [{ kind: "remove", id: 1 }],
      [{ kind: "demote", id: 1 }],
      [{ kind: "remove", id: 1 }, learner(2)],
    ] satisfies MemberChange[][]) {
      expect(await change(cluster, 1, wanted)).toMatchObject({
        kind: "refused",
        refusal: { code: "would-lose-quorum", detail: "No voter would be left." },
      });
    }
    expect(cluster.replica(1).status().lastIndex).toBe(lastIndex);
  });

  it("never brings a removed id back, and names the next free one", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    await change(cluster, leader, [learner(4)]);
    const removed = await change(cluster, leader, [{ kind: "remove", id: 4 }]);
    const again = await change(cluster, leader, [learner(4)]);
    expect(again).toMatchObject({
      kind: "refused",
      refusal: { code: "id-retired", index: removed.kind === "applied" ? removed.index : 0, nextFreeId: 5 },
    });
  });

  it("refuses to remove a healthy voter when another is down, and removes the dead one", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const [alive, dead] = others(leader);
    cluster.kill(dead ?? 0);
    await cluster.until(
      "its death to be seen",
      () =>
        cluster
          .replica(leader)
          .status()
          .reports.find((one) => one.id === dead)?.health === "down",
    );
    expect(refusalCode(await change(cluster, leader, [{ kind: "remove", id: alive ?? 0 }]))).toBe(
      "would-lose-quorum",
    );
    expect(await change(cluster, leader, [{ kind: "remove", id: dead ?? 0 }])).toMatchObject({
      kind: "applied",
    });
  });

  it("promotes, demotes and removes, the leader included", async () => {
    const cluster = new VirtualCluster(3);
    await caughtUp(cluster, 4);
    const leader = await cluster.leader();
    expect(await change(cluster, leader, [{ kind: "promote", id: 4 }])).toMatchObject({ kind: "applied" });
    expect(await change(cluster, leader, [{ kind: "demote", id: 4 }])).toMatchObject({ kind: "applied" });
    expect(cluster.replica(leader).node.membership.current).toMatchObject({
      members: [1, 2, 3],
      learners: [4],
    });
    expect(await change(cluster, leader, [{ kind: "remove", id: leader }])).toMatchObject({
      kind: "applied",
    });
    await cluster.until("another leader", () =>
      [1, 2, 3].some((id) => id !== leader && cluster.replica(id).node.leadsWithOwnTerm),
    );
    await cluster.until("the removed node to stop", () => !cluster.replica(leader).node.running);
    expect(cluster.replica(leader).status()).toMatchObject({ standing: "removed" });
  });

  it("has an unknown outcome when its quorum is gone, and resolves to what really happened", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    cluster.partition([leader], others(leader));
    const outcome = await change(cluster, leader, [learner(4)], { requestId: "lost-change", timeoutMs: 600 });
    expect(outcome.kind).toBe("unknown");
    const next = await (async () => {
      await cluster.until("another leader", () =>
        others(leader).some((id) => cluster.replica(id).node.leadsWithOwnTerm),
      );
      return others(leader).find((id) => cluster.replica(id).node.leadsWithOwnTerm) ?? 0;
    })();
    cluster.heal();
    expect(await cluster.settle(cluster.replica(next).requestOutcome("lost-change"))).toEqual({
      kind: "unknown",
    });
    expect(await cluster.settle(cluster.replica(next).settleRequest("lost-change"))).toEqual({
      kind: "closed",
    });
    // Closed for good: even the same request, sent again, is not done.
    expect(refusalCode(await change(cluster, next, [learner(4)], { requestId: "lost-change" }))).toBe(
      "request-closed",
    );
    expect(cluster.replica(next).node.membership.current.learners).toEqual([]);
  });

  it("settles as applied when it was", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    const outcome = await change(cluster, leader, [learner(4)], { requestId: "request-1" });
    const index = outcome.kind === "applied" ? outcome.index : -1;
    const other = others(leader)[0] ?? 0;
    expect(await cluster.settle(cluster.replica(other).requestOutcome("request-1"))).toEqual({
      kind: "applied",
      index,
    });
    expect(await cluster.settle(cluster.replica(other).settleRequest("request-1"))).toEqual({
      kind: "applied",
      index,
    });
  });

  it("without a leader is refused as such, and certainly not done", async () => {
    const cluster = new VirtualCluster(3);
    const leader = await cluster.leader();
    for (const id of others(leader)) cluster.kill(id);
    await cluster.until(
      "the leader to step down",
      () => cluster.replica(leader).node.leader.current.leader === undefined,
    );
    expect(refusalCode(await change(cluster, leader, [learner(4)], { timeoutMs: 500 }))).toBe("no-leader");
  });
});

describe.each([1, 3])("an edge of a change on %i node(s)", (size) => {
  it("is idempotent: a learner that is one already at the same address, at once and after a restart", async () => {
    const cluster = new VirtualCluster(size);
    const leader = await cluster.leader();
    const id = size + 1;
    await change(cluster, leader, [learner(id)]);
    const { committedIndex } = cluster.replica(leader).node.membership.current;
    const again = { kind: "applied", changed: false, index: committedIndex };
    expect(await change(cluster, leader, [learner(id)])).toMatchObject(again);
    cluster.kill(leader);
    cluster.boot(leader);
    expect(await change(cluster, await cluster.leader(), [learner(id)])).toMatchObject(again);
    expect(cluster.replica(leader).node.membership.current.committedIndex).toBe(committedIndex);
    expect(cluster.replica(leader).history(0, 10)).toHaveLength(2);
  });

  it.each<[string, MemberChange, string]>([
    [
      "a learner at another address",
      { kind: "add-learner", id: 8, address: "elsewhere:1", name: "n8" },
      "already-member",
    ],
    [
      "a voter as a learner",
      { kind: "add-learner", id: 1, address: "elsewhere:1", name: "n1" },
      "already-member",
    ],
    ["the removal of an unknown id", { kind: "remove", id: 77 }, "not-a-member"],
  ])("refuses %s", async (_what, wanted, code) => {
    const cluster = new VirtualCluster(size);
    const leader = await cluster.leader();
    await change(cluster, leader, [learner(8)]);
    expect(refusalCode(await change(cluster, leader, [wanted]))).toBe(code);
    expect(cluster.replica(leader).node.membership.current.learners).toEqual([8]);
  });
});
