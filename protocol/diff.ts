import type { MemberId, MembershipSnapshot } from "./membership";

/** One difference between two membership snapshots. Ids only: names belong to the status. */
export interface MemberDiff {
  readonly kind: "joined-learner" | "joined-voter" | "left" | "promoted" | "demoted";
  readonly id: MemberId;
}

type Role = "voter" | "learner";

type RoleLists = Pick<MembershipSnapshot, "members" | "learners">;

const nobody: RoleLists = { members: [], learners: [] };

function rolesOf({ members, learners }: RoleLists): Map<MemberId, Role> {
  const roles = new Map<MemberId, Role>();
  for (const id of learners) roles.set(id, "learner");
  for (const id of members) roles.set(id, "voter");
  return roles;
}

/** Orders ids by value; they may be as large as 2^64 - 1. */
export function compareIds(a: MemberId, b: MemberId): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function differenceOf(before: Role | undefined, after: Role | undefined): MemberDiff["kind"] | undefined {
  if (before === after) return undefined;
  if (after === undefined) return "left";
  if (before === undefined) return after === "voter" ? "joined-voter" : "joined-learner";
  return after === "voter" ? "promoted" : "demoted";
}

/**
 * The ids that stand in one of two lists only. Lists of ids ascend, and of a thousand few differ: so they are walked side by side
 * and nothing is built of what they share. Of lists that do not ascend some shared ids are among both results.
 */
function unshared(before: readonly MemberId[], after: readonly MemberId[]): [MemberId[], MemberId[]] {
  const gone: MemberId[] = [];
  const come: MemberId[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const a = before[i];
    const b = after[j];
    const order = a === undefined ? 1 : b === undefined ? -1 : compareIds(a, b);
    if (order < 0 && a !== undefined) gone.push(a);
    if (order > 0 && b !== undefined) come.push(b);
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
  }
  return [gone, come];
}

/**
 * What became of every member between two snapshots, ascending by id; at most one difference a member. Without a previous
 * snapshot everybody joined. Where snapshots in between were skipped this is their net effect.
 */
export function diffMembership(
  previous: MembershipSnapshot | undefined,
  next: MembershipSnapshot,
): MemberDiff[] {
  const from = previous ?? nobody;
  const [goneLearners, newLearners] = unshared(from.learners, next.learners);
  const [goneVoters, newVoters] = unshared(from.members, next.members);
  const before = rolesOf({ learners: goneLearners, members: goneVoters });
  const after = rolesOf({ learners: newLearners, members: newVoters });
  const diffs: MemberDiff[] = [];
  for (const [id, role] of after) {
    const kind = differenceOf(before.get(id), role);
    if (kind !== undefined) diffs.push({ kind, id });
  }
  for (const id of before.keys()) if (!after.has(id)) diffs.push({ kind: "left", id });
  return diffs.sort((a, b) => compareIds(a.id, b.id));
}

const diffWords: Record<MemberDiff["kind"], string> = {
  "joined-learner": "joined as learner",
  "joined-voter": "joined as voter",
  left: "left",
  promoted: "promoted to voter",
  demoted: "demoted to learner",
};

/** A difference as the operator reads it, e.g. "n5 joined as learner". */
export function describeDiff(diff: MemberDiff, nameOf: (id: MemberId) => string): string {
  return `${nameOf(diff.id)} ${diffWords[diff.kind]}`;
}

/** Several differences in one line, e.g. "n4 promoted to voter, n3 left"; "no difference" for none. */
export function describeDiffs(diffs: readonly MemberDiff[], nameOf: (id: MemberId) => string): string {
  if (diffs.length === 0) return "no difference";
  return diffs.map((diff) => describeDiff(diff, nameOf)).join(", ");
}
