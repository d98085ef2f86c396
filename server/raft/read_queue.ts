import type { Message, NodeId } from "./types";
import { WireReader } from "./wire_reader";
import { WireWriter } from "./wire_writer";

/** Reads that may wait at one leader; more are dropped, and their callers ask again. */
export const READS_WAITING_MAX = 65_536;

/** A read request with the commit index it must not be answered below. */
export interface PendingRead {
  readonly request: Message;
  readonly index: number;
  readonly round: number;
}

/**
 * Read requests that wait for the leader to prove that it still leads (dissertation 6.4). Every proof is a round of
 * heartbeats with a number of its own as context, counting up within a term; a follower that echoes round n has confirmed
 * all requests up to n. A round therefore serves any number of reads, and requests never clash.
 */
export class ReadQueue {
  /** Requests that came before this leader committed an entry of its term: it cannot know the commit index yet. */
  #early: Message[] = [];
  /** Ascending by round. */
  #pending: PendingRead[] = [];
  #round = 0;
  readonly #acked = new Map<NodeId, number>();

  get waiting(): number {
    return this.#early.length + this.#pending.length;
  }

  /** The context of the newest round while any read waits for one; undefined if none does. */
  get context(): Uint8Array | undefined {
    return this.#pending.length > 0 ? encodeRound(this.#round) : undefined;
  }

  postpone(request: Message): void {
    this.#early.push(request);
  }

  takePostponed(): readonly Message[] {
    const early = this.#early;
    if (early.length > 0) this.#early = [];
    return early;
  }

  /** Begins a round for a request. The leader itself confirms it at once. */
  add(request: Message, index: number, self: NodeId): void {
    this.#round++;
    this.#pending.push({ request, index, round: this.#round });
    this.#acked.set(self, this.#round);
  }

  /** A follower echoed a context. False if it is none of this term's. */
  acknowledge(from: NodeId, context: Uint8Array): boolean {
    const reader = new WireReader(context);
    const round = reader.varint();
    if (reader.fault !== undefined || reader.remaining > 0 || round > this.#round) return false;
    this.#acked.set(from, Math.max(round, this.#acked.get(from) ?? 0));
    return true;
  }

  /** The newest round that a member confirmed; undefined if none. */
  readonly ackedRound = (id: NodeId): number | undefined => this.#acked.get(id);

  /** Takes the reads of all rounds up to this one. */
  takeConfirmed(round: number): readonly PendingRead[] {
    let count = 0;
    while (count < this.#pending.length && (this.#pending[count]?.round ?? 0) <= round) count++;
    return count === 0 ? [] : this.#pending.splice(0, count);
  }

  /** Forgets everything: requests of another term cannot be answered in this one. */
  reset(): void {
    this.#early = [];
    this.#pending = [];
    this.#round = 0;
    this.#acked.clear();
  }
}

function encodeRound(round: number): Uint8Array {
  const writer = new WireWriter(16);
  writer.varint(round);
  return writer.finish();
}
