import type { ChangeInProgress, ClusterStatus, Fact, MemberStatus, Notice } from "../../../protocol/status";
import { isLoopback } from "../embedded/cluster_status";
import { nodeAddress } from "./address";
import { healthOf } from "./health";
import { type Agreement, toLeadership } from "./leadership";
import type { LearnerOutlook } from "./learner_waits";
import type { NodeLink, NodeRecord } from "./node_link";
import type { NodeRestart, NodeView } from "./node_views";

/** One member and everything this console knows of it. */
export interface KnownMember {
  readonly id: number;
  readonly role: "voter" | "learner";
  /** Undefined while no voter tells of it. */
  readonly record: NodeRecord | undefined;
  readonly link: NodeLink | undefined;
  readonly answering: boolean;
  readonly view: NodeView | undefined;
  /** Whether its view is the cluster's, or about to be. */
  readonly follows: boolean;
  readonly restart: NodeRestart | undefined;
  /** For promotable learners. */
  readonly outlook: LearnerOutlook | undefined;
}

export interface StatusInput {
  readonly epoch: string;
  readonly committedIndex: number;
  readonly view: NodeView;
  readonly agreement: Agreement;
  readonly noLeaderForMs: number;
  readonly members: readonly KnownMember[];
  readonly changeInProgress: ChangeInProgress | null;
  readonly refusals: number;
  readonly notices: readonly Notice[];
  /** Ms on the console's clock. */
  readonly now: number;
}

/** What is known of a d-engine cluster, as the console tells it. */
export function toStatus(input: StatusInput): ClusterStatus {
  const { view, members, now } = input;
  const answeredAt = Math.max(...members.map(({ link }) => link?.answeredAt ?? Number.NEGATIVE_INFINITY));
  const addresses = members.flatMap(({ record, link }) => link?.address ?? record?.address ?? []);
  return {
    epoch: input.epoch,
    committedIndex: input.committedIndex,
    leadership: toLeadership(input.agreement, input.noLeaderForMs),
    configuration: {
      incoming: view.members.map(String),
      outgoing: [],
      learners: view.learners.map(String),
      learnersNext: [],
      autoLeave: false,
    },
    changeInProgress: input.changeInProgress,
    members: members.map((member) => toMember(member, input.agreement, now)),
    factAgeMs: Number.isFinite(answeredAt) ? now - answeredAt : null,
    self: null,
    lastLogIndex: null,
    appliedIndex: null,
    loopbackOnly: addresses.length > 0 && addresses.every(isLoopback),
    refusals: input.refusals,
    plans: [],
    notices: [...input.notices],
  };
}

function toMember(member: KnownMember, agreement: Agreement, now: number): MemberStatus {
  const { id, role, record, link, answering, outlook } = member;
  const dialled = link === undefined ? undefined : { ...pickDialled(link), answering };
  return {
    id: String(id),
    name: "",
    role,
    address: record === undefined ? (link?.address ?? "") : (nodeAddress(record.address) ?? record.address),
    console: null,
    health: healthOf(dialled, role, now),
    lag: null,
    ratePerSecond: null,
    lastContactMs: link?.answeredAt === undefined ? null : now - link.answeredAt,
    promotable: promotableOf(member),
    ownView: ownViewOf(member, agreement, now),
    facts: factsOf(member, outlook),
  };
}

function pickDialled({ answeredAt, answeringSince, fault, probed }: NodeLink) {
  return { answeredAt, answeringSince, fault, probed };
}

/** Never by hand: the reason says when d-engine does it. */
function promotableOf({ role, record, outlook }: KnownMember): MemberStatus["promotable"] {
  if (role === "voter" || record === undefined) return null;
  if (outlook !== undefined) return { ok: false, reason: outlook.reason };
  return { ok: false, reason: "It was added read-only: d-engine never promotes it." };
}

function ownViewOf(
  { id, link, view }: KnownMember,
  agreement: Agreement,
  now: number,
): MemberStatus["ownView"] {
  if (view === undefined || link?.viewedAt === undefined) return null;
  const leader = link.claim === undefined ? link.metadata?.leader : id;
  // Only a leader tells its term; whoever names it follows it in that one.
  const term = link.claim?.term ?? (leader !== undefined && leader === agreement.leader ? agreement.term : 0);
  return {
    committedIndex: view.committedIndex,
    members: view.members.map(String),
    learners: view.learners.map(String),
    leader: leader === undefined ? null : String(leader),
    term,
    ageMs: now - link.viewedAt,
  };
}

const kinds: Readonly<Record<number, string>> = { 1: "Promotable", 2: "Read-only" };

function factsOf({ role, record, link, restart }: KnownMember, outlook: LearnerOutlook | undefined): Fact[] {
  const plain = { tone: "plain", note: null, dueInMs: null } as const;
  const facts: Fact[] = [];
  const kind = kinds[record?.status ?? 0];
  if (role === "learner" && kind !== undefined)
    facts.push({ ...plain, label: "Kind of learner", value: kind });
  if (role === "learner" && outlook !== undefined) {
    facts.push({ ...plain, label: "Promotion", value: "automatic", note: outlook.reason });
  }
  if (outlook?.evictionInMs !== undefined) {
    const note =
      "d-engine's own 300 s, counted from when this console first saw it wait; it may come sooner.";
    const value = "unless another promotable learner joins";
    facts.push({ label: "Evicted by d-engine", value, note, tone: "warning", dueInMs: outlook.evictionInMs });
  }
  if (link?.fault?.kind === "not-ready") {
    const note = "It takes part once it reaches every voter of its configuration file.";
    facts.push({ ...plain, label: "Start", value: "waiting", note, tone: "warning" });
  }
  if (restart !== undefined) {
    const value = `epoch ${restart.epoch} of this node`;
    const note = `It restarted: its index fell from ${restart.fromIndex} to ${restart.toIndex}.`;
    facts.push({ ...plain, label: "Own epoch", value, note, tone: "warning" });
  }
  return facts;
}
