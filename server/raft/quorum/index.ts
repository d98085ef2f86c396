/** Quorums: which index is committed, whether a vote is won, for one majority and for two joint ones. */
export { describeAcked, describeIndex } from "./describe";
export { committedIndex, type JointVoters, voteResult, voterIds } from "./joint";
export { type AckedIndex, type Ballot, majoritySize, type VoteResult } from "./majority";
