import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeFacts, describeState, documentTitle, lastKnownSentence, type StateFreshness } from "./state";
import { member, plain, statusOf, voters } from "./testing/status_fixture";

const live: StateFreshness = { dataAgeMs: 400, live: true };
const leaderless = (noneForMs: number | null) => ({
  leadership: { id: null, term: 2, answering: 2, agree: 0, noneForMs },
});

describe("the state sentence", () => {
  it.each([
    [3, [], [], "ok", "Quorum OK - 3 of 3 voters healthy, can lose 1."],
    [5, [], [], "ok", "Quorum OK - 5 of 5 voters healthy, can lose 2."],
    [5, [5], [], "degraded", "Degraded - 4 of 5 voters healthy, can lose 1 (designed 2)."],
    [3, [3], [], "at-limit", "At minimum quorum - 2 of 3 voters healthy, cannot lose any."],
    [3, [], [3], "at-limit", "At minimum quorum - 2 of 3 voters healthy, cannot lose any, 1 unknown."],
    [5, [], [5], "degraded", "Degraded - 4 of 5 voters healthy, can lose 1 (designed 2), 1 unknown."],
    [3, [2, 3], [], "lost", "Quorum lost - 1 of 3 voters healthy; membership cannot change."],
    [3, [], [2, 3], "unknown", "Unknown - 1 of 3 voters heard from, 2 unknown."],
    [3, [2], [3], "unknown", "Unknown - 1 of 3 voters heard from, 1 unknown."],
  ])("of %i voters, down %j, unknown %j: %s", (count, down, unknown, state, sentence) => {
    expect(describeState(statusOf(voters(count, { down, unknown })), live)).toMatchObject({
      state,
      sentence,
    });
  });

  it("says what is by design where one or two voters are all healthy, and alerts nobody", () => {
    expect(describeState(statusOf(voters(1)), live)).toMatchObject({
      state: "at-limit",
      sentence: "At minimum quorum - 1 of 1 voters healthy, cannot lose any.",
      byDesign: "By design: 1 voter tolerates none.",
      alert: false,
    });
    expect(describeState(statusOf(voters(2)), live)).toMatchObject({
      state: "at-limit",
      byDesign: "By design: 2 voters tolerate none.",
      alert: false,
    });
    expect(describeState(statusOf(voters(3, { down: [3] })), live).byDesign).toBeUndefined();
  });

  it("is unknown without fresh data, whatever the last status says, and the meter is dashed", () => {
    const status = statusOf(voters(3));
    const stale = describeState(status, { dataAgeMs: 42_000, live: false });
    expect(stale).toMatchObject({
      state: "unknown",
      shape: "ring",
      sentence: "Unknown - no data for 42 s.",
      alert: false,
    });
    expect(stale.meters).toEqual([{ half: "incoming", slots: ["unknown", "unknown", "unknown"], quorum: 2 }]);
    expect(describeState(undefined, { dataAgeMs: null, live: false }).sentence).toBe(
      "Unknown - no data yet.",
    );
    expect(describeState(status, { dataAgeMs: 1000, live: false, disconnected: true }).alert).toBe(true);
  });

  it("elects for 3 s with the shape that health gives, then is lost", () => {
    const three = voters(3, { down: [3] });
    expect(describeState(statusOf(three, leaderless(3000)), live)).toMatchObject({
      state: "at-limit",
      shape: "triangle",
      sentence: "Electing a leader - changes wait.",
      alert: false,
    });
    expect(describeState(statusOf(three, leaderless(8000)), live)).toMatchObject({
      state: "lost",
      sentence: "No leader for 8 s - 2 of 3 voters answer; no change can commit.",
      alert: true,
    });
    expect(describeState(statusOf(three, leaderless(2000)), { ...live, elapsedMs: 2000 }).state).toBe("lost");
    expect(describeState(statusOf(three, leaderless(null)), live).word).toBe("Electing a leader");
  });

  it("puts lost quorum before the missing leader", () => {
    const status = statusOf(voters(3, { down: [2, 3] }), leaderless(60_000));
    expect(describeState(status, live).sentence).toMatch(/^Quorum lost/);
  });

  it("is that of the worse half while joint, with a meter for each", () => {
    const members = [...voters(3, { down: [2, 3] }), member({ id: "4" }), member({ id: "5" })];
    const configuration = { ...plain(["1", "4", "5"]), outgoing: ["1", "2", "3"] };
    const description = describeState(statusOf(members, { configuration }), live);
    expect(description.sentence).toBe("Quorum lost - 1 of 3 voters healthy; membership cannot change.");
    expect(description.meters).toEqual([
      { half: "outgoing", slots: ["healthy", "down", "down"], quorum: 2 },
      { half: "incoming", slots: ["healthy", "healthy", "healthy"], quorum: 2 },
    ]);
  });

  it("says that a node has not joined yet", () => {
    const self = { id: "4", name: "n4", standing: "joining" as const, index: null };
    expect(describeState(statusOf([], { self }), live)).toMatchObject({
      state: "unknown",
      sentence: "Unknown - this node has not joined yet.",
    });
  });

  it("gives each state a shape of its own", () => {
    const shapes = [
      describeState(statusOf(voters(3)), live),
      describeState(statusOf(voters(5, { down: [1] })), live),
      describeState(statusOf(voters(3, { down: [3] })), live),
      describeState(statusOf(voters(3, { down: [2, 3] })), live),
      describeState(undefined, { dataAgeMs: null, live: false }),
    ].map(({ state, shape }) => [state, shape]);
    expect(shapes).toEqual([
      ["ok", "disc"],
      ["degraded", "diamond"],
      ["at-limit", "triangle"],
      ["lost", "octagon"],
      ["unknown", "ring"],
    ]);
  });

  it("never calls anything but a full, fresh, led cluster OK", () => {
    const health = fc.constantFrom("healthy" as const, "down" as const, "unknown" as const);
    fc.assert(
      fc.property(
        fc.array(health, { minLength: 1, maxLength: 7 }),
        fc.boolean(),
        fc.boolean(),
        (list, led, fresh) => {
          const members = list.map((state, place) => member({ id: String(place + 1), health: state }));
          const status = statusOf(members, led ? {} : leaderless(10_000));
          const { state } = describeState(status, { ...live, live: fresh });
          if (state !== "ok") return;
          expect(fresh && led && list.every((one) => one === "healthy")).toBe(true);
        },
      ),
    );
  });
});

describe("around the state", () => {
  it("titles the window with glyph and words", () => {
    const title = (count: number, down: number[]) =>
      documentTitle("local", describeState(statusOf(voters(count, { down })), live));
    expect(title(3, [])).toBe("● local - Quorum OK");
    expect(title(3, [3])).toBe("▲ local - 2 of 3");
    expect(title(5, [3])).toBe("◆ local - 4 of 5");
    expect(title(3, [2, 3])).toBe("✖ local - Quorum lost");
    expect(
      documentTitle("local", describeState(statusOf(voters(3)), { dataAgeMs: 42_000, live: false })),
    ).toBe("○ local - no data");
  });

  it("keeps what was last known, and says when", () => {
    const status = statusOf(voters(3));
    expect(lastKnownSentence(status, { dataAgeMs: 42_000, live: false }, "03:07:41")).toBe(
      "Last known 03:07:41: Quorum OK.",
    );
    expect(lastKnownSentence(status, live, "03:07:41")).toBeUndefined();
  });

  it("lists leader, tolerance and index", () => {
    const facts = (status: ReturnType<typeof statusOf>) => describeFacts(status, describeState(status, live));
    expect(facts(statusOf(voters(3)))).toEqual({
      leader: "Leader n1, 3 of 3 agree, term 2",
      tolerance: "Can lose 1 now, 1 designed",
      index: "Index 12",
      leaderId: "1",
    });
    expect(facts(statusOf(voters(3, { down: [3] })))).toMatchObject({
      leader: "Leader n1, 2 of 2 answering agree, term 2",
      tolerance: "Can lose 0 now, 1 designed",
    });
    const leadership = { id: null, term: 2, answering: 1, agree: 0, noneForMs: 9000 };
    expect(facts(statusOf(voters(3, { unknown: [2, 3] }))).tolerance).toBe(
      "Tolerance now not known, 1 designed",
    );
    expect(facts(statusOf(voters(3, { down: [2, 3] }), { leadership })).leader).toBe(
      "No leader, 1 of 3 answers, term 2",
    );
  });
});
