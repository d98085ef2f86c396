import type { NodeId } from "../raft/types";
import type { Clock } from "./clock";
import type { Closure } from "./closure";
import type { Tally } from "./counters";
import type { PeerIdentity, TransportHandler } from "./types";

/** The transport's bounds. Every one of them holds per peer unless it says otherwise. */
export interface TransportLimits {
  /** Bytes and messages that wait for a peer; beyond that messages are dropped. */
  readonly queueBytesMax: number;
  readonly queueFramesMax: number;
  /** Data of one snapshot. */
  readonly snapshotBytesMax: number;
  /** Requests under way to a peer, and from it. */
  readonly requestsMax: number;
  /** Connections, altogether, that have not proved who they are. */
  readonly strangersMax: number;
  /** Joins, altogether, that wait for their answer. */
  readonly joinsMax: number;
}

/** What docs/protocol.md promises between nodes. */
export const DEFAULT_LIMITS: TransportLimits = {
  queueBytesMax: 8 * 1_024 * 1_024,
  queueFramesMax: 8_192,
  snapshotBytesMax: 256 * 1_024 * 1_024,
  requestsMax: 256,
  strangersMax: 64,
  joinsMax: 8,
};

/** A connection that has not proved who it is by then is closed. */
export const HANDSHAKE_MS_MAX = 3_000;
/** Both ends count these; the dialing one also sends a ping at each. */
export const TICK_MS = 1_000;
/** Ticks without a byte from the other side before a connection is given up. */
export const SILENT_TICKS_MAX = 5;
/** Ticks without an acknowledgement before a snapshot, and its connection, is given up. */
export const SNAPSHOT_IDLE_TICKS_MAX = 30;
/** A peer is said to be unreachable at most this often. */
export const UNREACHABLE_MS_MIN = 100;
/** A connection that closes in order has this long to write what waits. */
export const CLOSE_GRACE_MS_MAX = 500;
/** A node that asks to join is closed if it has no answer by then. */
export const JOIN_ANSWER_MS_MAX = 30_000;

export type TransportLog = (level: "info" | "warn", text: string) => void;

/** What the parts of one running transport share. */
export interface TransportContext {
  readonly identity: PeerIdentity;
  readonly secret: Uint8Array;
  readonly handler: TransportHandler;
  readonly limits: TransportLimits;
  readonly clock: Clock;
  readonly tally: Tally;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: TransportLog;
  /** Logs a closed connection, at most one of a kind a second. `who` is a peer or a remote address. */
  readonly logClosure: (who: string, closure: Closure) => void;
  /** Runs later in the event loop, so that nobody is called from inside a call into the transport. */
  readonly later: (run: () => void) => void;
  /** The same, for what only matters while the transport is open. */
  readonly tell: (run: (handler: TransportHandler) => void) => void;
  /** Bytes were read that certainly come from this peer. */
  readonly heard: (id: NodeId) => void;
}
