import { isIPv4, isIPv6 } from "node:net";

/** Where a node listens for its peers. `host` is an IPv4 address, an IPv6 address without brackets, or a hostname, in lower case. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** Text that is no host:port. `detail` is a sentence for the person who typed it. */
export interface BadAddress {
  readonly kind: "bad-address";
  readonly detail: string;
}

const HOST_LENGTH_MAX = 253;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const PORT = /^[1-9][0-9]{0,4}$/;

/**
 * Reads `host:port`, port 1 to 65535: IPv4, IPv6 in brackets, or a hostname (RFC 1123 labels; an underscore is accepted,
 * container names have it). Wildcards such as 0.0.0.0 are addresses to listen on and pass; see isWildcardHost.
 */
export function parseAddress(text: string): PeerAddress | BadAddress {
  const colon = text.lastIndexOf(":");
  if (colon < 0) return bad("has no port; write host:port");
  const portText = text.slice(colon + 1);
  const hostText = text.slice(0, colon).toLowerCase();
  const bracketed = hostText.startsWith("[") && hostText.endsWith("]");
  if (!bracketed && hostText.includes(":")) return bad("an IPv6 address needs brackets: [::1]:7001");
  const port = PORT.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) return bad("the port must be a number from 1 to 65535");
  const host = bracketed ? hostText.slice(1, -1) : hostText;
  if (bracketed) return isIPv6(host) ? { host, port } : bad("what stands in brackets is no IPv6 address");
  const fault = hostFault(host);
  return fault === undefined ? { host, port } : bad(fault);
}

/** Whether parseAddress refused. */
export function isBadAddress(value: PeerAddress | BadAddress): value is BadAddress {
  return "kind" in value;
}

/** The text that parseAddress reads back as this address. */
export function formatAddress(address: PeerAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Whether a host means "every interface": good to listen on, of no use to a peer that dials. */
export function isWildcardHost(host: string): boolean {
  return host === "0.0.0.0" || (isIPv6(host) && /^[0:]+$/.test(host));
}

function hostFault(host: string): string | undefined {
  if (host === "") return "has no host; write host:port";
  if (host.length > HOST_LENGTH_MAX) return `a hostname has at most ${HOST_LENGTH_MAX} characters`;
  if (isIPv4(host)) return undefined;
  const labels = host.split(".");
  if (!labels.every((label) => LABEL.test(label)))
    return "the host is neither an IP address nor a hostname (letters, digits, hyphens, dots)";
  // A resolver may read such a name as a number ("1.2.3" is 1.2.0.3 to some), so it names no certain machine.
  if (/^[0-9]+$/.test(labels.at(-1) ?? "")) return "the host is not a complete IPv4 address";
  return undefined;
}

function bad(detail: string): BadAddress {
  return { kind: "bad-address", detail };
}
