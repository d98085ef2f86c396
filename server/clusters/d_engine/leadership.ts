import type { Leadership } from "../../../protocol/status";

/** Whom one voter takes for leader, as it said lately. */
export interface LeaderWord {
  readonly voter: number;
  readonly leader: number | undefined;
}

/** A node that says of itself that it leads; only the leader tells a term. */
export interface LeaderClaim {
  readonly leader: number;
  readonly term: number;
}

/** Who leads, and which voters say so. */
export interface Agreement {
  readonly leader: number | undefined;
  /** 0 while no leader told it. */
  readonly term: number;
  readonly answering: number;
  readonly agree: number;
}

/**
 * Whom the voters take for leader. A node that itself says that it leads counts first, the highest term winning: one that was cut off
 * goes on saying it. Where none does, the one that most voters name stands.
 */
export function agreementOf(words: readonly LeaderWord[], claims: readonly LeaderClaim[]): Agreement {
  let claim: LeaderClaim | undefined;
  for (const one of claims) if (claim === undefined || one.term > claim.term) claim = one;
  const leader = claim?.leader ?? mostNamed(words);
  const agree = leader === undefined ? 0 : words.filter((word) => word.leader === leader).length;
  return { leader, term: claim?.term ?? 0, answering: words.length, agree };
}

function mostNamed(words: readonly LeaderWord[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { leader } of words) if (leader !== undefined) counts.set(leader, (counts.get(leader) ?? 0) + 1);
  let best: number | undefined;
  for (const [leader, count] of counts)
    if (best === undefined || count > (counts.get(best) ?? 0)) best = leader;
  return best;
}

/**
 * Fills in the term that the same leader told before: a follower names its leader without a term, and a leader that does not answer for
 * a moment is still the one it was.
 */
export function withKnownTerm(now: Agreement, before: Agreement | undefined): Agreement {
  if (before === undefined || now.term > 0) return now;
  return now.leader === undefined || now.leader === before.leader ? { ...now, term: before.term } : now;
}

/** The agreement as the console tells it; `noneForMs`: how long there has been no leader. */
export function toLeadership(agreement: Agreement, noneForMs: number): Leadership {
  const { leader, term, answering, agree } = agreement;
  if (leader === undefined) return { id: null, term, answering, agree: 0, noneForMs };
  return { id: String(leader), term, answering, agree, noneForMs: null };
}
