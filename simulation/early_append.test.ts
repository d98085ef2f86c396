import { describe, expect, it } from "vitest";
import type { Entry, Message } from "../server/raft/types";
import { earlierAppend } from "./early_append";
import { LogModel } from "./ledger";
import { Random } from "./random";

function entry(index: number, term: number): Entry {
  return { index, term, type: "normal", data: Uint8Array.of(index) };
}

/** A log that follows a snapshot at 3, with entries 4 to 12. */
function logFrom4To12(): LogModel {
  const log = new LogModel();
  log.base = { index: 3, term: 1 };
  const entries = Array.from({ length: 9 }, (_, i) => entry(4 + i, 1 + ((4 + i) >> 2)));
  log.apply({ entries, hardState: undefined, snapshot: undefined, sync: true });
  return log;
}

function append(after: number, count: number, log: LogModel): Message {
  return {
    type: "app",
    to: 2,
    from: 1,
    term: 9,
    logTerm: log.termAt(after) ?? 0,
    index: after,
    entries: Array.from({ length: count }, (_, i) => entry(after + 1 + i, log.termAt(after + 1 + i) ?? 0)),
    commit: 8,
    vote: 0,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: [],
  };
}

describe("an append that its leader may send as well", () => {
  it("is a piece of the leader's log that ends before the other one, and says the same otherwise", () => {
    const log = logFrom4To12();
    const random = new Random(5);
    const lengths = new Set<number>();
    for (let turn = 0; turn < 2000; turn += 1) {
      const after = 3 + random.below(9);
      const message = append(after, random.below(13 - after), log);
      const earlier = earlierAppend(log, message, random);
      if (earlier === undefined) continue;
      lengths.add(earlier.entries.length);
      expect(earlier.index).toBeGreaterThanOrEqual(3);
      expect(earlier.logTerm).toBe(log.termAt(earlier.index));
      expect(earlier.index + earlier.entries.length).toBeLessThan(after + message.entries.length);
      earlier.entries.forEach((one, i) => {
        expect(one).toEqual(entry(earlier.index + 1 + i, log.termAt(earlier.index + 1 + i) ?? 0));
      });
      expect({ ...earlier, index: after, logTerm: message.logTerm, entries: message.entries }).toEqual(
        message,
      );
    }
    expect([...lengths].sort((a, b) => a - b).slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
  });

  it("does not exist before what the log keeps", () => {
    const log = logFrom4To12();
    const outside = { ...append(4, 1, log), index: 1 };
    expect(earlierAppend(log, outside, new Random(1))).toBeUndefined();
    expect(earlierAppend(log, append(3, 0, log), new Random(1))).toBeUndefined();
  });
});
