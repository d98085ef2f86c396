import { describe, expect, it } from "vitest";
import { LearnerWaits } from "./learner_waits";
import { EVICTION_MS } from "./options";
import { evictionDueInMs, outlookOf, promotedTogether } from "./promotion";

describe("d-engine's promotion", () => {
  it("keeps the number of voters odd", () => {
    for (let voters = 1; voters <= 9; voters += 1) {
      for (let waiting = 1; waiting <= 5; waiting += 1) {
        const promoted = promotedTogether(voters, waiting);
        if (promoted > 0) expect((voters + promoted) % 2).toBe(1);
        expect(waiting - promoted).toBeLessThanOrEqual(1);
      }
    }
    expect(promotedTogether(3, 0)).toBe(0);
  });

  it("lets one learner beside three voters wait for a second", () => {
    expect(outlookOf(3, 1, 0)).toEqual({
      due: false,
      reason:
        "d-engine keeps the number of voters odd: with 3 voters it waits for another promotable learner.",
    });
    expect(outlookOf(3, 2, 0).due).toBe(true);
    expect(outlookOf(3, 2, 1).due).toBe(true);
    expect(outlookOf(3, 3, 2).due).toBe(false);
    expect(outlookOf(4, 1, 0).due).toBe(true);
  });

  it("counts 300 s from the later of the learner's first answer and the leader's beginning", () => {
    expect(evictionDueInMs({ answeringSince: 1000, leaderSince: 500 }, 2000)).toBe(EVICTION_MS - 1000);
    expect(evictionDueInMs({ answeringSince: 1000, leaderSince: 1500 }, 2000)).toBe(EVICTION_MS - 500);
    expect(evictionDueInMs({ answeringSince: 1000, leaderSince: 500 }, EVICTION_MS * 2)).toBe(0);
    expect(evictionDueInMs({ answeringSince: undefined, leaderSince: 500 }, 2000)).toBeUndefined();
    expect(evictionDueInMs({ answeringSince: 1000, leaderSince: undefined }, 2000)).toBeUndefined();
  });
});

describe("learners that wait", () => {
  const leader = { id: 1, term: 4 };

  it("have a countdown only while parity holds them back", () => {
    const waits = new LearnerWaits();
    const four = { id: 4, answering: true };
    expect(waits.outlooks([four], 3, leader, 0).get(4)?.evictionInMs).toBe(EVICTION_MS);
    expect(waits.outlooks([four], 3, leader, 10_000).get(4)?.evictionInMs).toBe(EVICTION_MS - 10_000);
    const both = waits.outlooks([four, { id: 5, answering: true }], 3, leader, 20_000);
    expect(both.get(4)).toMatchObject({ due: true, evictionInMs: undefined });
    expect(both.get(5)).toMatchObject({ due: true, evictionInMs: undefined });
  });

  it("that never answered are not counted, and are told what waits for them", () => {
    const waits = new LearnerWaits();
    const outlooks = waits.outlooks(
      [
        { id: 4, answering: true },
        { id: 5, answering: false },
      ],
      3,
      leader,
      0,
    );
    expect(outlooks.get(4)?.due).toBe(false);
    expect(outlooks.get(5)).toMatchObject({ due: true, evictionInMs: undefined });
  });

  it("begin anew under a new leader", () => {
    const waits = new LearnerWaits();
    const four = { id: 4, answering: true };
    waits.outlooks([four], 3, leader, 0);
    expect(waits.outlooks([four], 3, { id: 1, term: 5 }, 60_000).get(4)?.evictionInMs).toBe(EVICTION_MS);
    expect(waits.outlooks([four], 3, undefined, 61_000).get(4)?.evictionInMs).toBe(EVICTION_MS - 1000);
  });

  it("are forgotten once they are no learners any more", () => {
    const waits = new LearnerWaits();
    waits.outlooks([{ id: 4, answering: true }], 3, leader, 0);
    waits.outlooks([], 3, leader, 1000);
    const again = waits.outlooks([{ id: 4, answering: true }], 3, leader, 100_000);
    expect(again.get(4)?.evictionInMs).toBe(EVICTION_MS);
  });
});
