import type { MemberId, MembershipView } from "../../../protocol/membership";
import type {
  ChangeInProgress,
  ClusterStatus,
  Fact,
  GuidedPlan,
  Leadership,
  MemberStatus,
} from "../../../protocol/status";
import type { EndpointReport } from "./endpoint_poll";
import { factsOf, farBehindFacts } from "./facts";
import type { Fault } from "./fault";
import { healthOf, isFresh } from "./health";
import type { LeaderProgress } from "./leader_progress";
import { leadershipOf } from "./leadership";
import { type EtcdMember, hexId } from "./member";
import { noticesOf } from "./notices";
import type { KnownMembers } from "./observer";
import { promotableOf } from "./promotion_gate";
import { startCommand } from "./start_command";
import { isLoopback } from "./urls";

/** What a status is composed of. Times are on the observer's clock, ms. */
export interface StatusInput {
  readonly view: MembershipView;
  /** Views published in this epoch, newest last: what a member that is behind still holds. */
  readonly views: readonly MembershipView[];
  readonly known: KnownMembers | undefined;
  readonly reports: readonly EndpointReport[];
  readonly reportOf: (id: MemberId) => EndpointReport | undefined;
  readonly now: number;
  /** What the leader itself knows of the others' logs; undefined: it was not asked, or does not tell. */
  readonly progress: LeaderProgress | undefined;
  /** Since when no voter names a leader. */
  readonly leaderlessSince: number;
  readonly changeInProgress: ChangeInProgress | null;
  readonly plans: readonly GuidedPlan[];
  readonly removed: readonly Pick<EtcdMember, "id" | "name">[];
  /** Members whose endpoints this console does not ask, for the credentials' sake. */
  readonly unasked: readonly EtcdMember[];
  /** As many as the console's own record holds. */
  readonly refusals: number;
  /** Sentences of the console's own about its record of this cluster. */
  readonly trouble: string | undefined;
  /** Why the members cannot be read linearizably now; undefined: they can. */
  readonly blocked: Fault | undefined;
  /** The name a member that was not started yet is to have, where this console knows it. */
  readonly wishedName: (member: EtcdMember) => string | undefined;
}

/** Whom the answering voters take for leader. */
export function currentLeadership(
  input: Pick<StatusInput, "known" | "reportOf" | "now" | "leaderlessSince">,
): Leadership {
  const voters = (input.known?.members ?? []).filter(({ isLearner }) => !isLearner);
  const answering = voters.flatMap(({ id }) => {
    const report = input.reportOf(id);
    return report?.self !== undefined && isFresh(report, input.now) ? [report.self.value] : [];
  });
  return leadershipOf(answering, input.now - input.leaderlessSince);
}

/** What is known of a cluster, as the console tells it. */
export function composeStatus(input: StatusInput): ClusterStatus {
  const { view, known, now, reports } = input;
  const members = known?.members ?? [];
  const leadership = currentLeadership(input);
  const leader = leadership.id === null ? undefined : input.reportOf(leadership.id);
  const leaderIndex = isFresh(leader, now) ? leader?.self?.value.committedIndex : undefined;
  const answers = reports.flatMap(({ self }) => (self === undefined ? [] : [now - self.at]));
  const applied = reports.flatMap(({ self }) => (self === undefined ? [] : [self.value.appliedIndex]));
  const { members: voters, learners, committedIndex } = view.snapshot;
  return {
    epoch: view.epoch,
    committedIndex,
    leadership,
    configuration: { incoming: voters, outgoing: [], learners, learnersNext: [], autoLeave: false },
    changeInProgress: input.changeInProgress,
    members: members.map((member) => memberStatus(member, input, leadership, leaderIndex)),
    factAgeMs: answers.length === 0 ? null : Math.min(...answers),
    self: null,
    lastLogIndex: leaderIndex ?? null,
    appliedIndex: applied.length === 0 ? null : Math.max(...applied),
    loopbackOnly: members.length > 0 && members.every(({ peerUrls }) => peerUrls.every(isLoopback)),
    refusals: input.refusals,
    plans: [...input.plans],
    notices: noticesOf({
      members,
      clusterId: known?.clusterId ?? "0",
      reports,
      reportOf: input.reportOf,
      removed: input.removed,
      stale: known?.linearizable === false,
      trouble: input.trouble,
      blocked: input.blocked,
      unasked: input.unasked,
    }),
  };
}

function memberStatus(
  member: EtcdMember,
  input: StatusInput,
  leadership: Leadership,
  leaderIndex: number | undefined,
): MemberStatus {
  const { now } = input;
  const { id } = member;
  const report = input.reportOf(id);
  const hasLeader = leadership.id !== null;
  const wished = member.name === "" ? input.wishedName(member) : undefined;
  const name = member.name || (wished ?? "");
  const members = input.known?.members ?? [];
  // A leader that was asked and one that leads now may be two.
  const progress = input.progress?.leader === leadership.id ? input.progress : undefined;
  const known = progress?.members.get(id);
  const lag =
    member.isLearner && progress !== undefined && known !== undefined
      ? { entries: Math.max(0, progress.committedIndex - known.match), current: true }
      : lagOf(member, report, leadership, leaderIndex, now);
  const promotable = member.isLearner
    ? promotableOf({ learner: member, report, now, leaderIndex, progress, members })
    : null;
  return {
    id,
    name,
    role: member.isLearner ? "learner" : "voter",
    // All of them: who updates them starts from what stands there.
    address: member.peerUrls.join(","),
    console: null,
    health: healthOf({
      member,
      report,
      now,
      hasLeader,
      lag,
      receivesSnapshot: known?.receivesSnapshot === true,
    }),
    lag,
    ratePerSecond: rateOf(report, now),
    lastContactMs: report?.self === undefined ? null : now - report.self.at,
    promotable,
    ownView: ownViewOf(report, input),
    facts: [
      ...startFacts({ ...member, name }, members),
      ...farBehindFacts({ lag, promotable }),
      ...factsOf(member, report, hasLeader),
    ],
  };
}

/** How a member that was never started is started; absent where the command is too long for a fact. */
function startFacts(member: EtcdMember, members: readonly EtcdMember[]): Fact[] {
  if (member.clientUrls.length > 0) return [];
  const { id, peerUrls } = member;
  const name = member.name || `member-${hexId(id)}`;
  const value = startCommand({ name, id, peerUrls, members });
  if (value.length > FACT_LENGTH_MAX) return [];
  const note = "With exactly the members known now; etcd does not start with any other list.";
  return [{ label: "Start it with", value, note, tone: "plain", dueInMs: null }];
}

const FACT_LENGTH_MAX = 512;

/** Both ends are read at moments of their own, so a small lag under load is the time between them. */
function lagOf(
  { id }: EtcdMember,
  report: EndpointReport | undefined,
  leadership: Leadership,
  leaderIndex: number | undefined,
  now: number,
): MemberStatus["lag"] {
  const self = report?.self?.value;
  if (self === undefined || leaderIndex === undefined) return null;
  if (id === leadership.id) return { entries: 0, current: true };
  return { entries: Math.max(0, leaderIndex - self.appliedIndex), current: isFresh(report, now) };
}

/** Entries a second over the samples kept; null where they are too few or old. */
function rateOf(report: EndpointReport | undefined, now: number): number | null {
  const first = report?.applied[0];
  const last = report?.applied.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 500 || now - last.at > 5000)
    return null;
  return Math.max(0, ((last.index - first.index) * 1000) / (last.at - first.at));
}

/** A member does not tell the index of its configuration: it is that of the published view that says the same. */
function ownViewOf(report: EndpointReport | undefined, input: StatusInput): MemberStatus["ownView"] {
  if (report?.self === undefined || report.members === undefined) return null;
  const role = (isLearner: boolean) =>
    report.members?.value.filter((one) => one.isLearner === isLearner).map(({ id }) => id) ?? [];
  const members = ascending(role(false));
  const learners = ascending(role(true));
  const same = input.views.findLast(
    ({ snapshot }) =>
      ascending(snapshot.members).join() === members.join() &&
      ascending(snapshot.learners).join() === learners.join(),
  );
  const oldest = input.views[0]?.snapshot.committedIndex ?? 0;
  const { leader, term } = report.self.value;
  return {
    committedIndex: same?.snapshot.committedIndex ?? Math.max(0, oldest - 1),
    members,
    learners,
    leader,
    term,
    ageMs: input.now - report.members.at,
  };
}

function ascending(ids: readonly MemberId[]): MemberId[] {
  return [...ids].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}
