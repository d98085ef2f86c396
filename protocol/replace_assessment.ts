import type { Assessment, AssessmentCounts } from "./assessment";
import type { MemberId } from "./membership";
import type { AssessInput } from "./proposal";

/** One step of a replacement, with the figures once it is done. */
export interface ReplaceStep {
  readonly words: string;
  readonly after: AssessmentCounts;
}

/** A replacement before it is begun. */
export interface ReplaceAssessment {
  /** The swap, judged as if the learner had caught up by then. */
  readonly swap: Assessment;
  readonly before: AssessmentCounts;
  readonly steps: readonly ReplaceStep[];
  readonly lead: string;
}

/** What is judged: `learner` may be one that is still to be added. */
export interface ReplaceInput extends Omit<AssessInput, "changes"> {
  readonly target: MemberId;
  readonly learner: { readonly id: MemberId; readonly name: string };
}
