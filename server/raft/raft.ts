import { assert } from "./assert";
import { checkConfig, isJoint } from "./confchange/changer";
import { describeConfig } from "./confchange/notation";
import { describeMessageType, describeNode } from "./describe";
import { RaftLog } from "./log/raft_log";
import { ReadQueue } from "./read_queue";
import { Tracker } from "./tracker/tracker";
import {
  type Entry,
  type HardState,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type LogLevel,
  type Message,
  type MessageType,
  NO_LIMIT,
  NONE,
  type NodeId,
  type RaftConfig,
  type RaftLogger,
  type ReadState,
  type StateRole,
} from "./types";

/** A message while it is being filled in. */
export type MessageDraft = { -readonly [Field in keyof Message]: Message[Field] };

const NO_ENTRIES: readonly Entry[] = [];
const NO_RESPONSES: readonly Message[] = [];

/** A message with every field at its zero value but these. All messages are made here, so that they share one shape. */
export function newMessage(type: MessageType, to: NodeId): MessageDraft {
  return {
    type,
    to,
    from: NONE,
    term: 0,
    logTerm: 0,
    index: 0,
    entries: NO_ENTRIES,
    commit: 0,
    vote: NONE,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: NO_RESPONSES,
  };
}

/** Messages of elections carry the term they are about, which need not be the sender's. */
export const ELECTION_TYPES: ReadonlySet<MessageType> = new Set([
  "vote",
  "vote-resp",
  "pre-vote",
  "pre-vote-resp",
]);

/** Promises: they must not leave before what they promise is durable. */
const PROMISE_TYPES: ReadonlySet<MessageType> = new Set(["app-resp", "vote-resp", "pre-vote-resp"]);

/** Requests that are passed on to the leader, whatever its term. */
const FORWARDED_TYPES: ReadonlySet<MessageType> = new Set(["prop", "read-index"]);

/**
 * The state of one node: what Raft calls the server's state (dissertation 3.1, figure 3.1), and the messages it has to
 * send. The rules that move it are in the modules around: election, replication, membership, reads and so on.
 */
export class Raft {
  readonly id: NodeId;
  readonly config: RaftConfig;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  readonly reads: ReadQueue;
  readonly messageBytesMax: number;
  readonly uncommittedBytesMax: number;

  term = 0;
  /** Whom this node voted for in `term`; NONE if nobody. */
  vote: NodeId = NONE;
  leader: NodeId = NONE;
  role: StateRole = "follower";

  /** To whom leadership is being transferred; NONE if to nobody. */
  leadTransferee: NodeId = NONE;
  /** Index of this leader's first entry; what is committed at or above it was committed in this term. */
  termStartIndex = 0;
  /** A timeout-now was sent in this term: its receiver may win an election within the lease. */
  leaseGivenUp = false;
  /**
   * At or above the index of every configuration entry that this leader may not have applied. Invariant: a leader appends
   * one only while this is at most the applied index, so there is never a second.
   */
  pendingConfIndex = 0;
  /** Estimated bytes of entries appended in this term as leader and not yet applied; never an overestimate. */
  uncommittedBytes = 0;

  /** Ticks since the leader was heard from; of a leader: since the last check-quorum. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** Ticks of silence after which this node campaigns, within [electionTick, 2 * electionTick). */
  randomizedElectionTimeout = 0;

  /** To send at once. */
  messages: Message[] = [];
  /** To send, or to take in if for this node, once everything unstable so far is durable. */
  messagesAfterAppend: Message[] = [];
  readStates: ReadState[] = [];

  readonly #logger: RaftLogger;

  constructor(config: RaftConfig) {
    checkRaftConfig(config);
    this.id = config.id;
    this.config = config;
    this.#logger = config.logger;
    this.messageBytesMax = config.maxSizePerMsg;
    this.uncommittedBytesMax =
      config.maxUncommittedEntriesSize === 0 ? NO_LIMIT : config.maxUncommittedEntriesSize;
    this.log = new RaftLog(
      config.storage,
      Math.max(1, config.maxCommittedSizePerReady || config.maxSizePerMsg),
      (text) => this.note("INFO", text),
    );
    this.tracker = new Tracker(config.maxInflightMsgs, config.maxInflightBytes);
    this.reads = new ReadQueue();
    this.#recover(config);
  }

  get softState(): { readonly leader: NodeId; readonly role: StateRole } {
    return { leader: this.leader, role: this.role };
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  get isJoint(): boolean {
    return isJoint(this.tracker.config);
  }

  /** Whether this node may become leader: a voter, not in the middle of installing a snapshot. */
  get promotable(): boolean {
    const progress = this.tracker.get(this.id);
    return progress !== undefined && !progress.isLearner && this.log.unstable.snapshot === undefined;
  }

  /** Tells the logger; the text is only built when it is wanted. */
  note(level: LogLevel, text: () => string): void {
    if (this.#logger.enabled?.(level) === false) return;
    this.#logger.log(level, `${describeNode(this.id)}: ${text()}`);
  }

  /** Queues a message: promises until what they promise is durable, others at once. */
  send(message: MessageDraft): void {
    if (message.from === NONE) message.from = this.id;
    if (ELECTION_TYPES.has(message.type)) {
      assert(message.term > 0, "an election message carries its term");
    } else {
      assert(message.term === 0, "the term is filled in when sending");
      if (!FORWARDED_TYPES.has(message.type)) message.term = this.term;
    }
    if (PROMISE_TYPES.has(message.type)) {
      this.messagesAfterAppend.push(message);
      return;
    }
    assert(message.to !== this.id, () => `${describeMessageType(message.type)} to this node itself`);
    this.messages.push(message);
  }

  /** Begins a term, or the same one in another role: forgets everything that belongs to the role before. */
  reset(term: number): void {
    if (this.term !== term) {
      assert(term > this.term, "terms do not go back");
      this.term = term;
      this.vote = NONE;
      this.leaseGivenUp = false;
    }
    this.leader = NONE;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    this.resetElectionTimeout();
    this.leadTransferee = NONE;
    this.tracker.resetVotes();
    this.tracker.resetProgress(this.log.lastIndex(), this.id);
    this.pendingConfIndex = 0;
    this.uncommittedBytes = 0;
    this.reads.reset();
  }

  /** Different at every node and every time, so that elections rarely split (dissertation 3.4). */
  resetElectionTimeout(): void {
    const { electionTick, random } = this.config;
    const extra = random(electionTick);
    assert(Number.isInteger(extra) && extra >= 0 && extra < electionTick, "random() stays within its bound");
    this.randomizedElectionTimeout = electionTick + extra;
  }

  #recover(config: RaftConfig): void {
    const { hardState, confState } = config.storage.initialState();
    const fault = checkConfig(confState);
    assert(fault === undefined, () => `the stored configuration is not one: ${fault}`);
    this.tracker.switchTo({ kind: "changed", config: confState, fresh: [] }, this.log.lastIndex());
    assert(
      hardState.commit <= this.log.lastIndex() && config.applied <= this.log.lastIndex(),
      () =>
        `commit ${hardState.commit}, applied ${config.applied}, but the log ends at ${this.log.lastIndex()}: log lost?`,
    );
    this.term = hardState.term;
    this.vote = hardState.vote;
    // What is in a snapshot or was applied is committed, also when that news itself was not durable yet.
    this.log.committed = Math.max(this.log.committed, hardState.commit, config.applied);
    if (config.applied > 0) this.log.appliedTo(config.applied, 0);
    this.reset(this.term);
    this.note("INFO", () => {
      const { log } = this;
      return (
        `started at term ${this.term}, commit ${log.committed}, applied ${log.applied}, last ${log.lastIndex()}, ` +
        `configuration ${describeConfig(confState)}`
      );
    });
  }
}

function checkRaftConfig(config: RaftConfig): void {
  const { id } = config;
  assert(Number.isSafeInteger(id) && id > 0, "a node's id is an integer from 1");
  assert(
    id !== LOCAL_APPEND_THREAD && id !== LOCAL_APPLY_THREAD,
    "a node's id is not that of a storage thread",
  );
  assert(config.heartbeatTick > 0, "heartbeatTick is above 0");
  assert(config.electionTick > config.heartbeatTick, "electionTick is above heartbeatTick");
  assert(config.maxInflightMsgs > 0, "maxInflightMsgs is above 0");
  assert(
    config.maxInflightBytes === 0 || config.maxInflightBytes >= config.maxSizePerMsg,
    "maxInflightBytes holds at least one message",
  );
  assert(
    config.readOnly === "safe" || config.checkQuorum,
    "lease-based reads need check-quorum: without it a deposed leader keeps its lease",
  );
}
