import type { NodeId } from "../raft/types";
import { allNodes } from "./configuration";
import { ELECTION_TICKS } from "./core_config";
import type { Registry } from "./registry";

/** Ticks a removed node keeps its core, so that what it committed last reaches the others. */
const REMOVED_GRACE_TICKS = 2 * ELECTION_TICKS;

/** What a node is to its cluster. */
export type Standing =
  | { readonly kind: "joining" }
  | { readonly kind: "member" }
  /** `by`: the request that did it, where others told that. */
  | { readonly kind: "removed"; readonly index: number; readonly by?: string | undefined }
  | { readonly kind: "failed"; readonly message: string };

/** What this node is to its cluster, and how far its core takes part. Nothing leads back from removed or failed. */
export class Participation {
  private readonly id: NodeId;
  private current: Standing = { kind: "joining" };
  private graceTicks = 0;
  private closed = false;

  constructor(id: NodeId) {
    this.id = id;
  }

  get standing(): Standing {
    return this.current;
  }

  /** Whether the core still takes part. */
  get running(): boolean {
    return this.current.kind === "joining" || this.current.kind === "member" || this.graceTicks > 0;
  }

  /**
   * Whether the core still answers others. A removed node does as long as its process lives, and also after a restart: those who stay
   * may have missed that its removal is committed, then still count it, and need its vote and its acknowledgement to learn it.
   */
  get answers(): boolean {
    return this.running || (this.current.kind === "removed" && !this.closed);
  }

  private get ended(): boolean {
    return this.current.kind === "removed" || this.current.kind === "failed";
  }

  /** Whether the grace of a removed node is over with this tick. */
  tick(): boolean {
    if (this.graceTicks === 0) return false;
    this.graceTicks -= 1;
    return this.graceTicks === 0;
  }

  /** Takes over what the registry says by now. Answers the index of this node's removal where that is news. */
  update(registry: Registry): number | undefined {
    if (this.ended) return undefined;
    const removedAt = registry.retiredAt(this.id);
    if (allNodes(registry.confState).includes(this.id)) this.current = { kind: "member" };
    else if (removedAt === undefined) this.current = { kind: "joining" };
    else {
      this.current = { kind: "removed", index: removedAt };
      this.graceTicks = REMOVED_GRACE_TICKS;
      return removedAt;
    }
    return undefined;
  }

  /** It was removed, by what others say: no grace. Whether that is news. */
  remove(index: number, by?: string): boolean {
    if (this.ended) return false;
    this.current = { kind: "removed", index, by };
    return true;
  }

  /** It cannot go on. Whether that is news. */
  fail(message: string): boolean {
    if (this.current.kind === "failed") return false;
    this.current = { kind: "failed", message };
    this.graceTicks = 0;
    return true;
  }

  /** Its process stops. */
  close(): void {
    this.closed = true;
    this.graceTicks = 0;
    if (!this.ended) this.current = { kind: "failed", message: "stopped" };
  }
}
