import { diffMembership, type MemberDiff } from "./diff";
import { STALE_AFTER_MS } from "./frames";
import type { MemberId, MembershipSnapshot } from "./membership";
import type { ClusterStatus, MemberStatus } from "./status";
import { formatDuration, listWords, namesOf, plural } from "./words";

/** One node's own view beside the newest one. */
export interface NodeView {
  readonly id: MemberId;
  readonly name: string;
  readonly role: MemberStatus["role"];
  /** What it said of itself; null: nothing was ever heard, or the cluster is too large to ask everybody. */
  readonly view: MemberStatus["ownView"];
  /** Since it said so, ms. */
  readonly ageMs: number | null;
  /** It said so lately: under 5 s ago. */
  readonly heard: boolean;
  /** Its committed index is below the newest, or its configuration is another. */
  readonly old: boolean;
  /** It takes another node for leader than the voters agree on, or is of an older term. */
  readonly otherLeader: boolean;
  /** What happened between its view and the newest. */
  readonly misses: readonly MemberDiff[];
}

/** All nodes' own views of the membership side by side. */
export interface ViewAgreement {
  /** Nobody is known to hold another view, among those silent by now too. */
  readonly agree: boolean;
  readonly newest: MembershipSnapshot;
  /** In the order of the status. */
  readonly nodes: readonly NodeView[];
  /** In one sentence. */
  readonly sentence: string;
}

/** Names in a sentence; more are counted. */
const NAMED_MAX = 4;

function snapshotOf(view: NonNullable<MemberStatus["ownView"]>): MembershipSnapshot {
  const { members, learners, committedIndex } = view;
  return { members, learners, committedIndex };
}

/** The newest view anybody holds; the one of this console's node is no better than another's. */
function newestOf(status: ClusterStatus): MembershipSnapshot {
  const { configuration, committedIndex } = status;
  let newest: MembershipSnapshot = {
    members: [...new Set([...configuration.incoming, ...configuration.outgoing])],
    learners: configuration.learners,
    committedIndex,
  };
  for (const { ownView } of status.members) {
    if (ownView !== null && ownView.committedIndex > newest.committedIndex) newest = snapshotOf(ownView);
  }
  return newest;
}

/** Compares what every node says of itself. `elapsedMs`: time since the status was composed. */
export function viewAgreement(status: ClusterStatus, elapsedMs = 0): ViewAgreement {
  const newest = newestOf(status);
  const nameOf = namesOf(status.members);
  const { id: leader, term } = status.leadership;
  const nodes = status.members.map((member): NodeView => {
    const { id, role, ownView: view } = member;
    const ageMs = view === null ? null : view.ageMs + elapsedMs;
    const heard = ageMs !== null && ageMs < STALE_AFTER_MS;
    const misses = view === null ? [] : diffMembership(snapshotOf(view), newest);
    return {
      id,
      name: nameOf(id),
      role,
      view,
      ageMs,
      heard,
      old: view !== null && (view.committedIndex < newest.committedIndex || misses.length > 0),
      otherLeader: heard && view !== null && leader !== null && (view.leader !== leader || view.term < term),
      misses,
    };
  });
  const agree = nodes.every(({ old, otherLeader }) => !old && !otherLeader);
  return { agree, newest, nodes, sentence: sentenceOf(nodes, newest) };
}

function named(nodes: readonly NodeView[]): string {
  const shown = nodes.slice(0, NAMED_MAX).map(({ name }) => name);
  const more = nodes.length - shown.length;
  return listWords(more === 0 ? shown : [...shown, `${more} more`], "and");
}

function sentenceOf(nodes: readonly NodeView[], newest: MembershipSnapshot): string {
  const old = nodes.filter((node) => node.old);
  const other = nodes.filter((node) => node.otherLeader && !node.old);
  if (old.length > 0) {
    const holds = old.length === 1 ? "holds an old view" : "hold old views";
    const indexes = [...new Set(old.map(({ view }) => view?.committedIndex ?? 0))];
    const theirs = indexes.length === 1 ? `index ${indexes[0]}` : "several indexes";
    return `${named(old)} ${holds}: ${theirs}, newest ${newest.committedIndex}.`;
  }
  if (other.length > 0) {
    return `${named(other)} ${other.length === 1 ? "names" : "name"} another leader or term than the others.`;
  }
  const heard = nodes.filter((node) => node.heard).length;
  const learners = newest.learners.length === 0 ? "" : `, ${plural(newest.learners.length, "learner")}`;
  const what = `index ${newest.committedIndex}, ${plural(newest.members.length, "voter")}${learners}`;
  if (heard === nodes.length) return `${heard} of ${plural(heard, "node")} agree: ${what}.`;
  if (heard === 0) return "No node has said lately what it holds.";
  return `${heard} of ${plural(nodes.length, "node")} answer${heard === 1 ? "s" : " and agree"}: ${what}.`;
}

/** When a node was last heard: "now", "40 s ago", "never". */
export function heardWords({ ageMs, heard }: Pick<NodeView, "ageMs" | "heard">): string {
  if (ageMs === null) return "never";
  return heard ? "now" : `${formatDuration(ageMs)} ago`;
}
