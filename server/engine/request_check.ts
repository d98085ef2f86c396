import { formatAddress, isBadAddress, isWildcardHost, parseAddress } from "../transport/address";
import { type LeaderRequest, leaderRequestSchema } from "./requests";
import type { ChangeRefusal, MemberChange } from "./types";

/** What is wrong with a request of this process, before it is offered: the leader parses the same schema for requests of others. */
export function requestFault(request: LeaderRequest): ChangeRefusal | undefined {
  const parsed = leaderRequestSchema.safeParse(request);
  if (parsed.success) return undefined;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join(".") ?? "";
  return {
    code: "bad-input",
    detail: `${where === "" ? "The request" : where} is not acceptable: ${issue?.message ?? "it does not fit"}.`,
  };
}

/** The changes with each address in its one canonical form, so that one place has one name; or what is wrong with one. */
export function withCanonicalAddresses(changes: readonly MemberChange[]): MemberChange[] | ChangeRefusal {
  const canonical: MemberChange[] = [];
  for (const change of changes) {
    if (change.kind !== "add-learner") {
      canonical.push(change);
      continue;
    }
    const parsed = parseAddress(String(change.address));
    if (isBadAddress(parsed))
      return { code: "bad-input", detail: `${change.address} is no address for peers: ${parsed.detail}.` };
    if (isWildcardHost(parsed.host)) {
      return {
        code: "bad-input",
        detail: `${change.address} is every interface of a machine, not an address that peers could reach.`,
      };
    }
    canonical.push({ ...change, address: formatAddress({ ...parsed, host: canonicalHost(parsed.host) }) });
  }
  return canonical;
}

/** An IPv6 address can be written in many ways; the URL standard's is the one kept (RFC 5952). */
function canonicalHost(host: string): string {
  return host.includes(":") ? new URL(`http://[${host}]/`).hostname.slice(1, -1) : host;
}
