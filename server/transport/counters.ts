import type { CloseCode } from "./closure";

/** Why a message or report was not sent. */
export type DropReason =
  | "no-such-peer"
  | "not-connected"
  | "queue-full"
  | "too-large"
  | "superseded"
  | "local";

/** What one peer's connections look like now. */
export interface PeerCounters {
  /** The connection this node dialed is open. */
  readonly dialed: boolean;
  /** A connection that the peer dialed is open. */
  readonly accepted: boolean;
  /** Bytes that wait to be written to the peer, the socket's own buffer included. */
  readonly pendingBytes: number;
  readonly pendingFrames: number;
  readonly lastHeardMs: number | undefined;
}

/** What the transport did since it began to listen. Plain data; counts only grow. */
export interface TransportCounters {
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly dials: number;
  /** Dials to a peer that had been connected before. */
  readonly reconnects: number;
  readonly snapshotsSent: number;
  readonly snapshotsFailed: number;
  readonly snapshotsReceived: number;
  /** Closed connections, by the reason for closing; a reason that never occurred is absent. */
  readonly closed: Readonly<Partial<Record<CloseCode, number>>>;
  readonly strangers: number;
  readonly peers: ReadonlyMap<number, PeerCounters>;
}

/** The running counts, shared by every part of one transport. */
export class Tally {
  framesSent = 0;
  framesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  dials = 0;
  reconnects = 0;
  snapshotsSent = 0;
  snapshotsFailed = 0;
  snapshotsReceived = 0;
  readonly dropped: Record<DropReason, number> = {
    "no-such-peer": 0,
    "not-connected": 0,
    "queue-full": 0,
    "too-large": 0,
    superseded: 0,
    local: 0,
  };
  readonly closed: Partial<Record<CloseCode, number>> = {};

  countClosed(code: CloseCode): void {
    this.closed[code] = (this.closed[code] ?? 0) + 1;
  }
}
