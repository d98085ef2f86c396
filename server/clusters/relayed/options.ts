import type { ChannelTls } from "../../rpc/tls";
import type { Timers } from "../timers";

/** What a cluster of the embedded engine is made of that this console shows through its nodes' consoles. */
export interface RelayedOptions {
  /** As it stands in URLs of this console: lower-case letters, digits and dashes. */
  readonly name: string;
  /** URLs of its nodes' consoles; one is enough, more keep it shown when a node goes. */
  readonly endpoints: readonly string[];
  /** For https endpoints: a proxy in front of the nodes' consoles. */
  readonly tls?: ChannelTls | undefined;
  /** Where these consoles ask for one, as its source has it now. Never logged, never shown. */
  readonly token?: (() => string) | undefined;
  /** Every action is refused, and shown so. */
  readonly readOnly?: boolean;
  readonly timers?: Timers;
  /** Uniform in [0, 1); for jitter only. */
  readonly random?: () => number;
}

/** The status is composed anew this often (ms) while nothing is heard, so that its ages go on. */
export const STATUS_EVERY_MS = 500;
/** Reconnecting waits a uniform time below base * 2^attempt, at most the cap (ms). */
export const RECONNECT_BASE_MS = 250;
export const RECONNECT_CAP_MS = 5000;
/** A console that shows nothing newer for this long (ms) is left for another one, where there is one. */
export const UNINFORMED_AFTER_MS = 10_000;
/** Time (ms) beyond a change's own deadline for its answer to arrive. */
export const ANSWER_MARGIN_MS = 3000;
/** How long (ms) what is only read may take. */
export const READ_TIMEOUT_MS = 5000;
