import type { MemberStatus } from "./status";
import { formatCount, formatDuration, plural } from "./words";

/** A learner may vote only when it is at most this many entries behind (the embedded engine's gate). */
export const PROMOTION_LAG_MAX = 100;

/** Whether a learner is ready to vote, and what the dialog says about it. */
export interface PromotionGate {
  readonly ok: boolean;
  readonly sentence: string;
}

/**
 * Judges a learner by its engine's own gate. A learner nobody hears from is never ready: as a voter it would count as down, and
 * promoting it beside a single voter would be a permanent loss. `lagMax`: the gate's own limit, where it has one.
 */
export function promotionGate(
  member: MemberStatus | undefined,
  name: string,
  after: { readonly quorum: number; readonly healthy: number },
  lagMax: number | undefined,
): PromotionGate {
  if (member === undefined || member.health.state !== "healthy") {
    const cost = `promoting would raise quorum to ${after.quorum} with ${after.healthy} healthy`;
    return { ok: false, sentence: `${name} has not been heard from; ${cost}.` };
  }
  const { promotable, lag } = member;
  if (promotable?.ok === false)
    return { ok: false, sentence: waitingSentence(member, promotable.reason, name, lagMax) };
  if (lag === null) return { ok: true, sentence: promotable === null ? "Lag not known." : "Caught up." };
  const behind = `${plural(lag.entries, "entry", "entries")} behind`;
  if (promotable === null) return { ok: true, sentence: `${behind}.` };
  return { ok: true, sentence: `Caught up: ${behind}${lagMax === undefined ? "" : `, limit ${lagMax}`}.` };
}

function waitingSentence(
  member: MemberStatus,
  reason: string,
  name: string,
  lagMax: number | undefined,
): string {
  const { lag } = member;
  if (lag === null || lagMax === undefined || lag.entries <= lagMax) {
    return `${name} cannot vote yet: ${reason.replace(/\.$/, "")}.`;
  }
  const behind = `${plural(lag.entries, "entry", "entries")} behind, limit ${lagMax}.`;
  const estimate = catchUpEstimate(member);
  return estimate === undefined ? behind : `${behind} ${estimate}.`;
}

/** "About 20 s at 2,100/s"; undefined where the rate is unknown or nothing moves. */
export function catchUpEstimate(member: Pick<MemberStatus, "lag" | "ratePerSecond">): string | undefined {
  const seconds = catchUpSeconds(member);
  if (seconds === undefined || member.ratePerSecond === null) return undefined;
  return `About ${formatDuration(seconds * 1000)} at ${formatCount(member.ratePerSecond)}/s`;
}

/** Seconds until a learner may vote, at its present rate; undefined where that is unknown, nothing moves, or it may already. */
export function catchUpSeconds(member: Pick<MemberStatus, "lag" | "ratePerSecond">): number | undefined {
  const { lag, ratePerSecond } = member;
  if (lag === null || ratePerSecond === null || ratePerSecond < 1) return undefined;
  const missing = Math.max(0, lag.entries - PROMOTION_LAG_MAX);
  return missing === 0 ? undefined : Math.ceil(missing / ratePerSecond);
}
