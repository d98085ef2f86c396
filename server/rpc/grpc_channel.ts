import type { ClientSessionOptions, SecureClientSessionOptions } from "node:http2";
import { isIP } from "node:net";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";

/** TLS of a channel, everything as PEM text. */
export interface ChannelTls {
  /** Authorities that the server's certificate must come from; absent: the system's. */
  readonly ca?: string;
  /** The client's certificate and key, for servers that ask for one. */
  readonly certificate?: string;
  readonly key?: string;
  /** The name the server's certificate is for, where it is not the host of the URL. */
  readonly serverName?: string;
}

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
  if (!url.startsWith("https:") || tls === undefined) return {};
  const { ca, certificate, key, serverName } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    // RFC 6066 has no addresses in the server name; Node then checks the certificate against the address itself.
    ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
  };
}
