import type { LocalProcess } from "../../../protocol/machine";
import type { ChangeInProgress, ClusterStatus, MemberStatus } from "../../../protocol/status";
import type {
  ChangeInProgress as EngineChange,
  EngineStatus,
  MemberRecord,
  MemberReport,
  PeerView,
} from "../../engine/types";
import type { NodeId } from "../../raft/types";
import { factAgeOf } from "./fact_age";
import { healthOf, lagOf, promotableOf } from "./health";
import { toMemberId, toMemberIds } from "./ids";
import { leadershipOf } from "./leadership";
import { toGuidedPlan } from "./plans";

/** Up to this many members everyone's own lists are told; beyond, only of so many that hold another view, the oldest first. */
const LISTS_TOLD_MAX = 64;
const OTHERS_TOLD_MAX = 8;

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
    members: toMembers(status, processes),
    factAgeMs: factAgeOf(status),
    self: {
      id: toMemberId(status.nodeId),
      name: status.name,
      standing: status.standing === "failed" ? "member" : status.standing,
      index: status.removedAt ?? null,
    },
    lastLogIndex: status.reportedBy?.asLeader === true ? status.lastIndex : null,
    appliedIndex: status.appliedIndex,
    loopbackOnly: isLoopbackOnly(status.members),
    refusals: status.refusals,
    plans: status.plans.map(toGuidedPlan),
    notices: [],
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

/** Everything there is to look up while members are described. */
interface Facts {
  readonly status: EngineStatus;
  /** Undefined where the reporter is this node and it takes part no more: it hears nobody, and that says nothing. */
  readonly reportedBy: EngineStatus["reportedBy"];
  readonly reporterName: string;
  readonly voters: ReadonlySet<NodeId>;
  readonly reports: ReadonlyMap<NodeId, MemberReport>;
  readonly views: ReadonlyMap<NodeId, PeerView>;
  /** Those among them whose lists are told. */
  readonly told: ReadonlySet<PeerView>;
  readonly processes: ReadonlyMap<string, LocalProcess>;
}

function toMembers(status: EngineStatus, processes: readonly LocalProcess[]): MemberStatus[] {
  const { membership, standing, nodeId } = status;
  const deaf = standing !== "member" && status.reportedBy?.id === nodeId;
  const facts: Facts = {
    status,
    reportedBy: deaf ? undefined : status.reportedBy,
    reporterName: reporterNameOf(status),
    voters: new Set(membership.members),
    reports: new Map(status.reports.map((report) => [report.id, report])),
    views: new Map(status.views.map((view) => [view.id, view])),
    told: toldViews(status),
    processes: new Map(processes.map((process) => [process.id, process])),
  };
  return status.members.map((record) => toMemberStatus(record, facts));
}

function toMemberStatus(record: MemberRecord, facts: Facts): MemberStatus {
  const { status, reportedBy } = facts;
  const id = toMemberId(record.id);
  const report = facts.reports.get(record.id);
  const view = facts.views.get(record.id);
  const role = facts.voters.has(record.id) ? "voter" : "learner";
  const health = healthOf({
    record,
    report,
    reportedBy,
    reporterName: facts.reporterName,
    removed: record.id === status.nodeId && status.standing === "removed",
    process: facts.processes.get(id),
  });
  return {
    id,
    name: record.name,
    role,
    address: record.address,
    console: status.consoles.get(record.id) ?? null,
    health,
    lag: lagOf(report, health),
    ratePerSecond: report?.ratePerSecond ?? null,
    lastContactMs: report?.lastContactMs ?? null,
    promotable: promotableOf(role, report, reportedBy),
    ownView: view === undefined ? null : toOwnView(view, facts),
    facts: [],
  };
}

/** Lists as long as the whole membership, from every member, would grow with its square: in a large cluster few are told. */
function toOwnView(view: PeerView, { told, status }: Facts): NonNullable<MemberStatus["ownView"]> {
  const { committedIndex, members, learners, leader, term, ageMs } = view;
  const said = { committedIndex, leader: leader === undefined ? null : toMemberId(leader), term, ageMs };
  if (members === undefined || learners === undefined)
    return { ...said, lists: "unknown", members: [], learners: [] };
  if (told.has(view)) return { ...said, members: toMemberIds(members), learners: toMemberIds(learners) };
  const lists = isSame(view, status.membership) ? "same" : "past";
  return { ...said, lists, members: [], learners: [] };
}

function isSame({ members, learners }: PeerView, own: EngineStatus["membership"]): boolean {
  return members === own.members && learners === own.learners;
}

/** The views whose lists are told: everyone's in a small cluster, else a few of those that differ. */
function toldViews({ views, membership }: EngineStatus): ReadonlySet<PeerView> {
  if (membership.members.length + membership.learners.length <= LISTS_TOLD_MAX) return new Set(views);
  const others = views.filter((view) => view.members !== undefined && !isSame(view, membership));
  return new Set(others.sort((a, b) => a.committedIndex - b.committedIndex).slice(0, OTHERS_TOLD_MAX));
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
