import { expect, test } from "vitest";
import type { ClusterStatus, MemberStatus } from "../../protocol/status";
import { quorumLoss } from "./quorum_guard";

function member(id: string, state: MemberStatus["health"]["state"]): MemberStatus {
  return {
    id,
    name: `n${id}`,
    role: "voter",
    address: "",
    console: null,
    health: { state, word: "Healthy", sinceMs: null, source: null },
    lag: null,
    ratePerSecond: null,
    lastContactMs: null,
    promotable: null,
    ownView: null,
    facts: [],
  };
}

function status(
  healthy: readonly string[],
  down: readonly string[],
  incoming: readonly string[],
  outgoing: readonly string[] = [],
): ClusterStatus {
  return {
    epoch: "e",
    committedIndex: 1,
    leadership: { id: null, term: 1, answering: 0, agree: 0, noneForMs: null },
    configuration: {
      incoming: [...incoming],
      outgoing: [...outgoing],
      learners: [],
      learnersNext: [],
      autoLeave: false,
    },
    changeInProgress: null,
    members: [...healthy.map((id) => member(id, "healthy")), ...down.map((id) => member(id, "down"))],
    factAgeMs: 0,
    self: null,
    lastLogIndex: null,
    appliedIndex: null,
    loopbackOnly: true,
    refusals: 0,
    plans: [],
    notices: [],
  };
}

test("the first of three may be stopped, the second not", () => {
  expect(quorumLoss(status(["1", "2", "3"], [], ["1", "2", "3"]), "2", "n2")).toBeUndefined();
  expect(quorumLoss(status(["1", "2"], ["3"], ["1", "2", "3"]), "2", "n2")).toBe(
    "Stopping n2 loses quorum: 1 of 3 voters would be healthy and 2 are needed; starting it again brings it back.",
  );
});

test("a learner, a voter that is down anyway, and a cluster without quorum are let pass", () => {
  expect(quorumLoss(status(["1", "2", "4"], ["3"], ["1", "2", "3"]), "4", "n4")).toBeUndefined();
  expect(quorumLoss(status(["1", "2"], ["3"], ["1", "2", "3"]), "3", "n3")).toBeUndefined();
  expect(quorumLoss(status(["1"], ["2", "3"], ["1", "2", "3"]), "1", "n1")).toBeUndefined();
});

test("of joint halves the worse counts", () => {
  const joint = status(["1", "2", "4", "5"], ["3"], ["1", "4", "5"], ["1", "2", "3"]);
  expect(quorumLoss(joint, "2", "n2")).toContain("1 of 3 voters");
  expect(quorumLoss(joint, "4", "n4")).toBeUndefined();
});

test("a process that was just seen to end counts as down before the cluster notices", () => {
  const three = status(["1", "2", "3"], [], ["1", "2", "3"]);
  expect(quorumLoss(three, "2", "n2", (id) => id === "3")).toContain("1 of 3 voters");
});

test("voters nobody could tell about are taken for healthy: it is rather asked once too often", () => {
  const unheard = status([], [], ["2", "3"]);
  const told = { ...unheard, members: [member("2", "unknown"), member("3", "unknown")] };
  expect(quorumLoss(told, "2", "n2")).toContain("loses quorum");
});
