import { describe, expect, it } from "vitest";
import { commandFor } from "./command_line";
import {
  appliedSentence,
  busySentence,
  doingWords,
  fenceLostSentence,
  formatAge,
  formatAgo,
  formatClock,
  formatCount,
  formatDay,
  formatDuration,
  formatSourceAge,
  formatUtc,
  listWords,
  mergedWords,
  namesOf,
  outcomeUnknownSentence,
  plural,
} from "./words";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

describe("durations", () => {
  it.each([
    [-5, "0 s"],
    [0, "0 s"],
    [12_900, "12 s"],
    [59_999, "59 s"],
    [minute, "1 min"],
    [72 * second, "1 min 12 s"],
    [9 * minute + 59 * second, "9 min 59 s"],
    [10 * minute + 40 * second, "10 min"],
    [22 * minute, "22 min"],
    [3 * hour + 5 * minute, "3 h 5 min"],
    [24 * hour, "1 d"],
    [52 * hour, "2 d 4 h"],
  ])("of %i ms read %s", (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });

  it("as ages are now below 2 s", () => {
    expect([null, 0, 1999, 2000, 72_000].map(formatAge)).toEqual([
      "never",
      "now",
      "now",
      "2 s",
      "1 min 12 s",
    ]);
    expect(formatAgo(500)).toBe("just now");
    expect(formatAgo(22 * minute)).toBe("22 min ago");
  });

  it("of sources keep a tenth while they are young", () => {
    expect([0, 449, 9999, 10_000].map(formatSourceAge)).toEqual([
      "0.0 s ago",
      "0.4 s ago",
      "9.9 s ago",
      "10 s ago",
    ]);
  });
});

describe("numbers, lists and times", () => {
  it("separates thousands", () => {
    expect([0, 999, 1000, 41_200, 1_234_567].map(formatCount)).toEqual([
      "0",
      "999",
      "1,000",
      "41,200",
      "1,234,567",
    ]);
  });

  it("joins with the last word set apart", () => {
    expect([[], ["n1"], ["n1", "n2"], ["n1", "n2", "n3"]].map((list) => listWords(list, "or"))).toEqual([
      "",
      "n1",
      "n1 or n2",
      "n1, n2 or n3",
    ]);
    expect(plural(1, "entry", "entries")).toBe("1 entry");
    expect(plural(1200, "voter")).toBe("1,200 voters");
  });

  it("tells the time of day, and UTC in full", () => {
    const time = Date.UTC(2026, 2, 14, 3, 7, 41);
    expect(formatClock(time, "UTC")).toBe("03:07:41");
    expect(formatClock(Date.UTC(2026, 2, 14, 0, 0, 5), "UTC")).toBe("00:00:05");
    expect(formatUtc(time)).toBe("2026-03-14 03:07:41 UTC");
  });

  it("tells the time of the clock on the wall, in summer as in winter", () => {
    for (const time of [Date.UTC(2026, 0, 31, 23, 59, 59), Date.UTC(2026, 6, 1, 0, 0, 1)]) {
      const [day, clock] =
        new Date(time)
          .toString()
          .match(/\d\d \d{4} [\d:]+/)?.[0]
          .split(/ \d{4} /) ?? [];
      expect(formatClock(time)).toBe(clock);
      expect(formatDay(time)).toBe(`${day} ${new Date(time).toString().slice(4, 7)} ${clock}`);
    }
  });
});

describe("shared sentences", () => {
  const nameOf = namesOf(
    [
      { id: "4", name: "n4" },
      { id: "5", name: "" },
    ],
    { "3": "n3" },
  );

  it("name members by their records, then by what was known, then by id", () => {
    expect(["4", "3", "5"].map(nameOf)).toEqual(["n4", "n3", "id 5"]);
  });

  it("say what is under way, and how long", () => {
    const change = {
      kind: "add-learner" as const,
      members: ["4"],
      actor: "root",
      sinceMs: 2000,
      requestId: "r",
    };
    expect(busySentence(change, nameOf, 1000)).toBe("Change in progress: add learner n4, by root, 3 s.");
  });

  it("say what became of a request", () => {
    expect(outcomeUnknownSentence(doingWords({ kind: "promote", id: "4" }, nameOf))).toBe(
      "Outcome unknown - watching. Promoting n4 may have been applied. Do not repeat it.",
    );
    expect(appliedSentence(58)).toBe("Applied at index 58.");
    expect(fenceLostSentence(56, ["n5 joined as learner"], 57)).toBe(
      "The cluster changed while you were reading; nothing was done. Since 56: n5 joined as learner (57).",
    );
  });

  it("count merged changes, the one shown included", () => {
    expect([0, 1, 4].map(mergedWords)).toEqual([undefined, "2 changes merged", "5 changes merged"]);
  });
});

describe("the command line of a change", () => {
  const nameOf = namesOf([{ id: "4", name: "n4" }]);

  it("does what the dialog does, fenced alike", () => {
    expect(commandFor({ kind: "promote", id: "4" }, '"e1:56"', nameOf)).toBe(
      "rollcall promote n4 --if-match e1:56",
    );
    expect(commandFor({ kind: "transfer", id: "4" }, "e1:56", nameOf)).toBe(
      "rollcall transfer n4 --if-match e1:56",
    );
    expect(commandFor({ kind: "remove", id: "9" }, "e1:56", nameOf)).toBe(
      "rollcall remove 9 --if-match e1:56",
    );
  });

  it("spells out a new learner", () => {
    const change = { kind: "add-learner" as const, id: "6", name: "n6", address: "127.0.0.1:7503" };
    expect(commandFor(change, "e1:56", nameOf)).toBe(
      "rollcall add-learner --id 6 --address 127.0.0.1:7503 --name n6 --if-match e1:56",
    );
    expect(commandFor({ kind: "add-learner", id: "6", start: "local" }, "e1:56", nameOf)).toBe(
      "rollcall add-learner --here --id 6 --if-match e1:56",
    );
  });

  it("stops a removed member's process where the dialog does", () => {
    expect(commandFor({ kind: "remove", id: "4", stopProcess: true }, "e1:56", nameOf)).toBe(
      "rollcall remove n4 --stop-process --if-match e1:56",
    );
  });

  it("quotes what a shell would read otherwise", () => {
    expect(commandFor({ kind: "promote", id: "4" }, "it's;rm:56", nameOf)).toBe(
      `rollcall promote n4 --if-match 'it'\\''s;rm:56'`,
    );
  });
});

it("a day and its time are written short", () => {
  expect(formatDay(Date.UTC(2026, 2, 14, 3, 7, 41), "UTC")).toBe("14 Mar 03:07:41");
});
