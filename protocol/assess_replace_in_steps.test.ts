import { describe, expect, test } from "vitest";
import { assessReplace } from "./assess_replace";
import type { MemberStatus } from "./status";
import { oneAtATime } from "./testing/capabilities_fixture";
import { learner, member, statusOf, voters } from "./testing/status_fixture";

function judge(members: MemberStatus[], target: string, by = { id: "0", name: "n4" }) {
  const { configuration, leadership, changeInProgress } = statusOf(members);
  const facts = { configuration, leadership, changeInProgress, capabilities: oneAtATime };
  return assessReplace({ ...facts, members, target, learner: by });
}
const figures = (voting: number, quorum: number, healthy: number, canLose: number) => ({
  voters: voting,
  quorum,
  healthy,
  canLose,
});

describe("replacing a member one change at a time", () => {
  test("a dead voter of three leaves first, and the figures never get worse than they are", () => {
    const found = judge(voters(3, { down: [3] }), "3");
    expect(found.before).toEqual(figures(3, 2, 2, 0));
    expect(found.steps).toEqual([
      { words: "n3 leaves, which is down", after: figures(2, 2, 2, 0) },
      { words: "Add n4 as learner", after: figures(2, 2, 2, 0) },
      { words: "n4 is started and catches up", after: figures(2, 2, 2, 0) },
      { words: "n4 votes", after: figures(3, 2, 3, 1) },
    ]);
    expect(found.swap).toMatchObject({ risk: "summary", after: figures(3, 2, 3, 1), safe: { ok: true } });
    expect(found.lead).toMatch(/^n3 is down and leaves first/);
  });

  test("one that is alive leaves last, by way of four voters", () => {
    const found = judge(voters(3), "3");
    expect(found.steps.map(({ words }) => words)).toEqual([
      "Add n4 as learner",
      "n4 is started and catches up",
      "n4 votes",
      "n3 leaves",
    ]);
    expect(found.steps.map(({ after }) => after)).toEqual([
      figures(3, 2, 3, 1),
      figures(3, 2, 3, 1),
      figures(4, 3, 4, 1),
      figures(3, 2, 3, 1),
    ]);
    expect(found.swap).toMatchObject({ risk: "summary", canCommit: { ok: true } });
    expect(found.swap.refusal).toBeUndefined();
  });

  test("the leader: its name is typed, and leadership moves before it leaves", () => {
    const found = judge(voters(3), "1");
    expect(found.swap).toMatchObject({ risk: "type-name", typeName: "n1", dialog: { danger: true } });
    expect(found.steps.at(-1)?.words).toBe("Leadership moves off n1; then n1 leaves");
  });

  test("a step that leaves no spare asks for the name", () => {
    const found = judge([member({ id: "1" }), member({ id: "2" })], "2");
    expect(found.steps.map(({ after }) => after.canLose)).toEqual([0, 0, 1, 0]);
    expect(found.swap).toMatchObject({ risk: "type-name", typeName: "n2" });
  });

  test("a learner of the cluster is not added again, and is taken as caught up", () => {
    const slow = learner({ id: "4", promotable: { ok: false, reason: "it is behind" } });
    const found = judge([...voters(3), slow], "3", { id: "4", name: "n4" });
    expect(found.steps[0]?.words).toBe("n4 is a learner already");
    expect(found.swap.refusal).toBeUndefined();
    expect(found.swap.notes).toEqual([]);
  });

  test("another learner takes the room: the plan waits, and says so beforehand", () => {
    const found = judge([...voters(3), learner({ id: "5" })], "3");
    expect(found.swap.notes).toEqual([
      "The cluster takes 1 learner at once: the plan waits until n5 votes or has left.",
    ]);
    expect(found.swap.refusal).toBeUndefined();
  });

  test("without quorum it is refused", () => {
    const found = judge(voters(3, { down: [2, 3] }), "3");
    expect(found.swap).toMatchObject({ risk: "refused", refusal: { code: "would-lose-quorum" } });
    expect(found.swap.typeName).toBeUndefined();
  });
});
