import { describe, expect, test } from "vitest";
import { describeFigures, planFigures } from "./plan_figures";
import type { Capabilities, ClusterStatus, GuidedPlan } from "./status";
import { oneAtATime } from "./testing/capabilities_fixture";
import { learner, plain, replacing, statusOf, voters } from "./testing/status_fixture";

const behind = learner({
  id: "4",
  lag: { entries: 12_400, current: true },
  promotable: { ok: false, reason: "behind" },
});

function told(plan: Partial<GuidedPlan>, status: ClusterStatus, capabilities?: Capabilities) {
  const { configuration, members, leadership, changeInProgress } = status;
  const input = {
    configuration,
    members,
    leadership,
    changeInProgress,
    ...(capabilities && { capabilities }),
  };
  const figures = planFigures({ ...replacing, ...plan }, input);
  return figures && describeFigures(figures);
}

describe("the figures of a plan under way", () => {
  test("are those of the swap, with the learner as it will be", () => {
    const status = statusOf([...voters(3, { down: [3] }), behind]);
    const swap = "Next change: voters 3, quorum 2, healthy 2 -> 3, can lose 0 -> 1.";
    expect(told({}, status)).toBe(swap);
    expect(told({ state: "paused" }, status)).toBe(swap);
  });

  test("are those of the promotion where it ends with that", () => {
    const status = statusOf([...voters(3), behind]);
    const promotion = "Next change: voters 3 -> 4, quorum 2 -> 3, healthy 3 -> 4, can lose 1.";
    expect(told({ kind: "promote", target: null }, status)).toBe(promotion);
  });

  test("are those of one change after the other where the engine makes no two at once", () => {
    const dead = statusOf(voters(3, { down: [3] }));
    const unborn = { learner: null, newcomer: { name: "n4", peerUrls: [] } };
    expect(told({ ...unborn, step: "removing" }, dead, oneAtATime)).toBe(
      "Next change: voters 3 -> 2, quorum 2, healthy 2, can lose 0.",
    );
    expect(told({ ...unborn, step: "adding" }, statusOf(voters(2)), oneAtATime)).toBe(
      "Next change: voters 2 -> 3, quorum 2, healthy 2 -> 3, can lose 0 -> 1.",
    );
  });

  test("are none where no vote changes any more, or one is being changed", () => {
    const done = statusOf(voters(3), { configuration: plain(["1", "2", "4"]) });
    expect(told({}, done)).toBeUndefined();
    expect(told({ state: "done" }, statusOf([...voters(3), behind]))).toBeUndefined();
    expect(told({ kind: "add-learner", target: null }, statusOf(voters(3)))).toBeUndefined();
    const joint = { ...plain(["1", "2", "4"]), outgoing: ["1", "2", "3"] };
    expect(told({}, statusOf(voters(3), { configuration: joint }))).toBeUndefined();
  });
});
