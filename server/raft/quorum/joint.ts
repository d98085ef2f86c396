import type { NodeId } from "../types";
import {
  type AckedIndex,
  type Ballot,
  committedIndex as majorityCommittedIndex,
  voteResult as majorityVoteResult,
  type VoteResult,
} from "./majority";

/** Two majorities that must both agree (dissertation 4.3). `outgoing` is empty unless a joint change is under way. */
export interface JointVoters {
  readonly incoming: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
}

/** The highest index held by a majority of each half. */
export function committedIndex(voters: JointVoters, acked: AckedIndex): number {
  return Math.min(
    majorityCommittedIndex(voters.incoming, acked),
    majorityCommittedIndex(voters.outgoing, acked),
  );
}

/** Won when both halves won, lost when either lost. */
export function voteResult(voters: JointVoters, ballot: Ballot): VoteResult {
  const incoming = majorityVoteResult(voters.incoming, ballot);
  const outgoing = majorityVoteResult(voters.outgoing, ballot);
  if (incoming === outgoing) return incoming;
  return incoming === "lost" || outgoing === "lost" ? "lost" : "pending";
}

/** Everyone who votes in either half, ascending. */
export function voterIds(voters: JointVoters): readonly NodeId[] {
  if (voters.outgoing.length === 0) return voters.incoming;
  return [...new Set([...voters.incoming, ...voters.outgoing])].sort((a, b) => a - b);
}
