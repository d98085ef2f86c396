import { Code, ConnectError } from "@connectrpc/connect";
import { causesOf, codeOf, neverConnected } from "../../rpc/system_error";

/**
 * Why a call to a node failed. `refused`: it answered and will not do it; `not-ready`: it answered and takes no part yet; `unreachable`:
 * nothing was sent; `broken`: it may have been received, and no answer came.
 */
export interface NodeFault {
  readonly kind: "refused" | "not-ready" | "unreachable" | "broken";
  readonly code: Code;
  /** As the node said it, or the connection. */
  readonly message: string;
}

/** Codes with which a node turns a call down; what it did not understand or will not do was not done. */
const refusals: ReadonlySet<Code> = new Set([
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.Unimplemented,
  Code.Unauthenticated,
  Code.OutOfRange,
]);

/** Reads what a call threw. */
export function nodeFaultOf(thrown: unknown): NodeFault {
  const error = ConnectError.from(thrown);
  const { code, rawMessage: message } = error;
  if (refusals.has(code)) return { kind: "refused", code, message };
  if (code === Code.Unavailable && message.includes("not ready")) return { kind: "not-ready", code, message };
  const isUntrusted = causesOf(thrown).some((cause) => isCertificateFault(codeOf(cause)));
  if (neverConnected(thrown) !== undefined || isUntrusted) return { kind: "unreachable", code, message };
  return { kind: "broken", code, message };
}

function isCertificateFault(code: string): boolean {
  return code.startsWith("ERR_TLS") || code.includes("CERT") || code.startsWith("ERR_SSL");
}
