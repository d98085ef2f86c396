import type { ClientSessionOptions, SecureClientSessionOptions } from "node:http2";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { type ChannelTls, tlsOptions } from "./tls";

/** Largest message (bytes) that is read: member lists and status answers are far smaller. */
const READ_BYTES_MAX = 4 * 1024 * 1024;
/** An open connection without an answer for so long (ms) is asked for a sign of life, and given up if there is none. */
const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 3000;

/** One HTTP/2 connection to one server, made when it is first needed and again when it broke. */
export interface GrpcChannel {
  readonly url: string;
  readonly transport: Transport;
  /** Drops the connection; the next call makes a new one. Calls under way fail. */
  reset(): void;
}

/** Opens a channel to `url` (http or https, host and port). Nothing is dialled before the first call. */
export function openGrpcChannel(
  url: string,
  options: { readonly tls?: ChannelTls; readonly interceptors?: readonly Interceptor[] } = {},
): GrpcChannel {
  const session = new Http2SessionManager(
    url,
    { pingIntervalMs: PING_EVERY_MS, pingTimeoutMs: PING_TIMEOUT_MS },
    sessionOptions(url, options.tls),
  );
  const transport = createGrpcTransport({
    baseUrl: url,
    sessionManager: session,
    interceptors: [...(options.interceptors ?? [])],
    readMaxBytes: READ_BYTES_MAX,
  });
  return { url, transport, reset: () => session.abort() };
}

function sessionOptions(
  url: string,
  tls: ChannelTls | undefined,
): ClientSessionOptions | SecureClientSessionOptions {
  return url.startsWith("https:") ? tlsOptions(tls) : {};
}
