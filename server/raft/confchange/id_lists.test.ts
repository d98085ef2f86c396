import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shared, union, without } from "./id_lists";

const list = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 30 })
  .map((ids) => ids.sort((a, b) => a - b));

describe("ascending lists of ids", () => {
  it("are joined, told apart and compared as sets are", () => {
    fc.assert(
      fc.property(list, list, (some, others) => {
        const inOthers = new Set(others);
        expect(union(some, others)).toEqual([...new Set([...some, ...others])].sort((a, b) => a - b));
        expect(without(some, others)).toEqual(some.filter((id) => !inOthers.has(id)));
        expect(shared(some, others)).toBe(some.find((id) => inOthers.has(id)));
      }),
      { seed: 4 },
    );
  });
});
