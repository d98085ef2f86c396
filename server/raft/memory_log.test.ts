import { describe, expect, test } from "vitest";
import { InvariantError } from "./assert";
import { MemoryLog } from "./memory_log";
import { type Entry, NO_LIMIT, type Snapshot } from "./types";

const confState = { voters: [1], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
const data = new Uint8Array([7]);

function entry(term: number, index: number): Entry {
  return { term, index, type: "normal", data };
}

function snapshot(index: number, term: number): Snapshot {
  return { metadata: { index, term, confState }, data };
}

function recovered(): MemoryLog {
  return new MemoryLog({
    hardState: { term: 3, vote: 1, commit: 11 },
    snapshot: snapshot(10, 2),
    entries: [entry(2, 11), entry(3, 12), entry(3, 13)],
  });
}

describe("what it holds", () => {
  test("a node that has not joined holds nothing, and has no snapshot to send", () => {
    const log = new MemoryLog();
    expect([log.firstIndex(), log.lastIndex(), log.term(0), log.snapshot()]).toEqual([
      1,
      0,
      0,
      "unavailable",
    ]);
    expect(log.initialState().confState.voters).toEqual([]);
  });

  test("what was recovered is there, with the term before its first entry", () => {
    const log = recovered();
    expect([log.firstIndex(), log.lastIndex()]).toEqual([11, 13]);
    expect([9, 10, 11, 13, 14].map((index) => log.term(index))).toEqual([
      "compacted",
      2,
      2,
      3,
      "unavailable",
    ]);
    expect(log.initialState()).toEqual({ hardState: { term: 3, vote: 1, commit: 11 }, confState });
    expect(log.entries(11, 13, NO_LIMIT)).toEqual([entry(2, 11), entry(3, 12)]);
    expect(log.entries(11, 14, 0)).toEqual([entry(2, 11)]);
    expect(log.entries(10, 12, NO_LIMIT)).toBe("compacted");
    expect(log.entries(13, 15, NO_LIMIT)).toBe("unavailable");
  });
});

describe("appending", () => {
  test("replaces the tail, skips what is compacted, and takes no gap", () => {
    const log = recovered();
    log.append([entry(4, 12)]);
    expect([log.lastIndex(), log.term(12)]).toEqual([12, 4]);
    log.append([entry(2, 9), entry(2, 10), entry(2, 11), entry(5, 12)]);
    expect([log.firstIndex(), log.lastIndex(), log.term(12)]).toEqual([11, 12, 5]);
    log.append([]);
    expect(() => log.append([entry(5, 14)])).toThrow(InvariantError);
    expect(() => log.append([entry(5, 13), entry(5, 15)])).toThrow(InvariantError);
  });

  test("a slice that was read does not change afterwards", () => {
    const log = recovered();
    const read = log.entries(11, 14, NO_LIMIT);
    log.append([entry(4, 12)]);
    expect(read).toHaveLength(3);
  });
});

describe("snapshots", () => {
  test("a received one replaces the log; an older one is ignored", () => {
    const log = recovered();
    expect(log.applySnapshot(snapshot(10, 2))).toBe(false);
    expect(log.applySnapshot(snapshot(12, 9))).toBe(true);
    expect([log.firstIndex(), log.lastIndex(), log.term(12)]).toEqual([13, 12, 9]);
  });

  test("its own keeps the entries until they are compacted, also some of them longer", () => {
    const log = recovered();
    expect(log.createSnapshot(12, confState, data).metadata).toEqual({ index: 12, term: 3, confState });
    expect(log.firstIndex()).toBe(11);
    expect(() => log.compact(14)).toThrow(InvariantError);
    log.compact(12);
    expect([log.firstIndex(), log.term(11), log.term(10)]).toEqual([12, 2, "compacted"]);
    log.compact(13);
    expect([log.firstIndex(), log.lastIndex()]).toEqual([13, 13]);
    log.compact(12);
    expect(log.firstIndex()).toBe(13);
    expect(() => log.createSnapshot(11, confState, data)).toThrow(InvariantError);
    expect(() => log.createSnapshot(14, confState, data)).toThrow(InvariantError);
  });
});
