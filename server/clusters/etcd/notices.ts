import type { Notice } from "../../../protocol/status";
import { listWords } from "../../../protocol/words";
import type { EndpointReport } from "./endpoint_poll";
import type { Fault } from "./fault";
import { type EtcdMember, hexId, labelOf } from "./member";
import { isBefore, lacksFix, parseVersion, type Version } from "./version";

/** Releases in which an update of a learner's URLs no longer makes the list call it a voter (etcd issue 21694). */
export const LEARNER_FLAG_FIXED: readonly Version[] = [
  [3, 5, 31],
  [3, 6, 12],
];
/** The release of 3.5 from which an upgrade to 3.6 brings back no removed members (etcd issue 20967). */
const ZOMBIES_FIXED: Version = [3, 5, 26];

/** What notices are told from. */
export interface NoticeInput {
  readonly members: readonly EtcdMember[];
  readonly clusterId: string;
  /** Of members that answer, and of endpoints that belong to nobody. */
  readonly reports: readonly EndpointReport[];
  readonly reportOf: (id: string) => EndpointReport | undefined;
  /** Members this console saw leave, newest last. */
  readonly removed: readonly Pick<EtcdMember, "id" | "name">[];
  /** The members shown are one member's own list, or the last that could be read. */
  readonly stale: boolean;
  /** Members whose endpoints are not asked, since credentials would cross the network in the clear. */
  readonly unasked: readonly EtcdMember[];
  /** What is wrong with the console's own record of this cluster. */
  readonly trouble: string | undefined;
  /** Why the members cannot be read linearizably now; undefined: they can. */
  readonly blocked: Fault | undefined;
}

const tones = ["critical", "warning", "info"] as const;
const TEXT_MAX = 500;

/** Everything an operator of this cluster should know, the gravest first. */
export function noticesOf(input: NoticeInput): Notice[] {
  const found = [
    ...alarms(input),
    ...access(input),
    ...silence(input),
    ...foreignEndpoints(input),
    ...inTheClear(input),
    ...staleness(input),
    ...record(input),
    ...advisories(input),
    ...removals(input),
  ];
  const bounded = found.map((notice) => ({ ...notice, text: notice.text.slice(0, TEXT_MAX) }));
  return bounded.sort((a, b) => tones.indexOf(a.tone) - tones.indexOf(b.tone)).slice(0, 64);
}

const advice = {
  NOSPACE:
    "Compact old revisions, defragment each member (etcdctl compact, etcdctl defrag), then clear it: etcdctl alarm disarm.",
  CORRUPT:
    "Its data differs from the others'. Stop it, remove it, wipe its data directory and add it again; do not clear the alarm before.",
} as const;

/** Alarms as the members' status tells them; asking for them outright would write to etcd's log each time. */
function alarms({ members, reports }: NoticeInput): Notice[] {
  const raised = new Map<string, Notice>();
  for (const error of reports.flatMap(({ self }) => self?.value.errors ?? [])) {
    const match = /memberID:(\d+) alarm:(NOSPACE|CORRUPT)/.exec(error);
    const [, id = "", alarm] = match ?? [];
    if (alarm !== "NOSPACE" && alarm !== "CORRUPT") continue;
    const member = members.find((one) => one.id === id);
    const who = member === undefined ? hexId(id) : labelOf(member);
    const text =
      alarm === "NOSPACE"
        ? `Alarm NOSPACE: the database of ${who} is full. etcd refuses every write until the alarm is cleared.`
        : `Alarm CORRUPT: the data of ${who} is corrupt. etcd refuses every write until the alarm is cleared.`;
    const noticed = { tone: "critical" as const, text, advice: advice[alarm], member: member?.id ?? null };
    raised.set(`${alarm}-${id}`, { id: `alarm-${alarm}-${id}`, ...noticed });
  }
  return [...raised.values()];
}

function access({ reports, blocked }: NoticeInput): Notice[] {
  const faults = [...reports.map(({ fault }) => fault), blocked];
  const first = faults.find((fault) => fault?.kind === "not-allowed");
  const untrusted = reports.filter(({ fault }) => fault?.kind === "tls");
  const found: Notice[] = [];
  if (first !== undefined) {
    const text = `etcd does not let this console in (${first.text}); that says nothing about its health.`;
    const what =
      "Check user and password, or the token, in the configuration. Changing members needs the role root.";
    found.push({ id: "not-allowed", tone: "critical", text, advice: what, member: null });
  }
  const [other] = untrusted;
  if (other !== undefined) {
    const text = `TLS with ${listWords(untrusted.map(({ url }) => url).slice(0, 4), "and")} failed: ${other.fault?.text ?? ""}.`;
    const what =
      "Check the CA, client certificate, key and server name in the configuration, and http or https.";
    found.push({ id: "tls", tone: "warning", text, advice: what, member: null });
  }
  return found;
}

/** Nothing answers at all: which address was tried, and what happened, is then all there is to go on. */
function silence({ reports }: NoticeInput): Notice[] {
  const isSilent = ({ fault }: EndpointReport) => fault !== undefined && silent.includes(fault.kind);
  const [first] = reports;
  if (first?.fault === undefined || !reports.every(isSilent)) return [];
  const text = `No endpoint answers: ${first.url}: ${first.fault.text}.`;
  const what = "Check that etcd runs there, the addresses in the configuration, and http or https.";
  return [{ id: "silence", tone: "warning", text, advice: what, member: null }];
}

const silent: readonly Fault["kind"][] = ["unreachable", "timeout", "foreign"];

function foreignEndpoints({ reports, clusterId, members }: NoticeInput): Notice[] {
  const found: Notice[] = [];
  for (const { url, self, fault } of reports) {
    if (self === undefined || fault !== undefined) continue;
    const place = { member: null, tone: "warning" as const };
    if (self.value.clusterId !== clusterId) {
      const text = `${url} belongs to another cluster (${hexId(self.value.clusterId)}) and is left out.`;
      found.push({
        id: `foreign-${url}`.slice(0, 128),
        text,
        advice: "Take it out of the endpoints.",
        ...place,
      });
    } else if (!members.some(({ id }) => id === self.value.id)) {
      const text = `${url} answers as ${hexId(self.value.id)}, which is no member any more.`;
      const what = "Stop that process and wipe its data directory.";
      found.push({ id: `gone-${url}`.slice(0, 128), text, advice: what, ...place });
    }
  }
  return found;
}

function inTheClear({ unasked }: NoticeInput): Notice[] {
  return unasked.map((member) => ({
    id: `in-the-clear-${member.id}`,
    tone: "warning" as const,
    text: `${labelOf(member)} serves its clients at ${member.clientUrls.join(", ")}: it is not asked, since the credentials would cross the network in the clear.`,
    advice:
      "Give it https client URLs. Named among the endpoints in the configuration it is asked all the same.",
    member: member.id,
  }));
}

function staleness({ stale }: NoticeInput): Notice[] {
  if (!stale) return [];
  const text =
    "Without quorum the members cannot be read for certain: what stands here is one member's own list.";
  return [{ id: "stale-list", tone: "warning", text, advice: null, member: null }];
}

function record({ trouble }: NoticeInput): Notice[] {
  if (trouble === undefined) return [];
  return [{ id: "record", tone: "warning", text: trouble, advice: null, member: null }];
}

/** What is known to be wrong with the versions that run. */
function advisories({ members, reportOf }: NoticeInput): Notice[] {
  const versions = new Map<string, EtcdMember[]>();
  for (const member of members) {
    const version = reportOf(member.id)?.self?.value.version;
    if (version !== undefined) versions.set(version, [...(versions.get(version) ?? []), member]);
  }
  const running = [...versions.keys()].sort();
  const found: Notice[] = [];
  const notice = (id: string, tone: Notice["tone"], text: string, what: string | null) =>
    found.push({ id, tone, text, advice: what, member: null });
  if (versions.size > 1) {
    const each = running.map((one) => `${listWords((versions.get(one) ?? []).map(labelOf), "and")} ${one}`);
    const text = `Members run different versions: ${each.join("; ")}.`;
    notice(
      "mixed-versions",
      "info",
      text,
      "Fine while an upgrade goes on; finish it before changing members.",
    );
  }
  const flagLost = running.filter((one) => lacksFix(one, LEARNER_FLAG_FIXED));
  if (flagLost.length > 0 && members.some(({ isLearner }) => isLearner)) {
    const text = `etcd ${listWords(flagLost, "and")} forgets that a member is a learner when its peer URLs are updated (etcd issue 21694).`;
    notice("learner-flag", "warning", text, "Do not update a learner's URLs; remove it and add it again.");
  }
  const zombies = running.filter((one) => parseVersion(one)?.[1] === 5 && isBefore(one, ZOMBIES_FIXED));
  if (zombies.length > 0) {
    const text = `Upgrading etcd ${listWords(zombies, "and")} to 3.6 can bring removed members back (etcd issue 20967).`;
    notice("zombies", "warning", text, "Upgrade to 3.5.26 or later first, then to 3.6.");
  }
  const old = running.filter((one) => isBefore(one, [3, 5, 0]));
  if (old.length > 0) {
    const text = `etcd ${listWords(old, "and")} gets no fixes any more, and adds members only while all voters are connected.`;
    notice("old-version", "info", text, "Upgrade one minor version at a time: 3.5, then 3.6.");
  }
  return found;
}

/** A removed member's directory is of no use: etcd refuses to start from it, for good. */
function removals({ removed }: NoticeInput): Notice[] {
  return removed.map((member) => ({
    id: `removed-${member.id}`,
    tone: "info" as const,
    text: `${labelOf(member)} was removed. etcd never starts again from its data directory.`,
    advice: "Stop its process and wipe the directory before that machine joins again, as a new member.",
    member: null,
  }));
}
