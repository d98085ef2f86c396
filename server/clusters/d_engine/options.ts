import type { ChannelTls } from "../../rpc/tls";
import type { RecordBook } from "../attached/record_book";
import type { Timers } from "../timers";

/** What an attached d-engine cluster is made of. */
export interface DEngineOptions {
  /** As it stands in URLs of the console: lower-case letters, digits and dashes. */
  readonly name: string;
  /** `host:port` or `http(s)://host:port` of nodes; one is enough, the others are found in the membership. */
  readonly endpoints: readonly string[];
  /** For https endpoints. d-engine's peers dial each other in the clear, so most clusters have none. */
  readonly tls?: ChannelTls;
  /** Every action is refused, and shown so. */
  readonly readOnly?: boolean;
  /** The console's own record of this cluster; closed by its owner. */
  readonly recordBook: RecordBook;
  readonly timers?: Timers;
  /** Uniform in [0, 1); for jitter only. */
  readonly random?: () => number;
  readonly log?: (level: "info" | "warn" | "error", text: string) => void;
}

/** Every node is asked for its state this often (ms). */
export const PROBE_EVERY_MS = 1000;
/** How long one probe may take (ms) before the node counts as not answering. */
export const PROBE_TIMEOUT_MS = 1500;
/** A node counts as healthy while it answered within this time (ms). */
export const HEALTHY_WITHIN_MS = 3000;
/** The status is composed anew this often (ms), and at once when something changes. */
export const STATUS_EVERY_MS = 500;
/** A learner that waits for promotion longer than this (ms) is evicted: d-engine's own default. */
export const EVICTION_MS = 300_000;
/** Nodes that are dialled at most; a cluster of consensus has far fewer. */
export const NODES_MAX = 64;
/** d-engine's ids are uint32. */
export const NODE_ID_MAX = 0xffff_ffff;
