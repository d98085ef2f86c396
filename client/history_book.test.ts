import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "../protocol/api";
import type { Actions } from "./actions";
import { actorsOf, filterHistory, kindOf, mergeHistory, readHistory, toJsonLines } from "./history_book";

function entry(index: number, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    index,
    term: 1,
    time: 1000 * index,
    kind: "promote",
    changes: [{ kind: "promote", id: "4", name: "n4" }],
    actor: "root",
    requestId: `request-${index}`,
    outcome: "applied",
    reason: "",
    refusedBy: null,
    members: ["1"],
    learners: [],
    sequence: index,
    ...changes,
  };
}
const refused = (index: number, requestId: string) =>
  entry(index, { requestId, outcome: "refused", refusedBy: "2", actor: "eve", time: 1000 * index + 1 });

/** A console that answers in pages of two. */
function paged(all: readonly HistoryEntry[]): { read: Actions["history"]; asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    read: (_cluster, after) => {
      asked.push(after);
      const found = all.filter(({ index }) => index > after);
      return Promise.resolve({ ok: true, value: { entries: found.slice(0, 3), more: found.length > 3 } });
    },
  };
}

describe("the durable history", () => {
  it("is read page by page, each entry once, refused attempts of a page's last index included", async () => {
    const all = [entry(1), entry(2), refused(2, "request-a"), refused(2, "request-b"), entry(3), entry(4)];
    const { read } = paged(all);
    expect(await readHistory(read, "local", [])).toEqual(all);
  });

  it("is read on from what is known, and is the same list when nothing is new", async () => {
    const { read, asked } = paged([entry(1), entry(2), entry(3)]);
    const known = [entry(1), entry(2), entry(3)];
    expect(await readHistory(read, "local", known)).toBe(known);
    expect(asked).toEqual([2]);
  });

  it("is unknown, not empty, where a page could not be read", async () => {
    const read: Actions["history"] = () => Promise.resolve({ ok: false, problem: undefined });
    expect(await readHistory(read, "local", [entry(1)])).toBeUndefined();
  });

  it("puts a refused attempt behind the configuration it met", () => {
    const known = [entry(1), entry(2)];
    expect(
      mergeHistory(known, [refused(1, "request-a")]).map(({ index, outcome }) => [index, outcome]),
    ).toEqual([
      [1, "applied"],
      [1, "refused"],
      [2, "applied"],
    ]);
  });

  it("tells of a doubt only until it is known how it ended", () => {
    const doubt = entry(2, { outcome: "unknown" });
    const known = mergeHistory([entry(1)], [doubt]);
    expect(known).toEqual([entry(1), doubt]);
    const ended = entry(3, { requestId: "request-2" });
    expect(mergeHistory(known, [ended])).toEqual([entry(1), ended]);
  });

  it("is filtered by kind and actor; what changed nothing is of the kind refused", () => {
    const all = [entry(1, { kind: "created", actor: "" }), entry(2), refused(2, "request-a")];
    const seen = (kinds: string[], actor = "") =>
      filterHistory(all, { kinds, actor }).map(({ index }) => index);
    expect(all.map(kindOf)).toEqual(["other", "promote", "refused"]);
    expect(kindOf(entry(3, { outcome: "rejected" }))).toBe("refused");
    expect(seen([])).toEqual([1, 2, 2]);
    expect(seen(["promote"])).toEqual([2]);
    expect(seen(["refused", "other"])).toEqual([1, 2]);
    expect(seen([], "eve")).toEqual([2]);
    expect(actorsOf(all)).toEqual(["eve", "root"]);
  });

  it("is exported as one JSON object a line", () => {
    const lines = toJsonLines([entry(1), entry(2)]).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines.slice(0, 2).map((line) => JSON.parse(line).index)).toEqual([1, 2]);
    expect(lines[2]).toBe("");
  });
});
