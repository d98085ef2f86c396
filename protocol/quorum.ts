import type { MemberId } from "./membership";
import type { Configuration, MemberHealth, MemberStatus } from "./status";

/** What counts towards quorum: healthy, down, or nobody could tell. */
export type HealthState = MemberHealth["state"];

/** Votes needed to commit or elect with `voters` voters (Raft section 3.4): floor(V / 2) + 1; 1 for none. */
export function quorumSize(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** Voters that may fail, by design, with all of them healthy: V - q(V), never below 0. */
export function tolerance(voters: number): number {
  return Math.max(0, voters - quorumSize(voters));
}

/** One list of voters that must reach its own quorum, judged by the health of its members. */
export interface HalfAssessment {
  readonly half: "incoming" | "outgoing";
  readonly ids: readonly MemberId[];
  readonly voters: number;
  readonly healthy: number;
  readonly down: number;
  readonly unknown: number;
  readonly quorum: number;
  /** Healthy voters beyond quorum now; negative when they are short of it. */
  readonly toleranceNow: number;
  /** Voters that may fail when all are healthy. */
  readonly toleranceDesigned: number;
}

/** Both halves of a joint configuration, or the only one; and the half that decides what may be said. */
export interface ConfigurationAssessment {
  readonly joint: boolean;
  readonly halves: readonly HalfAssessment[];
  readonly worse: HalfAssessment;
}

/** How a list of voters stands, from best to worst. `unsure`: it depends on voters nobody could ask. */
export type Standing = "full" | "degraded" | "at-limit" | "unsure" | "lost";

const standings: readonly Standing[] = ["full", "degraded", "at-limit", "unsure", "lost"];

/** Judges one half. A list without voters is `unsure`: such a node knows no cluster yet. */
export function standingOf(half: HalfAssessment): Standing {
  if (half.voters === 0) return "unsure";
  if (half.healthy + half.unknown < half.quorum) return "lost";
  if (half.healthy < half.quorum) return "unsure";
  if (half.healthy === half.quorum) return "at-limit";
  return half.healthy < half.voters ? "degraded" : "full";
}

/** Counts one list of voters by health. Repeated ids count once. */
export function assessHalf(
  half: HalfAssessment["half"],
  voters: readonly MemberId[],
  health: (id: MemberId) => HealthState,
): HalfAssessment {
  const ids = [...new Set(voters)];
  const states = ids.map(health);
  const healthy = states.filter((state) => state === "healthy").length;
  const unknown = states.filter((state) => state === "unknown").length;
  const quorum = quorumSize(ids.length);
  return {
    half,
    ids,
    voters: ids.length,
    healthy,
    down: ids.length - healthy - unknown,
    unknown,
    quorum,
    toleranceNow: healthy - quorum,
    toleranceDesigned: tolerance(ids.length),
  };
}

function worseOf(a: HalfAssessment, b: HalfAssessment): HalfAssessment {
  const byStanding = standings.indexOf(standingOf(b)) - standings.indexOf(standingOf(a));
  if (byStanding !== 0) return byStanding > 0 ? b : a;
  return b.toleranceNow < a.toleranceNow ? b : a;
}

/**
 * Judges a configuration, both halves when joint: the union of {1,2,3} and {1,4,5} suggests a quorum of 3, but each half
 * needs its own. On equal footing the incoming half is the one shown.
 */
export function assessConfiguration(
  config: Pick<Configuration, "incoming" | "outgoing">,
  health: (id: MemberId) => HealthState,
): ConfigurationAssessment {
  const incoming = assessHalf("incoming", config.incoming, health);
  if (config.outgoing.length === 0) return { joint: false, halves: [incoming], worse: incoming };
  const outgoing = assessHalf("outgoing", config.outgoing, health);
  return { joint: true, halves: [outgoing, incoming], worse: worseOf(incoming, outgoing) };
}

/** Members by their id, worked out once for each list: a status never changes, and is asked many times. */
const indexed = new WeakMap<readonly MemberStatus[], ReadonlyMap<MemberId, MemberStatus>>();

/** The members of a status by their id. */
export function membersById(members: readonly MemberStatus[]): ReadonlyMap<MemberId, MemberStatus> {
  const known = indexed.get(members);
  if (known !== undefined) return known;
  const made = new Map(members.map((member) => [member.id, member]));
  indexed.set(members, made);
  return made;
}

/** Looks a member's health up; a member nobody reported is unknown. */
export function healthIn(members: readonly MemberStatus[]): (id: MemberId) => HealthState {
  const byId = membersById(members);
  return (id) => byId.get(id)?.health.state ?? "unknown";
}
