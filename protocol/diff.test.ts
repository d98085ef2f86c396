import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareIds, describeDiffs, diffMembership, type MemberDiff } from "./diff";
import type { MembershipSnapshot } from "./membership";
import { applyDiffs } from "./testing/apply_diffs";

const at = (members: string[], learners: string[], committedIndex: number): MembershipSnapshot => ({
  members,
  learners,
  committedIndex,
});

describe("diffMembership", () => {
  it("names each way a member can change", () => {
    const before = at(["1", "2", "3"], ["4", "5"], 10);
    const after = at(["1", "3", "4", "10"], ["2", "6"], 20);
    expect(diffMembership(before, after)).toEqual([
      { kind: "demoted", id: "2" },
      { kind: "promoted", id: "4" },
      { kind: "left", id: "5" },
      { kind: "joined-learner", id: "6" },
      { kind: "joined-voter", id: "10" },
    ]);
  });

  it("has everybody join where there was no previous snapshot", () => {
    expect(diffMembership(undefined, at(["1"], ["2"], 1))).toEqual([
      { kind: "joined-voter", id: "1" },
      { kind: "joined-learner", id: "2" },
    ]);
  });

  it("orders ids by value up to 2^64 - 1", () => {
    const ids = ["18446744073709551615", "9", "10", "9007199254740993", "9007199254740992"];
    expect([...ids].sort(compareIds)).toEqual(
      [...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0)),
    );
  });

  it("reads as a line", () => {
    const nameOf = (id: string) => `n${id}`;
    const diffs: MemberDiff[] = [
      { kind: "joined-learner", id: "5" },
      { kind: "left", id: "3" },
    ];
    expect(describeDiffs(diffs, nameOf)).toBe("n5 joined as learner, n3 left");
    expect(describeDiffs([], nameOf)).toBe("no difference");
  });
});

const id = fc.integer({ min: 1, max: 12 }).map(String);
const snapshot = fc
  .tuple(fc.uniqueArray(id), fc.uniqueArray(id), fc.nat())
  .map(([members, learners, index]) =>
    at(
      [...members].sort(compareIds),
      learners.filter((one) => !members.includes(one)).sort(compareIds),
      index,
    ),
  );

describe("properties of differences", () => {
  it("applied in sequence, they reproduce the newest snapshot", () => {
    fc.assert(
      fc.property(fc.array(snapshot, { minLength: 1, maxLength: 8 }), (snapshots) => {
        let held: MembershipSnapshot | undefined;
        for (const next of snapshots) {
          held = applyDiffs(held, diffMembership(held, next), next.committedIndex);
          expect(held).toEqual(next);
        }
      }),
    );
  });

  it("of skipped snapshots are the net effect of those in between", () => {
    fc.assert(
      fc.property(fc.array(snapshot, { minLength: 2, maxLength: 8 }), (snapshots) => {
        const first = snapshots[0];
        const last = snapshots.at(-1);
        if (first === undefined || last === undefined) return;
        let stepped = first;
        for (const next of snapshots.slice(1)) {
          stepped = applyDiffs(stepped, diffMembership(stepped, next), next.committedIndex);
        }
        const direct = applyDiffs(first, diffMembership(first, last), last.committedIndex);
        expect(direct).toEqual(stepped);
        expect(diffMembership(first, stepped)).toEqual(diffMembership(first, last));
      }),
    );
  });

  it("mention a member at most once, and nobody who stayed", () => {
    fc.assert(
      fc.property(snapshot, snapshot, (before, after) => {
        const diffs = diffMembership(before, after);
        expect(new Set(diffs.map((diff) => diff.id)).size).toBe(diffs.length);
        for (const diff of diffs) {
          const stayed =
            (before.members.includes(diff.id) && after.members.includes(diff.id)) ||
            (before.learners.includes(diff.id) && after.learners.includes(diff.id));
          expect(stayed).toBe(false);
        }
        expect(diffMembership(before, before)).toEqual([]);
      }),
    );
  });
});
