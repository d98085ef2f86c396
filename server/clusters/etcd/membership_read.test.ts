import { describe, expect, it } from "vitest";
import type { Call } from "./fault";
import { type ReadEndpoint, readMembers } from "./membership_read";
import { faultOfKind, listAnswer, memberOf, statusAnswer } from "./testing/answers";

describe("reading the members with two looks at the applied index", () => {
  /** An endpoint whose applied index moves on with every status, by what `applied` says. */
  function endpoint(applied: readonly bigint[], version = "3.6.14") {
    const called: string[] = [];
    const left = [...applied];
    const one: ReadEndpoint = {
      url: "http://10.0.0.1:2379",
      status: async () => {
        called.push("status");
        return statusAnswer({ applied: left.shift() ?? 0n, version });
      },
      members: async () => {
        called.push("members");
        return listAnswer(memberOf(1), memberOf(2, { isLearner: true }));
      },
      readBarrier: async () => {
        called.push("barrier");
        return { ok: true, value: undefined };
      },
    };
    return { one, called };
  }

  it("is exact where nothing was applied meanwhile", async () => {
    const { one, called } = endpoint([41n, 41n]);
    const look = await readMembers(one, 1000);
    expect(look).toMatchObject({ ok: true, value: { index: 41, exact: true, clusterId: "7" } });
    expect(called).toEqual(["status", "members", "status"]);
  });

  it("is a lower bound where something was", async () => {
    const { one } = endpoint([41n, 44n]);
    expect(await readMembers(one, 1000)).toMatchObject({ ok: true, value: { index: 41, exact: false } });
  });

  it("makes 3.4 catch up before its list, which knows no linearizable reads", async () => {
    const { one, called } = endpoint([41n, 41n], "3.4.23");
    await readMembers(one, 1000);
    expect(called).toEqual(["status", "barrier", "members", "status"]);
  });

  it("fails with whichever call failed", async () => {
    const failed: Call<never> = { ok: false, fault: faultOfKind("refused", "no leader") };
    const { one } = endpoint([41n, 41n], "3.4.23");
    for (const call of ["status", "members", "readBarrier"] as const) {
      expect(await readMembers({ ...one, [call]: async () => failed }, 1000)).toBe(failed);
    }
  });
});
