import type { Machine } from "../../protocol/machine";
import type { Timers } from "../clusters/timers";
import type { ProposeOutcome } from "../engine/types";

/** Write load ends by itself after this long (ms), so that nobody leaves it on for a night. */
export const LOAD_MS_MAX = 10 * 60 * 1000;

const tickMs = 20;
/** Entries under way at once; above it entries are left out, not queued. */
const outstandingMax = 256;
/** No entry written for this long (ms) while the load is on: say why. */
const blockedAfterMs = 1500;

type Rate = Machine["load"]["ratePerSecond"];

/** Replicates real no-op entries at a steady rate, so that lag, rate and catch-up can be seen on an idle cluster. */
export class WriteLoad {
  private readonly propose: () => Promise<ProposeOutcome>;
  private readonly timers: Timers;
  private rate: Rate = 0;
  private endsAt = 0;
  private outstanding = 0;
  /** Entries owed since the last tick; always below one tick's worth plus one. */
  private owed = 0;
  private tickedAt = 0;
  private writtenAt = 0;
  private reason: string | null = null;
  private cancel: (() => void) | undefined;
  private onEnd: () => void = () => {};

  constructor(propose: () => Promise<ProposeOutcome>, timers: Timers) {
    this.propose = propose;
    this.timers = timers;
  }

  /** Sets the rate (entries a second); 0 ends it. Setting a rate anew starts the ten minutes anew. `onEnd`: it ended by itself. */
  set(rate: Rate, onEnd: () => void = () => {}): void {
    this.cancel?.();
    this.cancel = undefined;
    this.rate = rate;
    this.reason = null;
    this.owed = 0;
    if (rate === 0) return;
    const now = this.timers.now();
    this.onEnd = onEnd;
    this.endsAt = now + LOAD_MS_MAX;
    this.tickedAt = now;
    this.writtenAt = now;
    this.cancel = this.timers.every(tickMs, () => this.tick());
  }

  /** What the page shows of it. */
  get view(): Machine["load"] {
    const now = this.timers.now();
    const waits = this.rate > 0 && now - this.writtenAt > blockedAfterMs;
    return {
      ratePerSecond: this.rate,
      endsInMs: this.rate > 0 ? Math.max(0, this.endsAt - now) : null,
      blocked: waits ? (this.reason ?? "Nothing was written lately: no answer from the leader.") : null,
    };
  }

  private tick(): void {
    const now = this.timers.now();
    if (now >= this.endsAt) {
      this.set(0);
      this.onEnd();
      return;
    }
    // A late timer owes one tick, not the burst that was missed.
    const elapsed = Math.min(now - this.tickedAt, 5 * tickMs);
    this.tickedAt = now;
    this.owed += (elapsed * this.rate) / 1000;
    while (this.owed >= 1) {
      this.owed -= 1;
      if (this.outstanding < outstandingMax) this.write();
    }
  }

  private write(): void {
    this.outstanding += 1;
    this.propose().then(
      (outcome) => {
        this.outstanding -= 1;
        if (outcome.kind === "applied") this.writtenAt = this.timers.now();
        else this.reason = outcome.detail;
      },
      (error: unknown) => {
        this.outstanding -= 1;
        this.reason = error instanceof Error ? error.message : String(error);
      },
    );
  }
}
