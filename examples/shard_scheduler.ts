import type { MembershipSnapshot, Receiver } from "rollcall/engine";
import type { Placed, PlacementStore } from "./placement_store";
import { type Assignment, assign, movesBetween } from "./rebalance";

/** What one look at the membership led to; for logs and tests. */
export interface Rebalance {
  readonly committedIndex: number;
  /** Voters that came and went since the snapshot this scheduler last held. */
  readonly joined: readonly number[];
  readonly left: readonly number[];
  /** Shards this scheduler finds elsewhere than when it last looked. */
  readonly moves: number;
  readonly placed: Placed;
}

/**
 * Rebalances shards whenever the membership changes. Run one on every node, on its own engine: no leader is needed for it, since
 * all of them decide the same from the same snapshot, and the store lets only the first of them through.
 *
 * Three rules make it right, and each follows from a promise of `watchMembership()`:
 *
 *  1. It compares with the snapshot it held itself. The stream carries no "4 joined": it keeps only the newest value, a slow
 *     reader skips some, and a difference to a value that was skipped would be wrong. The difference to what *this* reader last
 *     acted upon never is.
 *  2. Its idempotency key is `committedIndex`. A second scheduler, a retry and a restart all arrive at the same key for the same
 *     membership; a scheduler that slept through a change arrives with a lower one, and is refused.
 *  3. Only `members` hold shards. A learner is still catching up; it shows up in `members` when it is a voter.
 */
export class ShardScheduler {
  private readonly receiver: Receiver<MembershipSnapshot>;
  private readonly store: PlacementStore;
  private readonly shards: readonly string[];
  private readonly onRebalance: (rebalance: Rebalance) => void;
  /** The snapshot last acted upon; none yet after a start, so the first look takes everyone for new. */
  private held: MembershipSnapshot | undefined;
  private assignment: Assignment = new Map();

  constructor(
    receiver: Receiver<MembershipSnapshot>,
    store: PlacementStore,
    shards: readonly string[],
    onRebalance: (rebalance: Rebalance) => void = () => undefined,
  ) {
    this.receiver = receiver;
    this.store = store;
    this.shards = shards;
    this.onRebalance = onRebalance;
  }

  /** Follows the membership until the engine stops, or the receiver is closed. */
  async run(): Promise<void> {
    do this.lookOnce();
    while ((await this.receiver.changed()) === "changed");
  }

  /** Acts on the newest snapshot, whatever was skipped in between. */
  lookOnce(): void {
    const snapshot = this.receiver.borrowAndUpdate();
    // Index 0: this node has not joined a cluster yet, and knows of no member.
    if (snapshot.committedIndex === 0 || snapshot.committedIndex === this.held?.committedIndex) return;
    const before = this.held?.members ?? [];
    const after = assign(this.shards, snapshot.members);
    const moves = movesBetween(this.assignment, after);
    const placed = this.store.place(snapshot.committedIndex, after);
    this.held = snapshot;
    this.assignment = after;
    this.onRebalance({
      committedIndex: snapshot.committedIndex,
      joined: snapshot.members.filter((id) => !before.includes(id)),
      left: before.filter((id) => !snapshot.members.includes(id)),
      moves: moves.length,
      placed,
    });
  }
}
