import { STALE_AFTER_MS } from "../../../protocol/frames";
import type { ClusterStatus, MemberStatus, Notice } from "../../../protocol/status";

/** Notices of one status, as its schema has it. */
const NOTICES_MAX = 64;

/** The status before any console answered. */
export const nothingKnown: ClusterStatus = {
  epoch: "none",
  committedIndex: 0,
  leadership: { id: null, term: 0, answering: 0, agree: 0, noneForMs: null },
  configuration: { incoming: [], outgoing: [], learners: [], learnersNext: [], autoLeave: false },
  changeInProgress: null,
  members: [],
  factAgeMs: null,
  self: null,
  lastLogIndex: null,
  appliedIndex: null,
  refusals: 0,
  loopbackOnly: false,
  plans: [],
  notices: [],
};

/**
 * What a node's console said `elapsedMs` ago, as this console tells it: nobody is "this node" here, every age is older by that, and
 * nobody is called healthy for what is known since too long. `cluster`: its name at its nodes' consoles. `notices` come first.
 */
export function relayedStatus(
  heard: ClusterStatus,
  cluster: string,
  elapsedMs: number,
  notices: readonly Notice[],
): ClusterStatus {
  const { leadership, changeInProgress, factAgeMs, self } = heard;
  const told = heard.members.map((member) => {
    const knownMs = (member.health.source?.ageMs ?? 0) + elapsedMs;
    return knownMs < STALE_AFTER_MS ? member : withoutVerdict(member);
  });
  return {
    ...heard,
    leadership: { ...leadership, noneForMs: older(leadership.noneForMs, elapsedMs) },
    changeInProgress: changeInProgress && {
      ...changeInProgress,
      sinceMs: changeInProgress.sinceMs + elapsedMs,
    },
    members: told.map((member) => ({
      ...olderMember(member, elapsedMs, self?.name ?? ""),
      console: member.console && namedConsole(member.console, cluster),
    })),
    factAgeMs: older(factAgeMs, elapsedMs),
    self: null,
    notices: [...notices, ...heard.notices].slice(0, NOTICES_MAX),
  };
}

function older(ageMs: number | null, elapsedMs: number): number | null {
  return ageMs === null ? null : ageMs + elapsedMs;
}

/** A node's own console, with the name it has for the cluster. */
function namedConsole(console: string, cluster: string): string | null {
  if (!URL.canParse(console)) return null;
  const url = new URL(console);
  url.searchParams.set("c", cluster);
  return url.href;
}

function withoutVerdict(member: MemberStatus): MemberStatus {
  const { lag } = member;
  return {
    ...member,
    health: { state: "unknown", word: "Unknown", sinceMs: null, source: null },
    lag: lag && { ...lag, current: false },
    promotable: null,
  };
}

function olderMember(member: MemberStatus, elapsedMs: number, node: string): MemberStatus {
  const { health, ownView } = member;
  const { source } = health;
  return {
    ...member,
    health: {
      ...health,
      sinceMs: older(health.sinceMs, elapsedMs),
      source: source && {
        by: source.by === "this node" ? node : source.by,
        ageMs: source.ageMs + elapsedMs,
      },
    },
    lastContactMs: older(member.lastContactMs, elapsedMs),
    ownView: ownView && { ...ownView, ageMs: ownView.ageMs + elapsedMs },
  };
}
