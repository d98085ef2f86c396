import fc from "fast-check";
import { expect, test } from "vitest";
import { committedIndex, voteResult, voterIds } from "./joint";
import { committedIndex as ofMajority, voteResult as voteOfMajority } from "./majority";

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 5 });
const joint = fc.record({ incoming: ids, outgoing: ids });

test("an index is committed when both halves hold it, whichever is which", () => {
  fc.assert(
    fc.property(joint, fc.array(fc.nat({ max: 9 }), { minLength: 10, maxLength: 10 }), (voters, indexes) => {
      const acked = (id: number) => indexes[id];
      const committed = committedIndex(voters, acked);
      expect(committed).toBe(
        Math.min(ofMajority(voters.incoming, acked), ofMajority(voters.outgoing, acked)),
      );
      expect(committedIndex({ incoming: voters.outgoing, outgoing: voters.incoming }, acked)).toBe(committed);
      expect(committedIndex({ incoming: voters.incoming, outgoing: [] }, acked)).toBe(
        ofMajority(voters.incoming, acked),
      );
    }),
  );
});

test("a vote is won when both halves win it and lost when either loses it", () => {
  fc.assert(
    fc.property(
      joint,
      fc.array(fc.option(fc.boolean(), { nil: undefined }), { minLength: 10, maxLength: 10 }),
      (voters, votes) => {
        const ballot = (id: number) => votes[id];
        const halves = [voteOfMajority(voters.incoming, ballot), voteOfMajority(voters.outgoing, ballot)];
        const expected = halves.includes("lost") ? "lost" : halves.includes("pending") ? "pending" : "won";
        expect(voteResult(voters, ballot)).toBe(expected);
      },
    ),
  );
});

test("the voters of both halves are listed once, ascending", () => {
  expect(voterIds({ incoming: [1, 5, 9], outgoing: [2, 5] })).toEqual([1, 2, 5, 9]);
});
