import type { MemberId } from "../../../protocol/membership";
import type { GuidedPlan } from "../../../protocol/status";
import { clause, learnerOf, type PlanFacts, type PlanStep, placeOf, planStep } from "./plan_step";
import type { StoredPlan } from "./records";

/** What only the driver knows of a plan. */
export interface DriverNotes {
  /** Why this console carries no plan on; null: it does. */
  readonly halted: string | null;
  /** Present while it is not known what became of its last step; `why`: what is in the way of knowing. */
  readonly doubt: { readonly why: string | null } | undefined;
  /** Why its next step was turned down; null: it was not. */
  readonly refusal: string | null;
  readonly startCommand: (
    learner: MemberId,
    newcomer: NonNullable<StoredPlan["newcomer"]>,
  ) => string | undefined;
}

/** A plan as the status carries it: as it was made, where it stands by what is in force, and what it waits for. */
export function describeStored(plan: StoredPlan, facts: PlanFacts, notes: DriverNotes): GuidedPlan {
  const { state, newcomer } = plan;
  const learner = learnerOf(plan, facts);
  const base = { ...asMade(plan), learner };
  if (state !== "running" && state !== "paused") return { ...base, step: "finished", waitingFor: null };
  const step = planStep(plan, facts);
  if (step.kind === "done" || step.kind === "fail") {
    return { ...base, step: "finished", waitingFor: null, place: placeOf(plan, "finished", facts) };
  }
  const starts = step.step === "starting" && learner !== null && newcomer !== null;
  return {
    ...base,
    step: step.step,
    place: placeOf(plan, step.step, facts),
    waitingFor: waitingFor(step, notes, facts),
    typeName: step.kind === "confirm" ? step.typeName : undefined,
    startCommand: starts ? notes.startCommand(learner, newcomer) : undefined,
  };
}

function asMade(plan: StoredPlan): Omit<GuidedPlan, "learner" | "step" | "waitingFor"> {
  const { id, kind, target, actor, state, reason, newcomer, learnerName, targetName, behindAtStart } = plan;
  return {
    ...{ id, kind, target, actor, state, reason },
    ...(newcomer === null ? {} : { newcomer }),
    ...(learnerName === "" ? {} : { learnerName }),
    ...(targetName === "" ? {} : { targetName }),
    ...(behindAtStart === null ? {} : { behindAtStart }),
  };
}

function waitingFor(
  step: Exclude<PlanStep, { kind: "done" | "fail" }>,
  { halted, doubt, refusal }: DriverNotes,
  { status }: PlanFacts,
): string | null {
  if (halted !== null) return halted;
  const unknown = "the outcome of the last step, which is not known";
  if (doubt !== undefined)
    return doubt.why === null ? unknown : `${unknown}: ${clause(doubt.why, status.members)}`;
  return step.kind === "wait" || step.kind === "confirm" ? step.reason : refusal;
}
