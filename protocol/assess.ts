import type { MemberChange } from "./api";
import { canCommitVerdict, dialogOf, notesOf, refusedDialog, safeVerdict } from "./assess_words";
import type { Alternative, Assessment, AssessmentCounts, Risk } from "./assessment";
import { type ChangeEffect, type ChangeFault, effectOf } from "./change_effect";
import { idWords } from "./member_ids";
import type { MemberId } from "./membership";
import { PROMOTION_LAG_MAX, promotionGate } from "./promotion";
import type { AssessInput, Proposal } from "./proposal";
import { assessConfiguration, assessHalf, type HalfAssessment, healthIn } from "./quorum";
import type { Capabilities, Capability } from "./status";
import {
  busySentence,
  listWords,
  type NameOf,
  NO_LEADER,
  NO_QUORUM,
  NOT_ENOUGH_HEARD,
  namesOf,
} from "./words";

export {
  assessTransfer,
  type TransferAssessment,
  type TransferCandidate,
  type TransferInput,
} from "./assess_transfer";
export {
  type Alternative,
  type Assessment,
  type AssessmentCounts,
  alternativeSchema,
  assessmentSchema,
  type Risk,
  riskSchema,
} from "./assessment";
export type { AssessInput } from "./proposal";

/**
 * Judges a proposed change: can it commit now, is the result safe, how much friction it deserves. Pure and total; the browser
 * previews with it and the server refuses with it. A voter nobody has heard from counts as down, a new one too.
 */
export function assessChange(input: AssessInput): Assessment {
  const nameOf = proposedNames(input);
  const effect = effectOf(input.configuration, input.members, input.changes, nameOf);
  const proposal = proposalOf(input, nameOf, "voters" in effect ? effect : undefined);
  const canCommit = canCommitVerdict(proposal);
  const safe = safeVerdict(proposal);
  const refusal =
    unsupported(input) ?? ("voters" in effect ? refusalOf(proposal, canCommit.ok, safe.ok) : effect);
  const risk = refusal === undefined ? riskOf(proposal) : "refused";
  const dialog = dialogOf(proposal, risk);
  return {
    before: countsOf(proposal.before),
    after: countsOf(proposal.after),
    canCommit,
    safe,
    risk,
    ...(risk === "type-name" ? { typeName: typedName(proposal) } : {}),
    ...(refusal === undefined ? {} : { refusal: { code: refusal.code, sentence: refusal.sentence } }),
    ...forceOf(proposal, refusal, canCommit.ok),
    notes: notesOf(proposal, risk),
    alternatives: alternativesOf(proposal, refusal),
    dialog: refusal?.code === "would-lose-quorum" ? refusedDialog(proposal, dialog) : dialog,
  };
}

function proposedNames(input: AssessInput): NameOf {
  const proposed = input.changes.map((change) => [
    change.id,
    (change.kind === "add-learner" && change.name) || `id ${idWords(change.id)}`,
  ]);
  return namesOf(input.members, Object.fromEntries(proposed));
}

function proposalOf(input: AssessInput, nameOf: NameOf, effect: ChangeEffect | undefined): Proposal {
  const { configuration, changes, members } = input;
  const health = healthIn(members);
  const now = assessConfiguration(configuration, health);
  const after = assessHalf("incoming", effect?.voters ?? configuration.incoming, health);
  const byId = new Map(members.map((member) => [member.id, member]));
  const voters = new Set([...configuration.incoming, ...configuration.outgoing]);
  const promotions = changes.filter((change) => change.kind === "promote");
  return {
    input,
    nameOf,
    memberOf: (id) => byId.get(id),
    voters,
    // Several changes at once pass through a joint configuration, which the new half has to leave as well.
    halves: changes.length > 1 ? [...now.halves, after] : now.halves,
    before: now.worse,
    after,
    gates: promotions.map((change) =>
      promotionGate(byId.get(change.id), nameOf(change.id), after, lagMaxOf(input.capabilities)),
    ),
    learnersOnly: changes.every((change) => change.kind !== "promote" && !voters.has(change.id)),
    leaderLeaves: changes.some(
      (change) => (change.kind === "remove" || change.kind === "demote") && change.id === input.leadership.id,
    ),
  };
}

/** Without capabilities the embedded engine's own gate is meant. */
function lagMaxOf(capabilities: Capabilities | undefined): number | undefined {
  return capabilities === undefined ? PROMOTION_LAG_MAX : capabilities.promotionLagMax;
}

function countsOf(half: HalfAssessment): AssessmentCounts {
  const { voters, quorum, healthy } = half;
  return { voters, quorum, healthy, canLose: Math.max(0, half.toleranceNow) };
}

const capabilityOf: Record<MemberChange["kind"], "addLearner" | "promote" | "demote" | "remove"> = {
  "add-learner": "addLearner",
  promote: "promote",
  demote: "demote",
  remove: "remove",
};

function unsupported({ capabilities, changes }: AssessInput): ChangeFault | undefined {
  if (capabilities === undefined) return undefined;
  const needed: Capability[] = changes.map((change) => capabilities[capabilityOf[change.kind]]);
  if (changes.length > 1) needed.push(capabilities.joint);
  for (const capability of needed) {
    if (!capability.ok) return { code: "unsupported", sentence: capability.reason };
  }
  return undefined;
}

/** Why a possible change is refused now; the order is the one in which an operator would want to hear it. */
function refusalOf(proposal: Proposal, canCommit: boolean, safe: boolean): ChangeFault | undefined {
  const { input, nameOf } = proposal;
  if (input.changeInProgress) {
    return {
      code: "change-in-progress",
      sentence: busySentence(input.changeInProgress, nameOf, input.elapsedMs),
    };
  }
  if (input.configuration.outgoing.length > 0) {
    return {
      code: "change-in-progress",
      sentence: "Change in progress: a joint configuration has not been left yet.",
    };
  }
  if (input.leadership.id === null) return { code: "no-leader", sentence: NO_LEADER };
  const { before } = proposal;
  if (before.healthy < before.quorum) {
    const lost = before.healthy + before.unknown < before.quorum;
    return { code: "would-lose-quorum", sentence: lost ? NO_QUORUM : NOT_ENOUGH_HEARD };
  }
  const gate = proposal.gates.find(({ ok }) => !ok);
  if (gate !== undefined) return { code: "not-caught-up", sentence: gate.sentence };
  if (!safe || !canCommit) return { code: "would-lose-quorum", sentence: unsafeSentence(proposal) };
  return undefined;
}

/**
 * What can commit now may be forced although nothing could commit after it. What cannot commit now cannot be forced either: nobody
 * could acknowledge it. And a cluster without voters is none.
 */
function forceOf(
  proposal: Proposal,
  refusal: ChangeFault | undefined,
  canCommit: boolean,
): Pick<Assessment, "force"> {
  const { after } = proposal;
  if (refusal?.code !== "would-lose-quorum" || !canCommit || after.voters === 0) return {};
  const missing = after.quorum - after.healthy;
  const voters = missing === 1 ? "one more voter is" : `${missing} more voters are`;
  const sentence = `Forced, it loses quorum: nothing can commit until ${voters} healthy.`;
  return { force: { typeName: typedName(proposal), sentence } };
}

/** Voters of the configuration in force that are down, and that the changes leave in place. */
function downVoters(proposal: Proposal): MemberId[] {
  const targets = new Set(proposal.input.changes.map((change) => change.id));
  return proposal.before.ids.filter(
    (id) => !targets.has(id) && proposal.memberOf(id)?.health.state === "down",
  );
}

function unsafeSentence(proposal: Proposal): string {
  const { after, nameOf, input } = proposal;
  if (after.voters === 0) {
    const names = input.changes.map((change) => nameOf(change.id));
    return `${listWords(names, "and")} ${names.length === 1 ? "is the only voter" : "are all voters"}; none would be left.`;
  }
  const verdict = `After it, ${after.healthy} of ${after.voters} voters would be healthy and ${after.quorum} are needed.`;
  const down = downVoters(proposal).map(nameOf);
  if (down.length === 0) return verdict;
  const which = down.length === 1 ? `remove ${down[0]}, which is down` : "first remove one of them";
  return `${verdict} Start ${listWords(down, "or")}, or ${which}.`;
}

function riskOf(proposal: Proposal): Risk {
  const { before, after, learnersOnly, leaderLeaves, input } = proposal;
  if (learnersOnly) return "confirm";
  if (leaderLeaves) return "type-name";
  if (before.toleranceNow > 0 && after.toleranceNow <= 0) return "type-name";
  const promotes = input.changes.some((change) => change.kind === "promote");
  return promotes && before.voters === 1 && after.voters === 2 ? "summary-warning" : "summary";
}

/** The name to type: the leader's if it goes, else that of the first voter that does, else of the first target. */
function typedName(proposal: Proposal): string {
  const { input, voters, memberOf } = proposal;
  const target =
    input.changes.find((change) => change.id === input.leadership.id) ??
    input.changes.find((change) => voters.has(change.id)) ??
    input.changes[0];
  return target === undefined ? "" : memberOf(target.id)?.name || idWords(target.id);
}

/** Alternatives offered at once. */
const ALTERNATIVES_MAX = 4;

function alternativesOf(proposal: Proposal, refusal: ChangeFault | undefined): Alternative[] {
  const { input, nameOf } = proposal;
  const found: Alternative[] = [];
  if (refusal?.code === "would-lose-quorum") {
    const down = downVoters(proposal);
    for (const id of down) found.push({ kind: "start", id, label: `Start ${nameOf(id)}` });
    const mayRemove = proposal.before.toleranceNow >= 0 && input.capabilities?.remove.ok !== false;
    for (const id of mayRemove ? down : [])
      found.push({ kind: "remove", id, label: `Remove ${nameOf(id)} instead` });
  }
  if (refusal === undefined && proposal.leaderLeaves && proposal.before.healthy > 1) {
    if (input.capabilities?.transfer.ok !== false) found.push({ kind: "transfer", label: "Transfer first" });
  }
  found.push(...replacementsOf(proposal, refusal));
  return found.slice(0, ALTERNATIVES_MAX);
}

/** A voter whose removal costs the last tolerance is better replaced: that never has fewer voters. */
function replacementsOf(proposal: Proposal, refusal: ChangeFault | undefined): Alternative[] {
  const { input, before, after, nameOf, voters } = proposal;
  const [change, ...others] = input.changes;
  if (refusal !== undefined || change?.kind !== "remove" || others.length > 0) return [];
  if (input.capabilities?.guided.ok !== true || !voters.has(change.id)) return [];
  if (before.toleranceNow <= 0 || after.toleranceNow > 0) return [];
  return [{ kind: "replace", id: change.id, label: `Replace ${nameOf(change.id)} instead` }];
}
