import { EVICTION_MS } from "./options";

/** How one learner stands with d-engine's own promotion. */
export interface PromotionOutlook {
  /** Whether its turn comes as soon as it has caught up. */
  readonly due: boolean;
  /** One sentence for the operator. */
  readonly reason: string;
}

/**
 * How many of `waiting` learners d-engine promotes together, oldest first: as many as keep the number of voters odd. With one learner
 * beside an odd number of voters that is none.
 */
export function promotedTogether(voters: number, waiting: number): number {
  if (waiting === 0) return 0;
  return (voters + waiting) % 2 === 1 ? waiting : waiting - 1;
}

/** What becomes of a promotable learner; `place` is its place (0 is first) among the `waiting` promotable learners. */
export function outlookOf(voters: number, waiting: number, place: number): PromotionOutlook {
  if (place < promotedTogether(voters, waiting)) {
    return { due: true, reason: "d-engine promotes it by itself as soon as it has caught up." };
  }
  const held = `d-engine keeps the number of voters odd: with ${voters} voters it waits for another promotable learner.`;
  return { due: false, reason: held };
}

/** What is known about how long a learner has been waiting, in ms on one clock. */
export interface WaitingSince {
  /** When this console first saw it as a learner that answers; undefined: it does not answer. */
  readonly answeringSince: number | undefined;
  /** When the leader in force was first seen: a new leader begins to count anew. */
  readonly leaderSince: number | undefined;
}

/**
 * Milliseconds until d-engine evicts a learner that parity holds back, at the earliest as far as this console saw it: its leader counts
 * from when the learner had caught up, for as long as it leads. Undefined: it does not count yet.
 */
export function evictionDueInMs(since: WaitingSince, now: number): number | undefined {
  if (since.answeringSince === undefined || since.leaderSince === undefined) return undefined;
  const from = Math.max(since.answeringSince, since.leaderSince);
  return Math.max(0, from + EVICTION_MS - now);
}
