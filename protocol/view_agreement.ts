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

type OwnView = NonNullable<MemberStatus["ownView"]>;

/** What this console's own node holds. */
function ownSnapshotOf({ configuration, committedIndex }: ClusterStatus): MembershipSnapshot {
  const { incoming, outgoing, learners } = configuration;
  return { members: [...new Set([...incoming, ...outgoing])], learners, committedIndex };
}

/** A view with its lists put in where the status spared them: the same ones for all, of which there may be a thousand. */
function spelledOut(view: OwnView, { members, learners }: MembershipSnapshot): OwnView {
  if (view.lists !== "same") return view;
  return { ...view, lists: undefined, members, learners };
}

/** The newest view anybody holds; the one of this console's node is no better than another's. */
function newestOf(status: ClusterStatus, own: MembershipSnapshot): MembershipSnapshot {
  let newest = own;
  for (const { ownView } of status.members) {
    if (ownView === null || ownView.committedIndex <= newest.committedIndex) continue;
    const { lists, members, learners, committedIndex } = ownView;
    const told = lists === undefined ? { members, learners } : lists === "same" ? own : newest;
    newest = { members: told.members, learners: told.learners, committedIndex };
  }
  return newest;
}

/** Compares what every node says of itself. `elapsedMs`: time since the status was composed. */
export function viewAgreement(status: ClusterStatus, elapsedMs = 0): ViewAgreement {
  const own = ownSnapshotOf(status);
  const newest = newestOf(status, own);
  const nameOf = namesOf(status.members);
  const { id: leader, term } = status.leadership;
  // A removed node hears nobody any more: what it last heard says nothing of what they hold now.
  const deaf = status.self?.standing === "removed";
  // In a large cluster nearly everybody holds the same lists: what they miss is worked out once.
  const ownMisses = diffMembership(own, newest);
  const nodes = status.members.map((member): NodeView => {
    const { id, role, ownView: view } = member;
    const ageMs = view === null ? null : view.ageMs + elapsedMs;
    const heard = ageMs !== null && ageMs < STALE_AFTER_MS && (!deaf || id === status.self?.id);
    const misses =
      view === null || view.lists === "unknown" || view.lists === "past"
        ? []
        : view.lists === "same"
          ? ownMisses
          : diffMembership(view, newest);
    // At this node's own index lists that are not its own are others, whatever they are.
    const other = view?.lists === "unknown" && view.committedIndex === own.committedIndex;
    return {
      id,
      name: nameOf(id),
      role,
      view: view === null ? null : spelledOut(view, own),
      ageMs,
      heard,
      old:
        view !== null && !deaf && (view.committedIndex < newest.committedIndex || misses.length > 0 || other),
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
  if (nodes.length === 0) return "No node is known yet.";
  const heard = nodes.filter((node) => node.heard).length;
  const learners = newest.learners.length === 0 ? "" : `, ${plural(newest.learners.length, "learner")}`;
  const what = `index ${newest.committedIndex}, ${plural(newest.members.length, "voter")}${learners}`;
  if (heard === nodes.length)
    return `${heard} of ${plural(heard, "node")} agree${heard === 1 ? "s" : ""}: ${what}.`;
  if (heard === 0) return "No node has said lately what it holds.";
  return `${heard} of ${plural(nodes.length, "node")} answer${heard === 1 ? "s" : " and agree"}: ${what}.`;
}

/** When a node was last heard: "now", "40 s ago", "never". */
export function heardWords({ ageMs, heard }: Pick<NodeView, "ageMs" | "heard">): string {
  if (ageMs === null) return "never";
  return heard ? "now" : `${formatDuration(ageMs)} ago`;
}
