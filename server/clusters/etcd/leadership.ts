import type { Leadership } from "../../../protocol/status";
import type { MemberSelf } from "./member";

/**
 * Whom the voters take for leader. `answering`: what those said of themselves that answer. Of the terms in which one names a
 * leader the highest counts, and in it the leader that most name.
 */
export function leadershipOf(answering: readonly MemberSelf[], noneForMs: number): Leadership {
  const naming = answering.filter((voter) => voter.leader !== null);
  const term = Math.max(0, ...naming.map((voter) => voter.term));
  const counts = new Map<string, number>();
  for (const { leader, term: its } of naming) {
    if (leader !== null && its === term) counts.set(leader, (counts.get(leader) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  if (best !== undefined) {
    return { id: best[0], term, answering: answering.length, agree: best[1], noneForMs: null };
  }
  const highest = Math.max(0, ...answering.map((voter) => voter.term));
  return { id: null, term: highest, answering: answering.length, agree: 0, noneForMs };
}
