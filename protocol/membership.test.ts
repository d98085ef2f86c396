import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { etagOf, memberIdSchema, membershipSnapshotSchema, parseFence } from "./membership";

describe("a member's id", () => {
  it("is a whole number from 1 to 2^64 - 1, as decimal text", () => {
    for (const id of ["1", "9", "10", "9007199254740993", "18446744073709551615"]) {
      expect(memberIdSchema.safeParse(id).success).toBe(true);
    }
    const others = [
      "",
      "0",
      "01",
      "-1",
      "1.5",
      "1e3",
      " 1",
      "n1",
      "18446744073709551616",
      "99999999999999999999",
      1,
    ];
    for (const id of others) expect(memberIdSchema.safeParse(id).success).toBe(false);
  });
});

describe("a snapshot", () => {
  it("has its three fields and no more", () => {
    const snapshot = { members: ["1"], learners: [], committedIndex: 1 };
    expect(membershipSnapshotSchema.safeParse(snapshot).success).toBe(true);
    expect(membershipSnapshotSchema.safeParse({ ...snapshot, diff: [] }).success).toBe(false);
    expect(membershipSnapshotSchema.safeParse({ ...snapshot, committedIndex: -1 }).success).toBe(false);
    expect(membershipSnapshotSchema.safeParse({ ...snapshot, committedIndex: 2 ** 53 }).success).toBe(false);
  });
});

describe("a fence", () => {
  it("is read back from its ETag, quoted or bare", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/), fc.maxSafeNat(), (epoch, committedIndex) => {
        const etag = etagOf({ epoch, snapshot: { members: [], learners: [], committedIndex } });
        expect(parseFence(etag)).toEqual({ epoch, committedIndex });
        expect(parseFence(etag.slice(1, -1))).toEqual({ epoch, committedIndex });
      }),
    );
  });

  it.each(["", "e1", '"e1:"', ":5", "e1:-5", "e1:5x", "e 1:5", "*", "e1:99999999999999999"])(
    "is not %s",
    (text) => {
      expect(parseFence(text)).toBeUndefined();
    },
  );
});
