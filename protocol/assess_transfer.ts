import { compareIds } from "./diff";
import type { MemberId } from "./membership";
import type { Capabilities, ChangeInProgress, Configuration, Leadership, MemberStatus } from "./status";
import { busySentence, type NameOf, namesOf, plural } from "./words";

/** One voter that could lead. */
export interface TransferCandidate {
  readonly id: MemberId;
  readonly name: string;
  readonly ok: boolean;
  /** Why not: "unreachable". */
  readonly reason?: string;
  /** "3 entries behind", "up to date", "lag not known". */
  readonly lag: string;
}

/** What the transfer dialog shows. Learners and the leader itself are absent from the candidates. */
export interface TransferAssessment {
  readonly title: string;
  readonly lead: string;
  readonly candidates: readonly TransferCandidate[];
  /** Why leadership cannot be transferred at all now. */
  readonly refusal?: string;
  /** The candidate to pick first: the most up to date healthy one. */
  readonly suggested?: MemberId;
}

/** What a transfer is judged by. */
export interface TransferInput {
  readonly configuration: Configuration;
  readonly members: readonly MemberStatus[];
  readonly leadership: Leadership;
  readonly capabilities?: Capabilities;
  readonly changeInProgress?: ChangeInProgress | null;
  readonly elapsedMs?: number;
}

/** Judges to whom leadership may go. Writes pause briefly; membership does not change. */
export function assessTransfer(input: TransferInput): TransferAssessment {
  const { configuration, leadership, members } = input;
  const nameOf = namesOf(members);
  const byId = new Map(members.map((member) => [member.id, member]));
  const voters = [...configuration.incoming].sort(compareIds).filter((id) => id !== leadership.id);
  const candidates = voters.map((id) => candidateOf(id, nameOf(id), byId.get(id)));
  const ready = candidates.filter((candidate) => candidate.ok);
  const refusal = refusalOf(input, nameOf, ready.length > 0);
  const lagOf = (id: MemberId) => byId.get(id)?.lag?.entries ?? Number.MAX_SAFE_INTEGER;
  const [suggested] = [...ready].sort((a, b) => lagOf(a.id) - lagOf(b.id) || compareIds(a.id, b.id));
  return {
    title:
      leadership.id === null ? "Transfer leadership" : `Transfer leadership from ${nameOf(leadership.id)}`,
    lead: "Writes pause briefly; membership does not change.",
    candidates,
    ...(refusal === undefined ? {} : { refusal }),
    ...(suggested === undefined || refusal !== undefined ? {} : { suggested: suggested.id }),
  };
}

function candidateOf(id: MemberId, name: string, member: MemberStatus | undefined): TransferCandidate {
  const lag = lagWords(member);
  if (member?.health.state === "healthy") return { id, name, ok: true, lag };
  const reason = member === undefined ? "unknown" : member.health.word.toLowerCase();
  return { id, name, ok: false, reason, lag };
}

function lagWords(member: MemberStatus | undefined): string {
  if (!member?.lag) return "lag not known";
  const { entries, current } = member.lag;
  const words = entries === 0 ? "up to date" : `${plural(entries, "entry", "entries")} behind`;
  return current ? words : `${words}, last known`;
}

function refusalOf(input: TransferInput, nameOf: NameOf, anyReady: boolean): string | undefined {
  const { capabilities, changeInProgress, leadership } = input;
  if (capabilities !== undefined && !capabilities.transfer.ok) return capabilities.transfer.reason;
  if (changeInProgress) return busySentence(changeInProgress, nameOf, input.elapsedMs);
  if (leadership.id === null) return "No leader: there is nothing to transfer.";
  return anyReady ? undefined : "No other healthy voter could take over.";
}
