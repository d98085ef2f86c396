import { NO_LIMIT, type NodeId } from "../types";

/** The outcome of a vote so far. "pending": more votes could still win it. */
export type VoteResult = "won" | "lost" | "pending";

/** The highest index a voter is known to hold; undefined: it never said. */
export type AckedIndex = (id: NodeId) => number | undefined;

/** A voter's ballot; undefined: not cast yet. */
export type Ballot = (id: NodeId) => boolean | undefined;

/** Reused between calls: the core is synchronous, and this runs for every acknowledgement. */
let scratch = new Float64Array(8);

/** How many voters make a majority of `count`; 0 voters need 0. */
export function majoritySize(count: number): number {
  return count === 0 ? 0 : Math.floor(count / 2) + 1;
}

/**
 * The highest index that a majority of `voters` holds (dissertation 3.5.1). No voters at all agree to everything: NO_LIMIT,
 * so that the empty half of a joint quorum does not count.
 */
export function committedIndex(voters: readonly NodeId[], acked: AckedIndex): number {
  const count = voters.length;
  if (count === 0) return NO_LIMIT;
  if (scratch.length < count) scratch = new Float64Array(count * 2);
  for (let i = 0; i < count; i++) {
    const index = acked(voters[i] ?? 0) ?? 0;
    let at = i;
    for (; at > 0 && (scratch[at - 1] ?? 0) > index; at--) scratch[at] = scratch[at - 1] ?? 0;
    scratch[at] = index;
  }
  // Ascending now: this element and the ones after it are a majority, all at or above it.
  return scratch[count - majoritySize(count)] ?? 0;
}

/** Whether a majority of `voters` said yes, said no, or may still do either. No voters: won. */
export function voteResult(voters: readonly NodeId[], ballot: Ballot): VoteResult {
  if (voters.length === 0) return "won";
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = ballot(id);
    if (vote === undefined) missing++;
    else if (vote) granted++;
  }
  const needed = majoritySize(voters.length);
  if (granted >= needed) return "won";
  return granted + missing >= needed ? "pending" : "lost";
}
