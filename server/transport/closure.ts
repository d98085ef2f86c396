/** Why a connection was closed, as a word to count by. */
export type CloseCode =
  /** What arrived broke the protocol. */
  | "unknown-kind"
  | "out-of-order"
  | "oversize"
  | "malformed"
  /** What arrived is well formed, and no correct node says it. */
  | "impossible"
  /** A connection that never became a peer's. */
  | "other-version"
  | "bad-proof"
  | "refused-peer"
  | "refused-by-peer"
  | "handshake-timeout"
  | "too-many-strangers"
  | "not-started"
  | "self-connect"
  | "join-answered"
  | "join-busy"
  | "join-timeout"
  /** A connection that lived. */
  | "silent"
  | "stuck-snapshot"
  | "replaced"
  | "readdressed"
  | "retired"
  | "ended"
  | "failed"
  | "shutdown";

/** Why a connection was closed. `detail` is for the log: no secrets, no bytes as they came. */
export interface Closure {
  readonly code: CloseCode;
  readonly detail: string;
}

/** A closure for a payload that is not what its kind promises. */
export function malformed(detail: string): Closure {
  return { code: "malformed", detail };
}

/** A closure for a message that no correct node sends. */
export function impossible(type: string, why: string): Closure {
  return { code: "impossible", detail: `a message of type ${type} that ${why}` };
}

const ORDINARY: ReadonlySet<CloseCode> = new Set([
  "join-answered",
  "replaced",
  "readdressed",
  "retired",
  "ended",
  "shutdown",
]);

/** Whether a closure belongs to normal life, and is worth no warning. */
export function isOrdinary(closure: Closure): boolean {
  return ORDINARY.has(closure.code);
}
