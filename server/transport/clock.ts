/** Time as the transport needs it, so that tests can bring their own. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Runs `run` once after `delayMs`; calling what it returns prevents that. */
  after(delayMs: number, run: () => void): () => void;
}

/** setTimeout takes no more; a longer delay would fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** The machine's monotonic clock and timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), DELAY_MS_MAX));
    return () => clearTimeout(timer);
  },
};
