import { describe, expect, it } from "vitest";
import { copySummary, describeState } from "./state";
import { learner, member, statusOf, voters } from "./testing/status_fixture";

const now = Date.UTC(2026, 2, 14, 3, 7, 41);

describe("the summary for an incident channel", () => {
  it("is six plain lines", () => {
    const status = statusOf([...voters(2), member({ id: "3", health: "down" }), learner({ id: "4" })]);
    const text = copySummary({
      cluster: "local",
      status,
      description: describeState(status, { dataAgeMs: 400, live: true }),
      stateSince: now - 72_000,
      lastChange: { words: "n5 removed", time: now - 22 * 60_000 },
      source: "http://127.0.0.1:7400",
      dataAgeMs: 400,
      live: true,
      now,
    });
    expect(text.split("\n")).toEqual([
      "local: At minimum quorum - 2 of 3 voters healthy, cannot lose any. Since 2026-03-14 03:06:29 UTC (1 min 12 s).",
      "Leader n1, 2 of 2 answering agree, term 2",
      "Voters: n1 healthy, n2 healthy, n3 unreachable; learners: n4 healthy",
      "Last change: n5 removed, 2026-03-14 02:45:41 UTC (index 12)",
      "Source: http://127.0.0.1:7400, data 0.4 s ago",
      "At 2026-03-14 03:07:41 UTC",
    ]);
  });

  it("calls leader and members last known where nothing fresh is known", () => {
    const status = statusOf(voters(3));
    const text = copySummary({
      cluster: "local",
      status,
      description: describeState(status, { dataAgeMs: 42_000, live: false }),
      stateSince: now - 42_000,
      lastChange: null,
      source: "http://127.0.0.1:7400",
      dataAgeMs: 42_000,
      live: false,
      now,
    });
    expect(text.split("\n").slice(0, 3)).toEqual([
      "local: Unknown - no data for 42 s. Since 2026-03-14 03:06:59 UTC (42 s).",
      "Last known: Leader n1, 3 of 3 agree, term 2",
      "Last known: Voters: n1 healthy, n2 healthy, n3 healthy; learners: none",
    ]);
  });

  it("counts a thousand learners, and names the ones in trouble", () => {
    const learners = Array.from({ length: 1000 }, (_, place) =>
      learner({ id: String(place + 10), health: place === 7 ? "down" : "healthy" }),
    );
    const status = statusOf([...voters(3), ...learners]);
    const text = copySummary({
      cluster: "local",
      status,
      description: describeState(status, { dataAgeMs: 0, live: true }),
      stateSince: null,
      lastChange: null,
      source: "here",
      dataAgeMs: null,
      live: true,
      now,
    });
    expect(text.split("\n")[2]).toBe(
      "Voters: n1 healthy, n2 healthy, n3 healthy; learners: 999 learners healthy, n17 unreachable",
    );
  });

  it("has six lines even where nothing is known", () => {
    const text = copySummary({
      cluster: "local",
      status: undefined,
      description: describeState(undefined, { dataAgeMs: null, live: false }),
      stateSince: null,
      lastChange: null,
      source: "here",
      dataAgeMs: null,
      live: true,
      now,
    });
    expect(text.split("\n")).toHaveLength(6);
    expect(text).toContain("local: Unknown - no data yet.");
  });
});
