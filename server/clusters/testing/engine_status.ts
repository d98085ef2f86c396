import type { EngineStatus, MemberReport, PeerView } from "../../engine/types";

/** What n1, the healthy leader of n1, n2 and n3, says of its cluster. `change` is laid over it. */
export function engineStatus(change: Partial<EngineStatus> = {}): EngineStatus {
  const voters = [1, 2, 3];
  return {
    nodeId: 1,
    name: "n1",
    clusterId: "0f8fad5b-d9cb-469f-a165-70867728950e",
    standing: "member",
    removedAt: undefined,
    failure: undefined,
    isLeader: true,
    leader: { leader: 1, term: 2 },
    noLeaderForMs: undefined,
    membership: { members: voters, learners: [], committedIndex: 12 },
    sequence: 4,
    configuration: { incoming: voters, outgoing: [], learners: [], learnersNext: [], autoLeave: false },
    changeInProgress: undefined,
    members: voters.map((id) => ({ id, name: `n${id}`, address: `127.0.0.1:750${id}`, uuid: `uuid-${id}` })),
    reportedBy: { id: 1, asLeader: true, ageMs: 0 },
    reports: voters.map((id) => report(id)),
    views: voters.map((id) => view(id)),
    consoles: new Map(voters.map((id) => [id, `http://127.0.0.1:740${id}`])),
    appliedIndex: 20,
    commitIndex: 20,
    lastIndex: 21,
    refusals: 0,
    plans: [],
    ...change,
  };
}

/** A member that is healthy and caught up. */
export function report(id: number, change: Partial<MemberReport> = {}): MemberReport {
  return {
    id,
    health: "healthy",
    healthForMs: 60_000,
    lastContactMs: id === 1 ? 0 : 50,
    lag: 0,
    ratePerSecond: 0,
    progress: "replicate",
    promotionBlocked: undefined,
    ...change,
  };
}

/** What a node says of itself that agrees with n1. */
export function view(id: number, change: Partial<PeerView> = {}): PeerView {
  return {
    id,
    committedIndex: 12,
    members: [1, 2, 3],
    learners: [],
    leader: 1,
    term: 2,
    ageMs: id === 1 ? 0 : 200,
    ...change,
  };
}
