import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_LIMIT } from "../types";
import { committedIndex, majoritySize, voteResult } from "./majority";

const voters = fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 9 });

test("a majority is more than half, and nobody needs nobody", () => {
  expect([0, 1, 2, 3, 4, 5].map(majoritySize)).toEqual([0, 1, 2, 2, 3, 3]);
});

test("the committed index is the highest that a majority holds", () => {
  fc.assert(
    fc.property(voters, fc.array(fc.option(fc.nat({ max: 30 }), { nil: undefined })), (ids, indexes) => {
      const acked = (id: number) => indexes[ids.indexOf(id)];
      const committed = committedIndex(ids, acked);
      const holding = (index: number) => ids.filter((id) => (acked(id) ?? 0) >= index).length;
      if (ids.length === 0) {
        expect(committed).toBe(NO_LIMIT);
        return;
      }
      expect(holding(committed)).toBeGreaterThanOrEqual(majoritySize(ids.length));
      expect(holding(committed + 1)).toBeLessThan(majoritySize(ids.length));
    }),
  );
});

test("a vote is won or lost exactly when no missing vote can change it", () => {
  fc.assert(
    fc.property(voters, fc.array(fc.option(fc.boolean(), { nil: undefined })), (ids, votes) => {
      const ballot = (id: number) => votes[ids.indexOf(id)];
      const filledWith = (rest: boolean) => voteResult(ids, (id) => ballot(id) ?? rest);
      const [best, worst] = [filledWith(true), filledWith(false)];
      expect(voteResult(ids, ballot)).toBe(best === worst ? best : "pending");
    }),
  );
});
