import { assessChange } from "./assess";
import { assessReplaceInSteps } from "./assess_replace_in_steps";
import type { AssessmentCounts } from "./assessment";
import { withCaughtUp } from "./caught_up";
import type { ReplaceAssessment, ReplaceInput, ReplaceStep } from "./replace_assessment";
import { namesOf } from "./words";

export type { AssessmentCounts, ReplaceAssessment, ReplaceInput, ReplaceStep };

/**
 * Judges a replacement as a plan: each step with the figures after it. Where the engine can, voters are swapped in one joint change, so
 * that there are never fewer than before; elsewhere one change at a time. The learner is taken as caught up, since the plan waits for
 * that.
 */
export function assessReplace(input: ReplaceInput): ReplaceAssessment {
  return input.capabilities?.joint.ok === false ? assessReplaceInSteps(input) : assessSwap(input);
}

function assessSwap(input: ReplaceInput): ReplaceAssessment {
  const { target, learner, configuration, members } = input;
  const isMember = configuration.learners.includes(learner.id);
  const swap = assessChange({
    ...input,
    ...withCaughtUp(input, learner),
    changes: [
      { kind: "promote", id: learner.id },
      { kind: "remove", id: target },
    ],
  });
  const nameOf = namesOf(members, { [learner.id]: learner.name });
  const name = nameOf(learner.id);
  const old = nameOf(target);
  const { before, after } = swap;
  const leads = input.leadership.id === target;
  const swapWords = `${name} votes and ${old} leaves, in one change`;
  return {
    // Notes are about the learner as it is assumed here, and say nothing of the real one.
    swap: { ...swap, notes: [] },
    before,
    steps: [
      { words: isMember ? `${name} is a learner already` : `Add ${name} as learner`, after: before },
      { words: `${name} catches up`, after: before },
      { words: leads ? `Leadership moves off ${old}; then ${swapWords}` : swapWords, after },
    ],
    lead: `${old} votes until ${name} has caught up. The plan runs on the cluster: it goes on when this page closes, and after an election.`,
  };
}
