import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";

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

/** What Node's TLS takes of it. */
export function tlsOptions(
  tls: ChannelTls | undefined,
): Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername"> {
  if (tls === undefined) return {};
  const { ca, certificate, key, serverName } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    // RFC 6066 has no addresses in the server name; Node then checks the certificate against the address itself.
    ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName }),
  };
}
