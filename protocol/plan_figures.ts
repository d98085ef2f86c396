import type { MemberChange } from "./api";
import { type AssessInput, assessChange } from "./assess";
import type { AssessmentCounts } from "./assessment";
import { withCaughtUp } from "./caught_up";
import { isUnfinished } from "./plan_words";
import type { GuidedPlan } from "./status";

/** Stands for the id of a node that has none yet. */
const NO_ID = "0";

/** What the next change of votes does to the figures quorum rests on. */
export interface PlanFigures {
  readonly before: AssessmentCounts;
  readonly after: AssessmentCounts;
}

/**
 * The figures before and after the change of votes that a plan makes next, by what is in force now. The new node is taken as caught up,
 * since the plan waits for that. Undefined where the plan changes no vote any more, or one is being changed.
 */
export function planFigures(plan: GuidedPlan, input: Omit<AssessInput, "changes">): PlanFigures | undefined {
  const { configuration, capabilities } = input;
  if (!isUnfinished(plan) || plan.kind === "add-learner" || configuration.outgoing.length > 0)
    return undefined;
  const { target, step } = plan;
  const id = plan.learner ?? NO_ID;
  const votes = configuration.incoming.includes(id);
  const leaves = target !== null && configuration.incoming.includes(target);
  const promote: MemberChange[] = votes ? [] : [{ kind: "promote", id }];
  const remove: MemberChange[] = leaves ? [{ kind: "remove", id: target }] : [];
  const inOne = capabilities?.joint.ok !== false;
  const removesNext = step === "removing" || step === "transferring";
  const changes = inOne ? [...promote, ...remove] : removesNext ? remove : promote;
  if (changes.length === 0) return undefined;
  const { before, after } = assessChange({
    ...input,
    ...(votes ? {} : withCaughtUp(input, { id, name: "" })),
    changes,
  });
  return { before, after };
}

const labels = { voters: "voters", quorum: "quorum", healthy: "healthy", canLose: "can lose" } as const;

/** "Next change: voters 3, quorum 2, healthy 2 -> 3, can lose 0 -> 1." */
export function describeFigures({ before, after }: PlanFigures): string {
  const words = (Object.keys(labels) as (keyof typeof labels)[]).map((key) =>
    before[key] === after[key]
      ? `${labels[key]} ${after[key]}`
      : `${labels[key]} ${before[key]} -> ${after[key]}`,
  );
  return `Next change: ${words.join(", ")}.`;
}
