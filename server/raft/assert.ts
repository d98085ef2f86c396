/** A broken invariant: a bug, or memory that cannot be trusted. The node must stop rather than go on. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/**
 * Checks an invariant, in production too. Throws InvariantError when it does not hold.
 * `message` may be a function so that a hot path builds no text unless it fails.
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantError(typeof message === "string" ? message : message());
}
