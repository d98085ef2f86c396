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

/** An error and what caused it, outermost first; several tries to connect count as the first of them. */
export function causesOf(reason: unknown): readonly (Error & { readonly code?: unknown })[] {
  const causes: Error[] = [];
  let next: unknown = reason;
  while (next instanceof Error && causes.length < CAUSES_MAX) {
    // A name with several addresses: the error of all tries has no words of its own.
    const [first] = next instanceof AggregateError ? next.errors : [];
    const told: Error = first instanceof Error ? first : next;
    causes.push(told);
    next = next.cause;
  }
  return causes;
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
