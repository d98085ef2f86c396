import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "../protocol/api";
import { formatClock } from "../protocol/words";
import type { TimelineEntry } from "./session";
import { describeEntry, lastChangeOf } from "./timeline_words";

const nameOf = (id: string) => `n${id}`;
const at = Date.UTC(2026, 2, 14, 3, 7, 41);
const base = { key: 1, at };
const read = (entry: TimelineEntry) => {
  const { words, details } = describeEntry(entry, nameOf);
  return [words, ...details].join(" - ");
};

const removal: HistoryEntry = {
  index: 9,
  term: 1,
  time: at - 1000,
  kind: "remove",
  changes: [{ kind: "remove", id: "4", name: "n4" }],
  actor: "root",
  requestId: "r-12345678",
  outcome: "applied",
  reason: "",
  refusedBy: null,
  members: ["1", "2", "3"],
  learners: [],
  sequence: 3,
};
const created: HistoryEntry = { ...removal, index: 1, kind: "created", changes: [] };
const change = {
  ...base,
  kind: "membership" as const,
  fromIndex: 12,
  index: 57,
  merged: 0,
  whileAway: false,
  parts: "none" as const,
};

describe("a line of the timeline", () => {
  it("says who made a change, once that is known", () => {
    const joined = { ...change, diffs: [{ kind: "joined-learner" as const, id: "4" }] };
    expect(read(joined)).toBe("n4 joined as learner - index 57");
    expect(read({ ...joined, actors: ["ada", "root"] })).toBe(
      "n4 joined as learner - index 57 - by ada and root",
    );
    expect(read({ ...joined, actors: [] })).toBe("n4 joined as learner - index 57");
  });

  it("says of an attempt that changed nothing who made it, who turned it down, and how often it was made", () => {
    const line = { ...removal, outcome: "refused" as const, reason: "no spare", refusedBy: "2", index: 56 };
    const attempt = { ...base, kind: "attempt" as const, line, times: 1, untold: 0 };
    expect(read(attempt)).toBe("Refused: remove n4 (no spare) - at index 56 - by root - refused by n2");
    expect(read({ ...attempt, times: 3, untold: 40 })).toBe(
      "Refused: remove n4 (no spare) - 3 times - at index 56 - by root - refused by n2 - 40 more before it, see all history",
    );
    expect(read({ ...attempt, line: { ...line, refusedBy: null } })).toContain("refused by this console");
    expect(read({ ...attempt, line: { ...line, outcome: "rejected", refusedBy: null } })).toBe(
      "Not applied: remove n4 (no spare) - at index 56 - by root",
    );
    expect(read({ ...base, at: null, kind: "history", line })).toBe(
      "Refused: remove n4 (no spare) - at index 56 - by root - refused by n2 - before you opened this page",
    );
  });

  it("begins with what was there before the page", () => {
    const first = { ...base, at: null, kind: "first" as const, members: ["1", "2", "3"], learners: [] };
    expect(read({ ...first, created: true, index: 1 })).toBe(
      "Cluster created: n1 n2 n3 - index 1 - before you opened this page",
    );
    expect(read({ ...first, created: false, index: 12, learners: ["4"] })).toBe(
      "Members: n1 n2 n3; learners n4 - index 12 - before you opened this page",
    );
    expect(read({ ...base, at: null, kind: "history", line: created })).toBe(
      "Cluster created: n1 n2 n3 - index 1 - before you opened this page",
    );
  });

  it("says what changed, how many changes it stands for, and whether anybody looked", () => {
    expect(read({ ...change, diffs: [{ kind: "joined-learner", id: "4" }] })).toBe(
      "n4 joined as learner - index 57",
    );
    const merged = { ...change, diffs: [{ kind: "left" as const, id: "3" }], merged: 4, whileAway: true };
    expect(read(merged)).toBe("n3 left - 5 changes merged - index 57 - while away");
    expect(read({ ...change, diffs: [], merged: 1 })).toBe("no difference - 2 changes merged - index 57");
  });

  it("counts what would make it too long", () => {
    const diffs = Array.from({ length: 20 }, (_, place) => ({
      kind: "joined-learner" as const,
      id: String(place + 1),
    }));
    expect(read({ ...change, diffs })).toMatch(/n8 joined as learner and 12 more - index 57$/);
  });

  it("tells of leaders, health and gaps", () => {
    const leadership = { ...base, kind: "leadership" as const, term: 3 };
    expect(read({ ...leadership, from: "1", to: null })).toBe("Leader n1 stepped down - term 3");
    expect(read({ ...leadership, from: null, to: "2" })).toBe("n2 leads - term 3");
    const health = { ...base, kind: "health" as const, from: "Healthy" as const, to: "Unreachable" as const };
    expect(read({ ...health, ids: ["3"] })).toBe("n3 unreachable");
    expect(read({ ...health, ids: ["2", "3"] })).toBe("n2 and n3 unreachable");
    expect(read({ ...base, kind: "gap", since: at, until: null })).toBe(`Gap since ${formatClock(at)}`);
    expect(read({ ...base, kind: "gap", since: at, until: at + 5000 })).toBe(
      `Gap since ${formatClock(at)} until ${formatClock(at + 5000)}`,
    );
  });
});

describe("the last change", () => {
  const health: TimelineEntry = { ...base, kind: "health", ids: ["3"], from: "Healthy", to: "Unreachable" };

  it("is the newest of the membership, seen here or before", () => {
    const left: TimelineEntry = { ...change, diffs: [{ kind: "left", id: "4" }] };
    expect(lastChangeOf([health, left], nameOf)).toEqual({ words: "n4 removed", time: at });
    expect(lastChangeOf([health, { ...base, at: null, kind: "history", line: removal }], nameOf)).toEqual({
      words: "n4 removed",
      time: at - 1000,
    });
  });

  it("is none where the cluster was only created, or a change was refused", () => {
    const lines = [{ ...removal, outcome: "refused" as const }, created];
    const timeline = lines.map((line): TimelineEntry => ({ ...base, at: null, kind: "history", line }));
    expect(lastChangeOf(timeline, nameOf)).toBeUndefined();
  });
});
