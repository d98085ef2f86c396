import { describe, expect, it } from "vitest";
import { assessTransfer } from "./assess";
import { learner, member, statusOf, voters } from "./testing/status_fixture";

describe("transferring leadership", () => {
  it("offers the other voters with their lag, and suggests the most up to date", () => {
    const members = [
      member({ id: "1" }),
      member({ id: "2", lag: { entries: 7, current: true } }),
      member({ id: "3", lag: { entries: 0, current: true } }),
      member({ id: "4", health: "down", lag: { entries: 0, current: false } }),
      learner({ id: "5" }),
    ];
    expect(assessTransfer(statusOf(members))).toEqual({
      title: "Transfer leadership from n1",
      lead: "Writes pause briefly; membership does not change.",
      candidates: [
        { id: "2", name: "n2", ok: true, lag: "7 entries behind" },
        { id: "3", name: "n3", ok: true, lag: "up to date" },
        { id: "4", name: "n4", ok: false, reason: "unreachable", lag: "up to date, last known" },
      ],
      suggested: "3",
    });
  });

  it("is refused without a leader, without another healthy voter, and during a change", () => {
    const leadership = { id: null, term: 2, answering: 3, agree: 0, noneForMs: 100 };
    expect(assessTransfer(statusOf(voters(3), { leadership })).refusal).toMatch(/^No leader/);
    expect(assessTransfer(statusOf(voters(2, { down: [2] }))).refusal).toBe(
      "No other healthy voter could take over.",
    );
    const changeInProgress = {
      kind: "promote" as const,
      members: ["4"],
      actor: "root",
      sinceMs: 1000,
      requestId: "r-12345678",
    };
    const busy = assessTransfer(statusOf(voters(3), { changeInProgress }));
    expect(busy.refusal).toBe("Change in progress: promote id 4, by root, 1 s.");
    expect(busy.suggested).toBeUndefined();
  });
});
