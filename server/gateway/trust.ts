import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { type Problem, problem } from "../../protocol/problem";

/** The headers of a request, as they were understood and as they came: names and values in turn. */
type Addressed = Pick<IncomingMessage, "headers" | "rawHeaders">;

/** Whose requests are answered. */
export interface TrustOptions {
  /** The host this console listens on, as configured. */
  readonly listenHost: string;
  /** Further `host:port` a request may be addressed to, e.g. of a tunnel. */
  readonly hosts?: readonly string[];
  /** Further origins whose pages may act, e.g. of a development server. */
  readonly origins?: readonly string[];
  /** Where a proxy in front serves this console, e.g. "https://ops.example.com". */
  readonly publicOrigin?: string | undefined;
}

/**
 * Guards against foreign pages. A page whose name was rebound to this address sends its own name as Host, and a foreign page its own
 * Origin; both are turned away, so only the page served here (same origin) and programs of this machine are heard.
 */
export class Trust {
  private readonly options: TrustOptions;
  private readonly port: number;

  /** `port`: the one bound. */
  constructor(options: TrustOptions, port: number) {
    this.options = options;
    this.port = port;
  }

  /** Every request: is it addressed to this console? */
  checkHost({ headers, rawHeaders }: Addressed): Problem | undefined {
    const { host } = headers;
    if (host === undefined) return problem("malformed-request", "The request has no Host header.");
    // Whatever stands in front may have gone by the other one.
    const named = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "host");
    if (named.length > 1) return problem("malformed-request", "The request has several Host headers.");
    if (this.ownHost(host)) return undefined;
    return problem("forbidden-origin", `${JSON.stringify(host)} is not the address of this console.`);
  }

  /** Mutations and upgrades: does it come from this console's own page, or from no page at all? */
  checkOrigin(headers: IncomingHttpHeaders): Problem | undefined {
    const { host = "", origin } = headers;
    if (origin !== undefined) {
      const { origins = [], publicOrigin } = this.options;
      const own =
        origin === `http://${host.toLowerCase()}` || origin === publicOrigin || origins.includes(origin);
      if (own) return undefined;
      return problem("forbidden-origin", `Pages of ${JSON.stringify(origin)} may not act here.`);
    }
    const site = headers["sec-fetch-site"];
    if (site === undefined || site === "same-origin" || site === "none") return undefined;
    return problem("forbidden-origin", "The request comes from a page of another site and names no origin.");
  }

  private ownHost(header: string): boolean {
    const match = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/.exec(header.toLowerCase());
    if (match?.[1] === undefined) return false;
    const name = match[1];
    if (this.isPublic(header)) return true;
    const port = match[2] === undefined ? 80 : Number(match[2]);
    if ((this.options.hosts ?? []).some((host) => host.toLowerCase() === header.toLowerCase())) return true;
    if (port !== this.port) return false;
    const { listenHost } = this.options;
    return (
      isLoopbackHost(name) || name === bracketed(listenHost).toLowerCase() || this.reachedByAddress(name)
    );
  }

  private isPublic(header: string): boolean {
    const { publicOrigin } = this.options;
    if (publicOrigin === undefined) return false;
    // `host` of a URL leaves out the port that its scheme implies; a proxy may name it.
    const { host, hostname, protocol } = new URL(publicOrigin);
    const implied = `${hostname}:${protocol === "https:" ? 443 : 80}`;
    return header.toLowerCase() === host || header.toLowerCase() === implied;
  }

  /** Listening on every interface, any address of ours may be named; rebinding needs a name. */
  private reachedByAddress(name: string): boolean {
    const everywhere = this.options.listenHost === "0.0.0.0" || this.options.listenHost === "::";
    return everywhere && isIP(name.replace(/^\[|\]$/g, "")) !== 0;
  }
}

/** Whether a host name or address can only mean this machine itself. IPv6 bare or in brackets. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === "localhost" ||
    host === "::1" ||
    host === "[::1]" ||
    (host.startsWith("127.") && isIP(host) === 4)
  );
}

/** A host as it stands in a URL: IPv6 addresses in brackets. */
export function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
