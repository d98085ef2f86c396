import { crc32 } from "node:zlib";
import { decodeContext } from "../server/engine/payload";
import { decodeConfChange, isMalformed } from "../server/raft/codec";
import {
  type ConfChangeV2,
  type ConfState,
  type Message,
  NONE,
  type NodeId,
  type RaftStatus,
} from "../server/raft/types";
import type { LogWrite } from "../server/storage";
import type { Host } from "./host";
import type { ApplyListener, Write } from "./key_value";
import { type LedgerListener, type LogModel, type Place, samePlace } from "./ledger";
import type { Endpoint } from "./network";
import type { Observer } from "./observer";
import { agreesIn, configurationLine, referenceChange } from "./reference_configuration";
import type { World } from "./world";

/** Events between two full scans. */
const SCAN_EVENTS = 100;
/** A peer counts as in contact if it was heard from this lately (ms). */
const CONTACT_MS = 500;

/** What the checker saw of one process. */
interface View {
  term: number;
  role: RaftStatus["role"];
  commit: number;
  applied: number;
  config: ConfState;
  /** Configurations that came into force during the current event, and the one before it. */
  configs: ConfState[];
  transferring: boolean;
  /** Index of the newest membership its watcher saw; outlives the process. */
  published: number;
  /** The last message sender in the current event. */
  by: Endpoint | undefined;
  /** The process began, or a snapshot was installed, in the current event. */
  jumped: boolean;
  /** Vote given, and the term, in this process. */
  votedTerm: number;
  vote: NodeId;
}

/** A committed entry, as first seen. */
interface Committed {
  readonly place: Place;
  /** Term of the leader that committed it. */
  readonly term: number;
  readonly change: ConfChangeV2 | undefined;
}

interface KnownConfiguration {
  readonly index: number;
  readonly config: ConfState;
  readonly line: string;
}

const EMPTY: ConfState = { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };

/** What must hold of all nodes together at every moment (Ongaro's dissertation, figure 3.2 and chapter 4, and the engine's contract). */
export class Invariants implements Observer {
  private readonly world: World;
  private readonly hosts: ReadonlyMap<NodeId, Host>;
  private readonly views = new Map<NodeId, View>();
  private readonly touched = new Set<Host>();
  private readonly leaders = new Map<number, NodeId>();
  /** Who voted for whom: by node, then by term. */
  private readonly votes = new Map<NodeId, Map<number, NodeId>>();
  /** Every entry that was ever in a log: by index, then by term, with the term of the entry before it. */
  private readonly places: Map<number, { readonly place: Place; readonly previous: number | undefined }>[] =
    [];
  private readonly committed: (Committed | undefined)[] = [];
  private readonly digests = new Map<number, number>();
  private readonly registries = new Map<number, number>();
  private readonly configurations: KnownConfiguration[] = [];
  private readonly memberships = new Map<number, string>();
  private readonly removed = new Map<NodeId, number>();
  private readonly appliedRequests = new Map<string, number>();
  /** Values of writes, with the index at which they were applied. */
  readonly appliedWrites = new Map<number, number>();
  private nextScan = SCAN_EVENTS;
  /** The highest index that is committed. */
  commitMax = 1;

  constructor(world: World, hosts: ReadonlyMap<NodeId, Host>, first: ConfState) {
    this.world = world;
    this.hosts = hosts;
    this.configurations.push({ index: 1, config: first, line: configurationLine(first) });
    this.memberships.set(1, membershipLine(first.voters, []));
  }

  // What hosts tell.

  touch(host: Host, by: Endpoint | undefined): void {
    this.touched.add(host);
    this.view(host).by = by;
  }

  starting(host: Host): void {
    const view = this.view(host);
    Object.assign(view, {
      term: 0,
      role: "follower",
      commit: 0,
      applied: 0,
      transferring: false,
      votedTerm: 0,
      vote: NONE,
    });
    view.jumped = true;
  }

  started(host: Host): void {
    this.touch(host, undefined);
  }

  stopping(host: Host): void {
    this.touched.delete(host);
  }

  private view(host: Host): View {
    let view = this.views.get(host.id);
    if (view === undefined) {
      view = {
        term: 0,
        role: "follower",
        commit: 0,
        applied: 0,
        config: EMPTY,
        configs: [],
        transferring: false,
        published: 0,
        by: undefined,
        jumped: false,
        votedTerm: 0,
        vote: NONE,
      };
      this.views.set(host.id, view);
    }
    return view;
  }

  ledgerOf(host: Host): LedgerListener {
    return {
      accepted: (write) => this.onWrite(host, write),
      answered: () => undefined,
      outOfOrder: (detail) => this.world.breaks("writes are answered in order", `n${host.id}: ${detail}`),
    };
  }

  stateMachineOf(host: Host): ApplyListener {
    return {
      applied: (index, write, digest) => this.onStateMachine(host, index, write, digest),
      restored: () => {
        this.view(host).jumped = true;
      },
    };
  }

  /** The configuration in force at a node changed. */
  configured(host: Host): void {
    const { replica } = host;
    if (replica === undefined) return;
    const { registry } = replica.node;
    this.view(host).configs.push(registry.confState);
    this.onConfiguration(host, registry.configIndex, registry.confState);
  }

  // State-machine safety (figure 3.2): the same entries at the same indexes everywhere, once.

  private onStateMachine(host: Host, index: number, write: Write, digest: number): void {
    const known = this.digests.get(index);
    if (known === undefined) this.digests.set(index, digest);
    else if (known !== digest)
      this.world.breaks(
        "state-machine safety",
        `n${host.id} applied other writes up to index ${index} than another node`,
      );
    const before = this.appliedWrites.get(write.value);
    if (before === undefined) this.appliedWrites.set(write.value, index);
    else if (before !== index)
      this.world.breaks(
        "a write is applied once",
        `write ${write.value} was applied at ${before} and at ${index}`,
      );
  }

  // Log matching, and what only a leader may append.

  private onWrite(host: Host, write: LogWrite): void {
    if (write.snapshot !== undefined) {
      this.view(host).jumped = true;
      this.world.covers("snapshot-installed");
    }
    const { accepted } = host.ledger;
    for (const { index } of write.entries) {
      const place = accepted.at(index);
      if (place !== undefined) this.onPlace(host, accepted, place, accepted.termAt(index - 1));
    }
  }

  private onPlace(host: Host, log: LogModel, place: Place, previous: number | undefined): void {
    let terms = this.places[place.index];
    if (terms === undefined) {
      terms = new Map();
      this.places[place.index] = terms;
    }
    const known = terms.get(place.term);
    if (known === undefined) {
      terms.set(place.term, { place, previous });
      if (place.type !== "normal") this.onConfigurationAppended(host, log, place);
    } else if (
      !samePlace(known.place, place) ||
      (previous !== undefined && known.previous !== undefined && previous !== known.previous)
    )
      this.world.breaks(
        "log matching",
        `n${host.id} holds another entry ${place.index} of term ${place.term} than another node, or another one before it`,
      );
    const committed = this.committed[place.index];
    if (committed !== undefined && !samePlace(committed.place, place) && place.term > committed.term)
      this.world.breaks(
        "leader completeness",
        `n${host.id} overwrites committed entry ${place.index} of term ${committed.place.term} in term ${place.term}`,
      );
  }

  /** The one who appends it first is its leader: no other configuration entry may stand above what it has applied. */
  private onConfigurationAppended(host: Host, log: LogModel, place: Place): void {
    const { replica } = host;
    if (replica === undefined) return;
    const { appliedIndex, registry } = replica.node;
    for (let index = appliedIndex + 1; index < place.index; index += 1) {
      const other = log.at(index);
      if (other !== undefined && other.type !== "normal")
        this.world.breaks(
          "one configuration change at a time",
          `n${host.id} appends a configuration entry at ${place.index} while ${index} is not applied (${appliedIndex} is)`,
        );
    }
    const change = decodeConfChange(place.data);
    if (isMalformed(change))
      this.world.breaks("entries survive their codec", `configuration entry ${place.index}`);
    else if (change.changes.length === 0 && registry.confState.votersOutgoing.length === 0)
      this.world.breaks(
        "a joint configuration is left once, after its entry is committed",
        `n${host.id} appends a leave at ${place.index} while its configuration is ${configurationLine(registry.confState)}`,
      );
  }

  // What leaves a node.

  sent(host: Host, message: Message): void {
    this.world.digest(message.type.length * 64 + host.id, message.to + message.index * 64 + message.term);
    this.world.say(() => messageLine(host.id, message));
    switch (message.type) {
      case "app":
      case "heartbeat":
      case "snap":
        this.onLeader(message.term, host.id);
        return;
      case "vote":
      case "pre-vote":
        this.onCampaign(host, message);
        return;
      case "vote-resp":
        if (!message.reject) this.onVote(host, message);
        return;
      case "app-resp":
        if (!message.reject) this.onAcknowledgement(host, message);
        return;
      default:
    }
  }

  /** Election safety: at most one leader a term. */
  private onLeader(term: number, id: NodeId): void {
    const known = this.leaders.get(term);
    if (known === undefined) this.leaders.set(term, id);
    else if (known !== id)
      this.world.breaks("one leader per term", `n${known} and n${id} both lead term ${term}`);
  }

  private onCampaign(host: Host, message: Message): void {
    const config = host.replica?.node.raft.status().confState;
    if (config === undefined || isVoter(config, host.id)) return;
    this.world.breaks(
      "only voters campaign",
      `n${host.id} sends ${message.type} but its configuration is ${configurationLine(config)}`,
    );
  }

  /** A vote is given once a term, also across a crash, and leaves only when it is durable. */
  private onVote(host: Host, message: Message): void {
    this.noteVote(host.id, message.term, message.to);
    const { term, vote } = host.ledger.durable.hardState;
    if (term < message.term || (term === message.term && vote !== message.to))
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} votes for n${message.to} in term ${message.term}, but term ${term} and vote ${vote} are durable`,
      );
  }

  private noteVote(id: NodeId, term: number, vote: NodeId): void {
    let byTerm = this.votes.get(id);
    if (byTerm === undefined) {
      byTerm = new Map();
      this.votes.set(id, byTerm);
    }
    const known = byTerm.get(term);
    if (known === undefined) byTerm.set(term, vote);
    else if (known !== vote)
      this.world.breaks("one vote per term", `n${id} voted for n${known} and for n${vote} in term ${term}`);
  }

  private onAcknowledgement(host: Host, message: Message): void {
    const { durable } = host.ledger;
    if (durable.hardState.term < message.term)
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} acknowledges in term ${message.term}, but only term ${durable.hardState.term} is durable`,
      );
    if (message.index === 0) return;
    if (durable.lastIndex < message.index)
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} acknowledges entry ${message.index}, but only ${durable.lastIndex} are durable`,
      );
    const leader = this.hosts.get(message.to);
    const own = durable.at(message.index);
    if (leader === undefined || own === undefined || this.leaders.get(message.term) !== message.to) return;
    const theirs =
      this.views.get(message.to)?.term === message.term
        ? leader.ledger.accepted.at(message.index)
        : undefined;
    if (
      leader.state === "up" &&
      theirs !== undefined &&
      !samePlace(own, theirs) &&
      this.views.get(message.to)?.role === "leader"
    )
      this.world.breaks(
        "nothing is promised before it is durable",
        `n${host.id} acknowledges entry ${message.index} of n${message.to} but holds another one`,
      );
  }

  // After each event.

  /** Looks at every node that did something in this event. */
  afterEvent(): void {
    for (const host of this.touched) this.inspect(host);
    this.touched.clear();
    if (this.world.events < this.nextScan) return;
    this.nextScan = this.world.events + SCAN_EVENTS;
    this.fullScan();
  }

  private inspect(host: Host): void {
    const { replica } = host;
    if (replica === undefined) return;
    const view = this.view(host);
    const status = replica.node.raft.status();
    const { term, vote, commit } = status.hardState;
    this.world.digest(host.id * 4096 + term, commit * 64 + vote);
    if (view.jumped) {
      view.configs.push(status.confState);
      this.onConfiguration(host, replica.node.registry.configIndex, replica.node.registry.confState);
    }
    view.configs.push(view.config, status.confState);
    this.checkTerm(host, view, status);
    if (status.role === "leader") this.checkLeader(host, view, status);
    if (commit > view.commit) this.checkCommits(host, view, status);
    this.checkPublished(host, view);
    if (replica.node.appliedIndex > commit)
      this.world.breaks(
        "only committed entries are applied",
        `n${host.id} applied ${replica.node.appliedIndex} but ${commit} is committed`,
      );
    if (!view.jumped) this.checkLeaves(host, view, replica.node.appliedIndex);
    view.term = term;
    view.role = status.role;
    view.commit = commit;
    view.applied = replica.node.appliedIndex;
    view.config = status.confState;
    view.configs = [];
    view.jumped = false;
    view.by = undefined;
    if (term === view.votedTerm && view.vote !== NONE && vote !== view.vote)
      this.world.breaks(
        "one vote per term",
        `n${host.id} changes its vote in term ${term} from n${view.vote} to n${vote}`,
      );
    view.votedTerm = term;
    view.vote = vote;
  }

  private checkTerm(host: Host, view: View, status: RaftStatus): void {
    const { term } = status.hardState;
    if (term < view.term)
      this.world.breaks("terms do not go back", `n${host.id} goes from term ${view.term} to ${term}`);
    if (term > view.term) {
      if (
        view.role === "leader" &&
        !view.transferring &&
        view.by !== undefined &&
        this.removed.has(view.by.id)
      ) {
        const { now } = this.world;
        const inContact = agreesIn(
          view.config,
          (id) => id === host.id || now - (host.heard.get(id) ?? -CONTACT_MS) < CONTACT_MS,
        );
        if (inContact && !isVoter(view.config, view.by.id))
          this.world.breaks(
            "a removed node deposes nobody",
            `n${view.by.id}, removed, raised the term of leader n${host.id} from ${view.term} to ${term}`,
          );
      }
      view.transferring = false;
    }
    if (status.leadTransferee !== NONE) view.transferring = true;
  }

  private checkLeader(host: Host, view: View, status: RaftStatus): void {
    const { term } = status.hardState;
    if (view.role === "leader" && view.term === term) return;
    this.world.covers("leader-elected");
    this.onLeader(term, host.id);
    const supports = (id: NodeId): boolean => {
      if (id === host.id) return true;
      return this.votes.get(id)?.get(term) === host.id;
    };
    if (!view.configs.some((config) => agreesIn(config, supports)))
      this.world.breaks(
        "a leader has the votes of a quorum",
        `n${host.id} leads term ${term} in ${view.configs.map(configurationLine).join(" or ")}`,
      );
    if (!isVoter(status.confState, host.id) && !view.configs.some((config) => isVoter(config, host.id)))
      this.world.breaks(
        "only voters lead",
        `n${host.id} leads term ${term} in ${configurationLine(status.confState)}`,
      );
    this.noteVote(host.id, term, host.id);
    const log = host.ledger.accepted;
    for (let index = this.commitMax; index > log.base.index; index -= 1) {
      const committed = this.committed[index];
      if (committed !== undefined && committed.term < term && !log.holds(committed.place))
        this.world.breaks(
          "leader completeness",
          `n${host.id} leads term ${term} without committed entry ${index} of term ${committed.place.term}`,
        );
    }
  }

  private checkCommits(host: Host, view: View, status: RaftStatus): void {
    const { commit, term } = status.hardState;
    const log = host.ledger.accepted;
    for (let index = Math.max(view.commit, log.base.index) + 1; index <= commit; index += 1) {
      const place = log.at(index);
      if (place === undefined) {
        this.world.breaks(
          "committed entries are in the log",
          `n${host.id} commits ${commit}, its log ends at ${log.lastIndex}`,
        );
        return;
      }
      const known = this.committed[index];
      if (known === undefined) this.onCommitted(host, view, place, term);
      else if (!samePlace(known.place, place))
        this.world.breaks(
          "state-machine safety",
          `n${host.id} commits entry ${index} of term ${place.term}, another node committed one of term ${known.place.term}`,
        );
    }
    if (commit <= this.commitMax) return;
    if (log.base.index >= commit) return;
    // Dissertation 3.6.2: only entries of the leader's own term are committed by counting.
    if (log.termAt(commit) !== term)
      this.world.breaks(
        "only entries of the own term are committed by counting",
        `n${host.id} in term ${term} commits ${commit} of term ${log.termAt(commit)}`,
      );
    this.commitMax = commit;
  }

  /** Committed for the first time anywhere: a quorum of each half must hold it durably. */
  private onCommitted(host: Host, view: View, place: Place, term: number): void {
    const decoded = place.type === "normal" ? undefined : decodeConfChange(place.data);
    const change = decoded === undefined || isMalformed(decoded) ? undefined : decoded;
    this.committed[place.index] = { place, term, change };
    const holds = (id: NodeId): boolean => this.hosts.get(id)?.ledger.durable.holds(place) ?? false;
    if (view.configs.some((config) => agreesIn(config, holds))) return;
    const holders = [...this.hosts.keys()].filter(holds);
    this.world.breaks(
      "a commit is durable on a quorum",
      `n${host.id} commits ${place.index} of term ${place.term} in ${view.configs.map(configurationLine).join(" or ")}; durable on ${holders.join(",")}`,
    );
  }

  /** A leave that was applied must have left something. */
  private checkLeaves(host: Host, view: View, applied: number): void {
    for (let index = view.applied + 1; index <= applied; index += 1) {
      const change = this.committed[index]?.change;
      if (change === undefined || change.changes.length > 0) continue;
      if (!this.configurations.some((known) => known.index === index))
        this.world.breaks(
          "a joint configuration is left once, after its entry is committed",
          `n${host.id} applied a leave at ${index} that left nothing`,
        );
    }
  }

  // The configuration, and what watchers see of it.

  private onConfiguration(host: Host, index: number, config: ConfState): void {
    if (index === 0) return;
    const line = configurationLine(config);
    const known = this.configurations.find((one) => one.index === index);
    if (known !== undefined) {
      if (known.line !== line)
        this.world.breaks(
          "all nodes agree on the configuration at an index",
          `n${host.id} has ${line} at ${index}, another node ${known.line}`,
        );
      return;
    }
    const later = this.configurations.findIndex((one) => one.index > index);
    const at = later < 0 ? this.configurations.length : later;
    const before = this.configurations[at - 1];
    this.configurations.splice(at, 0, { index, config, line });
    if (before === undefined) return;
    if (later < 0) this.world.say(() => `configuration at ${index}: ${line}`);
    if (config.votersOutgoing.length > 0) this.world.covers("joint-configuration");
    this.checkReference(host, before, index, line);
    this.checkRemovals(host, index, before.config, config);
    this.checkRequest(host, index, before.index);
  }

  /** The checker computes the configuration itself; entries between two that are known may have been rejected. */
  private checkReference(host: Host, before: KnownConfiguration, index: number, line: string): void {
    let candidates = [before.config];
    for (let at = before.index + 1; at < index; at += 1) {
      const change = this.changeAt(host, at);
      if (change === undefined) continue;
      const more = candidates.flatMap((config) => referenceChange(config, change) ?? []);
      candidates = [...candidates, ...more];
    }
    const change = this.changeAt(host, index);
    if (change === undefined) {
      if (this.committed[index] !== undefined || host.ledger.accepted.at(index) !== undefined)
        this.world.breaks(
          "a configuration follows from its entry",
          `n${host.id} has ${line} at ${index}, which is no configuration entry`,
        );
      return;
    }
    const fits = candidates.some((config) => {
      const expected = referenceChange(config, change);
      return expected !== undefined && configurationLine(expected) === line;
    });
    if (!fits)
      this.world.breaks(
        "a configuration follows from its entry",
        `n${host.id} has ${line} at ${index} after ${before.line} at ${before.index}`,
      );
  }

  /** The committed change at an index; also one that the host applies in the event that commits it. */
  private changeAt(host: Host, index: number): ConfChangeV2 | undefined {
    const committed = this.committed[index];
    if (committed !== undefined) return committed.change;
    const place = host.ledger.accepted.at(index);
    if (place === undefined || place.type === "normal") return undefined;
    const change = decodeConfChange(place.data);
    return isMalformed(change) ? undefined : change;
  }

  private checkRemovals(host: Host, index: number, before: ConfState, after: ConfState): void {
    const now = membersOf(after);
    for (const id of membersOf(before))
      if (!now.has(id) && !this.removed.has(id)) this.removed.set(id, index);
    for (const id of now) {
      const at = this.removed.get(id);
      if (at !== undefined && at < index)
        this.world.breaks(
          "a removed id is never used again",
          `n${host.id} has id ${id} in the configuration at ${index}, removed at ${at}`,
        );
    }
  }

  /** Fence and request id, from the entry itself. */
  private checkRequest(host: Host, index: number, before: number): void {
    const change = this.changeAt(host, index);
    if (change === undefined || change.changes.length === 0) return;
    const context = decodeContext(change.context);
    if (context === undefined) {
      this.world.breaks(
        "a change says who asked for it",
        `n${host.id} applied entry ${index} without a context`,
      );
      return;
    }
    const known = this.appliedRequests.get(context.requestId);
    if (known !== undefined && known !== index)
      this.world.breaks(
        "a change is applied once",
        `request ${context.requestId} was applied at ${known} and ${index}`,
      );
    this.appliedRequests.set(context.requestId, index);
    const { expectedIndex } = context;
    const skipped = this.configurations.some((one) => one.index > before && one.index < index);
    if (expectedIndex !== null && expectedIndex !== before && !skipped)
      this.world.breaks(
        "a fenced change is applied to what its caller saw",
        `request ${context.requestId} at ${index} expected ${expectedIndex}, ${before} was in force`,
      );
  }

  /** Where a request was applied; undefined: nowhere yet. */
  appliedAt(requestId: string): number | undefined {
    return this.appliedRequests.get(requestId);
  }

  /** When an id was removed; undefined: it was not. */
  removedAt(id: NodeId): number | undefined {
    return this.removed.get(id);
  }

  /** The newest configuration that any node applied. */
  get newestConfiguration(): KnownConfiguration {
    return this.configurations.at(-1) ?? { index: 0, config: EMPTY, line: "" };
  }

  private checkPublished(host: Host, view: View): void {
    const snapshot = host.watcher?.borrow();
    if (snapshot === undefined || (snapshot.committedIndex === view.published && !view.jumped)) return;
    const { committedIndex, members, learners } = snapshot;
    if (committedIndex < view.published)
      this.world.breaks(
        "watchers see increasing indexes",
        `n${host.id} publishes ${committedIndex} after ${view.published}`,
      );
    view.published = committedIndex;
    if (committedIndex === 0) return;
    const line = membershipLine(members, learners);
    const known = this.memberships.get(committedIndex);
    if (known === undefined) this.memberships.set(committedIndex, line);
    else if (known !== line)
      this.world.breaks(
        "watchers agree",
        `n${host.id} publishes ${line} at ${committedIndex}, another node ${known}`,
      );
    const config = this.configurations.find((one) => one.index === committedIndex)?.config;
    const expected =
      config &&
      membershipLine(
        [...new Set([...config.voters, ...config.votersOutgoing])].sort((a, b) => a - b),
        config.learners,
      );
    if (expected !== line)
      this.world.breaks(
        "watchers agree",
        `n${host.id} publishes ${line} at ${committedIndex}, the configuration there is ${expected}`,
      );
    const { durable } = host.ledger;
    if (Math.max(durable.hardState.commit, durable.base.index) < committedIndex)
      this.world.breaks(
        "nothing is published before its commit is durable",
        `n${host.id} publishes ${committedIndex}, commit ${durable.hardState.commit} is durable`,
      );
  }

  // The full scan.

  /** Everything at once: logs against each other, the core's memory against the disk's promises, states against states. */
  fullScan(): void {
    for (const host of this.hosts.values()) {
      const { replica } = host;
      if (replica === undefined || !replica.node.running) continue;
      this.scanLog(host);
      const { node } = replica;
      const hash = crc32(node.registry.encode());
      const known = this.registries.get(node.appliedIndex);
      if (known === undefined) this.registries.set(node.appliedIndex, hash);
      else if (known !== hash)
        this.world.breaks(
          "state-machine safety",
          `n${host.id} has another registry at ${node.appliedIndex} than another node`,
        );
      const core = node.raft.status().confState;
      const installing = host.ledger.accepted.base.index > host.ledger.durable.base.index;
      if (!installing && configurationLine(core) !== configurationLine(node.registry.confState))
        this.world.breaks(
          "core and registry agree on the configuration",
          `n${host.id}: ${configurationLine(core)} and ${configurationLine(node.registry.confState)}`,
        );
    }
  }

  private scanLog(host: Host): void {
    const { durable, accepted } = host.ledger;
    const log = host.replica?.node.log;
    if (log === undefined) return;
    for (let index = log.firstIndex(); index <= log.lastIndex(); index += 1) {
      const place = durable.at(index);
      if (place !== undefined && log.term(index) !== place.term)
        this.world.breaks(
          "memory equals disk",
          `n${host.id} has term ${log.term(index)} at ${index}, durable is ${place.term}`,
        );
    }
    if (log.lastIndex() !== durable.lastIndex)
      this.world.breaks(
        "memory equals disk",
        `n${host.id} ends at ${log.lastIndex()}, durable at ${durable.lastIndex}`,
      );
    for (let index = accepted.base.index + 1; index <= accepted.lastIndex; index += 1) {
      const place = accepted.at(index);
      const known = place && this.places[index]?.get(place.term);
      const committed = this.committed[index];
      if (place === undefined || known === undefined || samePlace(known.place, place)) {
        const commit = this.views.get(host.id)?.commit ?? 0;
        if (
          committed === undefined ||
          place === undefined ||
          index > commit ||
          samePlace(committed.place, place)
        )
          continue;
      }
      this.world.breaks("log matching", `n${host.id} holds another entry ${index} than another node`);
      return;
    }
  }
}

function messageLine(from: NodeId, m: Message): string {
  const place =
    m.type === "app" || m.type.endsWith("vote")
      ? ` after ${m.logTerm}/${m.index}`
      : m.index > 0
        ? ` ${m.index}`
        : "";
  const entries =
    m.entries.length > 0
      ? ` entries ${m.entries.map((e) => `${e.index}${e.type === "normal" ? "" : "c"}`).join(",")}`
      : "";
  const snapshot = m.snapshot === undefined ? "" : ` snapshot ${m.snapshot.metadata.index}`;
  return `n${from} -> n${m.to} ${m.type} t${m.term}${place}${entries}${snapshot}${m.commit > 0 ? ` commit ${m.commit}` : ""}${m.reject ? " REJECT" : ""}`;
}

function isVoter(config: ConfState, id: NodeId): boolean {
  return config.voters.includes(id) || config.votersOutgoing.includes(id);
}

function membersOf(config: ConfState): Set<NodeId> {
  return new Set([...config.voters, ...config.votersOutgoing, ...config.learners, ...config.learnersNext]);
}

function membershipLine(members: readonly NodeId[], learners: readonly NodeId[]): string {
  return `${members.join(",")}|${learners.join(",")}`;
}
