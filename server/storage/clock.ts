/** Time as storage needs it, so that tests and the simulator can bring their own. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Runs `run` once after `delayMs`; calling what it returns prevents that. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's monotonic clock and timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
