import { hasMajority, votersAfter } from "./configuration";
import type { ChangeGuard, ChangeRefusal, EngineStatus, MemberChange } from "./types";

/** A learner is promoted only when the leader heard from it this lately (ms) ... */
const PROMOTION_CONTACT_MS = 1000;
/** ... and it is at most this many entries behind. 1 -> 2 voters with a dead one is a permanent loss. */
const PROMOTION_LAG = 100;

/** Why a learner may not vote yet; undefined: it may. */
export function promotionBlock(
  lastContactMs: number | undefined,
  lag: number | undefined,
): string | undefined {
  if (lastContactMs === undefined) return "not heard from yet";
  if (lastContactMs > PROMOTION_CONTACT_MS)
    return `last heard from ${Math.round(lastContactMs / 1000)} s ago`;
  if (lag === undefined) return "its log position is not known yet";
  if (lag > PROMOTION_LAG) return `${lag} entries behind, limit ${PROMOTION_LAG}`;
  return undefined;
}

/**
 * The guard of an engine used on its own: no change that cannot commit now, none whose result could not commit, no promotion of a
 * learner that is not there. The console puts its own in place, which says the same with the reasons its page shows.
 */
export const quorumGuard: ChangeGuard = (changes, status) =>
  blockedPromotion(changes, status) ?? lostQuorum(changes, status);

function blockedPromotion(changes: readonly MemberChange[], status: EngineStatus): ChangeRefusal | undefined {
  for (const change of changes) {
    if (change.kind !== "promote") continue;
    const report = status.reports.find((one) => one.id === change.id);
    const block = report === undefined ? "not heard from yet" : report.promotionBlocked;
    if (block !== undefined)
      return { code: "not-caught-up", detail: `${nameOf(status, change.id)} cannot vote yet: ${block}.` };
  }
  return undefined;
}

function lostQuorum(changes: readonly MemberChange[], status: EngineStatus): ChangeRefusal | undefined {
  const healthy = (id: number): boolean =>
    status.reports.some((report) => report.id === id && report.health === "healthy");
  const voters = status.configuration.incoming;
  const after = votersAfter(voters, changes);
  if (after.length === 0) return { code: "would-lose-quorum", detail: "No voter would be left." };
  for (const half of [voters, after]) {
    if (hasMajority(half, healthy)) continue;
    const up = half.filter(healthy).length;
    const needed = Math.floor(half.length / 2) + 1;
    const when = half === voters ? "Now" : "After it,";
    const detail = `${when} ${up} of ${half.length} voters ${half === voters ? "are" : "would be"} healthy and ${needed} are needed.`;
    return { code: "would-lose-quorum", detail };
  }
  return undefined;
}

function nameOf(status: EngineStatus, id: number): string {
  return status.members.find((member) => member.id === id)?.name ?? `n${id}`;
}
