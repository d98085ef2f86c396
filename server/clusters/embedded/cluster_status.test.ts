import { describe, expect, it } from "vitest";
import type { LocalProcess } from "../../../protocol/machine";
import { clusterStatusSchema } from "../../../protocol/status";
import type { EngineStatus, MemberReport } from "../../engine/types";
import { engineStatus, report, view } from "../testing/engine_status";
import { epochOf, isLoopback, toClusterStatus } from "./cluster_status";

function process(id: string, state: LocalProcess["state"], exit: string | null = null): LocalProcess {
  return {
    id,
    name: `n${id}`,
    state,
    pid: null,
    sinceMs: 0,
    exit,
    console: null,
    servesPage: false,
    member: true,
  };
}

describe("health", () => {
  function wordOf(
    change: Partial<MemberReport>,
    status: Partial<EngineStatus> = {},
    processes: LocalProcess[] = [],
  ) {
    const reports = [report(1), report(2), report(3, change)];
    const { health } = toClusterStatus(engineStatus({ reports, ...status }), processes).members[2] ?? {};
    return [health?.state, health?.word];
  }
  const down = { health: "down", lastContactMs: 72_000 } as const;

  it("has a word for each way a member can be", () => {
    expect(wordOf({})).toEqual(["healthy", "Healthy"]);
    expect(wordOf({ lag: 100 })).toEqual(["healthy", "Healthy"]);
    expect(wordOf({ lag: 101 })).toEqual(["healthy", "Catching up"]);
    expect(wordOf({ lag: 5000, progress: "snapshot" })).toEqual(["healthy", "Receiving snapshot"]);
    expect(wordOf(down)).toEqual(["down", "Unreachable"]);
    expect(wordOf({ health: "unknown", lastContactMs: undefined })).toEqual(["unknown", "Unknown"]);
    expect(wordOf(down, {}, [process("3", "exited", "code 0")])).toEqual(["down", "Stopped"]);
    expect(wordOf(down, {}, [process("3", "exited", "SIGKILL")])).toEqual(["down", "Unreachable"]);
    expect(wordOf(down, {}, [process("3", "frozen")])).toEqual(["down", "Frozen"]);
  });

  it("follows who reports, not what the process table says of a healthy member", () => {
    expect(wordOf({}, {}, [process("3", "frozen")])).toEqual(["healthy", "Healthy"]);
  });

  it("is unknown where nobody reports, or nobody lately", () => {
    expect(wordOf({}, { reportedBy: undefined })).toEqual(["unknown", "Unknown"]);
    expect(wordOf({}, { reportedBy: { id: 2, asLeader: true, ageMs: 3001 } })).toEqual([
      "unknown",
      "Unknown",
    ]);
    expect(wordOf({}, { reports: [] })).toEqual(["unknown", "Unknown"]);
  });

  it("calls a member that never said hello not started", () => {
    const members = engineStatus().members.map((member) => ({
      ...member,
      uuid: member.id === 3 ? "" : member.uuid,
    }));
    expect(wordOf({ health: "down", lastContactMs: undefined }, { members })).toEqual([
      "down",
      "Not started",
    ]);
    expect(wordOf(down, { members })).toEqual(["down", "Unreachable"]);
  });

  it("names its source", () => {
    const sourceOf = (status: Partial<EngineStatus>) =>
      toClusterStatus(engineStatus(status)).members[2]?.health.source;
    expect(sourceOf({ reportedBy: { id: 2, asLeader: true, ageMs: 400 } })).toEqual({
      by: "leader n2",
      ageMs: 400,
    });
    expect(sourceOf({ reportedBy: { id: 1, asLeader: false, ageMs: 0 } })).toEqual({
      by: "this node",
      ageMs: 0,
    });
  });

  it("of a removed node's last view is unknown, its own is Removed", () => {
    const status = engineStatus({
      standing: "removed",
      removedAt: 41,
      reportedBy: { id: 1, asLeader: false, ageMs: 0 },
    });
    const { members, self } = toClusterStatus(status);
    expect(members.map(({ health }) => health.word)).toEqual(["Removed", "Unknown", "Unknown"]);
    expect(self).toEqual({ id: "1", name: "n1", standing: "removed", index: 41 });
  });

  it("keeps the last lag of a member that is down, marked as such", () => {
    const reports = [report(1), report(2), report(3, { ...down, lag: 7 })];
    const { members } = toClusterStatus(engineStatus({ reports }));
    expect(members.map(({ lag }) => lag?.current)).toEqual([true, true, false]);
  });
});

describe("leadership", () => {
  const leadershipOf = (status: Partial<EngineStatus>) => toClusterStatus(engineStatus(status)).leadership;

  it("counts the voters that answer, and those that name the leader", () => {
    expect(leadershipOf({})).toEqual({ id: "1", term: 2, answering: 3, agree: 3, noneForMs: null });
    const views = [view(1), view(2, { leader: undefined, term: 3 }), view(3, { ageMs: 3001 })];
    expect(leadershipOf({ views })).toEqual({ id: "1", term: 2, answering: 2, agree: 1, noneForMs: null });
  });

  it("takes the highest term in which somebody names a leader", () => {
    const views = [view(1), view(2), view(3, { leader: 3, term: 5 })];
    expect(leadershipOf({ views })).toMatchObject({ id: "3", term: 5, answering: 3, agree: 1 });
  });

  it("does not count a node that was removed, though its last view has it", () => {
    const removed = { standing: "removed", removedAt: 41, isLeader: false } as const;
    expect(leadershipOf(removed)).toMatchObject({ id: "1", answering: 2, agree: 2 });
  });

  it("does not count learners", () => {
    const membership = { members: [1, 2], learners: [3], committedIndex: 12 };
    expect(leadershipOf({ membership })).toMatchObject({ answering: 2, agree: 2 });
  });

  it("says for how long there has been none", () => {
    const views = [1, 2, 3].map((id) => view(id, { leader: undefined, term: id === 2 ? 4 : 3 }));
    const leader = { leader: undefined, term: 3 };
    expect(leadershipOf({ views, leader, isLeader: false, noLeaderForMs: 8000 })).toEqual({
      id: null,
      term: 4,
      answering: 3,
      agree: 0,
      noneForMs: 8000,
    });
  });

  it("passes on what a learner was told before any voter's view reached it", () => {
    const membership = { members: [2, 3], learners: [1], committedIndex: 12 };
    const leader = { leader: 2, term: 4 };
    expect(leadershipOf({ membership, leader, views: [view(1)] })).toMatchObject({
      id: "2",
      term: 4,
      answering: 0,
      agree: 0,
    });
  });
});

describe("the age of the newest fact", () => {
  const ageOf = (status: Partial<EngineStatus>) => toClusterStatus(engineStatus(status)).factAgeMs;
  const bySelf = { id: 1, asLeader: false, ageMs: 0 };
  const away = [
    report(1),
    report(2, { health: "down", lastContactMs: 42_000 }),
    report(3, { health: "down", lastContactMs: 50_000 }),
  ];
  const old = [view(1), view(2, { ageMs: 42_000 }), view(3, { ageMs: 50_000 })];

  it("is that of the newest word of a peer", () => {
    expect(ageOf({})).toBe(50);
    expect(ageOf({ reportedBy: { id: 2, asLeader: true, ageMs: 400 } })).toBe(200);
  });

  it("is 0 for the only voter: its log is the cluster", () => {
    const membership = { members: [1], learners: [2, 3], committedIndex: 12 };
    expect(ageOf({ membership, reports: away, views: old })).toBe(0);
  });

  it("is that of its own asking for a voter without a leader, so that lost reads lost", () => {
    expect(ageOf({ isLeader: false, reportedBy: bySelf, reports: away, views: old })).toBe(0);
  });

  it("does not count a leader's own words to itself", () => {
    expect(ageOf({ reports: away, views: old })).toBe(42_000);
  });

  it("grows for a node without a vote that nobody speaks to", () => {
    const membership = { members: [2, 3], learners: [1], committedIndex: 12 };
    expect(ageOf({ isLeader: false, membership, reportedBy: bySelf, reports: away, views: old })).toBe(
      42_000,
    );
    expect(
      ageOf({ isLeader: false, standing: "removed", reportedBy: bySelf, reports: away, views: old }),
    ).toBe(42_000);
    expect(ageOf({ standing: "joining", reportedBy: bySelf, reports: [], views: [view(1)] })).toBeNull();
  });
});

describe("the status", () => {
  it("keeps both halves of a joint configuration, and the change that is under way", () => {
    const configuration = {
      incoming: [1, 4],
      outgoing: [1, 2, 3],
      learners: [],
      learnersNext: [3],
      autoLeave: true,
    };
    const changes = [
      { kind: "promote", id: 4 },
      { kind: "remove", id: 2 },
    ] as const;
    const changeInProgress = { requestId: "request-1", changes, actor: "root", sinceMs: 3000 };
    const status = clusterStatusSchema.parse(
      toClusterStatus(engineStatus({ configuration, changeInProgress })),
    );
    expect(status.configuration).toEqual({
      incoming: ["1", "4"],
      outgoing: ["1", "2", "3"],
      learners: [],
      learnersNext: ["3"],
      autoLeave: true,
    });
    expect(status.changeInProgress).toEqual({
      kind: "joint",
      members: ["4", "2"],
      actor: "root",
      sinceMs: 3000,
      requestId: "request-1",
    });
  });

  it("says the last log index only as a leader does", () => {
    expect(toClusterStatus(engineStatus()).lastLogIndex).toBe(21);
    expect(
      toClusterStatus(engineStatus({ reportedBy: { id: 1, asLeader: false, ageMs: 0 } })).lastLogIndex,
    ).toBeNull();
  });

  it("tells of a learner whether it may vote, and why not", () => {
    const membership = { members: [1, 2], learners: [3], committedIndex: 12 };
    const promotableOf = (change: Partial<MemberReport>) => {
      const reports = [report(1), report(2), report(3, change)];
      return toClusterStatus(engineStatus({ membership, reports })).members[2]?.promotable;
    };
    expect(promotableOf({})).toEqual({ ok: true });
    expect(promotableOf({ promotionBlocked: "120 entries behind" })).toEqual({
      ok: false,
      reason: "120 entries behind",
    });
    expect(toClusterStatus(engineStatus()).members[2]?.promotable).toBeNull();
  });

  it("does not grow with the square of the membership", () => {
    const ids = Array.from({ length: 300 }, (_, n) => n + 1);
    const membership = { members: [1, 2, 3], learners: ids.slice(3), committedIndex: 12 };
    const members = ids.map((id) => ({ id, name: `n${id}`, address: `127.0.0.1:${id}`, uuid: "" }));
    const { members: voters, learners } = membership;
    const views = ids.map((id) =>
      id === 299
        ? view(id, { committedIndex: 3, members: [1, 2], learners: [] })
        : id === 298
          ? view(id, { committedIndex: 14, members: undefined, learners: undefined })
          : view(id, { members: voters, learners }),
    );
    const shown = toClusterStatus(engineStatus({ membership, members, views })).members;
    expect(shown.filter(({ ownView }) => ownView?.lists === "same")).toHaveLength(298);
    expect(shown[298]?.ownView).toMatchObject({ committedIndex: 3, members: ["1", "2"], learners: [] });
    expect(shown[298]?.ownView?.lists).toBeUndefined();
    expect(shown[297]?.ownView).toMatchObject({ committedIndex: 14, lists: "unknown", members: [] });
    const told = shown.reduce((sum, { ownView }) => sum + (ownView?.members.length ?? 0), 0);
    expect(told).toBe(2);
  });

  it("names every member's console, also of one whose view is not passed on or not heard yet", () => {
    const ids = Array.from({ length: 300 }, (_, n) => n + 1);
    const membership = { members: [1, 2, 3], learners: ids.slice(3), committedIndex: 12 };
    const members = ids.map((id) => ({ id, name: `n${id}`, address: `127.0.0.1:${id}`, uuid: "" }));
    const consoles = new Map(ids.slice(0, 299).map((id) => [id, `http://127.0.0.1:${7000 + id}`]));
    const views = ids.slice(1).map((id) => view(id));
    const status = toClusterStatus(engineStatus({ membership, members, views, consoles }));
    expect(status.members.map(({ console }) => console)).toEqual([...consoles.values(), null]);
  });

  it("knows addresses that only this machine can reach", () => {
    expect(["127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"].every(isLoopback)).toBe(true);
    expect(["10.0.0.1:1", "127.0.0.1.example:1", "n1:1", "[::2]:1"].some(isLoopback)).toBe(false);
  });

  it("has an epoch that stands in a fence", () => {
    expect(epochOf("0f8fad5b-d9cb-469f-a165-70867728950e")).toBe("0f8fad5b");
    expect(epochOf('":: "')).toBe("embedded");
  });
});
