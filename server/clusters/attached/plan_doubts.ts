import type { RequestOutcome } from "../../../protocol/api";
import type { Problem } from "../../../protocol/problem";
import type { Timers } from "../timers";

/** A step in doubt is asked about this often (ms). */
const ASK_EVERY_MS = 1000;
/** It is only asked about for this long (ms); then the doubt is ended, for which the cluster may be asked more. */
export const DOUBT_MS = 3000;

/** What a cluster tells of requests without an answer. A problem: nothing can be told now. */
export interface DoubtPort {
  requestOutcome(requestId: string): Promise<RequestOutcome | Problem>;
  settleRequest(requestId: string): Promise<RequestOutcome | Problem>;
}

/** A step of unknown outcome, on the driver's clock. */
interface Doubt {
  readonly since: number;
  readonly askedAt: number;
  /** Why it could not be ended so far; null: nothing was in the way. */
  readonly why: string | null;
}

/** The steps of plans whose outcome is not known, by request id, and how each doubt is brought to its end. */
export class PlanDoubts {
  private readonly port: DoubtPort;
  private readonly timers: Timers;
  private readonly doubts = new Map<string, Doubt>();

  constructor(port: DoubtPort, timers: Timers) {
    this.port = port;
    this.timers = timers;
  }

  /** What stands in the way of knowing; undefined: the request is in no doubt. */
  of(requestId: string): { readonly why: string | null } | undefined {
    return this.doubts.get(requestId);
  }

  /** A request remained without an answer. */
  begin(requestId: string): void {
    const now = this.timers.now();
    this.doubts.set(requestId, { since: now, askedAt: now, why: null });
  }

  /** Looks what became of a request, unless that was done a moment ago. True once it is known. */
  async isKnown(requestId: string, begun: () => void): Promise<boolean> {
    const now = this.timers.now();
    const doubt = this.doubts.get(requestId);
    if (doubt !== undefined && now - doubt.askedAt < ASK_EVERY_MS) return false;
    const { since = now, why = null } = doubt ?? {};
    this.doubts.set(requestId, { since, askedAt: now, why });
    if (doubt === undefined) begun();
    const overdue = now - since >= DOUBT_MS;
    const outcome = await (overdue
      ? this.port.settleRequest(requestId)
      : this.port.requestOutcome(requestId));
    if ("code" in outcome) {
      this.doubts.set(requestId, { since, askedAt: now, why: outcome.detail });
      return false;
    }
    if (outcome.state === "pending") return false;
    this.doubts.delete(requestId);
    return true;
  }
}
