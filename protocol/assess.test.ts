import { describe, expect, it } from "vitest";
import type { MemberChange } from "./api";
import { type AssessInput, assessChange, assessmentSchema } from "./assess";
import type { Capabilities, ClusterStatus, MemberStatus } from "./status";
import { everything } from "./testing/capabilities_fixture";
import { learner, member, plain, statusOf, voters } from "./testing/status_fixture";

function inputOf(
  status: ClusterStatus,
  changes: MemberChange[],
  more: Partial<AssessInput> = {},
): AssessInput {
  const { configuration, members, leadership, changeInProgress } = status;
  return { configuration, members, leadership, changeInProgress, changes, cluster: "local", ...more };
}

function assess(members: MemberStatus[], change: MemberChange, changes: Partial<ClusterStatus> = {}) {
  const assessment = assessChange(inputOf(statusOf(members, changes), [change]));
  expect(assessmentSchema.parse(assessment)).toEqual(assessment);
  return assessment;
}

const promote = (id: string): MemberChange => ({ kind: "promote", id });
const demote = (id: string): MemberChange => ({ kind: "demote", id });
const remove = (id: string): MemberChange => ({ kind: "remove", id });

describe("adding a learner", () => {
  it("asks for one confirmation, since quorum and tolerance stay", () => {
    const assessment = assess(voters(3), {
      kind: "add-learner",
      id: "4",
      name: "n4",
      address: "127.0.0.1:7504",
    });
    expect(assessment).toMatchObject({
      before: { voters: 3, quorum: 2, healthy: 3, canLose: 1 },
      after: { voters: 3, quorum: 2, healthy: 3, canLose: 1 },
      canCommit: { ok: true, sentence: "Yes - 3 of 3 healthy, 2 needed." },
      safe: { ok: true, sentence: "Yes - quorum and tolerance stay." },
      risk: "confirm",
      dialog: {
        title: "Add a learner to local",
        lead: "It receives the log and has no vote: voters, quorum and tolerance stay.",
        primary: "Add learner",
      },
    });
  });

  it("says who can reach a cluster on loopback", () => {
    const input = inputOf(statusOf(voters(3)), [{ kind: "add-learner", id: "4" }], { loopbackOnly: true });
    expect(assessChange(input).notes).toEqual(["Only processes on this machine can reach this cluster."]);
  });

  it("may be repeated at the same address, and is refused at another or for a voter", () => {
    const members = [...voters(3), learner({ id: "4" })];
    const again = (id: string, address?: string) => assess(members, { kind: "add-learner", id, address });
    expect(again("4", "127.0.0.1:7504").risk).toBe("confirm");
    expect(again("4", "127.0.0.1:9999").refusal).toEqual({
      code: "already-member",
      sentence: "Id 4 belongs to the learner n4 at 127.0.0.1:7504.",
    });
    expect(again("2").refusal?.code).toBe("already-member");
    expect(again("5", "127.0.0.1:7502").refusal).toEqual({
      code: "address-taken",
      sentence: "127.0.0.1:7502 belongs to n2.",
    });
  });
});

describe("promoting", () => {
  it("reads as in the interface's example", () => {
    const members = [...voters(3), learner({ id: "4", lag: { entries: 3, current: true } })];
    expect(assess(members, promote("4"))).toMatchObject({
      before: { voters: 3, quorum: 2, healthy: 3, canLose: 1 },
      after: { voters: 4, quorum: 3, healthy: 4, canLose: 1 },
      canCommit: { ok: true, sentence: "Yes - 3 of 3 healthy, 2 needed." },
      safe: { ok: true, sentence: "Yes - can lose 1." },
      risk: "summary",
      notes: [
        "No tolerance gained: 4 voters lose no more than 3 do.",
        "Caught up: 3 entries behind, limit 100.",
      ],
      dialog: { title: "Promote n4 to voter", primary: "Promote n4", danger: false },
    });
  });

  it("says nothing of lost tolerance where some is gained", () => {
    const members = [...voters(4), learner({ id: "5" })];
    expect(assess(members, promote("5")).notes).toEqual(["Caught up: 0 entries behind, limit 100."]);
  });

  it("from one voter to two is done with a warning", () => {
    const assessment = assess([...voters(1), learner({ id: "2" })], promote("2"));
    expect(assessment).toMatchObject({
      after: { voters: 2, quorum: 2, healthy: 2, canLose: 0 },
      safe: { ok: true, sentence: "Yes, but no spare: losing n1 or n2 then stops the cluster." },
      risk: "summary-warning",
    });
    expect(assessment.dialog.lead).toContain("Two voters need both");
  });

  it("waits for a learner that is behind, with the time it will take", () => {
    const behind = learner({
      id: "4",
      lag: { entries: 41_200, current: true },
      ratePerSecond: 2100,
      promotable: { ok: false, reason: "41200 entries behind, limit 100" },
    });
    expect(assess([...voters(3), behind], promote("4"))).toMatchObject({
      risk: "refused",
      refusal: {
        code: "not-caught-up",
        sentence: "41,200 entries behind, limit 100. About 20 s at 2,100/s.",
      },
      dialog: { title: "Promote n4 to voter", primary: "Promote n4" },
    });
  });

  it("refuses a learner that nobody hears from: it would count as down", () => {
    const silent = learner({ id: "4", health: "down", word: "Not started" });
    expect(assess([...voters(3), silent], promote("4"))).toMatchObject({
      after: { voters: 4, quorum: 3, healthy: 3, canLose: 0 },
      refusal: {
        code: "not-caught-up",
        sentence: "n4 has not been heard from; promoting would raise quorum to 3 with 3 healthy.",
      },
    });
  });

  it("passes the engine's own reason on", () => {
    const blocked = learner({
      id: "4",
      promotable: { ok: false, reason: "its log position is not known yet" },
    });
    expect(assess([...voters(3), blocked], promote("4")).refusal?.sentence).toBe(
      "n4 cannot vote yet: its log position is not known yet.",
    );
  });
});

describe("removing", () => {
  it("a learner asks for one confirmation", () => {
    expect(assess([...voters(3), learner({ id: "4" })], remove("4"))).toMatchObject({
      risk: "confirm",
      dialog: {
        title: "Remove learner n4",
        lead: "n4 has no vote; quorum and tolerance stay. Its id is retired.",
        primary: "Remove n4",
        danger: false,
      },
    });
  });

  it("a dead one of three asks for a summary: nothing healthy is lost", () => {
    const members = [...voters(2), member({ id: "3", health: "down", sinceMs: 14 * 60_000 })];
    expect(assess(members, remove("3"))).toMatchObject({
      before: { voters: 3, quorum: 2, healthy: 2, canLose: 0 },
      after: { voters: 2, quorum: 2, healthy: 2, canLose: 0 },
      risk: "summary",
      dialog: {
        title: "Remove voter n3",
        lead: "n3 has been down 14 min; nothing healthy is lost. Two voters remain: add a third next.",
      },
    });
  });

  it("a healthy one of three takes the tolerance: its name is typed", () => {
    const assessment = assess(voters(3), remove("3"));
    expect(assessment).toMatchObject({
      before: { voters: 3, quorum: 2, healthy: 3, canLose: 1 },
      after: { voters: 2, quorum: 2, healthy: 2, canLose: 0 },
      safe: { ok: true, sentence: "Yes, but no spare: losing n1 or n2 then stops the cluster." },
      risk: "type-name",
      typeName: "n3",
      dialog: { title: "Remove voter n3", primary: "Remove n3", danger: true },
    });
    expect(assessment.alternatives).toEqual([]);
  });

  it("that takes the tolerance is offered as a replacement, where the cluster carries one out", () => {
    const alternatives = (count: number, down: number[], more: Partial<Capabilities> = {}) =>
      assessChange(
        inputOf(statusOf(voters(count, { down })), [remove("3")], {
          capabilities: { ...everything, ...more },
        }),
      ).alternatives;
    expect(alternatives(3, [])).toEqual([{ kind: "replace", id: "3", label: "Replace n3 instead" }]);
    expect(alternatives(3, [3])).toEqual([]);
    expect(alternatives(5, [])).toEqual([]);
    expect(alternatives(3, [], { guided: { ok: false, reason: "It cannot." } })).toEqual([]);
  });

  it("one of five asks for a summary only while tolerance stays", () => {
    expect(assess(voters(5), remove("5")).risk).toBe("summary");
    expect(assess(voters(5, { down: [4] }), remove("5"))).toMatchObject({
      risk: "type-name",
      typeName: "n5",
    });
    expect(assess(voters(4, { down: [4] }), remove("3"))).toMatchObject({
      before: { canLose: 0 },
      after: { canLose: 0 },
      risk: "summary",
    });
  });

  it("the leader always asks for its name and offers a transfer first", () => {
    expect(assess(voters(5), remove("1"))).toMatchObject({
      risk: "type-name",
      typeName: "n1",
      alternatives: [{ kind: "transfer", label: "Transfer first" }],
      dialog: { lead: "n1 leads. Transfer first to avoid an election.", danger: true },
    });
  });

  it("a healthy voter beside a dead one is refused, with what to do instead", () => {
    const assessment = assess(voters(3, { down: [3] }), remove("1"));
    expect(assessment).toMatchObject({
      canCommit: { ok: true },
      safe: { ok: false, sentence: "No - 1 of 2 would be healthy, 2 needed." },
      risk: "refused",
      refusal: {
        code: "would-lose-quorum",
        sentence:
          "After it, 1 of 2 voters would be healthy and 2 are needed. Start n3, or remove n3, which is down.",
      },
      alternatives: [
        { kind: "start", id: "3", label: "Start n3" },
        { kind: "remove", id: "3", label: "Remove n3 instead" },
      ],
      dialog: { title: "n1 cannot be removed now", primary: "Remove n1" },
    });
    expect(assessment.dialog.lead).toBeUndefined();
    expect(assess(voters(5, { down: [4, 5] }), remove("2")).refusal?.sentence).toBe(
      "After it, 2 of 4 voters would be healthy and 3 are needed. Start n4 or n5, or first remove one of them.",
    );
  });

  it("the only voter is refused", () => {
    expect(assess(voters(1), remove("1")).refusal).toEqual({
      code: "would-lose-quorum",
      sentence: "n1 is the only voter; none would be left.",
    });
  });

  it("nobody is refused by name", () => {
    expect(assess(voters(3), remove("9")).refusal).toEqual({
      code: "not-a-member",
      sentence: "id 9 is not a member.",
    });
  });
});

describe("demoting mirrors removing", () => {
  it("in counts, risk and refusal", () => {
    expect(assess(voters(3), demote("3"))).toMatchObject({
      after: { voters: 2, quorum: 2, healthy: 2, canLose: 0 },
      risk: "type-name",
      typeName: "n3",
    });
    expect(assess(voters(3, { down: [3] }), demote("2"))).toMatchObject({
      refusal: { code: "would-lose-quorum" },
      dialog: { title: "n2 cannot be demoted now" },
    });
    expect(assess([...voters(3), learner({ id: "4" })], demote("4")).refusal?.code).toBe("not-a-voter");
    expect(assess(voters(3), promote("3")).refusal?.code).toBe("not-a-learner");
  });
});

describe("any change", () => {
  const add: MemberChange = { kind: "add-learner", id: "9" };

  it("is refused while quorum is lost, without a leader, while one is under way, and while joint", () => {
    expect(assess(voters(3, { down: [2, 3] }), add)).toMatchObject({
      canCommit: { ok: false, sentence: "No - 1 of 3 healthy, 2 needed." },
      refusal: { code: "would-lose-quorum", sentence: "No quorum: no change can commit." },
    });
    const leadership = { id: null, term: 3, answering: 3, agree: 0, noneForMs: 500 };
    expect(assess(voters(3), add, { leadership })).toMatchObject({
      canCommit: { ok: false, sentence: "No - there is no leader." },
      refusal: { code: "no-leader" },
    });
    const changeInProgress = {
      kind: "add-learner" as const,
      members: ["2"],
      actor: "root",
      sinceMs: 3000,
      requestId: "r-12345678",
    };
    expect(assess(voters(3), add, { changeInProgress }).refusal).toEqual({
      code: "change-in-progress",
      sentence: "Change in progress: add learner n2, by root, 3 s.",
    });
    const configuration = { ...plain(["1", "2"]), outgoing: ["1", "2", "3"] };
    expect(assess(voters(3), add, { configuration }).refusal?.code).toBe("change-in-progress");
  });

  it("is not made on the word of voters nobody could ask", () => {
    expect(assess(voters(3, { unknown: [2, 3] }), add).refusal?.sentence).toBe(
      "Not enough voters heard from: no change may commit.",
    );
  });

  it("that the cluster cannot make says why", () => {
    const demoteNo = {
      ok: false as const,
      reason: "etcd cannot demote. Remove n3 and add it again as a learner.",
    };
    const capabilities: Capabilities = {
      ...everything,
      demote: demoteNo,
      joint: { ok: false, reason: "etcd makes one change at a time." },
      fence: "best-effort",
    };
    const judged = (changes: MemberChange[]) =>
      assessChange(inputOf(statusOf(voters(3)), changes, { capabilities })).refusal;
    expect(judged([demote("3")])).toEqual({ code: "unsupported", sentence: demoteNo.reason });
    expect(judged([add, remove("3")])?.sentence).toBe("etcd makes one change at a time.");
  });

  it("names each member once", () => {
    const twice = assessChange(inputOf(statusOf(voters(3)), [remove("3"), demote("3")]));
    expect(twice.refusal).toEqual({ code: "invalid-change", sentence: "n3 appears twice in one change." });
    expect(assessChange(inputOf(statusOf(voters(3)), [])).refusal?.code).toBe("invalid-change");
  });
});

describe("several changes at once", () => {
  it("need both halves: the one they leave and the one they reach", () => {
    const members = [...voters(3), learner({ id: "4" }), learner({ id: "5" })];
    const swap = [promote("4"), promote("5"), remove("2"), remove("3")];
    const assessment = assessChange(inputOf(statusOf(members), swap));
    expect(assessment).toMatchObject({
      after: { voters: 3, quorum: 2, healthy: 3, canLose: 1 },
      canCommit: {
        ok: true,
        sentence: "Yes - each half: 3 of 3 healthy, 2 needed; 3 of 3 healthy, 2 needed.",
      },
      risk: "summary",
      dialog: { title: "Make 4 changes at once" },
    });
  });

  it("ask for the leader's name where it goes", () => {
    const members = [...voters(3), learner({ id: "4" })];
    const assessment = assessChange(inputOf(statusOf(members), [promote("4"), remove("1")]));
    expect(assessment).toMatchObject({ risk: "type-name", typeName: "n1" });
  });
});
