/** Delay before the first redial, doubled at every further one. */
const BACKOFF_MS_MIN = 50;
export const BACKOFF_MS_MAX = 1_000;

/**
 * Milliseconds to wait before redial number `attempt` (0 is the first): 50 doubling to 1000, of which the upper half is
 * random, so that nodes that lost the same peer do not all knock at once. `random` is uniform in [0, 1).
 */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (ceiling / 2) * random;
}
