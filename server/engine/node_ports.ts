import type { NodeId } from "../raft/types";
import type { LogStorage } from "../storage/types";
import type { Transport } from "../transport/types";
import type { CommandResult } from "./payload";
import type { StateMachine } from "./types";

/** Monotonic and wall time, in ms. */
export interface Clock {
  now(): number;
  wall(): number;
}

/** Everything outside the node. The simulator has its own of each. */
export interface NodePorts {
  readonly storage: LogStorage;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Uniform integer in [0, bound). */
  readonly random: (bound: number) => number;
  /** Runs a callback after the current event, before any other. */
  readonly defer: (run: () => void) => void;
  /** Makes durable that this node was removed at `index`. */
  readonly markRemoved: (index: number) => void;
  readonly log: (level: "info" | "warn" | "error", text: string) => void;
  /** Called once when the node cannot go on. */
  readonly onFailure: (message: string) => void;
}

/** How one node runs its core and applies its log. */
export interface NodeOptions {
  readonly id: NodeId;
  readonly snapshotEvery: number;
  /** Entries kept behind a snapshot; 1000 when absent. */
  readonly keepEntries?: number;
  /** Bytes of entries in one message to a peer, at least one entry; 1 MiB when absent. */
  readonly messageBytesMax?: number;
  /** Messages with entries under way to one peer; 256 when absent. */
  readonly inflightMessagesMax?: number;
  readonly stateMachine: StateMachine | undefined;
  /** Index at which this node learned earlier that it was removed. */
  readonly removedAt: number | undefined;
  /**
   * What becomes of a broken invariant: `fail` ends this node, in order and with a sentence, and nothing else of the process;
   * `throw`, the default, shows it to whoever runs the node, as tests and the simulator want.
   */
  readonly brokenInvariants?: "fail" | "throw";
}

/** What became of one applied entry; told to whoever proposed it. */
export interface Applied {
  readonly index: number;
  readonly term: number;
  readonly outcome:
    | { readonly kind: "none" }
    | { readonly kind: "application"; readonly key: string }
    | { readonly kind: "command"; readonly key: string; readonly result: CommandResult }
    | { readonly kind: "change-applied"; readonly requestId: string; readonly joint: boolean }
    | { readonly kind: "change-rejected"; readonly requestId: string; readonly reason: string }
    | { readonly kind: "joint-left"; readonly requestId: string | undefined };
}

/** What a node tells its owner, in the turn in which it happens. */
export interface NodeEvents {
  /** After an entry was applied; for a configuration entry only once its index is durable and published. */
  onApplied(applied: Applied): void;
  onLeaderChanged(): void;
  onReadState(context: Uint8Array, index: number): void;
  /** A snapshot from the leader took the place of entries. */
  onInstalled(): void;
  /** The configuration was applied here (not yet published). */
  onConfiguration(): void;
}
