import type { NodeId } from "../raft/types";
import type { PeerIdentity, Transport } from "../transport/types";
import { allVoters } from "./configuration";
import type { LeaderDesk } from "./leader_desk";
import { HEALTHY_MS, MemberObservation } from "./member_observation";
import type { Node } from "./node";
import type { Clock } from "./node_ports";
import {
  decodeReport,
  digestOf,
  fromGroups,
  fromViewGroups,
  type NodeReport,
  type RelayedView,
  SPELLED_OUT_MAX,
  toGroups,
  toViewGroups,
} from "./node_report";
import { encodeBody } from "./payload";
import type { ChangeInProgress, EngineStatus, MemberReport, MembershipSnapshot, PeerView } from "./types";

/** Ticks between two reports to the peers: 2 Hz at 50 ms a tick. */
const REPORT_TICKS = 10;
/** In a large cluster a follower reports to the learners, and everybody sends the lists themselves, only this often. */
const TO_LEARNERS_EVERY = 4;
const LISTS_EVERY = 20;
/** What a node said itself stands before what was relayed of it, until it is older by this (ms). */
const RELAY_MS = 2000;
/** Configurations of the past kept at hand. */
const PASTS_MAX = 64;

/** Health and lag of every node, as whoever knows best reports them. */
type Seen = Pick<EngineStatus, "reportedBy" | "reports" | "changeInProgress" | "lastIndex">;

/** The newest report of a node. It is read when somebody asks: of a large cluster's reports most are replaced unread. */
interface Heard {
  report: NodeReport | undefined;
  at: number;
  unread: { readonly body: Uint8Array; readonly at: number } | undefined;
  /** The lists it sent last. */
  lists: { readonly digest: string; readonly lists: Lists } | undefined;
}

interface Known extends Heard {
  report: NodeReport;
}

type Lists = Pick<MembershipSnapshot, "members" | "learners">;

/**
 * What the nodes tell each other about themselves, twice a second. Followers know no peer's lag or health: the leader's report
 * carries it to every node, so that all consoles agree. Kept in memory only, and never believed longer than it is fresh.
 */
export class PeerReports {
  private readonly heard = new Map<NodeId, Heard>();
  private readonly observation: MemberObservation;
  /** Where each peer last said its console is. A place, not a measurement: it does not age. */
  private readonly consoles = new Map<NodeId, string>();
  /** Where each peer last said it serves d-engine's client interface. */
  private readonly dEngineApis = new Map<NodeId, string>();
  private ticks = 0;
  private round = 0;
  private digested: { readonly view: Lists; readonly digest: string } | undefined;
  private readonly pasts = new Map<number, { readonly digest: string; readonly lists: Lists }>();
  private console = "";
  private dEngineApi: string | undefined;
  private readonly id: NodeId;
  private readonly node: Node;
  private readonly desk: LeaderDesk;
  private readonly transport: Transport;
  private readonly clock: Clock;

  constructor(id: NodeId, node: Node, desk: LeaderDesk, transport: Transport, clock: Clock) {
    this.id = id;
    this.node = node;
    this.desk = desk;
    this.transport = transport;
    this.clock = clock;
    this.observation = new MemberObservation(id, node, transport, clock);
  }

  setConsole(url: string): void {
    this.console = url;
  }

  setDEngineApi(address: string): void {
    this.dEngineApi = address;
  }

  tick(): void {
    this.ticks += 1;
    if (this.ticks % REPORT_TICKS !== 0) return;
    if (this.node.isLeader) this.observation.sample();
    this.round = this.ticks / REPORT_TICKS;
    this.transport.sendReport(encodeBody(this.own()), this.audience());
  }

  onReport(from: NodeId, body: Uint8Array): void {
    const heard = this.heard.get(from);
    const unread = { body: body.slice(), at: this.clock.now() };
    if (heard !== undefined) heard.unread = unread;
    else this.heard.set(from, { report: undefined, at: 0, unread, lists: undefined });
  }

  /** A connection with this peer opened: its hello comes before any report. One without a console may only not know it yet. */
  onPeer({ nodeId: id, console: url }: PeerIdentity): void {
    // What it reported before is older than this.
    this.known(id);
    if (url !== "") this.consoles.set(id, url);
  }

  /** Forgets nodes that are in no configuration any more. */
  keep(nodes: ReadonlySet<NodeId>): void {
    this.observation.keep(nodes);
    for (const map of [this.heard, this.consoles, this.dEngineApis]) {
      for (const id of map.keys()) if (!nodes.has(id)) map.delete(id);
    }
  }

  /** Whether the cluster is so small that reports say everything to everybody. */
  private get spelledOut(): boolean {
    const { members, learners } = this.node.membership.current;
    return members.length + learners.length <= SPELLED_OUT_MAX;
  }

  /** Whether it is this node's turn to do what is done every so many reports; nodes take turns. */
  private isTurn(every: number): boolean {
    return (this.round + this.id) % every === 0;
  }

  /**
   * Whom a report goes to; undefined: everybody. In a large cluster everybody hears the leader, which relays what the others say;
   * voters hear each other too, and learners hear the voters more seldom, so that they notice when there is no leader.
   */
  private audience(): ReadonlySet<NodeId> | undefined {
    if (this.spelledOut || this.node.isLeader) return undefined;
    const voters = allVoters(this.node.registry.confState);
    if (voters.includes(this.id)) return this.isTurn(TO_LEARNERS_EVERY) ? undefined : new Set(voters);
    const { leader } = this.node.leader.current;
    return new Set(leader === undefined ? voters : [leader]);
  }

  private own(): NodeReport {
    const { leader, term } = this.node.leader.current;
    const { members, learners, committedIndex } = this.node.membership.current;
    const lists =
      this.spelledOut || this.isTurn(LISTS_EVERY)
        ? { members: [...members], learners: [...learners] }
        : undefined;
    const digest = this.digest(this.node.membership.current);
    const leading = this.node.isLeader ? this.leading() : undefined;
    const { console, dEngineApi } = this;
    return { term, leader, committedIndex, digest, lists, console, dEngineApi, leading };
  }

  private leading(): NodeReport["leading"] {
    const change = this.desk.changeInProgress;
    return {
      groups: toGroups(this.observation.observe(true), this.spelledOut),
      views: this.spelledOut ? [] : toViewGroups(this.heardViews()),
      lastIndex: this.node.raft.status().lastIndex,
      change: change === undefined ? undefined : { ...change, changes: [...change.changes] },
    };
  }

  /** The digest of a view that stays the same object while it is in force. */
  private digest(view: Lists): string {
    if (this.digested?.view !== view) this.digested = { view, digest: digestOf(view.members, view.learners) };
    return this.digested.digest;
  }

  /** What a node said last, if anything that could be read. */
  private known(id: NodeId): Known | undefined {
    const heard = this.heard.get(id);
    if (heard === undefined) return undefined;
    const { unread } = heard;
    if (unread !== undefined) {
      heard.unread = undefined;
      const report = decodeReport(unread.body);
      if (report !== undefined) {
        heard.report = report;
        heard.at = unread.at;
        if (report.lists !== undefined) heard.lists = { digest: report.digest, lists: report.lists };
        if (report.console === "") this.consoles.delete(id);
        else this.consoles.set(id, report.console);
        if (report.dEngineApi === undefined) this.dEngineApis.delete(id);
        else this.dEngineApis.set(id, report.dEngineApi);
      }
    }
    return isKnown(heard) ? heard : undefined;
  }

  /** What the nodes that this one hears say of themselves. */
  private heardViews(): RelayedView[] {
    const views: RelayedView[] = [];
    for (const id of this.heard.keys()) {
      const heard = this.known(id);
      if (heard === undefined || id === this.id) continue;
      const { committedIndex, digest, leader, term } = heard.report;
      views.push({ id, committedIndex, digest, leader, term, ageMs: this.age(heard) });
    }
    return views.sort((a, b) => a.id - b.id);
  }

  /** What is known of all nodes, and from whom. */
  describe(): Seen & Pick<EngineStatus, "views" | "consoles" | "dEngineApis"> {
    const { leader } = this.node.leader.current;
    const leading = leader === undefined || this.node.isLeader ? undefined : this.leadingReport(leader);
    const relayed = leading === undefined ? [] : fromViewGroups(leading.said.views);
    const views = this.views(relayed.map((view) => ({ ...view, ageMs: view.ageMs + (leading?.ageMs ?? 0) })));
    const consoles = new Map(this.consoles);
    if (this.console !== "") consoles.set(this.id, this.console);
    const dEngineApis = new Map(this.dEngineApis);
    if (this.dEngineApi !== undefined) dEngineApis.set(this.id, this.dEngineApi);
    return { ...this.seen(leading), views, consoles, dEngineApis };
  }

  /** What the leader said last, while it is fresh and of a term not older than ours. */
  private leadingReport(leader: NodeId) {
    const heard = this.known(leader);
    const said = heard?.report.leading;
    if (heard === undefined || said === undefined) return undefined;
    const ageMs = this.age(heard);
    if (heard.report.term < this.node.leader.current.term || ageMs > HEALTHY_MS) return undefined;
    return { said, leader: heard.report.leader ?? 0, ageMs };
  }

  /** What the leader says, or what this node itself observes while there is nothing fresh from one. */
  private seen(leading: ReturnType<PeerReports["leadingReport"]>): Seen {
    if (leading !== undefined) {
      const { said, leader, ageMs } = leading;
      const change: ChangeInProgress | undefined = said.change && {
        ...said.change,
        sinceMs: said.change.sinceMs + ageMs,
      };
      return {
        reportedBy: { id: leader, asLeader: true, ageMs },
        reports: fromGroups(said.groups).map((report) => aged(report, ageMs)),
        changeInProgress: change,
        lastIndex: said.lastIndex,
      };
    }
    const asLeader = this.node.isLeader;
    return {
      reportedBy: { id: this.id, asLeader, ageMs: 0 },
      reports: this.observation.observe(asLeader),
      changeInProgress: asLeader ? this.desk.changeInProgress : undefined,
      lastIndex: asLeader ? this.node.raft.status().lastIndex : this.node.log.lastIndex(),
    };
  }

  private age(heard: Known): number {
    return this.clock.now() - heard.at;
  }

  /** What each node last said about itself, to this node or to the leader; this node's own view is always there. */
  private views(relayed: readonly RelayedView[]): PeerView[] {
    const newest = new Map(this.heardViews().map((view) => [view.id, view]));
    for (const view of relayed) {
      const direct = newest.get(view.id);
      if (view.id !== this.id && (direct === undefined || direct.ageMs > view.ageMs + RELAY_MS))
        newest.set(view.id, view);
    }
    const { leader, term } = this.node.leader.current;
    const { members, learners, committedIndex } = this.node.membership.current;
    const own: PeerView = { id: this.id, committedIndex, members, learners, leader, term, ageMs: 0 };
    const others = [...newest.values()].map((view): PeerView => {
      const { id, committedIndex: index, leader: follows, term: inTerm, ageMs } = view;
      return { id, committedIndex: index, ...this.listsOf(view), leader: follows, term: inTerm, ageMs };
    });
    return [own, ...others].sort((a, b) => a.id - b.id);
  }

  /**
   * The lists that a view's digest stands for: those in force here, those the node sent itself, or those the history has at its
   * index. Shared, not copied, so that views which agree can be told by identity. Undefined: not known (yet).
   */
  private listsOf({
    id,
    committedIndex,
    digest,
  }: RelayedView): Lists | { members: undefined; learners: undefined } {
    const { members, learners } = this.node.membership.current;
    if (digest === this.digest(this.node.membership.current)) return { members, learners };
    const sent = this.heard.get(id)?.lists;
    if (sent?.digest === digest) return sent.lists;
    const past = this.past(committedIndex);
    return past?.digest === digest ? past.lists : { members: undefined, learners: undefined };
  }

  /** The configuration that the history has at an index. A few are kept: many nodes are behind by the same change. */
  private past(index: number): { readonly digest: string; readonly lists: Lists } | undefined {
    const kept = this.pasts.get(index);
    if (kept !== undefined) return kept;
    const lists = this.node.registry.listsAt(index);
    if (lists === undefined) return undefined;
    const past = { digest: digestOf(lists.members, lists.learners), lists };
    if (this.pasts.size >= PASTS_MAX) this.pasts.clear();
    this.pasts.set(index, past);
    return past;
  }
}

function isKnown(heard: Heard): heard is Known {
  return heard.report !== undefined;
}

/** A fact of another node is as much older as its report is. */
function aged(report: MemberReport, ageMs: number): MemberReport {
  const older = (age: number | undefined): number | undefined =>
    age === undefined ? undefined : age + ageMs;
  return {
    id: report.id,
    health: report.health,
    healthForMs: older(report.healthForMs),
    lastContactMs: older(report.lastContactMs),
    lag: report.lag,
    ratePerSecond: report.ratePerSecond,
    progress: report.progress,
    promotionBlocked: report.promotionBlocked,
  };
}
