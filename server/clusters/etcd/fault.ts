import { Code, ConnectError } from "@connectrpc/connect";
import { causesOf, codeOf, neverConnected } from "../../rpc/system_error";

/**
 * Why a call to an etcd endpoint failed.
 * - `unreachable`: nothing answered: refused, no route, no such host, the connection broke.
 * - `timeout`: no answer within the call's time; the endpoint may have done what was asked.
 * - `tls`: no trust could be agreed on; says nothing about the member's health.
 * - `not-allowed`: etcd does not accept who asks, or not for this.
 * - `refused`: etcd itself said no; `text` is its own.
 * - `foreign`: something answered that does not speak etcd's API.
 */
export interface Fault {
  readonly kind: "unreachable" | "timeout" | "tls" | "not-allowed" | "refused" | "foreign";
  /** The gRPC status, for `refused`. Texts decide, not this: some of etcd's errors arrive as Unknown. */
  readonly code: Code;
  /** In the server's or the system's own words, without the prefix "etcdserver: ". */
  readonly text: string;
  /** The call may have taken effect all the same. */
  readonly ambiguous: boolean;
  /** The machine answered that no process listens there. */
  readonly nobodyListens?: true;
}

/** What a call came to. */
export type Call<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

const TLS_CODES =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO$)/;
const TLS_TEXT =
  /alert (bad certificate|unknown ca|certificate|handshake)|certificate required|before secure TLS connection|wrong version number/i;
/** What etcd says when it does not know, or no longer knows, who asks. */
const STALE_TOKEN = /invalid auth token|revision (of auth store|in header) is old|old revision/i;
const NOT_ALLOWED =
  /permission denied|authentication failed|user name is empty|invalid user ID or password|user name not found/i;

/** Whether signing in again may help. */
export function isStaleToken(fault: Fault): boolean {
  return STALE_TOKEN.test(fault.text);
}

/** Whether etcd wants to know who asks, and was not told. */
export function isAnonymous(fault: Fault): boolean {
  return /user name is empty/i.test(fault.text);
}

/** Makes a fault of what a call threw. */
export function faultOf(reason: unknown): Fault {
  const error = ConnectError.from(reason);
  const text = error.rawMessage.replace(/^(etcdserver|auth): /, "");
  const fault = (kind: Fault["kind"], ambiguous: boolean, words = text): Fault => ({
    kind,
    code: error.code,
    text: words.slice(0, 300),
    ambiguous,
  });
  const tls = causesOf(reason).find((one) => TLS_CODES.test(codeOf(one)) || TLS_TEXT.test(one.message));
  if (tls !== undefined) return fault("tls", false, tls.message);
  const system = neverConnected(reason);
  if (system !== undefined) {
    const refused = fault("unreachable", false, system.message);
    return system.code === "ECONNREFUSED" ? { ...refused, nobodyListens: true } : refused;
  }
  if (error.code === Code.DeadlineExceeded || error.code === Code.Canceled) {
    return fault("timeout", true, "no answer in time");
  }
  const asksWho = NOT_ALLOWED.test(text) || STALE_TOKEN.test(text);
  if (error.code === Code.Unauthenticated || error.code === Code.PermissionDenied || asksWho) {
    return fault("not-allowed", false);
  }
  if (isFromServer(error)) return fault("refused", isAmbiguous(text));
  // Of a proxy that had no answer in time, or lost it.
  if (/^HTTP 5\d\d/.test(text)) return fault("unreachable", true);
  if (error.code === Code.Unimplemented || /content-type|HTTP \d\d\d|protocol error/i.test(text)) {
    return fault("foreign", false);
  }
  return fault("unreachable", true);
}

/** etcd's own errors come as trailers of an answer; a connection that broke has none. */
function isFromServer(error: ConnectError): boolean {
  return error.metadata.has("grpc-status");
}

/** etcd gave up waiting after it may have proposed the change. "no leader" is said before anything is proposed. */
function isAmbiguous(text: string): boolean {
  return /timed out|leader changed|stopped|cancell?ed/i.test(text);
}
