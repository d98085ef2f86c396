import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvariantError } from "../assert";
import { MemoryLog } from "../memory_log";
import { type Entry, NO_LIMIT } from "../types";
import { entrySize } from "./entry_size";
import { RaftLog } from "./raft_log";

const confState = { voters: [1], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

function entry(term: number, index: number, bytes = 0): Entry {
  return { term, index, type: "normal", data: new Uint8Array(bytes) };
}

/** A log after a snapshot at 10 of term 1: these terms from 11 on, the first `stable` of them durable. */
function logOf(terms: readonly number[], stable: number, applyingBytesMax = NO_LIMIT): RaftLog {
  const memory = new MemoryLog();
  memory.applySnapshot({ metadata: { index: 10, term: 1, confState }, data: new Uint8Array(0) });
  const entries = terms.map((term, i) => entry(term, 11 + i));
  memory.append(entries.slice(0, stable));
  const log = new RaftLog(memory, applyingBytesMax, () => {});
  log.append(entries.slice(stable));
  return log;
}

function termsOf(log: RaftLog): readonly (number | undefined)[] {
  return Array.from({ length: log.lastIndex() - 10 }, (_, i) => log.term(11 + i));
}

describe("appending what a leader sends", () => {
  test("needs the entry before it", () => {
    const log = logOf([1, 1, 2], 2);
    expect(log.maybeAppend({ index: 12, term: 2 }, [entry(3, 13)], 10)).toBeUndefined();
    expect(log.maybeAppend({ index: 14, term: 2 }, [entry(3, 15)], 10)).toBeUndefined();
    expect(log.maybeAppend({ index: 13, term: 2 }, [entry(3, 14)], 10)).toBe(14);
    expect(termsOf(log)).toEqual([1, 1, 2, 3]);
  });

  test("cuts a conflicting tail, but nothing for a message that is only late", () => {
    const log = logOf([1, 1, 2, 2], 2);
    expect(log.maybeAppend({ index: 10, term: 1 }, [entry(1, 11)], 10)).toBe(11);
    expect(termsOf(log)).toEqual([1, 1, 2, 2]);
    expect(log.maybeAppend({ index: 11, term: 1 }, [entry(1, 12), entry(3, 13)], 10)).toBe(13);
    expect(termsOf(log)).toEqual([1, 1, 3]);
  });

  test("commits no further than what the message proves equal", () => {
    const log = logOf([1, 1, 2, 2], 2);
    log.maybeAppend({ index: 11, term: 1 }, [entry(1, 12)], 14);
    expect(log.committed).toBe(12);
    log.maybeAppend({ index: 10, term: 1 }, [entry(1, 11)], 11);
    expect(log.committed).toBe(12);
  });

  test("a conflict with a committed entry is a broken invariant", () => {
    const log = logOf([1, 1], 2);
    log.commitTo(12);
    expect(() => log.maybeAppend({ index: 11, term: 1 }, [entry(2, 12)], 10)).toThrow(InvariantError);
    expect(() => log.commitTo(13)).toThrow(/log lost/);
  });
});

describe("comparing logs", () => {
  test("the later term wins, then the longer log", () => {
    const log = logOf([1, 2, 2], 1);
    expect(log.isUpToDate({ term: 3, index: 1 })).toBe(true);
    expect(log.isUpToDate({ term: 2, index: 13 })).toBe(true);
    expect(log.isUpToDate({ term: 2, index: 12 })).toBe(false);
    expect(log.isUpToDate({ term: 1, index: 99 })).toBe(false);
  });

  test("a conflict is looked for term by term", () => {
    const log = logOf([1, 2, 2, 5, 5], 2);
    expect(log.findConflictByTerm(15, 4)).toEqual({ index: 13, term: 2 });
    expect(log.findConflictByTerm(15, 5)).toEqual({ index: 15, term: 5 });
    expect(log.findConflictByTerm(13, 1)).toEqual({ index: 11, term: 1 });
    // Below the snapshot nothing is known: it may match.
    expect(log.findConflictByTerm(13, 0)).toEqual({ index: 9, term: 0 });
  });
});

describe("committing", () => {
  test("only entries of the given term, and never back", () => {
    const log = logOf([1, 2, 3], 3);
    expect(log.maybeCommit(12, 3)).toBe(false);
    expect(log.maybeCommit(13, 3)).toBe(true);
    expect(log.maybeCommit(12, 2)).toBe(false);
    expect(log.committed).toBe(13);
  });
});

describe("handing out what is committed", () => {
  test("unstable entries only where the caller writes them first", () => {
    const log = logOf([1, 1, 1], 1);
    log.commitTo(13);
    expect(log.nextCommitted(false).map(({ index }) => index)).toEqual([11]);
    expect(log.nextCommitted(true).map(({ index }) => index)).toEqual([11, 12, 13]);
  });

  test("stops at the bound on bytes until some are applied", () => {
    const size = entrySize(entry(1, 11));
    const log = logOf([1, 1, 1], 3, size * 2);
    log.commitTo(13);
    const first = log.nextCommitted(true);
    expect(first).toHaveLength(2);
    log.acceptApplying(12, size * 2, true);
    expect(log.hasNextCommitted(true)).toBe(false);
    log.appliedTo(12, size * 2);
    expect(log.nextCommitted(true).map(({ index }) => index)).toEqual([13]);
  });

  test("nothing while a snapshot is being installed", () => {
    const log = logOf([1], 1);
    log.restore({ metadata: { index: 20, term: 2, confState }, data: new Uint8Array(0) });
    expect(log.hasNextCommitted(true)).toBe(false);
    expect([log.firstIndex(), log.lastIndex(), log.committed]).toEqual([21, 20, 20]);
    expect(log.term(11)).toBeUndefined();
  });
});

describe("slices", () => {
  test("are the same wherever the border of stable and unstable lies", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 12 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        fc.oneof(fc.nat({ max: 120 }), fc.constant(NO_LIMIT)),
        (sizes, stable, low, length, bytesMax) => {
          const all = sizes.map((bytes, i) => entry(1, 11 + i, bytes));
          const memory = new MemoryLog();
          memory.applySnapshot({ metadata: { index: 10, term: 1, confState }, data: new Uint8Array(0) });
          memory.append(all.slice(0, stable));
          const log = new RaftLog(memory, NO_LIMIT, () => {});
          log.append(all.slice(stable));
          const from = 11 + Math.min(low, all.length);
          const to = Math.min(from + length, 11 + all.length);
          const expected: Entry[] = [];
          let bytes = 0;
          for (const each of all.slice(from - 11, to - 11)) {
            bytes += entrySize(each);
            if (bytes > bytesMax && expected.length > 0) break;
            expected.push(each);
          }
          expect(log.slice(from, to, bytesMax)).toEqual(expected);
        },
      ),
    );
  });

  test("what was compacted away is said to be", () => {
    expect(logOf([1], 1).slice(10, 12, NO_LIMIT)).toBe("compacted");
    expect(() => logOf([1], 1).slice(11, 13, NO_LIMIT)).toThrow(InvariantError);
  });
});
