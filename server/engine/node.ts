import { assert, InvariantError } from "../raft/assert";
import { MemoryLog } from "../raft/memory_log";
import { RawNode } from "../raft/raw_node";
import {
  type HardState,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  NONE,
  type NodeId,
  type RaftNode,
  type Ready,
  type Snapshot,
} from "../raft/types";
import type { StorageFault } from "../storage/types";
import { Applier } from "./applier";
import { Compaction } from "./compaction";
import { isJoint } from "./configuration";
import { coreConfig, ELECTION_TICKS } from "./core_config";
import type { Applied, NodeEvents, NodeOptions, NodePorts } from "./node_ports";
import { Participation, type Standing } from "./participation";
import { asksPromise, describeMessage, isInstallable, isOfOthers } from "./peer_message";
import type { Registry } from "./registry";
import type { LeaderInfo, MembershipSnapshot } from "./types";
import { Watch } from "./watch";

/** Ticks between two attempts to leave a joint configuration whose automatic leave was lost. */
const LEAVE_RETRY_TICKS = ELECTION_TICKS;
/**
 * Writes that wait for the disk before whatever asks for another promise is dropped, as a network would: a disk that is full for days
 * must not fill the memory. The leader's window bounds what they hold.
 */
const WRITES_UNDER_WAY_MAX = 1024;

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
  /** Number of the view that `membership` holds. */
  publishedSequence: number;
  private hardState: HardState;
  private readonly options: NodeOptions;
  private readonly ports: NodePorts;
  private readonly events: NodeEvents;
  private readonly applier: Applier;
  private readonly part: Participation;
  private readonly compaction: Compaction;
  private outbox: Message[] = [];
  private pumping = false;
  private pumpDeferred = false;
  private replaying = true;
  private stalled = false;
  private ticks = 0;
  private writesUnderWay = 0;

  constructor(options: NodeOptions, ports: NodePorts, events: NodeEvents) {
    const { recovered } = ports.storage;
    this.options = options;
    this.ports = ports;
    this.events = events;
    this.hardState = recovered.hardState;
    this.applier = new Applier(recovered.snapshot, options.stateMachine, ports.log);
    this.part = new Participation(options.id);
    this.log = new MemoryLog(recovered);
    this.raft = new RawNode(coreConfig(options, ports, this.log, this.applier.index));
    this.compaction = new Compaction(options, ports.storage, this.log, this.applier);
    this.leader = new Watch<LeaderInfo>({ leader: undefined, term: recovered.hardState.term }, differs);
    this.pump();
    assert(this.appliedIndex >= recovered.hardState.commit, "replay reaches the stored commit index");
    this.replaying = false;
    this.membership = new Watch(
      this.registry.membership,
      (last, next) => next.committedIndex > last.committedIndex,
    );
    this.publishedSequence = this.registry.sequence;
    if (options.removedAt !== undefined) this.part.remove(options.removedAt);
    else this.updateStanding();
    ports.storage.onStall((stalled) => this.onStall(stalled));
  }

  get id(): NodeId {
    return this.options.id;
  }

  get standing(): Standing {
    return this.part.standing;
  }

  /** Whether the core still takes part. */
  get running(): boolean {
    return this.part.running;
  }

  get registry(): Registry {
    return this.applier.registry;
  }

  get appliedIndex(): number {
    return this.applier.index;
  }

  /** Term of the last applied entry. */
  get appliedTerm(): number {
    return this.applier.term;
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
    if (this.part.tick()) {
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
    const heard = this.running || (this.part.answers && isOfOthers(message));
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
    if (!this.running && this.part.answers) this.forgetLeader();
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

  /** A peer with good proof says that this id was removed, and by which request: stay down for good. */
  learnRemoval(index: number, by?: string): void {
    if (!this.part.remove(index, by)) return;
    this.ports.log("warn", `this node was removed from the cluster at index ${index}`);
    this.ports.markRemoved(index);
    this.halt();
    this.forgetLeader();
  }

  close(): void {
    this.part.close();
    this.membership.close();
    this.leader.close();
  }

  /** A removed node's core has no clock: neither its own lead would end, nor the lease of a leader that it heard from. */
  private forgetLeader(): void {
    this.raft.stepDown();
    this.raft.forgetLeader();
  }

  private halt(): void {
    this.leader.send({ leader: undefined, term: this.hardState.term });
    this.events.onLeaderChanged();
  }

  private fail(message: string): void {
    if (!this.part.fail(message)) return;
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
      while ((this.replaying || this.part.answers) && this.raft.hasReady()) this.handle(this.raft.ready());
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
    // A candidate asks for votes once its own is durable. The core lets the question go before: a candidate that the others elected and
    // that lost its term in a crash would ask, and lead, a second time in the same one.
    const asksForVotes = ready.messages.filter(({ type }) => type === "vote");
    assert(
      asksForVotes.length === 0 || ready.mustSync,
      "a candidate asks for votes with its own to be written",
    );
    for (const message of ready.messages) {
      if (message.to === LOCAL_APPEND_THREAD) this.persist(ready, [...message.responses, ...asksForVotes]);
      else if (message.to === LOCAL_APPLY_THREAD) this.apply(message);
      else if (message.type !== "vote") this.outbox.push(message);
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
  private persist(ready: Ready, saidThen: readonly Message[]): void {
    const { entries, hardState, snapshot } = ready;
    const write = { entries, hardState, snapshot, sync: ready.mustSync || snapshot !== undefined };
    this.writesUnderWay += 1;
    this.ports.storage.append(write, (fault) => {
      this.writesUnderWay -= 1;
      if (fault !== undefined) return this.fail(describeFault(fault));
      if (!this.part.answers) return;
      this.inOrder(
        () => "a write that was done",
        () => {
          if (snapshot !== undefined) this.install(snapshot);
          if (entries.length > 0) this.log.append(entries);
          if (hardState !== undefined) this.log.setHardState(hardState);
          this.deliver(saidThen);
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

  /** Takes over a snapshot from the leader, which is durable now. */
  private install(snapshot: Snapshot): void {
    const { index } = snapshot.metadata;
    this.log.applySnapshot(snapshot);
    if (index <= this.appliedIndex) return;
    this.applier.install(snapshot);
    this.compaction.installed(index);
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
      const outcome = this.applier.apply(entry, this.raft);
      if (this.replaying) continue;
      const applied: Applied = { index: entry.index, term: entry.term, outcome };
      if (outcome.kind === "change-applied" || outcome.kind === "joint-left") this.publish(applied);
      else this.events.onApplied(applied);
    }
    this.deliver(message.responses);
  }

  private updateStanding(): void {
    const removedAt = this.part.update(this.registry);
    if (removedAt !== undefined) this.ports.markRemoved(removedAt);
  }

  /** Publishes the membership after a configuration entry, once the commit index that covers it is durable here. */
  private publish(applied: Applied): void {
    this.updateStanding();
    this.events.onConfiguration();
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
    if (this.replaying || !this.running) return;
    this.compaction.takeIfDue((fault, forget) => {
      if (fault !== undefined) this.fail(describeFault(fault));
      else this.inOrder(() => "a compaction that was done", forget);
    });
  }
}

function differs(last: LeaderInfo, next: LeaderInfo): boolean {
  return last.leader !== next.leader || last.term !== next.term;
}

function describeFault(fault: StorageFault): string {
  return `the log at ${fault.path} could not be written (${fault.kind}: ${fault.detail}); this node stops, nothing it acknowledged is lost`;
}
