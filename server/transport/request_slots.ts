import type { NodeId } from "../raft/types";

/** Counts the requests that each peer has under way here. They outlive a connection, so a peer that redials gains none. */
export class RequestSlots {
  readonly #slotsMax: number;
  readonly #taken = new Map<NodeId, number>();

  constructor(slotsMax: number) {
    this.#slotsMax = slotsMax;
  }

  /** False: the peer has as many under way as it may. */
  take(id: NodeId): boolean {
    const taken = this.#taken.get(id) ?? 0;
    if (taken >= this.#slotsMax) return false;
    this.#taken.set(id, taken + 1);
    return true;
  }

  /** The request was answered. */
  release(id: NodeId): void {
    const left = (this.#taken.get(id) ?? 0) - 1;
    if (left > 0) this.#taken.set(id, left);
    else this.#taken.delete(id);
  }
}
