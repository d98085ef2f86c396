import { type Assignment, type Move, movesBetween } from "./rebalance";

/** What became of a rebalance: done now, done before, or decided from a membership that is no longer in force. */
export type Placed = "done" | "done before" | "out of date";

/**
 * Where shards are, as the outside world keeps it: a table in your database, say. This one is in memory; what matters is its one
 * rule. Every rebalance carries the `committedIndex` of the membership it was decided from, and the store remembers the highest it
 * has done. The same index again changes nothing, a lower one is refused. In SQL:
 *
 *     UPDATE placement SET version = :committedIndex, shards = :shards WHERE version < :committedIndex
 *
 * The rule is enough because committedIndex is the same on every node for the same membership, rises strictly from one membership
 * to the next, and never goes back: not across a restart, a lost leader, or a power cut.
 */
export class PlacementStore {
  private version = 0;
  private shards: Assignment = new Map();
  /** Rebalances that were done, oldest first. */
  readonly done: { readonly committedIndex: number; readonly moves: readonly Move[] }[] = [];

  get placement(): { readonly committedIndex: number; readonly shards: Assignment } {
    return { committedIndex: this.version, shards: this.shards };
  }

  /** Places shards as decided from the membership at `committedIndex`. */
  place(committedIndex: number, shards: Assignment): Placed {
    if (committedIndex === this.version) return "done before";
    if (committedIndex < this.version) return "out of date";
    this.done.push({ committedIndex, moves: movesBetween(this.shards, shards) });
    this.version = committedIndex;
    this.shards = shards;
    return "done";
  }
}
