import { allVoters } from "./configuration";
import type { CommandResult, RegistryCommand } from "./payload";
import type { RegistryState } from "./registry_codec";
import type { GuidedPlan } from "./types";

/** Plans kept: the one under way and the last finished ones. */
const PLANS_MAX = 20;

function isUnfinished(plan: GuidedPlan): boolean {
  return plan.state === "running" || plan.state === "paused";
}

type CreatePlan = Extract<RegistryCommand, { kind: "create-plan" }>;

/** One plan at a time: two could want opposite things of the same voters. A repeat is the same plan. */
export function createPlan(
  { plans, confState, outcomes }: RegistryState,
  command: CreatePlan,
): CommandResult {
  const { id, plan: kind, learner, target, actor, time, behind } = command;
  const known = plans.find((plan) => plan.id === id);
  if (known !== undefined) return isRepeat(command, known) ? { kind: "done" } : reused(id, "plan");
  if (outcomes.has(id)) return reused(id, "change");
  const busy = plans.find(isUnfinished);
  if (busy !== undefined) return { kind: "refused", reason: `${busy.actor} has another one under way` };
  if (!confState.learners.includes(learner))
    return { kind: "refused", reason: `id ${learner} is not a learner` };
  if (kind === "replace" && (target === null || !allVoters(confState).includes(target))) {
    return { kind: "refused", reason: `id ${target} is not a voter` };
  }
  plans.push({
    id,
    kind,
    learner,
    target: target ?? undefined,
    actor,
    time,
    state: "running",
    reason: "",
    ...(behind === undefined ? {} : { behindAtStart: behind }),
  });
  if (plans.length > PLANS_MAX) plans.shift();
  return { kind: "done" };
}

function isRepeat({ plan, learner, target }: CreatePlan, known: GuidedPlan): boolean {
  return known.kind === plan && known.learner === learner && (known.target ?? null) === target;
}

function reused(id: string, by: "plan" | "change"): CommandResult {
  return {
    kind: "refused",
    reused: true,
    reason: `request id ${id} was used for another ${by}; choose a new one`,
  };
}

/** Pauses, resumes, stops or ends a plan that is not finished. */
export function setPlan(
  { plans }: RegistryState,
  { id, state, reason }: Extract<RegistryCommand, { kind: "set-plan" }>,
): CommandResult {
  const at = plans.findIndex((plan) => plan.id === id);
  const plan = plans[at];
  if (plan === undefined) return { kind: "refused", reason: "there is no such plan" };
  if (!isUnfinished(plan)) return { kind: "refused", reason: `it is ${plan.state} already` };
  plans[at] = { ...plan, state, reason };
  return { kind: "done" };
}
