import { compareIds, type MemberDiff } from "../diff";
import type { MemberId, MembershipSnapshot } from "../membership";

/** Applies differences to a snapshot: `applyDiffs(a, diffMembership(a, b), b.committedIndex)` equals `b`. */
export function applyDiffs(
  previous: MembershipSnapshot | undefined,
  diffs: readonly MemberDiff[],
  committedIndex: number,
): MembershipSnapshot {
  const voters = new Set<MemberId>(previous?.members);
  const learners = new Set<MemberId>(previous?.learners);
  for (const { kind, id } of diffs) {
    voters.delete(id);
    learners.delete(id);
    if (kind === "joined-voter" || kind === "promoted") voters.add(id);
    else if (kind !== "left") learners.add(id);
  }
  return { members: [...voters].sort(compareIds), learners: [...learners].sort(compareIds), committedIndex };
}
