import type { MemberChange } from "./api";
import type { MemberId } from "./membership";
import type { PromotionGate } from "./promotion";
import type { HalfAssessment } from "./quorum";
import type { Capabilities, ChangeInProgress, Configuration, Leadership, MemberStatus } from "./status";
import type { NameOf } from "./words";

/** What a proposed change is judged by. */
export interface AssessInput {
  readonly configuration: Configuration;
  readonly members: readonly MemberStatus[];
  readonly leadership: Leadership;
  readonly changes: readonly MemberChange[];
  /** Absent: everything is offered. */
  readonly capabilities?: Capabilities;
  /** The change under way, which another one has to wait for. */
  readonly changeInProgress?: ChangeInProgress | null;
  /** The cluster's name for titles; "this cluster" if absent. */
  readonly cluster?: string;
  readonly loopbackOnly?: boolean;
  /** Time since the facts were composed, added to their ages; 0 if absent. */
  readonly elapsedMs?: number;
}

/** The facts of one proposal, worked out once. */
export interface Proposal {
  readonly input: AssessInput;
  readonly nameOf: NameOf;
  readonly memberOf: (id: MemberId) => MemberStatus | undefined;
  readonly voters: ReadonlySet<MemberId>;
  /** Every half that has to agree for the change to commit. */
  readonly halves: readonly HalfAssessment[];
  readonly before: HalfAssessment;
  readonly after: HalfAssessment;
  /** The gate of each promotion among the changes. */
  readonly gates: readonly PromotionGate[];
  /** Neither voters nor quorum change. */
  readonly learnersOnly: boolean;
  readonly leaderLeaves: boolean;
}
