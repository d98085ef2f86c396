import { assessChange } from "../../../protocol/assess";
import type { MemberId } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { Capabilities, ClusterStatus, MemberStatus } from "../../../protocol/status";
import { listWords, namesOf } from "../../../protocol/words";
import type { EndpointReport } from "./endpoint_poll";
import type { EtcdMember } from "./member";
import { LEARNER_FLAG_FIXED } from "./notices";
import { configuredUrl } from "./urls";
import { isBefore, lacksFix, type Version } from "./version";

/** Releases in which adding a member no longer needs all voters connected. */
const ADD_NEEDS_MAJORITY: readonly Version[] = [
  [3, 5, 30],
  [3, 6, 11],
];
/** For how long members must have been connected before etcd takes a new one, ms. */
const CONNECTED_MS_MIN = 5000;

/** A change of members as etcd takes it: one at a time. */
export type EtcdChange =
  | { readonly kind: "add-learner"; readonly peerUrls: readonly string[]; readonly name: string }
  | { readonly kind: "promote" | "remove"; readonly id: MemberId }
  | { readonly kind: "update-address"; readonly id: MemberId; readonly peerUrls: readonly string[] };

/** What a change is judged by, just read. */
export interface GateInput {
  readonly change: EtcdChange;
  readonly members: readonly EtcdMember[];
  readonly status: ClusterStatus;
  readonly capabilities: Capabilities;
  readonly reportOf: (id: MemberId) => EndpointReport | undefined;
  readonly now: number;
}

/** Why etcd, or the console's own guard, would refuse a change now; undefined: nothing speaks against it. Nothing is sent. */
export function refusalOf(input: GateInput): Problem | undefined {
  const { change, members, status } = input;
  const nameOf = namesOf(status.members);
  if (change.kind !== "add-learner") {
    const member = members.find(({ id }) => id === change.id);
    if (member === undefined) return problem("not-a-member", `${nameOf(change.id)} is no member.`);
    if (change.kind === "update-address") return updateRefusal(input, change, member) ?? standing(input);
    if (change.kind === "promote" && !member.isLearner) {
      return problem("not-a-learner", `${nameOf(change.id)} is a voter already.`);
    }
    if (change.kind === "promote") return promotionRefusal(input, change.id) ?? guard(input);
    return guard(input) ?? unstartedRefusal(input, member);
  }
  return additionRefusal(input, change) ?? guard(input);
}

/** The page's own preview, so that page and API refuse alike. */
function guard({ change, status, capabilities }: GateInput): Problem | undefined {
  if (change.kind === "update-address") return undefined;
  const { configuration, members, leadership } = status;
  // A new member's id is etcd's to assign; for the judgement any that nobody has will do.
  const changes =
    change.kind === "add-learner"
      ? [{ kind: change.kind, id: freeId(status) }]
      : [{ kind: change.kind, id: change.id }];
  const { refusal } = assessChange({ configuration, members, leadership, capabilities, changes });
  return refusal === undefined ? undefined : problem(refusal.code, refusal.sentence);
}

function freeId({ members }: ClusterStatus): MemberId {
  let id = 1;
  while (members.some((member) => member.id === String(id))) id += 1;
  return String(id);
}

/** A change of URLs goes through the log as well. */
function standing(input: GateInput): Problem | undefined {
  return guard({ ...input, change: { kind: "add-learner", peerUrls: [], name: "" } });
}

function ownerOf(urls: readonly string[], members: readonly EtcdMember[]): EtcdMember | undefined {
  const wanted = new Set(urls.map(configuredUrl));
  return members.find(({ peerUrls }) => peerUrls.some((url) => wanted.has(configuredUrl(url))));
}

function additionRefusal(
  input: GateInput,
  change: Extract<EtcdChange, { kind: "add-learner" }>,
): Problem | undefined {
  const { members, status, reportOf } = input;
  const nameOf = namesOf(status.members);
  const owner = ownerOf(change.peerUrls, members);
  if (owner !== undefined) {
    const detail = `${owner.peerUrls.join(", ")} belongs to ${nameOf(owner.id)}. Each member needs peer URLs of its own.`;
    return problem("address-taken", detail, { field: "peerUrls" });
  }
  const versions = members.flatMap(({ id }) => reportOf(id)?.self?.value.version ?? []);
  const learner = members.find(({ isLearner }) => isLearner);
  if (learner !== undefined && versions.some((version) => isBefore(version, [3, 6, 0]))) {
    const detail = `etcd takes one learner at a time, and ${nameOf(learner.id)} is one. Promote or remove it, or queue this one.`;
    return problem("learner-limit", detail);
  }
  return connectionRefusal(input, versions);
}

/**
 * How many voters etcd wants connected, for 5 s, before it takes a new member: before 3.5.30 and 3.6.11 all of them, since then a
 * majority counted as though the new one voted and were down. A single one needs nobody.
 */
function connectionRefusal(
  { status, reportOf, now }: GateInput,
  versions: readonly string[],
): Problem | undefined {
  const nameOf = namesOf(status.members);
  const voters = status.members.filter(({ role }) => role === "voter");
  if (voters.length === 1) return undefined;
  const wantsAll = versions.some((version) => lacksFix(version, ADD_NEEDS_MAJORITY));
  const wanted = wantsAll ? voters.length : Math.floor((voters.length + 1) / 2) + 1;
  const down = voters.filter(({ health }) => health.state === "down");
  const isBack = ({ id }: MemberStatus) => now - (reportOf(id)?.returnedAt ?? -Infinity) < CONNECTED_MS_MIN;
  const back = voters.filter((voter) => !down.includes(voter) && isBack(voter));
  if (voters.length - down.length - back.length >= wanted) return undefined;
  const names = (some: readonly MemberStatus[]) =>
    listWords(
      some.map(({ id }) => nameOf(id)),
      "and",
    );
  const rule = `etcd adds a member here only while ${wanted} of ${voters.length} voters have been connected for 5 s`;
  if (down.length === 0) {
    const detail = `${rule}, and ${names(back)} came back a moment ago. Repeat it in 5 s.`;
    return problem("cluster-unhealthy", detail);
  }
  const each = down.length === 1 ? "it" : "them";
  const detail = `${rule}, and ${names(down)} cannot be reached. Start ${each}, or remove ${each} first.`;
  return problem("cluster-unhealthy", detail);
}

function promotionRefusal({ status }: GateInput, id: MemberId): Problem | undefined {
  const member = status.members.find((one) => one.id === id);
  if (member?.promotable?.ok !== false) return undefined;
  const name = namesOf(status.members)(id);
  return problem("not-caught-up", `${name} cannot vote yet: ${member.promotable.reason}.`);
}

/** etcd counts members that were never started: what is left must have a majority that was. */
function unstartedRefusal({ members }: GateInput, target: EtcdMember): Problem | undefined {
  if (target.isLearner) return undefined;
  const left = members.filter(({ id, isLearner }) => !isLearner && id !== target.id);
  const started = left.filter(({ name }) => name !== "").length;
  if (started >= Math.floor(left.length / 2) + 1) return undefined;
  const detail = `After it, ${started} of ${left.length} voters would have been started, which is no majority. Start or remove the others first.`;
  return problem("would-lose-quorum", detail);
}

function updateRefusal(
  { members, status, reportOf }: GateInput,
  change: Extract<EtcdChange, { kind: "update-address" }>,
  member: EtcdMember,
): Problem | undefined {
  const nameOf = namesOf(status.members);
  const others = members.filter(({ id }) => id !== member.id);
  const owner = ownerOf(change.peerUrls, others);
  if (owner !== undefined) {
    const detail = `${owner.peerUrls.join(", ")} belongs to ${nameOf(owner.id)}.`;
    return problem("address-taken", detail, { field: "peerUrls" });
  }
  const versions = members.flatMap(({ id }) => reportOf(id)?.self?.value.version ?? []);
  if (member.isLearner && versions.some((version) => lacksFix(version, LEARNER_FLAG_FIXED))) {
    const detail = `etcd before 3.5.31 and 3.6.12 forgets on such an update that ${nameOf(member.id)} is a learner, and never lets it vote (etcd issue 21694). Remove it and add it again with the new URLs.`;
    return problem("invalid-change", detail);
  }
  const voters = status.members.filter(({ role }) => role === "voter");
  const healthy = voters.filter(({ health }) => health.state === "healthy");
  const isHealthy = healthy.some(({ id }) => id === member.id);
  if (!isHealthy || voters.length === 1 || healthy.length > Math.floor(voters.length / 2) + 1)
    return undefined;
  const detail = `${healthy.length} of ${voters.length} voters are healthy, so a wrong URL would cost quorum. Start the others first.`;
  return problem("would-lose-quorum", detail);
}
