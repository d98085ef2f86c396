import { describe, expect, it } from "vitest";
import { VIEWER_ROLE } from "../protocol/access";
import type { ClusterStatus, MemberStatus } from "../protocol/status";
import { member, voters } from "../protocol/testing/status_fixture";
import { formatClock } from "../protocol/words";
import { actingBlocked, bandOf } from "./band";
import { emptySession, onAnyFrame, onConnection, onHello, onMembership, onStatus, onTick } from "./reduce";
import type { ClusterSession } from "./session";
import { hello, membership, status } from "./testing/frames_fixture";

const start = Date.UTC(2026, 2, 14, 3, 7, 41);

function liveSession(members: MemberStatus[], changes: Partial<ClusterStatus> = {}): ClusterSession {
  let session = onConnection(emptySession("local", start), { kind: "open" }, start);
  session = onAnyFrame(session, start);
  session = onMembership(session, membership(12, ["1", "2", "3"]), start);
  return onTick(onStatus(session, status(members, changes), start), start);
}

describe("the band", () => {
  it("of a live session has state, facts, title and summary", () => {
    const band = bandOf(liveSession(voters(3)));
    expect(band).toMatchObject({
      description: { state: "ok" },
      freshness: { live: true },
      facts: { leader: "Leader n1, 3 of 3 agree, term 2" },
      title: "● local - Quorum OK",
    });
    expect(band.lastKnown).toBeUndefined();
    expect(band.sinceTime).toBeUndefined();
    expect(band.summary("http://127.0.0.1:7400").split("\n")).toHaveLength(6);
  });

  it("ages between frames by the shared clock", () => {
    const session = liveSession([...voters(2), member({ id: "3", health: "down", sinceMs: 70_000 })]);
    expect(bandOf(onTick(session, start + 2000)).nextStep.text).toMatch(/^n3 unreachable for 1 min 12 s\./);
  });

  it("of a disconnected session keeps what was last known, and never calls it current", () => {
    const lost = onConnection(
      liveSession(voters(3)),
      { kind: "closed", retryAt: start + 46_000, reason: null },
      start + 42_000,
    );
    const band = bandOf(lost);
    expect(band.description).toMatchObject({
      state: "unknown",
      sentence: "Unknown - no data for 42 s.",
      alert: true,
    });
    expect(band.lastKnown).toBe(`Last known ${formatClock(start)}: Quorum OK.`);
    expect(band.nextStep.text).toBe(`Disconnected since ${formatClock(start)}, retry in 4 s.`);
    expect(band.facts?.leader).toBe("Leader n1, 3 of 3 agree, term 2");
    expect(band.sinceTime).toBe(start);
  });
});

describe("acting", () => {
  const live = () => liveSession(voters(3));

  it("is allowed on a live cluster with leader and quorum", () => {
    expect(actingBlocked(live(), false)).toBeNull();
    expect(actingBlocked(liveSession(voters(3, { down: [3] })), false)).toBeNull();
  });

  it("is blocked with the reason otherwise", () => {
    const leaderless = { leadership: { id: null, term: 2, answering: 3, agree: 0, noneForMs: 100 } };
    const changeInProgress = {
      kind: "promote" as const,
      members: ["2"],
      actor: "root",
      sinceMs: 3000,
      requestId: "r-12345678",
    };
    const self = { id: "1", name: "n1", standing: "removed" as const, index: 57 };
    expect(actingBlocked(emptySession("local", start), false)).toBe("No data yet.");
    expect(actingBlocked(onTick(live(), start + 42_000), false)).toBe("Data is 42 s old.");
    expect(actingBlocked(liveSession(voters(3), { factAgeMs: 7000 }), false)).toBe("Data is 7 s old.");
    expect(actingBlocked(live(), true)).toBe("The outcome of an earlier change is not known yet.");
    expect(actingBlocked(liveSession(voters(3, { down: [2, 3] })), false)).toBe(
      "No quorum: no change can commit.",
    );
    expect(actingBlocked(liveSession(voters(3), leaderless), false)).toBe("No leader: no change can commit.");
    expect(actingBlocked(liveSession(voters(3), { changeInProgress }), false)).toBe(
      "Change in progress: promote n2, by root, 3 s.",
    );
    expect(actingBlocked(liveSession(voters(3), { self }), false)).toMatch(/^This node was removed/);
    expect(actingBlocked({ ...live(), incompatible: true }, false)).toMatch(/reload it/);
    const viewer = { ...hello, mayAct: { ok: false as const, reason: VIEWER_ROLE } };
    expect(actingBlocked(onHello(onTick(live(), start + 42_000), viewer), false)).toBe("Viewer role.");
  });
});
