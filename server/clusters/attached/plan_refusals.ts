import type { Timers } from "../timers";

/** A step that was turned down is tried again after this long (ms), doubling up to the second. */
const RETRY_MS = [5000, 60_000] as const;
/** A lost fence is no refusal: what is in force now decides anew, after this long (ms). */
const FENCED_MS = 1000;

/** Why a step was turned down, until it is tried again or something changed. */
interface Refusal {
  /** Null: a lost fence. */
  readonly reason: string | null;
  /** The membership index it met. */
  readonly index: number;
  /** On the driver's clock. */
  readonly until: number;
  readonly waitMs: number;
}

/** Which plans had their last step turned down, and when each may try again: ever more rarely while nothing changes. */
export class PlanRefusals {
  private readonly timers: Timers;
  private readonly refusals = new Map<string, Refusal>();

  constructor(timers: Timers) {
    this.timers = timers;
  }

  /** Why a plan's step was turned down; null: it was not. */
  reasonOf(plan: string): string | null {
    return this.refusals.get(plan)?.reason ?? null;
  }

  /** `index`: that of the membership in force, with whose change a plan may try again at once. `reason`: null for a lost fence. */
  mayTry(plan: string, index: number): boolean {
    const refusal = this.refusals.get(plan);
    return refusal === undefined || this.timers.now() >= refusal.until || refusal.index !== index;
  }

  /** `passes`: what stands in the way goes by itself, so it is tried again at the same pace. */
  refuse(plan: string, reason: string | null, index: number, passes = false): void {
    const last = passes ? 0 : (this.refusals.get(plan)?.waitMs ?? 0);
    const waitMs = reason === null ? FENCED_MS : Math.min(Math.max(last * 2, RETRY_MS[0]), RETRY_MS[1]);
    this.refusals.set(plan, { reason, index, until: this.timers.now() + waitMs, waitMs });
  }

  forget(plan: string): void {
    this.refusals.delete(plan);
  }
}
