import { describe, expect, test } from "vitest";
import { assessReplace } from "./assess_replace";
import { learner, member, statusOf, voters } from "./testing/status_fixture";

function judge(members: Parameters<typeof statusOf>[0], target: string, id = "4") {
  const { configuration, leadership, changeInProgress } = statusOf(members);
  return assessReplace({
    configuration,
    leadership,
    changeInProgress,
    members,
    target,
    learner: { id, name: `n${id}` },
  });
}

describe("replacing a member", () => {
  test("a dead voter of three: tolerance comes back with the last step, and nothing has to be typed", () => {
    const found = judge(voters(3, { down: [3] }), "3");
    expect(found.steps).toEqual([
      { words: "Add n4 as learner", after: { voters: 3, quorum: 2, healthy: 2, canLose: 0 } },
      { words: "n4 catches up", after: { voters: 3, quorum: 2, healthy: 2, canLose: 0 } },
      {
        words: "n4 votes and n3 leaves, in one change",
        after: { voters: 3, quorum: 2, healthy: 3, canLose: 1 },
      },
    ]);
    expect(found.swap.risk).toBe("summary");
    expect(found.swap.refusal).toBeUndefined();
  });

  test("a learner that is behind or silent is taken as caught up, since the plan waits for it", () => {
    const slow = learner({ id: "4", health: "down", promotable: { ok: false, reason: "it is behind" } });
    const found = judge([...voters(3), slow], "3");
    expect(found.swap.refusal).toBeUndefined();
    expect(found.swap.notes).toEqual([]);
    expect(found.steps[0]?.words).toBe("n4 is a learner already");
  });

  test("the leader: its name is typed, and leadership moves first", () => {
    const found = judge(voters(3), "1");
    expect(found.swap.risk).toBe("type-name");
    expect(found.swap.typeName).toBe("n1");
    expect(found.steps[2]?.words).toBe("Leadership moves off n1; then n4 votes and n1 leaves, in one change");
  });

  test("without quorum it is refused", () => {
    expect(judge(voters(3, { down: [2, 3] }), "3").swap.refusal?.code).toBe("would-lose-quorum");
  });

  test("what is no voter cannot be replaced by promoting another", () => {
    const found = judge([...voters(2), member({ id: "3" })], "9");
    expect(found.swap.risk).toBe("refused");
  });
});
