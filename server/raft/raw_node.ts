import { handleSnapshotStatus, handleUnreachable } from "./acknowledgements";
import { assert } from "./assert";
import { changeConfig } from "./confchange/changer";
import { encodeConfChange, encodeConfChangeV1 } from "./confchange/codec";
import { becomeFollower, startElection, tick } from "./election";
import { applyConfChange, proposeLeaveJoint } from "./membership";
import { propose } from "./proposals";
import { ELECTION_TYPES, newMessage, Raft } from "./raft";
import { forwardReadIndex, handleReadIndex } from "./reads";
import {
  type AcceptedState,
  acceptReady,
  appendResponse,
  applyResponse,
  composeReady,
  hasReady,
} from "./ready";
import { step } from "./step";
import { forwardTransferLeader, handleTransferLeader } from "./transfer";
import {
  type Appended,
  type ConfChangeSingle,
  type ConfChangeV2,
  type ConfState,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  type MessageType,
  NONE,
  type NodeId,
  type RaftConfig,
  type RaftNode,
  type RaftStatus,
  type Ready,
  type Refusal,
} from "./types";

/** Never from a peer: they have methods of their own, or come from the storage threads. */
const LOCAL_TYPES: ReadonlySet<MessageType> = new Set([
  "hup",
  "beat",
  "unreachable",
  "snap-status",
  "check-quorum",
  "forget-leader",
  "storage-append",
  "storage-apply",
  "storage-append-resp",
  "storage-apply-resp",
]);

/** Answers: from somebody who is no member they are late, and count nothing. */
const RESPONSE_TYPES: ReadonlySet<MessageType> = new Set([
  "app-resp",
  "vote-resp",
  "heartbeat-resp",
  "read-index-resp",
  "pre-vote-resp",
]);

/**
 * One Raft node without a runtime: it is told of ticks, messages and proposals, and says in Ready what is to be done.
 * Construction asserts that the configuration and the recovered state are sound.
 */
export class RawNode implements RaftNode {
  readonly #raft: Raft;
  readonly #async: boolean;
  readonly #accepted: AcceptedState;
  /** What the acceptance of the last Ready brings about once it has been carried out; only without async storage writes. */
  #stepsOnAdvance: Message[] = [];
  #advanceDue = false;

  constructor(config: RaftConfig) {
    this.#raft = new Raft(config);
    this.#async = config.asyncStorageWrites;
    this.#accepted = { softState: this.#raft.softState, hardState: this.#raft.hardState };
  }

  tick(): void {
    tick(this.#raft);
  }

  campaign(): void {
    startElection(this.#raft, this.#raft.config.preVote ? "pre-election" : "election");
  }

  propose(data: Uint8Array): Appended | { readonly kind: "forwarded" } | Refusal {
    return propose(this.#raft, [{ type: "normal", data }]);
  }

  proposeConfChange(change: ConfChangeV2): Appended | { readonly kind: "forwarded" } | Refusal {
    return propose(this.#raft, [{ type: "conf-change-v2", data: encodeConfChange(change) }]);
  }

  /** Proposes one change as an entry of version 1. It is applied like the same change of version 2. */
  proposeConfChangeV1(change: ConfChangeSingle): Appended | { readonly kind: "forwarded" } | Refusal {
    return propose(this.#raft, [{ type: "conf-change", data: encodeConfChangeV1(change) }]);
  }

  applyConfChange(change: ConfChangeV2): ConfState {
    return applyConfChange(this.#raft, change);
  }

  checkConfChange(change: ConfChangeV2): string | undefined {
    const result = changeConfig(this.#raft.tracker.config, change);
    return result.kind === "refused" ? result.detail : undefined;
  }

  step(message: Message): Refusal | undefined {
    const fromStorage = message.from === LOCAL_APPEND_THREAD || message.from === LOCAL_APPLY_THREAD;
    if (LOCAL_TYPES.has(message.type) && !fromStorage) return { kind: "local-message" };
    if (ELECTION_TYPES.has(message.type) && message.term === 0) return { kind: "local-message" };
    if (RESPONSE_TYPES.has(message.type) && this.#raft.tracker.get(message.from) === undefined) {
      return { kind: "peer-not-found" };
    }
    return step(this.#raft, message);
  }

  hasReady(): boolean {
    return hasReady(this.#raft, this.#accepted, this.#async);
  }

  ready(): Ready {
    assert(!this.#advanceDue, "advance() follows every ready()");
    const raft = this.#raft;
    const ready = composeReady(raft, this.#accepted, this.#async);
    if (!this.#async) {
      this.#stepsOnAdvance = raft.messagesAfterAppend.filter((message) => message.to === raft.id);
      const append = appendResponse(raft, ready.snapshot);
      if (append !== undefined) this.#stepsOnAdvance.push(append);
      if (ready.committedEntries.length > 0) {
        this.#stepsOnAdvance.push(applyResponse(raft, ready.committedEntries));
      }
      this.#advanceDue = true;
    }
    acceptReady(raft, this.#accepted, ready, this.#async);
    return ready;
  }

  advance(): void {
    assert(!this.#async, "with asyncStorageWrites the storage threads answer instead of advance()");
    this.#advanceDue = false;
    const steps = this.#stepsOnAdvance;
    this.#stepsOnAdvance = [];
    for (const message of steps) step(this.#raft, message);
  }

  transferLeader(target: NodeId): void {
    if (this.#raft.role === "leader") handleTransferLeader(this.#raft, target);
    else if (this.#raft.role === "follower") forwardTransferLeader(this.#raft, target);
  }

  stepDown(): void {
    if (this.#raft.role === "leader") becomeFollower(this.#raft, this.#raft.term, NONE);
  }

  readIndex(context: Uint8Array): void {
    const request = newMessage("read-index", NONE);
    request.entries = [{ term: 0, index: 0, type: "normal", data: context }];
    if (this.#raft.role === "leader") handleReadIndex(this.#raft, request);
    else if (this.#raft.role === "follower") forwardReadIndex(this.#raft, request);
  }

  forgetLeader(): Refusal | undefined {
    const raft = this.#raft;
    if (raft.role !== "follower") return undefined;
    if (raft.config.readOnly === "lease-based") {
      raft.note("ERROR", () => "not forgetting the leader: its lease-based reads rely on this node");
    } else if (raft.leader !== NONE) {
      raft.note("INFO", () => `forgetting the leader at term ${raft.term}`);
      raft.leader = NONE;
    }
    return undefined;
  }

  reportUnreachable(id: NodeId): void {
    handleUnreachable(this.#raft, id);
  }

  reportSnapshot(id: NodeId, outcome: "finish" | "failure"): void {
    handleSnapshotStatus(this.#raft, id, outcome === "failure");
  }

  proposeLeaveJoint(): Appended | Refusal | undefined {
    return proposeLeaveJoint(this.#raft);
  }

  /** Overrides the random election timeout, in ticks from 1, until the next change of role or term. */
  setElectionTimeout(ticks: number): void {
    assert(Number.isInteger(ticks) && ticks > 0, "an election timeout is at least one tick");
    this.#raft.randomizedElectionTimeout = ticks;
  }

  status(): RaftStatus {
    const { id, hardState, role, leader, log, leadTransferee, pendingConfIndex, tracker } = this.#raft;
    const members = role === "leader" ? tracker.ids : [];
    return {
      id,
      hardState,
      role,
      leader,
      applied: log.applied,
      lastIndex: log.lastIndex(),
      stableIndex: log.unstable.offset - 1,
      leadTransferee,
      pendingConfIndex,
      confState: tracker.config,
      progress: members.flatMap((member) => tracker.get(member)?.view(member) ?? []),
    };
  }
}
