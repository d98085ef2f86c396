import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "./api";
import { describeHistory } from "./history_words";

const entry = (changes: Partial<HistoryEntry>): HistoryEntry => ({
  index: 41,
  term: 2,
  time: 0,
  kind: "remove",
  changes: [{ kind: "remove", id: "4", name: "n4" }],
  actor: "root",
  requestId: "r-12345678",
  outcome: "applied",
  reason: "",
  refusedBy: null,
  members: ["1", "2", "3"],
  learners: [],
  sequence: 5,
  ...changes,
});
const nameOf = (id: string) => `n${id}`;

describe("a line of the durable history", () => {
  it.each([
    [{}, "n4 removed"],
    [{ changes: [{ kind: "add-learner" as const, id: "5", name: "" }] }, "n5 joined as learner"],
    [
      {
        kind: "joint" as const,
        changes: [
          { kind: "promote" as const, id: "4", name: "n4" },
          { kind: "remove" as const, id: "3", name: "n3" },
        ],
      },
      "n4 promoted to voter, n3 removed",
    ],
    [{ kind: "created" as const, changes: [] }, "Cluster created: n1 n2 n3"],
    [{ kind: "leave-joint" as const, changes: [] }, "Joint configuration left: n1, n2 and n3 vote"],
    [{ forced: true as const }, "n4 removed (forced)"],
    [{ outcome: "rejected" as const, reason: "fence lost" }, "Not applied: remove n4 (fence lost)"],
    [{ outcome: "refused" as const, reason: "" }, "Refused: remove n4"],
    [
      { outcome: "refused" as const, reason: "n4 is behind. Wait." },
      "Refused: remove n4. n4 is behind. Wait.",
    ],
    [
      {
        kind: "transfer" as const,
        changes: [{ kind: "promote" as const, id: "2", name: "n2" }],
        outcome: "refused" as const,
        reason: "leadership had moved",
      },
      "Refused: transfer leadership to n2 (leadership had moved)",
    ],
  ])("%# reads well", (changes, words) => {
    expect(describeHistory(entry(changes), nameOf)).toBe(words);
  });
});
