import { describe, expect, it } from "vitest";
import { healthOf, isFresh } from "./health";
import { leadershipOf } from "./leadership";
import { toSelf } from "./member";
import { faultOfKind, memberOf, reportOf, statusAnswer } from "./testing/answers";

const NOW = 50_000;
const n1 = memberOf(1);

function health(more: Partial<Parameters<typeof healthOf>[0]>) {
  return healthOf({
    member: n1,
    report: undefined,
    now: NOW,
    hasLeader: true,
    lag: null,
    receivesSnapshot: false,
    ...more,
  });
}

describe("a member's health", () => {
  it("is healthy while it answers, and for 3 s after", () => {
    expect(health({ report: reportOf(n1, NOW - 3000) })).toMatchObject({ state: "healthy", word: "Healthy" });
    expect(health({ report: reportOf(n1, NOW - 3001) })).toMatchObject({ state: "unknown" });
  });

  it("is down once two calls in a row found nobody, or none was answered for 3 s", () => {
    const fault = faultOfKind("unreachable");
    expect(health({ report: { ...reportOf(n1, NOW - 300, { fault }), failures: 1 } })).toMatchObject({
      state: "healthy",
    });
    expect(health({ report: reportOf(n1, NOW - 300, { fault }) })).toMatchObject({
      state: "down",
      word: "Unreachable",
    });
    const frozen = reportOf(n1, NOW - 2900, { fault: faultOfKind("timeout") });
    expect(health({ report: frozen })).toMatchObject({ state: "healthy" });
    expect(health({ report: frozen, now: NOW + 200 })).toMatchObject({ state: "down", word: "Unreachable" });
  });

  it("is unknown, never down, where the console is not let in or trusts nothing", () => {
    const of = (kind: "not-allowed" | "tls" | "foreign") =>
      health({ report: reportOf(n1, 0, { fault: faultOfKind(kind) }) });
    expect(of("not-allowed")).toMatchObject({ state: "unknown", word: "Not allowed" });
    expect(of("tls")).toMatchObject({ state: "unknown", word: "Cannot connect" });
    expect(of("foreign")).toMatchObject({ state: "unknown", word: "Cannot connect" });
  });

  it("tells a member that was not asked yet from one that names no endpoint to ask at", () => {
    const asking = { ...reportOf(n1, 0), self: undefined, since: undefined };
    expect(health({ report: asking })).toMatchObject({ state: "unknown", source: null });
    expect(health({})).toMatchObject({ state: "unknown", source: { by: "the member list" } });
  });

  it("is down where it answers this console but not the leader", () => {
    const cutOff = reportOf(n1, NOW, { leader: 0n });
    expect(health({ report: cutOff })).toMatchObject({ state: "down", word: "Unreachable" });
    expect(health({ report: cutOff, hasLeader: false })).toMatchObject({ state: "healthy" });
  });

  it("tells a member that was never started, and a learner that lags", () => {
    const unstarted = memberOf(4, { name: "", clientUrls: [] });
    expect(health({ member: unstarted })).toMatchObject({ state: "down", word: "Not started" });
    const learner = memberOf(4, { isLearner: true });
    const report = reportOf(learner, NOW);
    const lag = (entries: number) => ({ entries, current: true });
    expect(health({ member: learner, report, lag: lag(101) }).word).toBe("Catching up");
    expect(health({ member: learner, report, lag: lag(100) }).word).toBe("Healthy");
    expect(health({ member: learner, report, receivesSnapshot: true }).word).toBe("Receiving snapshot");
  });

  it("counts no word as fresh that was never said", () => {
    expect(isFresh(undefined, NOW)).toBe(false);
    expect(isFresh({ ...reportOf(n1, NOW), self: undefined }, NOW)).toBe(false);
  });
});

describe("whom the voters take for leader", () => {
  function voter(leader: bigint, term: bigint) {
    const answer = statusAnswer({ leader, term });
    if (!answer.ok) throw new Error("never");
    return toSelf(answer.value);
  }

  it("is whom most name in the highest term", () => {
    const voters = [voter(1n, 4n), voter(2n, 5n), voter(2n, 5n)];
    expect(leadershipOf(voters, 0)).toEqual({ id: "2", term: 5, answering: 3, agree: 2, noneForMs: null });
  });

  it("is the newer leader, even where more still name the old one", () => {
    const voters = [voter(1n, 4n), voter(1n, 4n), voter(2n, 5n)];
    expect(leadershipOf(voters, 0)).toMatchObject({ id: "2", term: 5, agree: 1 });
  });

  it("is nobody where nobody names one", () => {
    expect(leadershipOf([voter(0n, 6n)], 1200)).toEqual({
      id: null,
      term: 6,
      answering: 1,
      agree: 0,
      noneForMs: 1200,
    });
    expect(leadershipOf([], 7)).toEqual({ id: null, term: 0, answering: 0, agree: 0, noneForMs: 7 });
  });
});
