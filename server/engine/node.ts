import { assert, InvariantError } from "../raft/assert";
import { decodeConfChange, isMalformed } from "../raft/codec";
import { MemoryLog } from "../raft/memory_log";
import { RawNode } from "../raft/raw_node";
import {
  type Entry,
  type HardState,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  NONE,
  type NodeId,
  type RaftConfig,
  type RaftNode,
  type Ready,
  type Snapshot,
} from "../raft/types";
import type { LogStorage, StorageFault } from "../storage/types";
import type { Transport } from "../transport/types";
import { allNodes, isJoint, sameConfState } from "./configuration";
import { decodeContext, decodePayload } from "./payload";
import { type CommandResult, Registry } from "./registry";
import { otherFormatOf } from "./registry_codec";
import { joinSnapshotData, splitSnapshotData, UnreadableSnapshot } from "./snapshot_data";
import type { LeaderInfo, MembershipSnapshot, StateMachine } from "./types";
import { Watch } from "./watch";

/** Ticks between heartbeats, and without a leader before campaigning (at least; at most twice that). */
export const HEARTBEAT_TICKS = 2;
export const ELECTION_TICKS = 20;
/** Ticks a removed node keeps its core, so that what it committed last reaches the others. */
const REMOVED_GRACE_TICKS = 2 * ELECTION_TICKS;
/** Ticks between two attempts to leave a joint configuration whose automatic leave was lost. */
const LEAVE_RETRY_TICKS = ELECTION_TICKS;
/**
 * Writes that wait for the disk before whatever asks for another promise is dropped, as a network would: a disk that is full for days
 * must not fill the memory. The leader's window bounds what they hold.
 */
const WRITES_UNDER_WAY_MAX = 1024;
/** Entries kept behind a snapshot unless told otherwise, so that a peer a little behind needs no snapshot. */
const KEEP_ENTRIES = 1000;

/** Monotonic and wall time, in ms. */
export interface Clock {
  now(): number;
  wall(): number;
}

/** Everything outside the node. The simulator has its own of each. */
export interface NodePorts {
  readonly storage: LogStorage;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Uniform integer in [0, bound). */
  readonly random: (bound: number) => number;
  /** Runs a callback after the current event, before any other. */
  readonly defer: (run: () => void) => void;
  /** Makes durable that this node was removed at `index`. */
  readonly markRemoved: (index: number) => void;
  readonly log: (level: "info" | "warn" | "error", text: string) => void;
  /** Called once when the node cannot go on. */
  readonly onFailure: (message: string) => void;
}

export interface NodeOptions {
  readonly id: NodeId;
  readonly snapshotEvery: number;
  /** Entries kept behind a snapshot; 1000 when absent. */
  readonly keepEntries?: number;
  /** Bytes of entries in one message to a peer, at least one entry; 1 MiB when absent. */
  readonly messageBytesMax?: number;
  /** Messages with entries under way to one peer; 256 when absent. */
  readonly inflightMessagesMax?: number;
  readonly stateMachine: StateMachine | undefined;
  /** Index at which this node learned earlier that it was removed. */
  readonly removedAt: number | undefined;
  /**
   * What becomes of a broken invariant: `fail` ends this node, in order and with a sentence, and nothing else of the process;
   * `throw`, the default, shows it to whoever runs the node, as tests and the simulator want.
   */
  readonly brokenInvariants?: "fail" | "throw";
}

/** What became of one applied entry; told to whoever proposed it. */
export interface Applied {
  readonly index: number;
  readonly term: number;
  readonly outcome:
    | { readonly kind: "none" }
    | { readonly kind: "application"; readonly key: string }
    | { readonly kind: "command"; readonly key: string; readonly result: CommandResult }
    | { readonly kind: "change-applied"; readonly requestId: string; readonly joint: boolean }
    | { readonly kind: "change-rejected"; readonly requestId: string; readonly reason: string }
    | { readonly kind: "joint-left"; readonly requestId: string | undefined };
}

export interface NodeEvents {
  /** After an entry was applied; for a configuration entry only once its index is durable and published. */
  onApplied(applied: Applied): void;
  onLeaderChanged(): void;
  onReadState(context: Uint8Array, index: number): void;
  /** A snapshot from the leader took the place of entries. */
  onInstalled(): void;
  /** The configuration was applied here (not yet published). */
  onConfiguration(): void;
}

export type Standing =
  | { readonly kind: "joining" }
  | { readonly kind: "member" }
  | { readonly kind: "removed"; readonly index: number }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Drives the core: hands its writes to storage and its messages to the network, applies what is committed to the registry, and
 * publishes membership. Single-threaded and event-driven: every input ends in one `pump`.
 *
 * Invariants: a response leaves only after the write it promises was answered; a membership is published only once the commit
 * index that covers it is durable, and after a restart only once replay has reached the stored commit index.
 */
export class Node {
  readonly raft: RaftNode;
  readonly log: MemoryLog;
  readonly membership: Watch<MembershipSnapshot>;
  readonly leader: Watch<LeaderInfo>;
  registry: Registry;
  /** Term of the last applied entry. */
  appliedTerm: number;
  appliedIndex: number;
  /** Number of the view that `membership` holds. */
  publishedSequence: number;
  private hardState: HardState;
  private standingNow: Standing = { kind: "joining" };
  private readonly options: NodeOptions;
  private readonly ports: NodePorts;
  private readonly events: NodeEvents;
  private outbox: Message[] = [];
  private pumping = false;
  private pumpDeferred = false;
  private replaying = true;
  private stalled = false;
  private ticks = 0;
  private haltAtTick: number | undefined;
  private closed = false;
  private compacting = false;
  private writesUnderWay = 0;
  private snapshotIndex: number;

  constructor(options: NodeOptions, ports: NodePorts, events: NodeEvents) {
    const { recovered } = ports.storage;
    this.options = options;
    this.ports = ports;
    this.events = events;
    this.hardState = recovered.hardState;
    const index = recovered.snapshot.metadata.index;
    this.snapshotIndex = index;
    this.appliedIndex = index;
    this.appliedTerm = recovered.snapshot.metadata.term;
    this.registry = this.restore(recovered.snapshot);
    this.log = new MemoryLog(recovered);
    this.raft = new RawNode(this.raftConfig(index));
    this.leader = new Watch<LeaderInfo>({ leader: undefined, term: recovered.hardState.term }, differs);
    this.pump();
    assert(this.appliedIndex >= recovered.hardState.commit, "replay reaches the stored commit index");
    this.replaying = false;
    this.membership = new Watch(
      this.registry.membership,
      (last, next) => next.committedIndex > last.committedIndex,
    );
    this.publishedSequence = this.registry.sequence;
    if (options.removedAt !== undefined) this.standingNow = { kind: "removed", index: options.removedAt };
    else this.updateStanding();
    ports.storage.onStall((stalled) => this.onStall(stalled));
  }

  private raftConfig(applied: number): RaftConfig {
    return {
      id: this.options.id,
      electionTick: ELECTION_TICKS,
      heartbeatTick: HEARTBEAT_TICKS,
      storage: this.log,
      applied,
      asyncStorageWrites: true,
      maxSizePerMsg: this.options.messageBytesMax ?? 1024 * 1024,
      maxCommittedSizePerReady: 4 * 1024 * 1024,
      maxUncommittedEntriesSize: 64 * 1024 * 1024,
      maxInflightMsgs: this.options.inflightMessagesMax ?? 256,
      maxInflightBytes: 8 * 1024 * 1024,
      checkQuorum: true,
      preVote: true,
      readOnly: "safe",
      disableProposalForwarding: true,
      disableConfChangeValidation: false,
      stepDownOnRemoval: true,
      random: this.ports.random,
      logger: {
        enabled: (level) => level !== "DEBUG",
        log: (_level, text) => this.ports.log("info", text),
      },
    };
  }

  get id(): NodeId {
    return this.options.id;
  }

  get standing(): Standing {
    return this.standingNow;
  }

  /** Whether the core still takes part. */
  get running(): boolean {
    return (
      this.standingNow.kind === "joining" ||
      this.standingNow.kind === "member" ||
      this.haltAtTick !== undefined
    );
  }

  /**
   * Whether the core still answers others. A removed node does as long as its process lives, and also after a restart: those who stay
   * may have missed that its removal is committed, then still count it, and need its vote and its acknowledgement to learn it.
   */
  private get answers(): boolean {
    return this.running || (this.standingNow.kind === "removed" && !this.closed);
  }

  get isLeader(): boolean {
    return this.running && this.leader.current.leader === this.options.id;
  }

  /** A leader knows the outcome of every earlier change only once an entry of its own term is applied (dissertation 6.4). */
  get leadsWithOwnTerm(): boolean {
    return this.isLeader && this.appliedTerm === this.leader.current.term;
  }

  get committedIndex(): number {
    return this.hardState.commit;
  }

  tick(): void {
    this.ticks += 1;
    if (this.haltAtTick !== undefined && this.ticks >= this.haltAtTick) {
      this.halt();
      this.forgetLeader();
    }
    // While the disk is full this node neither leads nor campaigns: it could not keep what it promises.
    if (!this.running || this.stalled) return;
    this.inOrder(
      () => "a tick",
      () => {
        this.raft.tick();
        if (this.isLeader && isJoint(this.registry.confState) && this.ticks % LEAVE_RETRY_TICKS === 0)
          this.raft.proposeLeaveJoint();
        this.pump();
      },
    );
  }

  /** Takes in a message of a peer. Answers why no correct node says this, as a clause; it was then not taken in. */
  step(from: NodeId, message: Message): string | undefined {
    const heard = this.running || (this.answers && isOfOthers(message));
    if (!heard || message.from !== from || message.to !== this.options.id) return undefined;
    if (this.writesUnderWay >= WRITES_UNDER_WAY_MAX && asksPromise(message)) return undefined;
    // Proposals come as requests, so that the leader's desk sees each of them; nobody sends them as messages.
    if (message.type === "prop") return undefined;
    if (message.snapshot !== undefined && !isInstallable(message.snapshot)) {
      const { index } = message.snapshot.metadata;
      this.ports.log(
        "error",
        `node ${from} sent a snapshot at index ${index} that cannot be read; it is dropped`,
      );
      return undefined;
    }
    const refusal = this.inOrder(
      () => `${describeMessage(message)} from ${this.registry.member(from)?.name ?? `node ${from}`}`,
      () => this.raft.step(message),
    );
    if (!this.running && this.answers) this.forgetLeader();
    this.pumpSoon();
    return refusal?.kind === "impossible" ? refusal.detail : undefined;
  }

  /** Runs `use` on the core, then does what the core wants done, once for all calls of this event. Throws for a broken invariant. */
  use<T>(use: (raft: RaftNode) => T): T {
    try {
      const result = use(this.raft);
      this.pumpSoon();
      return result;
    } catch (error) {
      this.failFor(error, "a request");
      throw error;
    }
  }

  /** Runs what comes of one event from outside. After a broken invariant nothing of it counts: this node stops. */
  private inOrder<T>(event: () => string, run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      if (!this.failFor(error, event())) throw error;
      return undefined;
    }
  }

  /** Whether the error is a broken invariant and has ended this node. */
  private failFor(error: unknown, event: string): boolean {
    if (!(error instanceof InvariantError) || this.options.brokenInvariants !== "fail") return false;
    this.outbox = [];
    this.fail(
      `${event} broke an invariant (${error.message}): this node stops, and only shows what it knew before`,
    );
    return true;
  }

  /** A peer with good proof says that this id was removed: stay down for good. */
  learnRemoval(index: number): void {
    if (this.standingNow.kind === "removed" || this.standingNow.kind === "failed") return;
    this.ports.log("warn", `this node was removed from the cluster at index ${index}`);
    this.standingNow = { kind: "removed", index };
    this.ports.markRemoved(index);
    this.halt();
    this.forgetLeader();
  }

  close(): void {
    this.closed = true;
    this.haltAtTick = undefined;
    if (this.standingNow.kind === "member" || this.standingNow.kind === "joining") {
      this.standingNow = { kind: "failed", message: "stopped" };
    }
    this.membership.close();
    this.leader.close();
  }

  /** A removed node's core has no clock: neither its own lead would end, nor the lease of a leader that it heard from. */
  private forgetLeader(): void {
    this.raft.stepDown();
    this.raft.forgetLeader();
  }

  private halt(): void {
    this.haltAtTick = undefined;
    this.leader.send({ leader: undefined, term: this.hardState.term });
    this.events.onLeaderChanged();
  }

  private fail(message: string): void {
    if (this.standingNow.kind === "failed") return;
    this.standingNow = { kind: "failed", message };
    this.halt();
    this.ports.log("error", message);
    this.ports.onFailure(message);
  }

  private onStall(stalled: boolean): void {
    this.stalled = stalled;
    this.ports.log(
      "warn",
      stalled ? "the disk is full: this node stops leading and acknowledging" : "the disk has room again",
    );
    if (!stalled || !this.isLeader) return;
    this.inOrder(
      () => "a full disk",
      () => {
        this.raft.stepDown();
        this.pump();
      },
    );
  }

  private pumpSoon(): void {
    if (this.pumpDeferred) return;
    this.pumpDeferred = true;
    this.ports.defer(() => {
      this.pumpDeferred = false;
      this.inOrder(
        () => "what the core wanted done",
        () => this.pump(),
      );
    });
  }

  /** Does what the core wants done until it wants nothing more. Not re-entrant: what happens inside is taken up by the loop. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    try {
      while ((this.replaying || this.answers) && this.raft.hasReady()) this.handle(this.raft.ready());
    } finally {
      this.pumping = false;
    }
    if (this.outbox.length > 0) {
      const messages = this.outbox;
      this.outbox = [];
      this.ports.transport.send(messages);
    }
    this.compactIfDue();
  }

  private handle(ready: Ready): void {
    if (ready.hardState !== undefined) this.hardState = ready.hardState;
    for (const read of ready.readStates) this.events.onReadState(read.requestContext, read.index);
    for (const message of ready.messages) {
      if (message.to === LOCAL_APPEND_THREAD) this.persist(ready, message);
      else if (message.to === LOCAL_APPLY_THREAD) this.apply(message);
      else this.outbox.push(message);
    }
    this.noteLeader(ready);
  }

  private noteLeader(ready: Ready): void {
    if (this.replaying) return;
    const leader = ready.softState?.leader ?? this.leader.current.leader ?? NONE;
    const sent = this.leader.send({
      leader: leader === NONE ? undefined : leader,
      term: this.hardState.term,
    });
    if (sent) this.events.onLeaderChanged();
  }

  /** Hands one write to the storage; what it allows to be said is said when it is answered. Answers come in order. */
  private persist(ready: Ready, message: Message): void {
    const { entries, hardState, snapshot } = ready;
    const write = { entries, hardState, snapshot, sync: ready.mustSync || snapshot !== undefined };
    this.writesUnderWay += 1;
    this.ports.storage.append(write, (fault) => {
      this.writesUnderWay -= 1;
      if (fault !== undefined) return this.fail(describeFault(fault));
      if (!this.answers) return;
      this.inOrder(
        () => "a write that was done",
        () => {
          if (snapshot !== undefined) this.install(snapshot);
          if (entries.length > 0) this.log.append(entries);
          if (hardState !== undefined) this.log.setHardState(hardState);
          this.deliver(message.responses);
          this.pump();
        },
      );
    });
  }

  private deliver(responses: readonly Message[]): void {
    for (const response of responses) {
      if (response.to === this.options.id) this.raft.step(response);
      else this.outbox.push(response);
    }
  }

  private restore(snapshot: Snapshot): Registry {
    const parts = splitSnapshotData(snapshot.data);
    const registry = parts === undefined ? undefined : Registry.decode(parts.registry);
    if (parts === undefined || registry === undefined) {
      const format = parts === undefined ? undefined : otherFormatOf(parts.registry);
      const what =
        format === undefined
          ? "is not one of this engine"
          : `was written by another version of rollcall (format ${format}), which this one does not read`;
      throw new UnreadableSnapshot(`the snapshot at index ${snapshot.metadata.index} ${what}`);
    }
    this.options.stateMachine?.restore(parts.application);
    return registry;
  }

  /** Takes over a snapshot from the leader, which is durable now. */
  private install(snapshot: Snapshot): void {
    const { index, term } = snapshot.metadata;
    this.log.applySnapshot(snapshot);
    if (index <= this.appliedIndex) return;
    this.registry = this.restore(snapshot);
    this.appliedIndex = index;
    this.appliedTerm = term;
    this.snapshotIndex = index;
    this.updateStanding();
    this.events.onConfiguration();
    this.membership.send(this.registry.membership);
    this.publishedSequence = this.registry.sequence;
    this.events.onInstalled();
  }

  private apply(message: Message): void {
    for (const entry of message.entries) {
      // A snapshot that was installed meanwhile covers it.
      if (entry.index <= this.appliedIndex) continue;
      assert(entry.index === this.appliedIndex + 1, "entries are applied one by one, in order");
      const outcome = entry.type === "normal" ? this.applyNormal(entry) : this.applyConfiguration(entry);
      this.appliedIndex = entry.index;
      this.appliedTerm = entry.term;
      const applied: Applied = { index: entry.index, term: entry.term, outcome };
      if (outcome.kind === "change-applied" || outcome.kind === "joint-left") this.publish(applied);
      else if (!this.replaying) this.events.onApplied(applied);
    }
    this.deliver(message.responses);
  }

  private applyNormal(entry: Entry): Applied["outcome"] {
    const payload = decodePayload(entry.data);
    switch (payload.kind) {
      case "application":
        if (payload.data.length > 0) this.options.stateMachine?.apply(entry.index, payload.data);
        return { kind: "application", key: payload.key };
      case "command": {
        const result = this.registry.applyCommand(entry.index, entry.term, payload.command);
        return { kind: "command", key: payload.key, result };
      }
      case "malformed":
        this.ports.log("error", `entry ${entry.index} holds nothing this version can read; it is skipped`);
        return { kind: "none" };
      case "empty":
        return { kind: "none" };
    }
  }

  /**
   * A committed configuration entry is judged again, from the log alone, before the core sees it: the core panics on an invalid
   * change, and one bad committed entry would then stop every node at every restart.
   */
  private applyConfiguration(entry: Entry): Applied["outcome"] {
    const { index, term } = entry;
    const change = decodeConfChange(entry.data);
    if (isMalformed(change)) {
      this.ports.log("error", `configuration entry ${index} cannot be read; it is skipped`);
      return { kind: "none" };
    }
    const refusal = this.raft.checkConfChange(change);
    if (change.changes.length === 0) {
      if (refusal !== undefined) return { kind: "none" };
      const requestId = this.registry.applyLeave(index, term, this.raft.applyConfChange(change));
      this.afterConfiguration();
      return { kind: "joint-left", requestId };
    }
    const context = decodeContext(change.context);
    if (context === undefined) return { kind: "none" };
    const reason = this.registry.rejection(context) ?? refusal;
    if (reason !== undefined) {
      this.registry.reject(index, term, context, reason);
      return { kind: "change-rejected", requestId: context.requestId, reason };
    }
    const confState = this.raft.applyConfChange(change);
    this.registry.applyChange(index, term, context, confState);
    this.afterConfiguration();
    return { kind: "change-applied", requestId: context.requestId, joint: isJoint(confState) };
  }

  private afterConfiguration(): void {
    if (this.replaying) return;
    this.updateStanding();
    this.events.onConfiguration();
  }

  private updateStanding(): void {
    const { id } = this.options;
    const removedAt = this.registry.retiredAt(id);
    const inConfiguration = allNodes(this.registry.confState).includes(id);
    if (this.standingNow.kind === "removed" || this.standingNow.kind === "failed") return;
    if (inConfiguration) this.standingNow = { kind: "member" };
    else if (removedAt === undefined) this.standingNow = { kind: "joining" };
    else {
      this.standingNow = { kind: "removed", index: removedAt };
      this.haltAtTick = this.ticks + REMOVED_GRACE_TICKS;
      this.ports.markRemoved(removedAt);
    }
  }

  /** Publishes the membership after a configuration entry, once the commit index that covers it is durable here. */
  private publish(applied: Applied): void {
    if (this.replaying) return;
    const view = this.registry.membership;
    const { sequence } = this.registry;
    const write = { entries: [], hardState: this.hardState, snapshot: undefined, sync: true };
    this.ports.storage.append(write, (fault) => {
      if (fault !== undefined) return this.fail(describeFault(fault));
      if (this.membership.send(view)) this.publishedSequence = sequence;
      this.events.onApplied(applied);
    });
  }

  private compactIfDue(): void {
    const due = this.appliedIndex - this.snapshotIndex >= this.options.snapshotEvery;
    if (!due || this.compacting || this.replaying || !this.running) return;
    const index = this.appliedIndex;
    const term = this.log.term(index);
    if (typeof term !== "number") return;
    this.compacting = true;
    const data = joinSnapshotData(
      this.registry.encode(),
      this.options.stateMachine?.snapshot() ?? new Uint8Array(),
    );
    const snapshot: Snapshot = { metadata: { index, term, confState: this.registry.confState }, data };
    const keepEntries = this.options.keepEntries ?? KEEP_ENTRIES;
    const keepFrom = Math.max(this.log.firstIndex(), index - keepEntries + 1);
    this.ports.storage.compact(snapshot, keepFrom, (fault) => {
      this.compacting = false;
      if (fault !== undefined) return this.fail(describeFault(fault));
      // A snapshot of the leader may have come in between; then the log begins after it already.
      if (index <= this.snapshotIndex) return;
      this.snapshotIndex = index;
      this.inOrder(
        () => "a compaction that was done",
        () => {
          this.log.createSnapshot(index, snapshot.metadata.confState, data);
          this.log.compact(keepFrom);
        },
      );
    });
  }
}

/**
 * Whether a snapshot from a peer is one of this engine and agrees with itself. Looked at before the core sees it: once it is durable,
 * an unreadable one would keep this node from ever starting again.
 */
function isInstallable({ metadata, data }: Snapshot): boolean {
  const parts = splitSnapshotData(data);
  const registry = parts === undefined ? undefined : Registry.decode(parts.registry);
  return (
    registry !== undefined &&
    registry.configIndex <= metadata.index &&
    sameConfState(registry.confState, metadata.confState)
  );
}

/** A message in words, without what it carries. */
function describeMessage({ type, term, index, commit }: Message): string {
  return `a message of type ${type} (term ${term}, index ${index}, commit ${commit})`;
}

/** What a candidate or a leader asks of a follower. */
function isOfOthers(message: Message): boolean {
  return message.type === "heartbeat" || asksPromise(message);
}

/** What is answered only once something is durable. */
function asksPromise({ type }: Message): boolean {
  return type === "vote" || type === "pre-vote" || type === "app" || type === "snap";
}

function differs(last: LeaderInfo, next: LeaderInfo): boolean {
  return last.leader !== next.leader || last.term !== next.term;
}

function describeFault(fault: StorageFault): string {
  return `the log at ${fault.path} could not be written (${fault.kind}: ${fault.detail}); this node stops, nothing it acknowledged is lost`;
}
