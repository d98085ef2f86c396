import type { Entry, HardState, Snapshot } from "../raft/types";

/** What a node finds in its data directory when it starts. */
export interface Recovered {
  readonly hardState: HardState;
  /** The newest durable snapshot. A bootstrapped or joined node always has one. */
  readonly snapshot: Snapshot;
  /** Entries after `snapshot.metadata.index`, without gaps. */
  readonly entries: readonly Entry[];
  /** Bytes cut from the log's end because they were a write that never completed; 0 as a rule. */
  readonly tornBytes: number;
}

/** One write of the log. Everything in it becomes durable together, in the order given, or not at all. */
export interface LogWrite {
  /** Overwrites the tail from `entries[0].index` on. */
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
  /** A snapshot received from the leader: replaces the whole log before `entries`. */
  readonly snapshot: Snapshot | undefined;
  /** Answer only after the bytes are on the disk; false: answer once they are handed to the system. */
  readonly sync: boolean;
}

/** Why a write did not happen. `full` is retried by the storage itself and reported as a stall; the others are final. */
export type StorageFault = {
  readonly kind: "sync-failed" | "write-failed" | "closed";
  readonly path: string;
  readonly detail: string;
};

/** Answers a write: undefined once done. Called in the order of the writes, never from inside append(). */
export type WriteDone = (fault: StorageFault | undefined) => void;

/**
 * The durable log of one node. Writes are taken in order and grouped: all that wait while one sync runs share the next.
 * Answers are callbacks, so that a simulated disk can stand here and choose when they come.
 */
export interface LogStorage {
  readonly recovered: Recovered;
  append(write: LogWrite, done: WriteDone): void;
  /** Stores a snapshot of this node's own state and forgets the log up to `keepFrom` (exclusive; at most snapshot index + 1). */
  compact(snapshot: Snapshot, keepFrom: number, done: WriteDone): void;
  /** Called when the disk is full (true) and when a retried write went through (false). */
  onStall(listener: (stalled: boolean) => void): void;
  /** Finishes the writes under way, then releases the directory. */
  close(): Promise<void>;
}
