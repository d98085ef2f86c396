import type { MemberHealth, MemberStatus } from "../../../protocol/status";
import type { EndpointReport } from "./endpoint_poll";
import type { EtcdMember } from "./member";

/** A member that answered this long ago (ms) at most counts as healthy. */
export const HEALTHY_WITHIN_MS = 3000;
/** Calls in a row that nobody took up, after which a member is down even if it answered a moment ago. */
const REFUSALS_MIN = 2;
/** A learner that lacks more entries than this is told to be catching up. */
const CAUGHT_UP_ENTRIES = 100;

/** What a member's health is told from. */
export interface HealthInput {
  readonly member: EtcdMember;
  readonly report: EndpointReport | undefined;
  /** On the clock of the report. */
  readonly now: number;
  /** The voters agree on a leader, so that a member that knows of none is cut off. */
  readonly hasLeader: boolean;
  readonly lag: MemberStatus["lag"];
  /** The leader sends it a snapshot. */
  readonly receivesSnapshot: boolean;
}

/** Whether a member's own word is fresh enough to count. */
export function isFresh(report: EndpointReport | undefined, now: number): boolean {
  if (report?.self === undefined || now - report.self.at > HEALTHY_WITHIN_MS) return false;
  return report.fault?.kind !== "unreachable" || report.failures < REFUSALS_MIN;
}

/**
 * How a member is doing: healthy if it answers this console, and knows the leader if there is one. That this console is not
 * let in, or cannot agree on TLS, says nothing about the member.
 */
export function healthOf(input: HealthInput): MemberHealth {
  const { member, report, now, lag } = input;
  const source = sourceOf(report, now);
  const sinceMs = report?.since === undefined ? null : now - report.since;
  if (member.name === "" && report?.self === undefined) {
    return { state: "down", word: "Not started", sinceMs: null, source: source ?? memberList };
  }
  if (isFresh(report, now)) {
    const cutOff = input.hasLeader && report?.self?.value.leader === null;
    if (cutOff) return { state: "down", word: "Unreachable", sinceMs: null, source };
    if (input.receivesSnapshot) return { state: "healthy", word: "Receiving snapshot", sinceMs, source };
    const behind = member.isLearner && (lag?.entries ?? 0) > CAUGHT_UP_ENTRIES;
    return { state: "healthy", word: behind ? "Catching up" : "Healthy", sinceMs, source };
  }
  switch (report?.fault?.kind) {
    case "not-allowed":
      return { state: "unknown", word: "Not allowed", sinceMs, source };
    case "tls":
    case "foreign":
      return { state: "unknown", word: "Cannot connect", sinceMs, source };
    case undefined:
      // Without a report there is no endpoint to ask, now or later; otherwise the first answer is on its way.
      return {
        state: "unknown",
        word: "Unknown",
        sinceMs: null,
        source: report === undefined ? memberList : null,
      };
    default:
      return { state: "down", word: "Unreachable", sinceMs, source };
  }
}

const memberList = { by: "the member list", ageMs: 0 };

/** Health is this console's own finding; its age is that of the last answer, or of nothing where there never was one. */
function sourceOf(report: EndpointReport | undefined, now: number): MemberHealth["source"] {
  if (report === undefined) return null;
  if (report.self !== undefined && report.fault === undefined) {
    return { by: "this console", ageMs: now - report.self.at };
  }
  return report.since === undefined ? null : { by: "this console", ageMs: 0 };
}
