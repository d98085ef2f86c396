import type { LocalProcess } from "../../../protocol/machine";
import type { ChangeInProgress, ClusterStatus, MemberStatus } from "../../../protocol/status";
import type { ChangeInProgress as EngineChange, EngineStatus, MemberRecord } from "../../engine/types";
import { factAgeOf } from "./fact_age";
import { healthOf, lagOf, promotableOf } from "./health";
import { toMemberId, toMemberIds } from "./ids";
import { leadershipOf } from "./leadership";

/** The epoch of an embedded cluster: the beginning of its replicated id, the same on every node, never a boot id. */
export function epochOf(clusterId: string): string {
  const short = clusterId.replace(/[^A-Za-z0-9]/g, "").slice(0, 8);
  return short === "" ? "embedded" : short;
}

/** What the engine says, as the console tells it. `processes`: those of members that this console runs on this machine. */
export function toClusterStatus(
  status: EngineStatus,
  processes: readonly LocalProcess[] = [],
): ClusterStatus {
  const { configuration } = status;
  return {
    epoch: epochOf(status.clusterId),
    committedIndex: status.membership.committedIndex,
    leadership: leadershipOf(status),
    configuration: {
      incoming: toMemberIds(configuration.incoming),
      outgoing: toMemberIds(configuration.outgoing),
      learners: toMemberIds(configuration.learners),
      learnersNext: toMemberIds(configuration.learnersNext),
      autoLeave: configuration.autoLeave,
    },
    changeInProgress: toWireProgress(status.changeInProgress) ?? null,
    members: status.members.map((record) => toMemberStatus(record, status, processes)),
    factAgeMs: factAgeOf(status),
    self: {
      id: toMemberId(status.nodeId),
      name: status.name,
      standing: status.standing === "failed" ? "member" : status.standing,
      index: status.removedAt ?? null,
    },
    lastLogIndex: status.isLeader ? status.lastIndex : null,
    appliedIndex: status.appliedIndex,
    loopbackOnly: isLoopbackOnly(status.members),
  };
}

/** The change under way on the wire; several at once are one joint change. */
export function toWireProgress(change: EngineChange | undefined): ChangeInProgress | undefined {
  if (change === undefined) return undefined;
  const [first] = change.changes;
  return {
    kind: change.changes.length === 1 && first !== undefined ? first.kind : "joint",
    members: change.changes.map((one) => toMemberId(one.id)),
    actor: change.actor,
    sinceMs: change.sinceMs,
    requestId: change.requestId,
  };
}

function toMemberStatus(
  record: MemberRecord,
  status: EngineStatus,
  processes: readonly LocalProcess[],
): MemberStatus {
  const id = toMemberId(record.id);
  const report = status.reports.find((one) => one.id === record.id);
  const view = status.views.find((one) => one.id === record.id);
  const role = status.membership.members.includes(record.id) ? "voter" : "learner";
  const health = healthOf({
    record,
    report,
    reportedBy: status.reportedBy,
    reporterName: reporterNameOf(status),
    removed: record.id === status.nodeId && status.standing === "removed",
    process: processes.find((one) => one.id === id),
  });
  return {
    id,
    name: record.name,
    role,
    address: record.address,
    console: view === undefined || view.console === "" ? null : view.console,
    health,
    lag: lagOf(report, health),
    ratePerSecond: report?.ratePerSecond ?? null,
    lastContactMs: report?.lastContactMs ?? null,
    promotable: promotableOf(role, report, status.reportedBy),
    ownView:
      view === undefined
        ? null
        : {
            committedIndex: view.committedIndex,
            members: toMemberIds(view.members),
            learners: toMemberIds(view.learners),
            leader: view.leader === undefined ? null : toMemberId(view.leader),
            term: view.term,
            ageMs: view.ageMs,
          },
  };
}

function reporterNameOf(status: EngineStatus): string {
  const { reportedBy } = status;
  if (reportedBy === undefined) return "this node";
  const name = status.members.find((member) => member.id === reportedBy.id)?.name ?? `id ${reportedBy.id}`;
  if (reportedBy.asLeader) return `leader ${name}`;
  return reportedBy.id === status.nodeId ? "this node" : name;
}

function isLoopbackOnly(members: readonly MemberRecord[]): boolean {
  return members.length > 0 && members.every((member) => isLoopback(member.address));
}

/** Whether an address (host:port) can only be reached from the machine it is on. */
export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(":"));
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
