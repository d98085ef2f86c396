/** An error of the operating system below a call. */
export interface SystemError {
  readonly code: string;
  readonly message: string;
}

/** Said of a connection that is being made, and of no other. */
const CONNECTING = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL)$/;
/** Said of an open connection as well, when the host behind it has vanished: what was sent there may have arrived. */
const UNREACHABLE = /^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/;

const CAUSES_MAX = 8;

/** An error and what caused it, outermost first. Several tries to connect count as the one that proves least. */
export function causesOf(reason: unknown): readonly (Error & { readonly code?: unknown })[] {
  const causes: Error[] = [];
  let next: unknown = reason;
  while (next instanceof Error && causes.length < CAUSES_MAX) {
    causes.push(leastProving(next));
    next = next.cause;
  }
  return causes;
}

/**
 * A name with several addresses: the error of all tries has no words of its own. A refusal at one does not prove that nobody listens
 * where another is merely out of reach; one that this machine has no way to says nothing.
 */
function leastProving(error: Error): Error {
  const tries: unknown[] = error instanceof AggregateError ? error.errors : [];
  const errors = tries.filter((one) => one instanceof Error);
  const out = errors.find((one) => UNREACHABLE.test(codeOf(one)));
  return out ?? errors.find((one) => codeOf(one) === "ECONNREFUSED") ?? errors[0] ?? error;
}

/** Why no connection came about, so that nothing was sent; undefined where one may have. */
export function neverConnected(reason: unknown): SystemError | undefined {
  for (const cause of causesOf(reason)) {
    const code = codeOf(cause);
    const isConnect = "syscall" in cause && cause.syscall === "connect";
    if (CONNECTING.test(code) || (UNREACHABLE.test(code) && isConnect))
      return { code, message: cause.message };
  }
  return undefined;
}

/** An error's code; empty where it has none. */
export function codeOf(error: object): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
