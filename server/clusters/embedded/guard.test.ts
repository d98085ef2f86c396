import { describe, expect, it } from "vitest";
import { assessChange } from "../../../protocol/assess";
import type { EngineStatus, MemberChange } from "../../engine/types";
import { engineStatus, report } from "../testing/engine_status";
import { toClusterStatus } from "./cluster_status";
import { changeGuard } from "./guard";
import { toWireChange } from "./ids";

const threeDown = engineStatus({
  reports: [report(1), report(2), report(3, { health: "down", lastContactMs: 60_000 })],
});
const withLearner = (change: Parameters<typeof report>[1]): EngineStatus => {
  const base = engineStatus();
  return {
    ...base,
    membership: { ...base.membership, learners: [4] },
    configuration: { ...base.configuration, learners: [4] },
    members: [...base.members, { id: 4, name: "n4", address: "127.0.0.1:7504", uuid: "uuid-4" }],
    reports: [...base.reports, report(4, change)],
  };
};

describe("the change guard", () => {
  it("lets a dead voter go, and refuses to remove a living one beside it", () => {
    expect(changeGuard([{ kind: "remove", id: 3 }], threeDown)).toBeUndefined();
    expect(changeGuard([{ kind: "remove", id: 1 }], threeDown)).toEqual({
      code: "would-lose-quorum",
      detail:
        "After it, 1 of 2 voters would be healthy and 2 are needed. Start n3, or remove n3, which is down.",
    });
  });

  it("lets an operator force what loses quorum, by the member's name, where it can commit now", () => {
    const removal: readonly MemberChange[] = [{ kind: "remove", id: 1 }];
    expect(changeGuard(removal, threeDown, "n1")).toBeUndefined();
    expect(changeGuard(removal, threeDown, "n2")).toMatchObject({
      code: "would-lose-quorum",
      detail: expect.stringMatching(/^To force it, n1 has to be typed; nothing was done\. After it, 1 of 2/),
    });
    const down = { health: "down", lastContactMs: 60_000 } as const;
    const lost = engineStatus({ reports: [report(1), report(2, down), report(3, down)] });
    expect(changeGuard(removal, lost, "n1")).toMatchObject({ code: "would-lose-quorum" });
  });

  it("refuses to let a learner vote that is not there", () => {
    const blocked = { promotionBlocked: "41200 entries behind, limit 100", lag: 41_200 };
    expect(changeGuard([{ kind: "promote", id: 4 }], withLearner(blocked))).toMatchObject({
      code: "not-caught-up",
    });
    expect(changeGuard([{ kind: "promote", id: 4 }], withLearner({}))).toBeUndefined();
  });

  it("leaves it to the engine that one change at a time is made", () => {
    const changeInProgress = {
      requestId: "r",
      changes: [{ kind: "promote", id: 4 }],
      actor: "root",
      sinceMs: 1,
    } as const;
    expect(changeGuard([{ kind: "remove", id: 3 }], { ...engineStatus(), changeInProgress })).toBeUndefined();
  });

  it("says what the page's preview says, word for word", () => {
    const proposals: MemberChange[][] = [
      [{ kind: "remove", id: 1 }],
      [{ kind: "demote", id: 2 }],
      [{ kind: "promote", id: 4 }],
      [{ kind: "add-learner", id: 5, address: "127.0.0.1:7505", name: "n5" }],
    ];
    for (const status of [
      threeDown,
      withLearner({}),
      withLearner({ promotionBlocked: "not heard from yet" }),
    ]) {
      for (const changes of proposals) {
        const { configuration, members, leadership } = toClusterStatus(status);
        const preview = assessChange({
          configuration,
          members,
          leadership,
          changes: changes.map(toWireChange),
        });
        const refusal = changeGuard(changes, status);
        const said = refusal !== undefined && "detail" in refusal ? refusal.detail : undefined;
        expect([refusal?.code, said]).toEqual([preview.refusal?.code, preview.refusal?.sentence]);
      }
    }
  });
});
