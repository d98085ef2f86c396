import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { majoritySize } from "../quorum/index";
import type { ConfChangeSingle, ConfChangeV2, ConfState } from "../types";
import {
  changeConfig,
  checkConfig,
  EMPTY_CONFIG,
  enterJoint,
  entersJoint,
  isJoint,
  leaveJoint,
  simpleChange,
} from "./changer";
import { describeChanges, describeConfig, parseChanges } from "./notation";

const NO_CONTEXT = new Uint8Array(0);
const three: ConfState = { ...EMPTY_CONFIG, voters: [1, 2, 3], learners: [4] };

function changes(text: string): readonly ConfChangeSingle[] {
  const parsed = parseChanges(text);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

function reasonOf(result: ReturnType<typeof changeConfig>): string | undefined {
  return result.kind === "refused" ? result.reason : undefined;
}

function configOf(result: ReturnType<typeof changeConfig>): string {
  return result.kind === "changed" ? describeConfig(result.config) : result.detail;
}

const change: fc.Arbitrary<ConfChangeV2> = fc.record({
  transition: fc.constantFrom("auto", "joint-implicit", "joint-explicit"),
  changes: fc.array(
    fc.record({
      type: fc.constantFrom("add-node", "remove-node", "add-learner-node", "update-node"),
      nodeId: fc.integer({ min: 0, max: 6 }),
    }),
    { maxLength: 4 },
  ),
  context: fc.constant(NO_CONTEXT),
});

/** Whether some majority of one side has nobody in common with some majority of the other. */
function mayDisagree(a: readonly number[], b: readonly number[]): boolean {
  const common = a.filter((id) => b.includes(id)).length;
  const outsideA = Math.min(majoritySize(a.length), a.length - common);
  const outsideB = Math.min(majoritySize(b.length), b.length - common);
  return majoritySize(a.length) - outsideA + (majoritySize(b.length) - outsideB) <= common;
}

describe("any sequence of changes", () => {
  test("keeps the configuration sound, and never touches the one it starts from", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (sequence) => {
        let config: ConfState = { ...EMPTY_CONFIG, voters: [1] };
        for (const step of sequence) {
          const before = JSON.stringify(config);
          const result = changeConfig(config, step);
          expect(JSON.stringify(config)).toBe(before);
          if (result.kind === "refused") continue;
          expect(checkConfig(result.config)).toBeUndefined();
          expect(result.config.voters.length).toBeGreaterThan(0);
          config = result.config;
        }
      }),
    );
  });

  test("never lets two majorities decide without each other", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (sequence) => {
        let config: ConfState = { ...EMPTY_CONFIG, voters: [1, 2, 3] };
        for (const step of sequence) {
          const result = changeConfig(config, step);
          if (result.kind === "refused") continue;
          const next = result.config;
          // Deciding takes a majority of every half: one common half whose majorities meet is enough.
          const halves = (state: ConfState) =>
            isJoint(state) ? [state.voters, state.votersOutgoing] : [state.voters];
          const safe = halves(config).some((a) => halves(next).some((b) => !mayDisagree(a, b)));
          expect(safe, `${describeConfig(config)} -> ${describeConfig(next)}`).toBe(true);
          config = next;
        }
      }),
    );
  });

  test("leaving a joint configuration gives what the changes alone would have given", () => {
    fc.assert(
      fc.property(change, (step) => {
        const entered = enterJoint(three, true, step.changes);
        if (entered.kind === "refused") return;
        expect(entered.config.votersOutgoing).toEqual([1, 2, 3]);
        const left = leaveJoint(entered.config);
        if (left.kind === "refused") throw new Error(left.detail);
        expect(left.config.voters).toEqual(entered.config.voters);
        expect(left.config.learnersNext).toEqual([]);
        for (const id of entered.config.learnersNext) expect(left.config.learners).toContain(id);
      }),
    );
  });
});

describe("refusals are named", () => {
  test("each has its reason", () => {
    const joint = { ...three, votersOutgoing: [1, 2], autoLeave: true };
    expect(reasonOf(simpleChange(joint, changes("v5")))).toBe("already-joint");
    expect(reasonOf(enterJoint(joint, true, changes("v5")))).toBe("already-joint");
    expect(reasonOf(leaveJoint(three))).toBe("not-joint");
    expect(reasonOf(enterJoint(EMPTY_CONFIG, true, changes("v5")))).toBe("no-voters-yet");
    expect(reasonOf(simpleChange(three, changes("r1 r2 r3")))).toBe("removes-all-voters");
    expect(reasonOf(simpleChange(three, changes("r1 v5")))).toBe("several-voters");
    expect(reasonOf(simpleChange({ ...three, learners: [3] }, changes("v5")))).toBe("inconsistent");
  });
});

describe("the protocol a change asks for", () => {
  const asked = (transition: ConfChangeV2["transition"], text: string): ConfChangeV2 => {
    return { transition, changes: changes(text), context: NO_CONTEXT };
  };

  test("one automatic change is simple, several go through a joint configuration that is left by itself", () => {
    expect(configOf(changeConfig(three, asked("auto", "v4")))).toBe("voters=(1 2 3 4)");
    expect(configOf(changeConfig(three, asked("auto", "v4 r1")))).toBe("voters=(2 3 4)&&(1 2 3) autoleave");
  });

  test("explicit waits to be left, implicit does not", () => {
    const explicit = asked("joint-explicit", "v4");
    expect(entersJoint(explicit)).toBe(true);
    expect(configOf(changeConfig(three, explicit))).toBe("voters=(1 2 3 4)&&(1 2 3)");
    expect(configOf(changeConfig(three, asked("joint-implicit", "v4")))).toBe(
      "voters=(1 2 3 4)&&(1 2 3) autoleave",
    );
  });

  test("no changes leave, whatever transition is named", () => {
    expect(entersJoint(asked("joint-explicit", ""))).toBe(false);
    expect(reasonOf(changeConfig(three, asked("joint-explicit", "")))).toBe("not-joint");
  });

  test("who is removed and added again in one change starts afresh; who is demoted and promoted does not", () => {
    expect(simpleChange(three, changes("r2 v2"))).toMatchObject({ kind: "changed", fresh: [2] });
    expect(simpleChange(three, changes("l2 v2"))).toMatchObject({ kind: "changed", fresh: [] });
  });
});

describe("a configuration from elsewhere", () => {
  test("is checked before it is used", () => {
    expect(checkConfig(three)).toBeUndefined();
    const wrong: readonly Partial<ConfState>[] = [
      { voters: [2, 1] },
      { voters: [0] },
      { voters: [1, 1] },
      { learners: [1] },
      { learnersNext: [1] },
      { autoLeave: true },
      { voters: [], votersOutgoing: [1], learners: [] },
      { voters: [2, 3], votersOutgoing: [1], learners: [1] },
      { votersOutgoing: [1], learnersNext: [1] },
    ];
    for (const part of wrong) expect(checkConfig({ ...three, ...part }), JSON.stringify(part)).toBeDefined();
  });
});

test("the short notation of changes reads back", () => {
  expect(describeChanges(changes("v1 l2  r3 u4"))).toBe("v1 l2 r3 u4");
  expect(parseChanges("x1")).toBe("unknown input: x1");
  expect(parseChanges("v")).toBe("unknown input: v");
});
