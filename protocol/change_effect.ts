import type { MemberChange } from "./api";
import type { MemberId } from "./membership";
import type { ProblemCode } from "./problem";
import type { Configuration, MemberStatus } from "./status";
import type { NameOf } from "./words";

/** Why a change is not possible, whatever the health of the cluster. */
export interface ChangeFault {
  readonly code: ProblemCode;
  readonly sentence: string;
}

/** Who votes and who learns once the changes took effect. */
export interface ChangeEffect {
  readonly voters: readonly MemberId[];
  readonly learners: readonly MemberId[];
}

/** What the configuration would be after the changes, or the first reason it cannot be. A member may appear once only. */
export function effectOf(
  configuration: Configuration,
  members: readonly MemberStatus[],
  changes: readonly MemberChange[],
  nameOf: NameOf,
): ChangeEffect | ChangeFault {
  const voters = new Set(configuration.incoming);
  const learners = new Set([...configuration.learners, ...configuration.learnersNext]);
  for (const id of voters) learners.delete(id);
  if (changes.length === 0) return { code: "invalid-change", sentence: "No change was given." };
  const seen = new Set<MemberId>();
  for (const change of changes) {
    if (seen.has(change.id)) {
      return { code: "invalid-change", sentence: `${nameOf(change.id)} appears twice in one change.` };
    }
    seen.add(change.id);
    const fault = faultOf(change, voters, learners, members, nameOf);
    if (fault !== undefined) return fault;
    voters.delete(change.id);
    learners.delete(change.id);
    if (change.kind === "promote") voters.add(change.id);
    else if (change.kind !== "remove") learners.add(change.id);
  }
  return { voters: [...voters], learners: [...learners] };
}

function faultOf(
  change: MemberChange,
  voters: ReadonlySet<MemberId>,
  learners: ReadonlySet<MemberId>,
  members: readonly MemberStatus[],
  nameOf: NameOf,
): ChangeFault | undefined {
  const name = nameOf(change.id);
  if (change.kind === "add-learner") return additionFault(change, voters, learners, members, nameOf);
  if (!voters.has(change.id) && !learners.has(change.id)) {
    return { code: "not-a-member", sentence: `${name} is not a member.` };
  }
  if (change.kind === "promote" && voters.has(change.id)) {
    return { code: "not-a-learner", sentence: `${name} is a voter already.` };
  }
  if (change.kind === "demote" && learners.has(change.id)) {
    return { code: "not-a-voter", sentence: `${name} is a learner already.` };
  }
  return undefined;
}

/** Adding a learner again at its own address changes nothing and is allowed. */
function additionFault(
  change: Extract<MemberChange, { kind: "add-learner" }>,
  voters: ReadonlySet<MemberId>,
  learners: ReadonlySet<MemberId>,
  members: readonly MemberStatus[],
  nameOf: NameOf,
): ChangeFault | undefined {
  if (voters.has(change.id)) {
    return { code: "already-member", sentence: `Id ${change.id} belongs to the voter ${nameOf(change.id)}.` };
  }
  const { address } = change;
  if (address === undefined) return undefined;
  const same = members.find((member) => member.id === change.id);
  if (learners.has(change.id) && same !== undefined && same.address !== address) {
    const sentence = `Id ${change.id} belongs to the learner ${nameOf(change.id)} at ${same.address}.`;
    return { code: "already-member", sentence };
  }
  const holder = members.find((member) => member.id !== change.id && member.address === address);
  if (holder === undefined) return undefined;
  return { code: "address-taken", sentence: `${address} belongs to ${nameOf(holder.id)}.` };
}
