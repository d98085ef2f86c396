import { describe, expect, it } from "vitest";
import { factsOf, farBehindFacts, formatBytes } from "./facts";
import { faultOfKind, memberOf, reportOf } from "./testing/answers";

const n1 = memberOf(1);

function factNamed(label: string, report = reportOf(n1, 0), hasLeader = true) {
  return factsOf(n1, report, hasLeader).find((fact) => fact.label === label);
}

describe("facts about a member of etcd", () => {
  it("give bytes as operators read them", () => {
    expect([0, 999, 20_480, 2_147_483_648, 123_456_789].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "20.5 kB",
      "2.1 GB",
      "123 MB",
    ]);
  });

  it("warn before the quota is reached, not only at it", () => {
    const filled = (dbSize: number) => {
      const report = reportOf(n1, 0);
      if (report.self === undefined) throw new Error("never");
      return { ...report, self: { ...report.self, value: { ...report.self.value, dbSize, dbQuota: 1000 } } };
    };
    expect(factNamed("Database", filled(799))?.tone).toBe("plain");
    expect(factNamed("Database", filled(800))).toMatchObject({
      tone: "warning",
      note: expect.stringContaining("quota"),
    });
  });

  it("say why a member does not answer, and that it sees no leader where there is one", () => {
    const silent = reportOf(n1, 0, { fault: faultOfKind("unreachable", "connect ECONNREFUSED") });
    expect(factNamed("No answer", silent)?.value).toContain("ECONNREFUSED");
    const cutOff = reportOf(n1, 0, { leader: 0n });
    expect(factNamed("Leader", cutOff)?.tone).toBe("warning");
    expect(factNamed("Leader", cutOff, false)).toBeUndefined();
  });

  it("warn of a learner far behind that etcd would let vote", () => {
    const lag = { entries: 1_000_000, current: true };
    expect(farBehindFacts({ lag, promotable: { ok: true } })).toMatchObject([
      { value: "1,000,000 entries", tone: "warning" },
    ]);
    expect(farBehindFacts({ lag, promotable: { ok: false, reason: "" } })).toEqual([]);
    expect(farBehindFacts({ lag: { entries: 10_000, current: true }, promotable: { ok: true } })).toEqual([]);
  });
});
