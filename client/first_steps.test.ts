import { describe, expect, it } from "vitest";
import type { StatusFrame } from "../protocol/frames";
import type { MembershipView } from "../protocol/membership";
import type { MemberStatus } from "../protocol/status";
import { type FirstStepsProgress, observeFirstSteps } from "./first_steps";

type Facts = Parameters<typeof observeFirstSteps>[1];

function view(members: string[], learners: string[], committedIndex: number, epoch = "e1"): MembershipView {
  return { epoch, exact: true, sequence: committedIndex, snapshot: { members, learners, committedIndex } };
}

function member(id: string, state: "healthy" | "down"): MemberStatus {
  return {
    id,
    name: `n${id}`,
    role: "voter",
    address: `127.0.0.1:750${id}`,
    console: null,
    health: {
      state,
      word: state === "healthy" ? "Healthy" : "Unreachable",
      sinceMs: 0,
      source: { by: "n1", ageMs: 0 },
    },
    lag: { entries: 0, current: true },
    ratePerSecond: 0,
    lastContactMs: 0,
    promotable: null,
    ownView: null,
    facts: [],
  };
}

function status(voters: string[], down: string[], factAgeMs = 0): StatusFrame {
  return {
    type: "status",
    cluster: "local",
    epoch: "e1",
    committedIndex: 1,
    leadership: {
      id: "1",
      term: 1,
      answering: voters.length - down.length,
      agree: voters.length - down.length,
      noneForMs: null,
    },
    configuration: { incoming: voters, outgoing: [], learners: [], learnersNext: [], autoLeave: false },
    changeInProgress: null,
    members: voters.map((id) => member(id, down.includes(id) ? "down" : "healthy")),
    factAgeMs,
    self: { id: "1", name: "n1", standing: "member", index: null },
    lastLogIndex: 1,
    appliedIndex: 1,
    loopbackOnly: true,
    refusals: 0,
    plans: [],
    notices: [],
  };
}

function facts(membership: MembershipView, frame: StatusFrame): Facts {
  return { view: membership, status: { value: frame, receivedAt: 0 } };
}

const three = ["1", "2", "3"];
const start = facts(view(three, [], 1), status(three, []));

function follow(...steps: Facts[]): FirstStepsProgress | undefined {
  let progress = observeFirstSteps(undefined, { view: undefined, status: undefined }, start);
  let before = start;
  for (const after of steps) {
    progress = observeFirstSteps(progress, before, after);
    before = after;
  }
  return progress;
}

describe("first steps", () => {
  it("ticks nothing for the members that were there when the page opened", () => {
    expect(follow()?.taken).toEqual({});
  });

  it("ticks a learner that joined, with the quorum it did not change", () => {
    const progress = follow(facts(view(three, ["4"], 2), status(three, [])));
    expect(progress?.taken).toEqual({ add: "It has no vote: quorum is still 2 of 3." });
  });

  it("ticks a promotion with figures of the new voters", () => {
    const four = [...three, "4"];
    const progress = follow(
      facts(view(three, ["4"], 2), status(three, [])),
      facts(view(four, [], 3), status(four, [])),
    );
    expect(progress?.taken.promote).toBe("4 voters, quorum 3, still can lose 1: even counts gain nothing.");
    const five = follow(
      facts(view(four, ["5"], 4), status(four, [])),
      facts(view([...four, "5"], [], 5), status([...four, "5"], [])),
    );
    expect(five?.taken.promote).toBe("5 voters, quorum 3, now can lose 2.");
  });

  it("ticks a dead voter, lost quorum and the recovery, in that order of events", () => {
    const membership = view(three, [], 1);
    const killed = follow(facts(membership, status(three, ["3"])));
    expect(killed?.taken).toEqual({
      kill: "2 of 3 voters healthy: the cluster goes on, and cannot lose any more.",
    });
    const recovered = follow(
      facts(membership, status(three, ["3"])),
      facts(membership, status(three, ["2", "3"])),
      facts(membership, status(three, [])),
    );
    expect(Object.keys(recovered?.taken ?? {}).sort()).toEqual(["kill", "start", "stop"]);
  });

  it("ticks no recovery before quorum was lost", () => {
    const membership = view(three, [], 1);
    const progress = follow(facts(membership, status(three, ["3"])), facts(membership, status(three, [])));
    expect(progress?.taken.start).toBeUndefined();
  });

  it("learns nothing from a status that is not fresh", () => {
    expect(follow(facts(view(three, [], 1), status(three, ["3"], 6000)))?.taken).toEqual({});
  });

  it("keeps the first sentence of a step and begins anew in another epoch", () => {
    const once = facts(view(three, ["4"], 2), status(three, []));
    const twice = facts(view(three, ["4", "5"], 3), status(three, []));
    expect(follow(once, twice)?.taken.add).toBe("It has no vote: quorum is still 2 of 3.");
    expect(follow(once, facts(view(three, [], 1, "e2"), status(three, [])))).toEqual({
      epoch: "e2",
      taken: {},
    });
  });
});
