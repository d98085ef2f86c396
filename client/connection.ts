import type { ServerFrame } from "../protocol/frames";

/** A timer as the environment gives it. */
export type Timer = unknown;

/** What the connection needs of its surroundings; replaced in tests by a virtual clock. */
export interface ConnectionPorts {
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly setTimer: (run: () => void, ms: number) => Timer;
  readonly clearTimer: (timer: Timer) => void;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly open: (url: string) => SocketLike;
}

/** The part of a WebSocket that is used. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  close(): void;
}

/** What the owner of a connection is told. Every callback is made from a fresh turn, never from within a call. */
export interface ConnectionListener {
  /** A frame that passed its schema, membership frames in rising order only. `gap`: its epoch is new. */
  frame(frame: ServerFrame, note: { readonly newEpoch: boolean }): void;
  badFrame(): void;
  /** The server speaks another version of the stream; no more attempts are made. */
  incompatible(): void;
  state(state: ConnectionState): void;
}

/** connecting: no socket was ever open. closed: `retryAt` null while an attempt is under way. */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "stale" }
  | { readonly kind: "closed"; readonly retryAt: number | null; readonly reason: string | null };

/** The owner of one WebSocket. */
export interface Connection {
  start(): void;
  /** Closes for good; a later start() begins anew. */
  stop(): void;
  /** Connects now instead of waiting; a no-op while open and live. */
  retryNow(): void;
  /** Tells that the page became visible or the network came back: ages are judged at once. */
  wake(): void;
}

export const RECONNECT_BASE_MS = 250;
export const RECONNECT_CAP_MS = 10_000;

export function createConnection(
  url: string,
  listener: ConnectionListener,
  ports: ConnectionPorts,
): Connection {
  throw new Error(`not written yet ${url} ${String(listener)} ${String(ports)}`);
}
