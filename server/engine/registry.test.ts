import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyConfState } from "./configuration";
import type { ChangeContext } from "./payload";
import { Registry } from "./registry";
import type { MemberChange } from "./types";

const voters = [1, 2, 3].map((id) => ({ id, name: `n${id}`, address: `h${id}:1`, uuid: `u${id}` }));

function context(
  requestId: string,
  changes: readonly MemberChange[],
  expectedIndex: number | null = null,
): ChangeContext {
  return { requestId, expectedIndex, actor: "ann", time: 5, changes: [...changes] };
}

function learner(id: number): MemberChange {
  return { kind: "add-learner", id, address: `h${id}:1`, name: `n${id}` };
}

const three = { ...emptyConfState, voters: [1, 2, 3] };

describe("the registry", () => {
  it("starts at index 1 with its voters and a record of their beginning", () => {
    const registry = Registry.bootstrap(voters, 7, "ann");
    expect(registry.membership).toEqual({ members: [1, 2, 3], learners: [], committedIndex: 1 });
    expect(registry.history(0, 10)).toMatchObject([
      { kind: "created", index: 1, time: 7, actor: "ann", members: [1, 2, 3] },
    ]);
    expect(registry.nextId).toBe(4);
  });

  it("judges a committed change from the log alone, so that every node turns the same one down", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    registry.applyChange(5, 2, context("first", [learner(4)]), { ...three, learners: [4] });
    expect(registry.rejection(context("late", [learner(5)], 1))).toContain("index 5");
    expect(registry.rejection(context("first", [learner(5)]))).toContain("answered before");
    expect(registry.rejection(context("odd", [{ kind: "remove", id: 9 }]))).toContain("not a member");
    expect(registry.rejection(context("fine", [learner(5)], 5))).toBeUndefined();
  });

  it("records a rejection without publishing anything", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    registry.reject(5, 2, context("bad", [{ kind: "remove", id: 9 }]), "not a member");
    expect(registry.configIndex).toBe(1);
    expect(registry.sequence).toBe(1);
    expect(registry.outcome("bad")).toEqual({ kind: "rejected", index: 5, reason: "not a member" });
  });

  it("knows a request by what its outcome is of, not by a late copy that was turned down", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    expect(registry.changesOf("first")).toBeUndefined();
    registry.applyChange(5, 2, context("first", [learner(4)]), { ...three, learners: [4] });
    registry.reject(6, 2, context("first", [learner(5)]), "the request was answered before");
    registry.applyCommand(7, 2, { kind: "close-request", requestId: "never" });
    expect(registry.changesOf("first")).toEqual([{ kind: "add-learner", id: 4, name: "n4" }]);
    expect(registry.changesOf("never")).toBeUndefined();
    const back = Registry.decode(registry.encode());
    expect(back?.changesOf("first")).toEqual(registry.changesOf("first"));
  });

  it("knows a joint request while it is under way and after its leave, whose record says what was entered", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    const swap = [learner(4), { kind: "demote", id: 3 }] as const;
    const joint = { ...three, voters: [1, 2], votersOutgoing: [1, 2, 3], learners: [4], learnersNext: [3] };
    registry.applyChange(5, 2, context("swap", swap), joint);
    registry.reject(6, 2, context("swap", [learner(9)]), "the request was answered before");
    const asked = registry.changesOf("swap");
    expect(asked?.map(({ kind, id }) => [kind, id])).toEqual([
      ["add-learner", 4],
      ["demote", 3],
    ]);
    registry.applyLeave(7, 2, { ...emptyConfState, voters: [1, 2], learners: [3, 4] });
    expect(registry.changesOf("swap")).toEqual(asked);
    expect(registry.history(6, 1)).toMatchObject([
      { kind: "leave-joint", actor: "ann", time: 5, requestId: "swap", changes: asked },
    ]);
  });

  it("never gives a removed id back", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    registry.applyChange(5, 2, context("gone", [{ kind: "remove", id: 3 }]), {
      ...emptyConfState,
      voters: [1, 2],
    });
    expect(registry.judge([learner(3)])).toEqual({ code: "id-retired", id: 3, index: 5, nextFreeId: 4 });
  });

  it("keeps room for its counter when a caller chooses the largest id", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    expect(registry.judge([learner(2 ** 32 - 1)])).toMatchObject({ code: "bad-input" });
    registry.applyChange(5, 2, context("high", [learner(2 ** 31 - 1)]), {
      ...three,
      learners: [2 ** 31 - 1],
    });
    expect(registry.applyCommand(6, 2, { kind: "allocate-id" })).toEqual({ kind: "id", id: 2 ** 31 });
    // What the counter gave may be added.
    expect(registry.judge([learner(2 ** 31)])).toBeUndefined();
  });

  it("takes no two learners of one request under one address or name", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    const six = { kind: "add-learner", id: 6, address: "q:1", name: "q" } as const;
    expect(registry.judge([six, { ...six, id: 7, name: "r" }])).toMatchObject({ code: "address-taken" });
    expect(registry.judge([six, { ...six, id: 7, address: "r:1" }])).toMatchObject({ code: "bad-input" });
    expect(registry.judge([six, { ...six, id: 7, address: "r:1", name: "r" }])).toBeUndefined();
  });

  it("counts a joint change as applied once it was left", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    const joint = { ...emptyConfState, voters: [1, 2], votersOutgoing: [1, 2, 3], autoLeave: true };
    registry.applyChange(5, 2, context("joint", [{ kind: "remove", id: 3 }]), joint);
    expect(registry.outcome("joint")).toEqual({ kind: "unknown" });
    expect(registry.judge([learner(5)])).toMatchObject({ code: "change-in-progress" });
    expect(registry.applyLeave(6, 2, { ...emptyConfState, voters: [1, 2] })).toBe("joint");
    expect(registry.outcome("joint")).toEqual({ kind: "applied", index: 6 });
    expect(registry.history(0, 10).map((record) => record.kind)).toEqual([
      "created",
      "change",
      "leave-joint",
    ]);
  });

  it("closes a request id once, and for good", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    const closed = { kind: "outcome", outcome: { kind: "closed" } };
    expect(registry.applyCommand(5, 2, { kind: "close-request", requestId: "lost" })).toEqual(closed);
    expect(registry.rejection(context("lost", [learner(4)]))).toContain("closed");
    registry.applyChange(6, 2, context("done", [learner(4)]), { ...three, learners: [4] });
    expect(registry.applyCommand(7, 2, { kind: "close-request", requestId: "done" })).toEqual({
      kind: "outcome",
      outcome: { kind: "applied", index: 6 },
    });
  });

  it("lets a join token be used by one directory, until it expires", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    registry.applyChange(5, 2, context("add", [learner(4), learner(5)]), { ...three, learners: [4, 5] });
    registry.applyCommand(6, 2, { kind: "mint-token", tokenId: "t", key: "k", id: 4, expires: 1000 });
    const redeem = (uuid: string, time: number) =>
      registry.applyCommand(7, 2, { kind: "redeem-token", tokenId: "t", uuid, time });
    expect(redeem("late", 1001)).toMatchObject({ kind: "refused" });
    expect(redeem("mine", 999)).toMatchObject({ kind: "redeemed", id: 4, member: { uuid: "mine" } });
    expect(redeem("mine", 1000)).toMatchObject({ kind: "redeemed" });
    expect(redeem("other", 1000)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("used already"),
    });
  });

  it("comes back from its bytes as it was", () => {
    const registry = Registry.bootstrap(voters, 0, "ann");
    registry.applyChange(5, 2, context("add", [learner(4)]), { ...three, learners: [4] });
    registry.applyChange(6, 2, context("gone", [{ kind: "remove", id: 4 }]), three);
    registry.applyCommand(7, 2, { kind: "close-request", requestId: "lost" });
    registry.applyCommand(8, 2, { kind: "mint-token", tokenId: "t", key: "k", id: 2, expires: 9 });
    const again = Registry.decode(registry.encode());
    expect(again?.encode()).toEqual(registry.encode());
    expect(again?.membership).toEqual(registry.membership);
    expect(again?.history(0, 10)).toEqual(registry.history(0, 10));
  });

  it("is not read from garbage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Registry.decode(bytes)).toBeUndefined();
      }),
    );
  });
});
