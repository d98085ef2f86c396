import type { Assessment, Risk } from "./assessment";
import type { Proposal } from "./proposal";
import type { HalfAssessment } from "./quorum";
import { countWord, formatDuration, listWords } from "./words";

type Verdict = Assessment["canCommit"];

/** Voters named one by one in a sentence; more are counted. */
const NAMED_MAX = 5;

function halfWords(half: HalfAssessment): string {
  const unknown = half.unknown === 0 ? "" : `, ${half.unknown} unknown`;
  return `${half.healthy} of ${half.voters} healthy${unknown}, ${half.quorum} needed`;
}

/** "Yes - 3 of 3 healthy, 2 needed." Every half has to agree. */
export function canCommitVerdict({ input, halves }: Proposal): Verdict {
  if (input.leadership.id === null) return { ok: false, sentence: "No - there is no leader." };
  const ok = halves.every((half) => half.healthy >= half.quorum);
  const words = halves.map(halfWords).join("; ");
  return { ok, sentence: `${ok ? "Yes" : "No"} - ${halves.length > 1 ? "each half: " : ""}${words}.` };
}

/** "Yes - can lose 1.", "Yes, but no spare: losing n1 or n2 then stops the cluster.", "No - 1 of 2 would be healthy, 2 needed." */
export function safeVerdict(proposal: Proposal): Verdict {
  const { after, learnersOnly } = proposal;
  if (after.healthy < after.quorum) {
    const would = `${after.healthy} of ${after.voters} would be healthy, ${after.quorum} needed`;
    return { ok: false, sentence: `No - ${would}.` };
  }
  if (learnersOnly) return { ok: true, sentence: "Yes - quorum and tolerance stay." };
  if (after.toleranceNow > 0) return { ok: true, sentence: `Yes - can lose ${after.toleranceNow}.` };
  return {
    ok: true,
    sentence: `Yes, but no spare: losing ${healthyWords(proposal)} then stops the cluster.`,
  };
}

function healthyWords({ after, memberOf, nameOf }: Proposal): string {
  const healthy = after.ids.filter((id) => memberOf(id)?.health.state === "healthy");
  if (healthy.length > NAMED_MAX) return `any of the ${healthy.length} healthy voters`;
  return listWords(healthy.map(nameOf), "or");
}

const participles = {
  "add-learner": "added",
  promote: "promoted",
  demote: "demoted",
  remove: "removed",
} as const;

/** A dialog whose change would lose quorum: "n1 cannot be removed now"; the refusal's sentence stands for the lead. */
export function refusedDialog(
  { input, nameOf }: Proposal,
  { primary }: Assessment["dialog"],
): Assessment["dialog"] {
  const [first, ...others] = input.changes;
  const single = first !== undefined && others.length === 0;
  const title = single
    ? `${nameOf(first.id)} cannot be ${participles[first.kind]} now`
    : "These changes cannot be made now";
  return { title, primary, danger: false };
}

/** Title, first sentence and button of the dialog for a change. */
export function dialogOf(proposal: Proposal, risk: Risk): Assessment["dialog"] {
  const { input, nameOf, voters } = proposal;
  const danger = risk === "type-name";
  const [change, ...others] = input.changes;
  if (change === undefined || others.length > 0) {
    return { title: `Make ${input.changes.length} changes at once`, primary: "Make the changes", danger };
  }
  const name = nameOf(change.id);
  switch (change.kind) {
    case "add-learner":
      return {
        title: `Add a learner to ${input.cluster ?? "this cluster"}`,
        lead: "It receives the log and has no vote: voters, quorum and tolerance stay.",
        primary: "Add learner",
        danger,
      };
    case "promote":
      return {
        title: `Promote ${name} to voter`,
        ...(risk === "summary-warning"
          ? { lead: "Two voters need both: losing either one stops the cluster. Promote a third next." }
          : {}),
        primary: `Promote ${name}`,
        danger,
      };
    case "demote":
      return {
        title: `Demote voter ${name}`,
        lead: leavingLead(proposal, "It stays as a learner."),
        primary: `Demote ${name}`,
        danger,
      };
    case "remove": {
      const voter = voters.has(change.id);
      return {
        title: `Remove ${voter ? "voter" : "learner"} ${name}`,
        lead: voter
          ? leavingLead(proposal, idFate(input))
          : `${name} has no vote; quorum and tolerance stay. ${idFate(input)}`,
        primary: `Remove ${name}`,
        danger,
      };
    }
  }
}

/** What becomes of a removed member's id: chosen ones must not come back, assigned ones never do. */
function idFate({ capabilities }: Proposal["input"]): string {
  return capabilities?.learner.id === "assigned"
    ? "To come back it has to be added anew, with an empty data directory."
    : "Its id is retired.";
}

/** What a voter's leaving means: dead, leading, or simply healthy. */
function leavingLead({ input, nameOf, memberOf, leaderLeaves, after }: Proposal, fate: string): string {
  const id = input.changes[0]?.id ?? "";
  const name = nameOf(id);
  if (leaderLeaves) return `${name} leads. Transfer first to avoid an election.`;
  const health = memberOf(id)?.health;
  if (health?.state === "healthy") return `${name} is healthy and votes. ${fate}`;
  if (health?.state !== "down") return `${name} could not be asked; it counts as down. ${fate}`;
  const down =
    health.sinceMs === null
      ? `${name} is down`
      : `${name} has been down ${formatDuration(health.sinceMs + (input.elapsedMs ?? 0))}`;
  return `${down}; nothing healthy is lost.${remaining(after.voters)}`;
}

/** What else the operator should know before the button. */
export function notesOf(proposal: Proposal, risk: Risk): string[] {
  const { input, before, after, gates } = proposal;
  const notes: string[] = [];
  const kinds = new Set(input.changes.map((change) => change.kind));
  if (kinds.has("add-learner") && input.loopbackOnly) {
    notes.push("Only processes on this machine can reach this cluster.");
  }
  const gained = after.toleranceDesigned - before.toleranceDesigned;
  if (after.voters > before.voters && gained <= 0 && risk !== "summary-warning") {
    const fewer = `${before.voters} ${before.voters === 1 ? "does" : "do"}`;
    notes.push(`No tolerance gained: ${after.voters} voters lose no more than ${fewer}.`);
  }
  notes.push(...gates.filter(({ ok }) => ok).map(({ sentence }) => sentence));
  return notes;
}

function remaining(voters: number): string {
  if (voters > 2) return "";
  if (voters === 2) return " Two voters remain: add a third next.";
  return ` ${countWord(voters)} voter remains: add two more next.`;
}
