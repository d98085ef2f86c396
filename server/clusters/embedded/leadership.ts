import type { Leadership } from "../../../protocol/status";
import type { EngineStatus, PeerView } from "../../engine/types";
import { HEALTHY_WITHIN_MS } from "./health";
import { toMemberId } from "./ids";

/**
 * Whom the voters take for leader. A voter answers if it said something about itself within 3 s (this node always does, until it
 * is removed). Of the terms in which an answering voter names a leader the highest counts, and in it the leader that most name.
 * Where no answering voter names one, what this node itself was told stands, with nobody agreeing.
 */
export function leadershipOf(status: EngineStatus): Leadership {
  const voters = new Set(status.membership.members);
  if (status.standing !== "member") voters.delete(status.nodeId);
  const answering = status.views.filter((view) => voters.has(view.id) && view.ageMs <= HEALTHY_WITHIN_MS);
  const highestTerm = Math.max(status.leader.term, ...answering.map((view) => view.term));
  const named = mostNamed(answering);
  if (named !== undefined) {
    const { leader, term, agree } = named;
    return { id: toMemberId(leader), term, answering: answering.length, agree, noneForMs: null };
  }
  const { leader } = status.leader;
  if (leader !== undefined) {
    const id = toMemberId(leader);
    return { id, term: status.leader.term, answering: answering.length, agree: 0, noneForMs: null };
  }
  const noneForMs = status.noLeaderForMs ?? 0;
  return { id: null, term: highestTerm, answering: answering.length, agree: 0, noneForMs };
}

function mostNamed(views: readonly PeerView[]) {
  const term = Math.max(-1, ...views.filter((view) => view.leader !== undefined).map((view) => view.term));
  const counts = new Map<number, number>();
  for (const view of views) {
    if (view.term !== term || view.leader === undefined) continue;
    counts.set(view.leader, (counts.get(view.leader) ?? 0) + 1);
  }
  let best: { readonly leader: number; readonly term: number; readonly agree: number } | undefined;
  for (const [leader, agree] of counts) {
    if (best === undefined || agree > best.agree) best = { leader, term, agree };
  }
  return best;
}
