import type { CreatePlanBody, PlanVerb } from "../../../protocol/api";
import { type Problem, problem } from "../../../protocol/problem";
import type { GuidedPlan } from "../../../protocol/status";
import type { GuidedPlanStatus, PlanOutcome } from "../../engine/types";
import { toMemberId } from "./ids";

/** The state each verb asks for. */
export const planStates = {
  pause: "paused",
  resume: "running",
  stop: "stopped",
} as const satisfies Record<Exclude<PlanVerb, "confirm">, GuidedPlan["state"]>;

/** Why a plan is not one of this engine's: it takes learners that are members, and asks for no name midway. */
export function foreignPlan(plan: CreatePlanBody): Problem | undefined {
  if (plan.kind === "add-learner") {
    return problem("unsupported", "This cluster takes any number of learners at once; add it directly.");
  }
  if (plan.learner !== undefined) return undefined;
  return problem("bad-input", "Add the new node as a learner first; the plan takes it from there.", {
    field: "learner",
  });
}

/** How making or steering a plan ended, for the operator; undefined when it was done. */
export function planProblem(outcome: PlanOutcome, requestId: string): Problem | undefined {
  if (outcome.kind === "done") return undefined;
  if (outcome.kind === "refused") {
    const code = outcome.reused ? "request-id-reused" : "invalid-change";
    return problem(code, `Nothing was done: ${outcome.reason}.`);
  }
  return problem("outcome-unknown", "No outcome was seen in time; the plan shows itself if it was made.", {
    requestId,
  });
}

/** A plan as the wire carries it. */
export function toGuidedPlan(plan: GuidedPlanStatus): GuidedPlan {
  const { id, kind, actor, state, step, reason } = plan;
  const target = plan.target === undefined ? null : toMemberId(plan.target);
  return {
    id,
    kind,
    learner: toMemberId(plan.learner),
    target,
    actor,
    state,
    step,
    waitingFor: plan.waitingFor ?? null,
    reason,
    learnerName: plan.learnerName,
    ...(plan.targetName === undefined ? {} : { targetName: plan.targetName }),
    ...(plan.behindAtStart === undefined ? {} : { behindAtStart: plan.behindAtStart }),
  };
}
