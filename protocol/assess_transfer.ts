import type { MemberId } from "./membership";
import type { Capabilities, ChangeInProgress, Configuration, Leadership, MemberStatus } from "./status";

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
  throw new Error(`not written yet ${String(input)}`);
}
