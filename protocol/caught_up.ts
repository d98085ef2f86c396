import type { MemberId } from "./membership";
import type { MemberStatus } from "./status";

/** The learner as the plan waits for it: heard from, and within the gate. */
export function caughtUp(
  learner: { readonly id: MemberId; readonly name: string },
  known: MemberStatus | undefined,
): MemberStatus {
  return {
    id: learner.id,
    name: known?.name || learner.name,
    role: "learner",
    address: known?.address ?? "",
    console: null,
    health: { state: "healthy", word: "Healthy", sinceMs: null, source: null },
    lag: { entries: 0, current: true },
    ratePerSecond: null,
    lastContactMs: 0,
    promotable: { ok: true },
    ownView: null,
    facts: [],
  };
}
