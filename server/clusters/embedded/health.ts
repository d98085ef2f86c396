import type { LocalProcess } from "../../../protocol/machine";
import type { MemberHealth, MemberStatus } from "../../../protocol/status";
import type { EngineStatus, MemberRecord, MemberReport } from "../../engine/types";

/** A member counts as healthy while it was heard from within this time (ms); a report older than that shows nobody healthy. */
export const HEALTHY_WITHIN_MS = 3000;
/** Entries behind the leader up to which a member counts as caught up; also the engine's limit for promotion. */
export const CAUGHT_UP_ENTRIES = 100;

/** What is known of one member, and by whom. */
export interface HealthInput {
  readonly record: MemberRecord;
  readonly report: MemberReport | undefined;
  readonly reportedBy: EngineStatus["reportedBy"];
  readonly reporterName: string;
  /** The member is this node, and it was removed. */
  readonly removed: boolean;
  /** The process of this machine that runs the member, if this console runs it. */
  readonly process: LocalProcess | undefined;
}

/**
 * How a member is doing. Only what the reporter says counts towards quorum; the word says more: a member that is down and whose
 * process was stopped or frozen here is called so, and one that never said hello has not been started.
 */
export function healthOf(input: HealthInput): MemberHealth {
  const { report, reportedBy } = input;
  if (input.removed) return { state: "down", word: "Removed", sinceMs: null, source: thisNode };
  if (report === undefined || reportedBy === undefined || reportedBy.ageMs > HEALTHY_WITHIN_MS) {
    return { state: "unknown", word: "Unknown", sinceMs: null, source: null };
  }
  const source = { by: input.reporterName, ageMs: reportedBy.ageMs };
  const sinceMs = report.healthForMs ?? null;
  if (report.health === "healthy") return { state: "healthy", word: healthyWord(report), sinceMs, source };
  return { state: report.health, word: absentWord(report, input), sinceMs, source };
}

function absentWord(report: MemberReport, { record, process }: HealthInput): MemberHealth["word"] {
  const local = localWord(process);
  if (local !== undefined) return local;
  if (report.lastContactMs === undefined && record.uuid === "") return "Not started";
  return report.health === "down" ? "Unreachable" : "Unknown";
}

const thisNode = { by: "this node", ageMs: 0 };

function healthyWord(report: MemberReport): MemberHealth["word"] {
  if (report.progress === "snapshot") return "Receiving snapshot";
  return (report.lag ?? 0) > CAUGHT_UP_ENTRIES ? "Catching up" : "Healthy";
}

/** Only what somebody did on purpose: a process that crashed or was killed is a member that cannot be reached. */
function localWord(process: LocalProcess | undefined): "Stopped" | "Frozen" | undefined {
  if (process?.state === "exited" && process.exit === "code 0") return "Stopped";
  return process?.state === "frozen" ? "Frozen" : undefined;
}

/** How far a member is behind: current while it is healthy, last known otherwise; null when nobody knows. */
export function lagOf(report: MemberReport | undefined, health: MemberHealth): MemberStatus["lag"] {
  if (report?.lag === undefined) return null;
  return { entries: report.lag, current: health.state === "healthy" };
}

/** Whether the engine's own gate would let a learner vote now; null for a voter, or while no leader has said. */
export function promotableOf(
  role: MemberStatus["role"],
  report: MemberReport | undefined,
  reportedBy: EngineStatus["reportedBy"],
): MemberStatus["promotable"] {
  if (role === "voter" || report === undefined || reportedBy?.asLeader !== true) return null;
  return report.promotionBlocked === undefined
    ? { ok: true }
    : { ok: false, reason: report.promotionBlocked };
}
