import type { NodeId, ProgressState } from "../raft/types";

/** A point-in-time view of committed membership: exactly these three fields, no diff (the stream is lossy). */
export interface MembershipSnapshot {
  /** Voters, ascending; while joint, incoming and outgoing voters together. */
  readonly members: readonly NodeId[];
  /** Non-voters, ascending; disjoint from `members`. */
  readonly learners: readonly NodeId[];
  /** Log index of the configuration entry that produced this view; 0 before the node has joined. */
  readonly committedIndex: number;
}

/** What a receiver's wait ended with. */
export type Change = "changed" | "closed";

/** One reader of a watched value. Lossy: only the newest value is kept. Never goes back to an older one. */
export interface Receiver<T> extends AsyncIterable<T> {
  /** The newest value, at once; does not mark it as seen. */
  borrow(): T;
  /** The newest value, marked as seen. */
  borrowAndUpdate(): T;
  /** Resolves once there is a value not yet seen, or with "closed" once there will be none. */
  changed(): Promise<Change>;
  /** Detaches this reader; a waiting changed() ends with "closed". */
  close(): void;
}

/** Who leads, as this node knows it. */
export interface LeaderInfo {
  readonly leader: NodeId | undefined;
  readonly term: number;
}

/** One change of one member. `address`: host:port where its peers dial it. `name`: as operators know it; empty for none. */
export type MemberChange =
  | { readonly kind: "add-learner"; readonly id: NodeId; readonly address: string; readonly name: string }
  | { readonly kind: "promote"; readonly id: NodeId }
  | { readonly kind: "demote"; readonly id: NodeId }
  | { readonly kind: "remove"; readonly id: NodeId };

/** What every change carries. */
export interface ChangeOptions {
  /** Repeats get the first outcome. Made up when absent. */
  readonly requestId?: string;
  /** The committedIndex the caller saw; the change is refused if the configuration moved on. Absent: no fence. */
  readonly expectedIndex?: number;
  /** Recorded in the history; "engine" when absent. */
  readonly actor?: string;
  /** Milliseconds after which the caller stops waiting and no copy is sent any more; 10,000 when absent. */
  readonly timeoutMs?: number;
  /** What the operator typed to force a change that the guard refuses; the guard decides what it is worth. Recorded. */
  readonly force?: string;
}

/** How a change ended. `unknown`: it may have been applied; ask `requestOutcome`, then `settleRequest`. */
export type ChangeOutcome =
  | {
      readonly kind: "applied";
      readonly requestId: string;
      readonly index: number;
      readonly membership: MembershipSnapshot;
      readonly changed: boolean;
    }
  | { readonly kind: "refused"; readonly requestId: string; readonly refusal: ChangeRefusal }
  | { readonly kind: "unknown"; readonly requestId: string; readonly detail: string };

/** Why a change was not made. Nothing of it happened. */
export type ChangeRefusal =
  | { readonly code: "fence-lost"; readonly membership: MembershipSnapshot }
  | { readonly code: "change-in-progress"; readonly change?: ChangeInProgress | undefined }
  | { readonly code: "node-removed"; readonly index: number }
  | { readonly code: "id-retired"; readonly id: NodeId; readonly index: number; readonly nextFreeId: NodeId }
  | { readonly code: "leader-changed"; readonly leader?: NodeId | undefined; readonly term: number }
  | {
      readonly code: "transfer-failed";
      readonly target: NodeId;
      readonly leader?: NodeId | undefined;
      readonly term: number;
    }
  | {
      readonly code:
        | "no-leader"
        | "not-ready"
        | "too-many-requests"
        | "bad-input"
        | "already-member"
        | "address-taken"
        | "not-a-member"
        | "not-a-learner"
        | "not-a-voter"
        | "not-caught-up"
        | "would-lose-quorum"
        | "invalid-change"
        | "request-id-reused"
        | "request-closed";
      readonly detail: string;
    };

/** The change under way on the leader. */
export interface ChangeInProgress {
  readonly requestId: string;
  readonly changes: readonly MemberChange[];
  readonly actor: string;
  /** Milliseconds since the leader took it. */
  readonly sinceMs: number;
}

/** What became of a request id. `unknown`: this cluster has no record of it (it may still arrive). */
export type RequestOutcome =
  | { readonly kind: "applied"; readonly index: number }
  | { readonly kind: "rejected"; readonly index: number; readonly reason: string }
  | { readonly kind: "closed" }
  | { readonly kind: "unknown" };

/** A member as the replicated registry knows it. */
export interface MemberRecord {
  readonly id: NodeId;
  readonly name: string;
  /** host:port for peers. */
  readonly address: string;
  /** UUID of its data directory; "" until its first hello. */
  readonly uuid: string;
}

/** One line of the durable history. */
export interface HistoryRecord {
  readonly index: number;
  readonly term: number;
  /** Leader's wall clock, ms since 1970. */
  readonly time: number;
  readonly kind: "created" | "change" | "leave-joint" | "transfer";
  readonly changes: readonly {
    readonly kind: MemberChange["kind"];
    readonly id: NodeId;
    readonly name: string;
  }[];
  readonly actor: string;
  readonly requestId: string;
  readonly outcome: "applied" | "rejected" | "refused";
  readonly reason: string;
  /** The operator forced it past the guard. */
  readonly forced?: true | undefined;
  /** The node that refused before an entry was made; undefined for outcomes in the log. */
  readonly refusedBy: NodeId | undefined;
  readonly members: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Number of membership snapshots published up to here. */
  readonly sequence: number;
}

/** Both halves of the configuration in force. `outgoing` is empty unless joint. */
export interface Configuration {
  readonly incoming: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  readonly learnersNext: readonly NodeId[];
  readonly autoLeave: boolean;
}

/** One member as the leader sees it, or as this node does while there is no leader. Ages in ms. */
export interface MemberReport {
  readonly id: NodeId;
  readonly health: "healthy" | "down" | "unknown";
  /** Milliseconds in this health. */
  readonly healthForMs: number | undefined;
  /** Since the reporter heard from it; undefined if never. */
  readonly lastContactMs: number | undefined;
  /** Entries behind the leader's log; undefined when not known. */
  readonly lag: number | undefined;
  /** Entries a second its log grew by lately; undefined when not known. */
  readonly ratePerSecond: number | undefined;
  readonly progress: ProgressState | undefined;
  /** Why the engine would not promote this learner now; undefined: it would. Only for learners. */
  readonly promotionBlocked: string | undefined;
}

/** What a node last said about itself. */
export interface PeerView {
  readonly id: NodeId;
  readonly committedIndex: number;
  /**
   * Its configuration, the very arrays of `EngineStatus.membership` where it is the same. Undefined: it is another one, and this node
   * does not know which (yet); in a large cluster nodes tell a fingerprint, and the lists only now and then.
   */
  readonly members: readonly NodeId[] | undefined;
  readonly learners: readonly NodeId[] | undefined;
  readonly leader: NodeId | undefined;
  readonly term: number;
  /** Milliseconds since it said so. 0 for this node itself. */
  readonly ageMs: number;
}

/**
 * A change in several steps that the leader carries out on its own, recorded in the registry: it survives a restart and an
 * election. `promote`: make `learner` a voter once it has caught up. `replace`: that, and remove `target` in the same change.
 */
export interface GuidedPlan {
  readonly id: string;
  readonly kind: "promote" | "replace";
  readonly learner: NodeId;
  readonly target: NodeId | undefined;
  readonly actor: string;
  /** Leader's wall clock when it was made, ms since 1970. */
  readonly time: number;
  readonly state: "running" | "paused" | "stopped" | "done" | "failed";
  /** Why it failed; empty otherwise. */
  readonly reason: string;
  /** Entries the learner was behind when it was made; undefined where nobody knew. */
  readonly behindAtStart?: number | undefined;
}

/** A plan and where it stands. */
export interface GuidedPlanStatus extends GuidedPlan {
  readonly learnerName: string;
  readonly targetName: string | undefined;
  readonly step: "catching-up" | "transferring" | "changing" | "finished";
  /** What it waits for, as a clause: "n4 is 12400 entries behind"; undefined while it goes on. */
  readonly waitingFor: string | undefined;
}

/** How making or steering a plan ended. */
export type PlanOutcome =
  | { readonly kind: "done" }
  /** `reused`: its id stands for something else. */
  | { readonly kind: "refused"; readonly reason: string; readonly reused?: true }
  | { readonly kind: "unknown" };

/** Everything this node knows about its cluster now. */
export interface EngineStatus {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly clusterId: string;
  readonly standing: "joining" | "member" | "removed" | "failed";
  /** Index of the removal; sentence of the failure. */
  readonly removedAt: number | undefined;
  readonly failure: string | undefined;
  readonly isLeader: boolean;
  readonly leader: LeaderInfo;
  /** While this node knows no leader: for how long (ms). */
  readonly noLeaderForMs: number | undefined;
  readonly membership: MembershipSnapshot;
  readonly sequence: number;
  readonly configuration: Configuration;
  readonly changeInProgress: ChangeInProgress | undefined;
  /** Registry records of every member in the configuration, ascending by id. */
  readonly members: readonly MemberRecord[];
  /** Who made `reports`, and how old they are; undefined: nobody lately. */
  readonly reportedBy:
    | { readonly id: NodeId; readonly asLeader: boolean; readonly ageMs: number }
    | undefined;
  readonly reports: readonly MemberReport[];
  readonly views: readonly PeerView[];
  /** URL of each node's console, as the node last said at its hello or in a report; absent: it has not said, or has none. */
  readonly consoles: ReadonlyMap<NodeId, string>;
  /** host:port at which nodes serve d-engine's client interface, as they say in reports; those that serve none are absent. */
  readonly dEngineApis?: ReadonlyMap<NodeId, string>;
  readonly appliedIndex: number;
  readonly commitIndex: number;
  readonly lastIndex: number;
  /** Attempts that changed nothing and stand in this node's history, counted since it started: where it rises, there is more to read. */
  readonly refusals: number;
  /** Guided plans, oldest first: the one under way and the last finished ones. */
  readonly plans: readonly GuidedPlanStatus[];
}

/** A join token, minted for one learner; good once, until it expires. */
export interface JoinToken {
  readonly token: string;
  readonly expiresInMs: number;
}

/** Handles the application's own entries. All calls are synchronous and in log order, the same on every node. */
export interface StateMachine {
  apply(index: number, data: Uint8Array): void;
  snapshot(): Uint8Array;
  restore(data: Uint8Array): void;
}

/** How a proposal ended: applied at an index, certainly not applied, or possibly applied (never to be repeated blindly). */
export type ProposeOutcome =
  | { readonly kind: "applied"; readonly index: number }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "unknown"; readonly detail: string };

/**
 * Judges a change on the leader, in the same turn as its append. Returns undefined to let it pass. `force`: what the operator typed
 * to have it all the same.
 */
export type ChangeGuard = (
  changes: readonly MemberChange[],
  status: EngineStatus,
  force?: string,
) => ChangeRefusal | undefined;

/** The engine as its callers see it. Errors of a request are values; a method rejects only after `stop()` or for a bug. */
export interface Engine {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  /** Resolves true once this node knows a leader and has applied an entry of the leader's term, false after `timeoutMs`. */
  waitReady(timeoutMs: number): Promise<boolean>;
  watchMembership(): Receiver<MembershipSnapshot>;
  leaderChanges(): Receiver<LeaderInfo>;
  leaderInfo(): LeaderInfo;
  isLeader(): boolean;
  status(): EngineStatus;
  addLearner(
    learner: { readonly id: NodeId; readonly address: string; readonly name?: string },
    options?: ChangeOptions,
  ): Promise<ChangeOutcome>;
  promote(id: NodeId, options?: ChangeOptions): Promise<ChangeOutcome>;
  demote(id: NodeId, options?: ChangeOptions): Promise<ChangeOutcome>;
  removeNode(id: NodeId, options?: ChangeOptions): Promise<ChangeOutcome>;
  /** Several changes at once go through joint consensus; answered after its leave. */
  changeMembership(changes: readonly MemberChange[], options?: ChangeOptions): Promise<ChangeOutcome>;
  /** `seen`: the leader and term the caller saw; refused with `leader-changed` if others are in force. `applied` once the target leads. */
  transferLeadership(
    target: NodeId,
    options?: {
      readonly seen?: LeaderInfo;
      readonly actor?: string;
      readonly requestId?: string;
      readonly timeoutMs?: number;
    },
  ): Promise<ChangeOutcome>;
  /** Replicates one entry of the application; empty data is a no-op entry. */
  propose(data: Uint8Array, options?: { readonly timeoutMs?: number }): Promise<ProposeOutcome>;
  /** A linearizable read point: everything acknowledged before the call is applied here once it resolves. Undefined: no leader in time. */
  readIndex(timeoutMs?: number): Promise<number | undefined>;
  /** What is recorded of a request id, after a linearizable read. `undefined`: could not be read in time. */
  requestOutcome(requestId: string, timeoutMs?: number): Promise<RequestOutcome | undefined>;
  /** Closes a request id for good: afterwards it is applied, rejected, or can never be applied. */
  settleRequest(requestId: string, timeoutMs?: number): Promise<RequestOutcome | undefined>;
  /** Takes the next id from the replicated counter; it is never given twice. */
  allocateId(timeoutMs?: number): Promise<NodeId | undefined>;
  /** The id `allocateId` would give now. */
  nextId(): NodeId;
  /** Index at which an id was removed for good, as far as this node knows; undefined: it was not. */
  removedAt(id: NodeId): number | undefined;
  mintJoinToken(id: NodeId, timeoutMs?: number): Promise<JoinToken | undefined>;
  /** Makes a guided plan; one at a time. The leader begins at once. */
  createPlan(
    plan: Pick<GuidedPlan, "id" | "kind" | "learner" | "target" | "actor">,
    timeoutMs?: number,
  ): Promise<PlanOutcome>;
  /** Pauses, resumes or stops a plan. Stopping undoes nothing. */
  steerPlan(id: string, state: "running" | "paused" | "stopped", timeoutMs?: number): Promise<PlanOutcome>;
  /** Notes in this node's history a change that was turned down before the engine was asked. `reason`: a sentence. */
  recordRefusal(
    changes: readonly MemberChange[],
    attempt: { readonly requestId: string; readonly actor: string; readonly reason: string },
  ): void;
  /** Oldest first, records with index > after; refusals of this node included. */
  history(after: number, limit: number): readonly HistoryRecord[];
  /** Stops gracefully; a second call is a no-op. Watches close. */
  stop(): Promise<void>;
}

/** What makes a data directory that of one node of one cluster. */
export interface FormOptions {
  readonly dataDir: string;
  readonly clusterId: string;
  /** Shared by the cluster's nodes; 32 random bytes, hex. Kept in the directory (mode 0600), never logged. */
  readonly secret: string;
  readonly id: NodeId;
  readonly name: string;
  /** host:port for peers. */
  readonly address: string;
  readonly uuid: string;
  /** `bootstrap`: an initial voter, with all of them; every initial voter installs the same snapshot at index 1. `join`: a learner-to-be, with the peers it may meet. */
  readonly start:
    | {
        readonly kind: "bootstrap";
        readonly voters: readonly MemberRecord[];
        readonly time: number;
        readonly actor: string;
      }
    | {
        readonly kind: "join";
        readonly contacts: readonly { readonly id: NodeId; readonly address: string }[];
      };
}

/** Why a node did not start: one clear sentence in `message` (what, where, what to do). */
export interface StartFault {
  readonly kind:
    | "missing-directory"
    | "directory-exists"
    | "locked"
    | "other-cluster"
    | "damaged"
    | "port-in-use"
    | "bad-address"
    | "join-refused"
    | "unreachable"
    | "io";
  readonly message: string;
}

/** What a node is started with. Its id, name and cluster stand in the data directory, not here. */
export interface EngineConfig {
  readonly dataDir: string;
  /** host:port to bind for peers; the directory's own address when absent. */
  readonly listen?: string;
  /** URL of this node's console, told to peers. May be set later with `setConsole`. */
  readonly console?: string;
  /** Judges changes on the leader; the engine's own quorum and catch-up guard when absent. */
  readonly guard?: ChangeGuard;
  readonly stateMachine?: StateMachine;
  /** Milliseconds of one tick (default 50): heartbeats every 2 ticks, elections after 20 to 40. */
  readonly tickMs?: number;
  /** Entries applied between two log snapshots; 10,000 when absent. */
  readonly snapshotEvery?: number;
  /** Called once when the node can no longer go on (a failed sync): the process should end with an error. */
  readonly onFailure?: (message: string) => void;
  readonly log?: (level: "info" | "warn" | "error", text: string) => void;
}
