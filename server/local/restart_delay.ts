/** First wait before a process is started again (ms); doubles up to `RESTART_MS_MAX`. */
const RESTART_MS_MIN = 3000;
const RESTART_MS_MAX = 30_000;
/** A process that ran this long (ms) starts from the first wait again. */
const steadyMs = 60_000;

/** How long to wait before a process that keeps ending is started again: 3 s, doubling to 30 s. */
export class RestartDelay {
  private waitMs = RESTART_MS_MIN;
  private startedAt: number | undefined;

  /** The wait for an end at `now`. */
  next(now: number): number {
    if (this.startedAt !== undefined && now - this.startedAt >= steadyMs) this.waitMs = RESTART_MS_MIN;
    const wait = this.waitMs;
    this.waitMs = Math.min(wait * 2, RESTART_MS_MAX);
    return wait;
  }

  started(now: number): void {
    this.startedAt = now;
  }
}
