/** How long anything real may take before a test gives up (ms). */
export const PATIENCE_MS = 90_000;
/** How often a condition that cannot be waited on is looked at (ms). */
const LOOK_MS = 25;

/** Waits until `look` answers something; fails with `what` otherwise. A look that throws is one that found nothing. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${PATIENCE_MS} ms: ${what}`, { cause: last });
    await new Promise((next) => setTimeout(next, LOOK_MS));
  }
}
