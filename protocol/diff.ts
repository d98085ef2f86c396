import type { MemberId, MembershipSnapshot } from "./membership";

/** One difference between two membership snapshots. Ids only: names belong to the status. */
export interface MemberDiff {
  readonly kind: "joined-learner" | "joined-voter" | "left" | "promoted" | "demoted";
  readonly id: MemberId;
}

type Role = "voter" | "learner";

function rolesOf(snapshot: MembershipSnapshot | undefined): Map<MemberId, Role> {
  const roles = new Map<MemberId, Role>();
  for (const id of snapshot?.learners ?? []) roles.set(id, "learner");
  for (const id of snapshot?.members ?? []) roles.set(id, "voter");
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
 * What became of every member between two snapshots, ascending by id; at most one difference a member. Without a previous
 * snapshot everybody joined. Where snapshots in between were skipped this is their net effect.
 */
export function diffMembership(
  previous: MembershipSnapshot | undefined,
  next: MembershipSnapshot,
): MemberDiff[] {
  const before = rolesOf(previous);
  const after = rolesOf(next);
  const diffs: MemberDiff[] = [];
  for (const [id, role] of after) {
    const kind = differenceOf(before.get(id), role);
    if (kind !== undefined) diffs.push({ kind, id });
  }
  for (const id of before.keys()) if (!after.has(id)) diffs.push({ kind: "left", id });
  // Of a thousand members few differ: only those are put in order.
  return diffs.sort((a, b) => compareIds(a.id, b.id));
}

/** Applies differences to a snapshot: `applyDiffs(a, diffMembership(a, b), b.committedIndex)` equals `b`. */
export function applyDiffs(
  previous: MembershipSnapshot | undefined,
  diffs: readonly MemberDiff[],
  committedIndex: number,
): MembershipSnapshot {
  const roles = rolesOf(previous);
  for (const { kind, id } of diffs) {
    if (kind === "left") roles.delete(id);
    else roles.set(id, kind === "joined-voter" || kind === "promoted" ? "voter" : "learner");
  }
  const inRole = (role: Role) =>
    [...roles]
      .filter(([, held]) => held === role)
      .map(([id]) => id)
      .sort(compareIds);
  return { members: inRole("voter"), learners: inRole("learner"), committedIndex };
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
