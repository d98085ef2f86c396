/**
 * The vocabulary of the core: what goes in, what comes out. Plain data, no behaviour.
 * Section numbers refer to Ongaro's dissertation, "Consensus: Bridging Theory and Practice".
 */

/** A node's id in the core: an integer, 1 and up. 0 means "none" (no leader, no vote). */
export type NodeId = number;

/** No node: the leader of a node that knows none, the vote of a node that gave none. */
export const NONE: NodeId = 0;

/** Addressee of storage writes when `asyncStorageWrites` is on; never a real node. */
export const LOCAL_APPEND_THREAD: NodeId = Number.MAX_SAFE_INTEGER;

/** Addressee of entries to apply when `asyncStorageWrites` is on; never a real node. */
export const LOCAL_APPLY_THREAD: NodeId = Number.MAX_SAFE_INTEGER - 1;

/** Stands for "no limit" in sizes and for "every index" in commit arithmetic; prints as MaxUint64 where the suite says so. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;

export type EntryType = "normal" | "conf-change" | "conf-change-v2";

/** One log entry. `data` of a configuration entry is the encoded change (see confchange/codec). */
export interface Entry {
  readonly term: number;
  readonly index: number;
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/** What must survive a crash besides the log. Written in one atomic record. */
export interface HardState {
  readonly term: number;
  readonly vote: NodeId;
  readonly commit: number;
}

/** The configuration in force, as stored in a snapshot. All lists ascending. */
export interface ConfState {
  /** The incoming voters while joint, the only voters otherwise. */
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** The outgoing voters; empty unless joint. */
  readonly votersOutgoing: readonly NodeId[];
  /** Outgoing voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly NodeId[];
  /** Whether the leader leaves the joint configuration by itself once its entry has been applied. */
  readonly autoLeave: boolean;
}

/** What a snapshot stands for: the log up to `index`, whose entry there has `term`, and the configuration in force at it. */
export interface SnapshotMetadata {
  readonly confState: ConfState;
  readonly index: number;
  readonly term: number;
}

/** A log snapshot: the application's state at `metadata.index`. */
export interface Snapshot {
  readonly metadata: SnapshotMetadata;
  readonly data: Uint8Array;
}

export type ConfChangeType = "add-node" | "remove-node" | "update-node" | "add-learner-node";

/** One step of a configuration change; confchange/changer says what becomes of it. */
export interface ConfChangeSingle {
  readonly type: ConfChangeType;
  readonly nodeId: NodeId;
}

/** How a change enters and leaves a joint configuration. `auto`: joint only when more than one change, left by itself. */
export type ConfChangeTransition = "auto" | "joint-implicit" | "joint-explicit";

/** A configuration change. No changes at all means: leave the joint configuration. */
export interface ConfChangeV2 {
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeSingle[];
  /** Opaque to the core; carried in the entry and handed back at apply. */
  readonly context: Uint8Array;
}

export type MessageType =
  | "hup"
  | "beat"
  | "prop"
  | "app"
  | "app-resp"
  | "vote"
  | "vote-resp"
  | "snap"
  | "heartbeat"
  | "heartbeat-resp"
  | "unreachable"
  | "snap-status"
  | "check-quorum"
  | "transfer-leader"
  | "timeout-now"
  | "read-index"
  | "read-index-resp"
  | "pre-vote"
  | "pre-vote-resp"
  | "storage-append"
  | "storage-append-resp"
  | "storage-apply"
  | "storage-apply-resp"
  | "forget-leader";

/** One message between nodes, or between a node and its own storage threads. Absent fields are their zero value. */
export interface Message {
  readonly type: MessageType;
  readonly to: NodeId;
  readonly from: NodeId;
  readonly term: number;
  /** Term of the entry at `index` (app, vote), or of the last entry made stable (storage-append-resp). */
  readonly logTerm: number;
  readonly index: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  /** The vote carried by storage-append; NONE elsewhere. */
  readonly vote: NodeId;
  readonly snapshot: Snapshot | undefined;
  readonly reject: boolean;
  readonly rejectHint: number;
  /** Context of a campaign or read-index request; opaque. */
  readonly context: Uint8Array | undefined;
  /** Messages to deliver once this storage-append or storage-apply is done. */
  readonly responses: readonly Message[];
}

/** What a node is now (3.3); a pre-candidate only asks whether an election could be won (9.6). */
export type StateRole = "follower" | "pre-candidate" | "candidate" | "leader";

/** How a leader sends to a peer: one append at a time until one matches, appends without waiting, or nothing but a snapshot. */
export type ProgressState = "probe" | "replicate" | "snapshot";

/** The leader's view of one peer's log, as data. Invariant: 0 <= match < next. */
export interface ProgressView {
  readonly id: NodeId;
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly isLearner: boolean;
  /** Heard from since the last check-quorum round. */
  readonly recentActive: boolean;
  /** Not being sent entries: inflights full, or a probe or snapshot is outstanding. */
  readonly paused: boolean;
  /** Index of the snapshot under way; 0 if none. */
  readonly pendingSnapshot: number;
  /** Append messages sent and not acknowledged. */
  readonly inflight: number;
  /** No further append may be sent until one is acknowledged. */
  readonly inflightFull: boolean;
}

/** A read that may be answered once `index` is applied (6.4). `requestContext`: what it was asked with. */
export interface ReadState {
  readonly index: number;
  readonly requestContext: Uint8Array;
}

/**
 * What the core wants done. With asyncStorageWrites only `messages` (including the two local threads) need handling; the
 * append thread installs a snapshot before it appends entries, and the apply thread skips entries that an installed
 * snapshot covers: they were handed out before it came.
 */
export interface Ready {
  readonly softState: { readonly leader: NodeId; readonly role: StateRole } | undefined;
  readonly hardState: HardState | undefined;
  readonly readStates: readonly ReadState[];
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  /** Entries were appended, or term or vote changed: the write must be durable before the responses leave. */
  readonly mustSync: boolean;
}

/** Read access to the stable log, synchronous: the runtime keeps everything after the last snapshot in memory. */
export interface StableLog {
  /** What a restart begins with: the configuration is the one in force at `RaftConfig.applied`. */
  initialState(): { hardState: HardState; confState: ConfState };
  /** Entries in [low, high), at least one, then as many as fit in maxBytes. `compacted`: low was compacted away. */
  entries(low: number, high: number, maxBytes: number): readonly Entry[] | "compacted" | "unavailable";
  term(index: number): number | "compacted" | "unavailable";
  firstIndex(): number;
  lastIndex(): number;
  /** The snapshot to send to a peer that fell behind the log; "unavailable": ask again later. */
  snapshot(): Snapshot | "unavailable";
}

export type LogLevel = "DEBUG" | "INFO" | "WARN" | "ERROR";

/** Receives the core's narrative, for tests and for debugging. Never called with secrets or entry data. */
export interface RaftLogger {
  log(level: LogLevel, text: string): void;
  /** Whether lines of this level are wanted; without it all are. Lines that are not wanted are never built. */
  enabled?(level: LogLevel): boolean;
}

export interface RaftConfig {
  readonly id: NodeId;
  /** Ticks without a leader before campaigning; the real timeout is random in [electionTick, 2 * electionTick). */
  readonly electionTick: number;
  /** Ticks between heartbeats; less than electionTick. */
  readonly heartbeatTick: number;
  readonly storage: StableLog;
  /**
   * Last applied index at restart, as a rule that of the newest snapshot; entries up to it are not handed out again. It
   * may be above the stored commit index: what was applied was committed.
   */
  readonly applied: number;
  readonly asyncStorageWrites: boolean;
  /** Bytes of entries in one append message; 0 means one entry. */
  readonly maxSizePerMsg: number;
  /** Bytes of committed entries in one Ready; 0 means maxSizePerMsg. */
  readonly maxCommittedSizePerReady: number;
  /** Bytes of uncommitted entries a leader accepts; 0 means no limit. */
  readonly maxUncommittedEntriesSize: number;
  /** Append messages under way to one peer. */
  readonly maxInflightMsgs: number;
  /** Bytes under way to one peer; 0 means no limit. */
  readonly maxInflightBytes: number;
  readonly checkQuorum: boolean;
  readonly preVote: boolean;
  readonly readOnly: "safe" | "lease-based";
  readonly disableProposalForwarding: boolean;
  /** Propose configuration changes as given; for tests of what an invalid one does. */
  readonly disableConfChangeValidation: boolean;
  readonly stepDownOnRemoval: boolean;
  /** Uniform integer in [0, bound); the core's only randomness. */
  readonly random: (bound: number) => number;
  readonly logger: RaftLogger;
}

/** Why the core did not take something. Expected, and actionable by the caller. */
export type Refusal =
  | {
      readonly kind: "proposal-dropped";
      readonly reason: "no-leader" | "not-leader" | "transferring" | "removed" | "too-much-uncommitted";
    }
  | { readonly kind: "peer-not-found" }
  | { readonly kind: "local-message" }
  /** No correct node says this; nothing was done. `detail` is a clause. */
  | { readonly kind: "impossible"; readonly detail: string };

/** Where a leader put a proposal. `replaced`: a configuration change was refused (one is pending, or it is not valid now) and an empty entry stands in its place. */
export interface Appended {
  readonly kind: "appended";
  readonly index: number;
  readonly term: number;
  readonly replaced: boolean;
}

/** A node's state at one moment, as data. `progress` only on a leader, ascending by id. */
export interface RaftStatus {
  readonly id: NodeId;
  readonly hardState: HardState;
  readonly role: StateRole;
  readonly leader: NodeId;
  readonly applied: number;
  readonly lastIndex: number;
  /** Up to here this node takes its log for durable: the last entry that is, or the snapshot being installed. At most `lastIndex`. */
  readonly stableIndex: number;
  /** Target of a leadership transfer under way; NONE if none. */
  readonly leadTransferee: NodeId;
  /** Index of the newest configuration entry that may be unapplied (0: none since becoming leader). */
  readonly pendingConfIndex: number;
  readonly confState: ConfState;
  readonly progress: readonly ProgressView[];
}

/** The core's surface, implemented by RawNode (raw_node.ts). Synchronous and deterministic. */
export interface RaftNode {
  tick(): void;
  /** Starts an election now, if this node is promotable. */
  campaign(): void;
  /** On a leader appends one normal entry; elsewhere forwards it unless forwarding is disabled (then `appended` is not returned). */
  propose(data: Uint8Array): Appended | { readonly kind: "forwarded" } | Refusal;
  proposeConfChange(change: ConfChangeV2): Appended | { readonly kind: "forwarded" } | Refusal;
  /** Applies a committed configuration change and returns the configuration now in force. Throws on an invalid change: the caller validates with `checkConfChange` first. */
  applyConfChange(change: ConfChangeV2): ConfState;
  /** Whether applying `change` to the configuration in force would succeed: undefined, or the reason it would not. Pure. */
  checkConfChange(change: ConfChangeV2): string | undefined;
  step(message: Message): Refusal | undefined;
  hasReady(): boolean;
  /** Takes what is to be done; with asyncStorageWrites no advance() follows. */
  ready(): Ready;
  /** Acknowledges the last Ready. Only without asyncStorageWrites. */
  advance(): void;
  /** On the leader hands leadership to a voter; a follower passes the wish on, in a message that names the target as its sender. */
  transferLeader(target: NodeId): void;
  /** Gives up leadership without naming a successor: what a leader does that can no longer write. */
  stepDown(): void;
  /** Asks for a linearizable read point; answered in a later Ready's readStates. */
  readIndex(context: Uint8Array): void;
  forgetLeader(): Refusal | undefined;
  reportUnreachable(id: NodeId): void;
  reportSnapshot(id: NodeId, outcome: "finish" | "failure"): void;
  /** Leave a joint configuration whose automatic leave was lost. No-op unless leading, joint, and nothing is pending. */
  proposeLeaveJoint(): Appended | Refusal | undefined;
  status(): RaftStatus;
}
