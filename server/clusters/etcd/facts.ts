import type { Fact, MemberStatus } from "../../../protocol/status";
import { formatCount } from "../../../protocol/words";
import type { EndpointReport } from "./endpoint_poll";
import type { EtcdMember } from "./member";

/** Share of the quota from which on the database's size is a warning. */
const QUOTA_WARNING = 0.8;
const TEXT_MAX = 500;

function plain(label: string, value: string, note: string | null = null): Fact {
  return { label, value: value.slice(0, TEXT_MAX), note, tone: "plain", dueInMs: null };
}

/** Bytes as operators read them: "2.1 GB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A learner that lacks more than this is worth a word, even where etcd's own gate lets it vote. */
const FAR_BEHIND_ENTRIES = 10_000;

/** etcd's gate is relative: the longer the log, the further behind a learner may be that passes it. */
export function farBehindFacts({ lag, promotable }: Pick<MemberStatus, "lag" | "promotable">): Fact[] {
  if (promotable?.ok !== true || lag === null || lag.entries <= FAR_BEHIND_ENTRIES) return [];
  const note =
    "etcd would let it vote: it has 90 % of the log. Until it has caught up it could not replace a voter.";
  return [{ ...plain("Behind", `${formatCount(lag.entries)} entries`, note), tone: "warning" }];
}

/** What etcd tells about a member beyond what every kind of cluster has. */
export function factsOf(member: EtcdMember, report: EndpointReport | undefined, hasLeader: boolean): Fact[] {
  const facts: Fact[] = [];
  const self = report?.self?.value;
  if (report?.fault !== undefined) facts.push(faultFact(report));
  if (self !== undefined && report?.fault === undefined && hasLeader && self.leader === null) {
    const note = "It answers this console, but not the leader: look at the network between the members.";
    facts.push({ ...plain("Leader", "none seen", note), tone: "warning" });
  }
  if (self !== undefined) facts.push(plain("Version", self.version), sizeFact(self));
  if (self !== undefined && self.storageVersion !== "")
    facts.push(plain("Storage version", self.storageVersion));
  if (member.clientUrls.length > 0) facts.push(plain("Client URLs", member.clientUrls.join(", ")));
  facts.push(plain("Peer URLs", member.peerUrls.join(", ")));
  return facts;
}

function faultFact(report: EndpointReport): Fact {
  const { fault, url } = report;
  const what = fault?.kind === "not-allowed" ? "Not allowed" : "No answer";
  return { ...plain(what, `${url}: ${fault?.text ?? ""}`), tone: "warning" };
}

function sizeFact(self: {
  readonly dbSize: number;
  readonly dbSizeInUse: number;
  readonly dbQuota: number | undefined;
}): Fact {
  const { dbSize, dbSizeInUse, dbQuota } = self;
  const quota = dbQuota === undefined ? "" : `, quota ${formatBytes(dbQuota)}`;
  const value = `${formatBytes(dbSize)}, ${formatBytes(dbSizeInUse)} in use${quota}`;
  if (dbQuota === undefined || dbSize < dbQuota * QUOTA_WARNING) return plain("Database", value);
  const note =
    "At the quota etcd refuses every write. Compact and defragment, or raise --quota-backend-bytes.";
  return { ...plain("Database", value, note), tone: "warning" };
}
