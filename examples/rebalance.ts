import { createHash } from "node:crypto";

/** Which node holds which shard. */
export type Assignment = ReadonlyMap<string, number>;

/** One shard that goes to another node. `from` is undefined for a shard that nobody held. */
export interface Move {
  readonly shard: string;
  readonly from: number | undefined;
  readonly to: number;
}

/**
 * Decides where each shard belongs among `members`, by rendezvous hashing: every node computes a weight for every shard, and the
 * heaviest holds it. It depends on nothing but its arguments, so all nodes that see the same snapshot decide the same without
 * a word between them; and a member that leaves moves only its own shards. Empty members hold nothing.
 */
export function assign(shards: readonly string[], members: readonly number[]): Assignment {
  const assignment = new Map<string, number>();
  for (const shard of shards) {
    let best: { readonly member: number; readonly weight: string } | undefined;
    for (const member of members) {
      const weight = createHash("sha256").update(`${shard}\0${member}`).digest("hex");
      if (best === undefined || weight > best.weight) best = { member, weight };
    }
    if (best !== undefined) assignment.set(shard, best.member);
  }
  return assignment;
}

/** The moves that lead from one assignment to another. */
export function movesBetween(before: Assignment, after: Assignment): readonly Move[] {
  return [...after]
    .filter(([shard, to]) => before.get(shard) !== to)
    .map(([shard, to]) => ({ shard, from: before.get(shard), to }));
}
