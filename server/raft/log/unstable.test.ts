import { describe, expect, test } from "vitest";
import { InvariantError } from "../assert";
import type { Entry, Snapshot } from "../types";
import { Unstable } from "./unstable";

function entries(term: number, from: number, to: number): readonly Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i): Entry => {
    return { term, index: from + i, type: "normal", data: new Uint8Array(0) };
  });
}

function terms(unstable: Unstable): readonly string[] {
  return unstable.entries.map(({ term, index }) => `${term}/${index}`);
}

const confState = { voters: [1], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
const snapshot = (index: number): Snapshot => {
  return { metadata: { index, term: 4, confState }, data: new Uint8Array(0) };
};

function create(offset: number): Unstable {
  return new Unstable(offset, () => {});
}

describe("appending", () => {
  test("follows the end, replaces everything, or cuts the tail", () => {
    const unstable = create(5);
    unstable.truncateAndAppend(entries(1, 5, 7));
    unstable.truncateAndAppend(entries(1, 8, 8));
    expect(terms(unstable)).toEqual(["1/5", "1/6", "1/7", "1/8"]);
    unstable.truncateAndAppend(entries(2, 7, 7));
    expect(terms(unstable)).toEqual(["1/5", "1/6", "2/7"]);
    unstable.truncateAndAppend(entries(3, 3, 4));
    expect(unstable.offset).toBe(3);
    expect(terms(unstable)).toEqual(["3/3", "3/4"]);
    expect(() => unstable.truncateAndAppend(entries(3, 6, 6))).toThrow(InvariantError);
  });

  test("what was handed out does not change when the tail is cut", () => {
    const unstable = create(5);
    unstable.truncateAndAppend(entries(1, 5, 7));
    const handedOut = unstable.nextEntries();
    unstable.truncateAndAppend(entries(2, 6, 6));
    expect(handedOut.map(({ term, index }) => `${term}/${index}`)).toEqual(["1/5", "1/6", "1/7"]);
  });
});

describe("writes under way", () => {
  test("entries are handed out once, and again when they were replaced", () => {
    const unstable = create(5);
    unstable.truncateAndAppend(entries(1, 5, 6));
    unstable.acceptInProgress();
    expect(unstable.hasNextEntries).toBe(false);
    unstable.truncateAndAppend(entries(1, 7, 7));
    expect(unstable.nextEntries().map(({ index }) => index)).toEqual([7]);
    unstable.acceptInProgress();
    unstable.truncateAndAppend(entries(2, 6, 6));
    expect(unstable.nextEntries().map(({ term, index }) => `${term}/${index}`)).toEqual(["2/6"]);
  });

  test("a write that is done takes its entries out", () => {
    const unstable = create(5);
    unstable.truncateAndAppend(entries(1, 5, 7));
    unstable.acceptInProgress();
    unstable.stableTo(6, 1);
    expect(terms(unstable)).toEqual(["1/7"]);
    expect(unstable.offset).toBe(7);
    unstable.stableTo(7, 1);
    expect(unstable.lastIndex).toBeUndefined();
    expect(unstable.offset).toBe(8);
  });

  test("a write of an entry that was replaced meanwhile takes nothing out: the replacement is not durable", () => {
    const unstable = create(5);
    unstable.truncateAndAppend(entries(1, 5, 6));
    unstable.acceptInProgress();
    unstable.truncateAndAppend(entries(2, 5, 6));
    unstable.stableTo(6, 1);
    expect(terms(unstable)).toEqual(["2/5", "2/6"]);
  });

  test("late news of what is gone, or was never there, is ignored", () => {
    const unstable = create(5);
    unstable.truncateAndAppend(entries(1, 5, 6));
    unstable.stableTo(3, 1);
    unstable.stableTo(9, 1);
    expect(terms(unstable)).toEqual(["1/5", "1/6"]);
  });
});

describe("a received snapshot", () => {
  test("replaces everything until it is installed", () => {
    const unstable = create(5);
    unstable.truncateAndAppend(entries(1, 5, 6));
    unstable.restore(snapshot(20));
    expect([unstable.offset, unstable.lastIndex, unstable.term(20), unstable.length]).toEqual([21, 20, 4, 0]);
    expect(unstable.nextSnapshot()?.metadata.index).toBe(20);
    unstable.acceptInProgress();
    expect(unstable.nextSnapshot()).toBeUndefined();
    unstable.stableSnapshotTo(19);
    expect(unstable.snapshot).toBeDefined();
    unstable.stableSnapshotTo(20);
    expect([unstable.snapshot, unstable.term(20)]).toEqual([undefined, undefined]);
  });

  test("one that replaces another in the middle of its installation is handed out", () => {
    const unstable = create(5);
    unstable.restore(snapshot(20));
    unstable.acceptInProgress();
    unstable.restore(snapshot(30));
    expect(unstable.nextSnapshot()?.metadata.index).toBe(30);
    unstable.stableSnapshotTo(20);
    expect(unstable.snapshot?.metadata.index).toBe(30);
  });
});
