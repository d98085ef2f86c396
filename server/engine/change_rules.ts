import type { ConfState, NodeId } from "../raft/types";
import { isJoint } from "./configuration";
import type { ChangeRefusal, MemberChange, MemberRecord } from "./types";

/** Ids a caller may choose; above, the counter goes on, so that one large id does not use up the rest. */
const EXPLICIT_ID_MAX = 2 ** 31 - 1;

/** What a registry tells of its members. */
export interface KnownMembers {
  readonly confState: ConfState;
  readonly nextId: NodeId;
  member(id: NodeId): MemberRecord | undefined;
  /** Index at which an id was retired; undefined: it was not. */
  retiredAt(id: NodeId): number | undefined;
  holderOfAddress(address: string): MemberRecord | undefined;
  holderOfName(name: string): MemberRecord | undefined;
}

/** Verdict on a change: refused, nothing to do, or undefined to go on. */
export type Judgement = ChangeRefusal | "nothing-to-do" | undefined;

/** Whether `changes` make sense on the configuration in force. Needs no clock and no health, so it holds on every node alike. */
export function judgeChanges(registry: KnownMembers, changes: readonly MemberChange[]): Judgement {
  if (isJoint(registry.confState)) return { code: "change-in-progress", change: undefined };
  const twin = twinOf(changes);
  if (twin !== undefined) return twin;
  const seen = new Set<NodeId>();
  let idle = 0;
  for (const change of changes) {
    if (seen.has(change.id))
      return { code: "bad-input", detail: `Id ${change.id} stands in two changes of one request.` };
    seen.add(change.id);
    const verdict = judgeOne(registry, change);
    if (verdict === "nothing-to-do") idle += 1;
    else if (verdict !== undefined) return verdict;
  }
  if (idle === changes.length) return "nothing-to-do";
  if (idle > 0)
    return {
      code: "already-member",
      detail: "One of the learners of this request is a learner already; leave it out.",
    };
  return undefined;
}

/** Two learners of one request under one address or name. */
function twinOf(changes: readonly MemberChange[]): ChangeRefusal | undefined {
  const added = changes.filter((change) => change.kind === "add-learner");
  for (const [at, { address, name }] of added.entries()) {
    const earlier = added.slice(0, at);
    if (earlier.some((one) => one.address === address)) {
      return { code: "address-taken", detail: `${address} stands in two changes of one request.` };
    }
    if (earlier.some((one) => one.name === name)) {
      return { code: "bad-input", detail: `The name ${name} stands in two changes of one request.` };
    }
  }
  return undefined;
}

function judgeOne(registry: KnownMembers, change: MemberChange): Judgement {
  const voter = registry.confState.voters.includes(change.id);
  const learner = registry.confState.learners.includes(change.id);
  const name = registry.member(change.id)?.name ?? `n${change.id}`;
  if (change.kind === "add-learner") return judgeAddition(registry, change, voter, learner);
  if (!voter && !learner) return { code: "not-a-member", detail: `Id ${change.id} is not a member.` };
  if (change.kind === "promote" && voter)
    return { code: "not-a-learner", detail: `${name} is a voter already.` };
  if (change.kind === "demote" && learner)
    return { code: "not-a-voter", detail: `${name} is a learner already.` };
  return undefined;
}

function judgeAddition(
  registry: KnownMembers,
  change: Extract<MemberChange, { kind: "add-learner" }>,
  voter: boolean,
  learner: boolean,
): Judgement {
  const { nextId } = registry;
  if (change.id > EXPLICIT_ID_MAX && change.id >= nextId) {
    const detail = `Id ${change.id} is above ${EXPLICIT_ID_MAX}; those are kept for the counter. Next free: ${nextId}.`;
    return { code: "bad-input", detail };
  }
  const index = registry.retiredAt(change.id);
  if (index !== undefined) return { code: "id-retired", id: change.id, index, nextFreeId: nextId };
  if (voter)
    return { code: "already-member", detail: `Id ${change.id} is a voter already. Next free: ${nextId}.` };
  if (learner) {
    const address = registry.member(change.id)?.address ?? "";
    if (address === change.address) return "nothing-to-do";
    return {
      code: "already-member",
      detail: `Id ${change.id} is a learner at ${address} already. Next free: ${nextId}.`,
    };
  }
  const holder = registry.holderOfAddress(change.address);
  if (holder !== undefined)
    return { code: "address-taken", detail: `${change.address} is the address of ${holder.name}.` };
  const namesake = registry.holderOfName(change.name);
  if (namesake !== undefined)
    return { code: "bad-input", detail: `The name ${change.name} is taken by id ${namesake.id}.` };
  return undefined;
}
