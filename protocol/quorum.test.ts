import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assessConfiguration,
  assessHalf,
  type HealthState,
  quorumSize,
  standingOf,
  tolerance,
} from "./quorum";

describe("quorum", () => {
  it("is a majority of the voters, and tolerance is what is left", () => {
    const table = [1, 2, 3, 4, 5, 6, 7].map((voters) => [voters, quorumSize(voters), tolerance(voters)]);
    expect(table).toEqual([
      [1, 1, 0],
      [2, 2, 0],
      [3, 2, 1],
      [4, 3, 1],
      [5, 3, 2],
      [6, 4, 2],
      [7, 4, 3],
    ]);
  });

  it("makes any two quorums of one configuration meet", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (voters) => {
        expect(2 * quorumSize(voters)).toBeGreaterThan(voters);
        expect(quorumSize(voters)).toBeLessThanOrEqual(voters);
        expect(tolerance(voters)).toBe(voters - quorumSize(voters));
      }),
    );
  });

  it("has no tolerance to offer where there are no voters", () => {
    expect(tolerance(0)).toBe(0);
    expect(standingOf(assessHalf("incoming", [], () => "healthy"))).toBe("unsure");
  });
});

const healthOf =
  (states: Record<string, HealthState>) =>
  (id: string): HealthState =>
    states[id] ?? "unknown";

describe("a configuration", () => {
  it("counts its voters by health, each once", () => {
    const half = assessHalf("incoming", ["1", "2", "3", "3"], healthOf({ "1": "healthy", "2": "down" }));
    expect(half).toEqual({
      half: "incoming",
      ids: ["1", "2", "3"],
      voters: 3,
      healthy: 1,
      down: 1,
      unknown: 1,
      quorum: 2,
      toleranceNow: -1,
      toleranceDesigned: 1,
    });
  });

  it("is judged by both halves while joint: the union of {1,2,3} and {1,4,5} has three healthy, its halves do not agree", () => {
    const health = healthOf({ "1": "healthy", "2": "down", "3": "down", "4": "healthy", "5": "healthy" });
    const joint = { incoming: ["1", "4", "5"], outgoing: ["1", "2", "3"] };
    const assessment = assessConfiguration(joint, health);
    expect(assessment.joint).toBe(true);
    expect(assessment.halves.map((half) => half.half)).toEqual(["outgoing", "incoming"]);
    expect(assessment.worse.half).toBe("outgoing");
    expect(standingOf(assessment.worse)).toBe("lost");
  });

  it("shows the half whose standing is worse, then the one that can lose fewer", () => {
    const states = fc.constantFrom<HealthState>("healthy", "down", "unknown");
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 7 }).map(String), { minLength: 1 });
    const order = ["full", "degraded", "at-limit", "unsure", "lost"];
    fc.assert(
      fc.property(ids, ids, fc.array(states, { minLength: 8, maxLength: 8 }), (incoming, outgoing, list) => {
        const { worse, halves } = assessConfiguration(
          { incoming, outgoing },
          (id) => list[Number(id)] ?? "unknown",
        );
        const rank = (half: (typeof halves)[number]) => order.indexOf(standingOf(half));
        for (const half of halves) {
          expect(rank(worse)).toBeGreaterThanOrEqual(rank(half));
          if (rank(worse) === rank(half)) expect(worse.toleranceNow).toBeLessThanOrEqual(half.toleranceNow);
        }
      }),
    );
  });
});
