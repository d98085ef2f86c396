import type { EtcdMember } from "./member";

/** A client URL in one spelling: scheme, host and port, nothing behind them. */
export function configuredUrl(url: string): string {
  return url.replace(/\/+$/, "");
}

/** Hosts that mean "this machine" or "anywhere" to whoever says them. */
const wildcard = /^https?:\/\/(0\.0\.0\.0|\[::\])(:|$)/;

/**
 * The client URLs of a member that a console elsewhere can try. Sockets of the file system and wildcards are none, nor is what etcd
 * takes for a URL and this machine does not: an address with the name of a network interface behind it.
 */
export function endpointUrls(member: Pick<EtcdMember, "clientUrls">): string[] {
  return member.clientUrls
    .map(configuredUrl)
    .filter((url) => /^https?:/.test(url) && !wildcard.test(url) && URL.canParse(url));
}

/**
 * Whether an endpoint that only a member names may be asked. Where credentials were configured for TLS alone, no member's word makes
 * them cross the network in the clear.
 */
export function mayAsk(url: string, configured: readonly string[], hasCredentials: boolean): boolean {
  const isSecret = hasCredentials && configured.every((one) => one.startsWith("https:"));
  return !isSecret || url.startsWith("https:") || isLoopback(url);
}

/** Whether only processes of this machine can dial a URL. */
export function isLoopback(url: string): boolean {
  return /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(url);
}
