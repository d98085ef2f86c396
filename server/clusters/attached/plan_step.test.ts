import { describe, expect, it, test } from "vitest";
import type { ClusterStatus, MemberStatus } from "../../../protocol/status";
import { oneAtATime } from "../../../protocol/testing/capabilities_fixture";
import { learner, member, statusOf, voters } from "../../../protocol/testing/status_fixture";
import { DEAD_AFTER_MS, type PlanFacts, type PlanStep, placeOf, planStep } from "./plan_step";
import type { StoredPlan } from "./records";

const n4 = { name: "n4", peerUrls: ["http://h4:2380"] };
const base: StoredPlan = {
  id: "plan-0001",
  kind: "replace",
  learner: null,
  target: "3",
  newcomer: n4,
  actor: "ann",
  time: 1,
  state: "running",
  reason: "",
  learnerName: "",
  targetName: "n3",
  behindAtStart: null,
  targetDown: false,
  typedName: null,
  attempts: 0,
  pending: null,
};
const unstarted = learner({ id: "4", name: "", health: "down", word: "Not started" });

function factsOf(members: MemberStatus[], more: Partial<ClusterStatus> = {}): PlanFacts {
  return {
    status: statusOf(members, more),
    capabilities: oneAtATime,
    urlsOf: (id) => [`http://h${id}:2380`],
  };
}
const ledBy = (id: string | null) => ({
  leadership: { id, term: 2, answering: 3, agree: 3, noneForMs: null },
});
function downFor(sinceMs: number, id = "3"): MemberStatus {
  return member({ id, health: "down", sinceMs });
}
const next = (plan: Partial<StoredPlan>, facts: PlanFacts) => planStep({ ...base, ...plan }, facts);
const two = voters(2);
const unseen: MemberStatus = {
  ...member({ id: "3" }),
  health: { state: "unknown", word: "Unknown", sinceMs: null, source: null },
};
const add: PlanStep = { kind: "act", step: "adding", action: { kind: "add-learner", ...n4 } };
const promote: PlanStep = { kind: "act", step: "promoting", action: { kind: "promote", id: "4" } };
const remove: PlanStep = { kind: "act", step: "removing", action: { kind: "remove", id: "3" } };
const behind = { ok: false, reason: "it is 5,000 entries behind" } as const;

describe("replacing a voter by a node that is to be added", () => {
  const deadSince = { targetDown: true };
  test.each<[string, Partial<StoredPlan>, PlanFacts, PlanStep]>([
    ["alive: the new one is added first", {}, factsOf(voters(3)), add],
    [
      "dead, and not looked at yet since the console was started again: nothing is begun in the wrong order",
      deadSince,
      factsOf([...two, unseen]),
      { kind: "wait", step: "removing", reason: "n3 to be looked at again" },
    ],
    [
      "dead when the plan was made, and cannot be looked at now: taken for alive",
      deadSince,
      factsOf([...two, member({ id: "3", health: "unknown", word: "Not allowed" })]),
      add,
    ],
    [
      "alive: then it has to be started",
      {},
      factsOf([...voters(3), unstarted]),
      { kind: "wait", step: "starting", reason: "n4 to be started" },
    ],
    [
      "alive: then it catches up",
      {},
      factsOf([...voters(3), learner({ id: "4", promotable: behind })]),
      { kind: "wait", step: "catching-up", reason: "n4: it is 5,000 entries behind" },
    ],
    ["alive: then it votes", {}, factsOf([...voters(3), learner({ id: "4" })]), promote],
    ["alive: then the old one leaves", {}, factsOf(voters(4)), remove],
    [
      "alive and leading: leadership moves first",
      {},
      factsOf(voters(4), ledBy("3")),
      { kind: "transfer", step: "transferring", to: "1" },
    ],
    ["alive: done", {}, factsOf([...two, member({ id: "4" })]), { kind: "done" }],
    ["dead: the old one leaves first", deadSince, factsOf([...two, downFor(0)]), remove],
    ["dead: then the new one is added", deadSince, factsOf(two), add],
    ["dead: then it votes", deadSince, factsOf([...two, learner({ id: "4" })]), promote],
    ["dead: done", deadSince, factsOf([...two, member({ id: "4" })]), { kind: "done" }],
    ["dead at first, back before it was removed", deadSince, factsOf(voters(3)), add],
    ["silent for a moment: that is no death", {}, factsOf([...two, downFor(1000)]), add],
    ["silent for long", {}, factsOf([...two, downFor(DEAD_AFTER_MS)]), remove],
    [
      "died after the new one was added",
      { learner: "4" },
      factsOf([...two, downFor(DEAD_AFTER_MS), learner({ id: "4" })]),
      remove,
    ],
    [
      "the new one was removed by somebody",
      { learner: "4" },
      factsOf(voters(3)),
      { kind: "fail", reason: "n4 is not a member any more" },
    ],
  ])("%s", (_, plan, facts, step) => {
    expect(next(plan, facts)).toEqual(step);
  });
});

describe("what a plan waits for", () => {
  const five = { name: "n5", peerUrls: ["http://h5:2380"] };
  test.each<[string, Partial<StoredPlan>, PlanFacts, string]>([
    ["a leader", {}, factsOf(voters(3), ledBy(null)), "a leader"],
    ["fresh facts", {}, factsOf(voters(3), { factAgeMs: 6000 }), "the cluster to answer"],
    [
      "fresh facts before it gives up",
      { learner: "4" },
      factsOf([], { factAgeMs: null }),
      "the cluster to answer",
    ],
    ["quorum", {}, factsOf(voters(3, { down: [1, 2] })), "no quorum: no change can commit"],
    [
      "room for a learner",
      { kind: "add-learner", target: null, newcomer: five },
      factsOf([...voters(3), learner({ id: "4" })]),
      "n4 is a learner, and the cluster takes 1 at once; n5 is added when it has been promoted or removed",
    ],
    [
      "a word from the learner",
      { learner: "4" },
      factsOf([...voters(3), learner({ id: "4", health: "down" })]),
      "n4 has not been heard from",
    ],
    [
      "another voter to lead",
      { learner: "4" },
      factsOf(
        [member({ id: "3" }), ...["1", "2", "4"].map((id) => member({ id, health: "down" }))],
        ledBy("3"),
      ),
      "no other voter can lead",
    ],
  ])("%s", (_, plan, facts, reason) => {
    expect(next(plan, facts)).toMatchObject({ kind: "wait", reason });
  });

  it("the name of the voter whose removal leaves no spare, until that is typed", () => {
    const facts = factsOf([member({ id: "1" }), member({ id: "3" }), member({ id: "4" })]);
    const waits = next({}, facts);
    expect(waits).toEqual({
      kind: "confirm",
      step: "removing",
      typeName: "n3",
      reason: "the name n3 to be typed, since removing n3 leaves no spare",
    });
    expect(next({ typedName: "n1" }, facts)).toEqual(waits);
    expect(next({ typedName: "n3" }, facts)).toEqual(remove);
  });
});

describe("other plans", () => {
  it("promote: a learner of the cluster, once it may vote", () => {
    const plan = { kind: "promote", learner: "4", target: null, newcomer: null } as const;
    const slow = factsOf([...voters(3), learner({ id: "4", promotable: behind })]);
    expect(next(plan, slow)).toMatchObject({ kind: "wait", step: "catching-up" });
    expect(next(plan, factsOf([...voters(3), learner({ id: "4" })]))).toEqual(promote);
    expect(next(plan, factsOf(voters(4)))).toEqual({ kind: "done" });
    expect(next(plan, factsOf(voters(3)))).toMatchObject({ kind: "fail" });
  });

  it("add a learner: done once it runs, so that its command is seen until then", () => {
    const plan = { kind: "add-learner", target: null } as const;
    expect(next(plan, factsOf(voters(3)))).toEqual(add);
    const waiting = factsOf([...voters(3), unstarted]);
    expect(next(plan, waiting)).toMatchObject({ kind: "wait", step: "starting" });
    expect(next(plan, factsOf([...voters(3), learner({ id: "4" })]))).toEqual({ kind: "done" });
  });
});

describe("the place of a step", () => {
  const place = (members: MemberStatus[], plan: Partial<StoredPlan> = {}) => {
    const facts = factsOf(members);
    const step = planStep({ ...base, ...plan }, facts);
    if (step.kind === "done" || step.kind === "fail") return step.kind;
    return placeOf({ ...base, ...plan }, step.step, facts);
  };

  it("counts on in the order that the facts ask for", () => {
    expect(place(voters(3))).toEqual({ step: 1, of: 4 });
    expect(place([...voters(3), learner({ id: "4", promotable: behind })])).toEqual({ step: 2, of: 4 });
    expect(place([...voters(3), learner({ id: "4" })])).toEqual({ step: 3, of: 4 });
    expect(place(voters(4))).toEqual({ step: 4, of: 4 });
    const dead = { targetDown: true };
    expect(place([...two, downFor(0)], dead)).toEqual({ step: 1, of: 4 });
    expect(place(two, dead)).toEqual({ step: 2, of: 4 });
    expect(place([...two, learner({ id: "4" })], dead)).toEqual({ step: 4, of: 4 });
  });
});
