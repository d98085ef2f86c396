import type { CreatePlanBody } from "../../../protocol/api";
import { isUnfinished, planTitle } from "../../../protocol/plan_words";
import { type Problem, problem } from "../../../protocol/problem";
import { namesOf } from "../../../protocol/words";
import { sameUrls } from "./effects";
import type { PlanFacts } from "./plan_step";
import type { StoredPlan } from "./records";

/** Learners that may wait to be added. */
const QUEUED_MAX = 8;

/** Whom a plan is made by, under which id, and when (ms since 1970). */
export interface PlanMaker {
  readonly id: string;
  readonly actor: string;
  readonly time: number;
}

/** The plan as it is to be kept, or why there can be none. Of promotions and replacements one is carried out at a time. */
export function admitPlan(
  body: CreatePlanBody,
  maker: PlanMaker,
  plans: readonly StoredPlan[],
  facts: PlanFacts,
): StoredPlan | Problem {
  const { guided } = facts.capabilities;
  if (!guided.ok) return problem("unsupported", guided.reason);
  const trouble = busy(body, plans, facts) ?? badSubject(body, plans, facts);
  if (trouble !== undefined) return trouble;
  const { members } = facts.status;
  const learner = body.kind === "add-learner" ? undefined : members.find(({ id }) => id === body.learner);
  const target = body.kind === "replace" ? members.find(({ id }) => id === body.target) : undefined;
  return {
    ...maker,
    kind: body.kind,
    learner: learner?.id ?? null,
    target: target?.id ?? null,
    newcomer: newcomerOf(body),
    state: "running",
    reason: "",
    learnerName: learner?.name ?? "",
    targetName: target?.name ?? "",
    behindAtStart: learner?.lag?.entries ?? null,
    targetDown: target?.health.state === "down",
    typedName: (body.kind === "replace" && body.typedName) || null,
    attempts: 0,
    pending: null,
  };
}

/** Whether a body asks for the plan that stands under its id already. */
export function isSamePlan(body: CreatePlanBody, plan: StoredPlan): boolean {
  const newcomer = newcomerOf(body);
  if (body.kind !== plan.kind || (body.kind === "replace" && body.target !== plan.target)) return false;
  if (newcomer !== null) return JSON.stringify(newcomer) === JSON.stringify(plan.newcomer);
  return plan.newcomer === null && body.kind !== "add-learner" && body.learner === plan.learner;
}

function newcomerOf(body: CreatePlanBody): StoredPlan["newcomer"] {
  if (body.kind === "promote") return null;
  const { name, peerUrls } = body;
  return name === undefined || peerUrls === undefined ? null : { name, peerUrls };
}

function busy(
  body: CreatePlanBody,
  plans: readonly StoredPlan[],
  { status }: PlanFacts,
): Problem | undefined {
  const unfinished = plans.filter(({ state }) => state === "running" || state === "paused");
  if (body.kind === "add-learner") {
    const queued = unfinished.filter(({ kind }) => kind === "add-learner").length;
    if (queued < QUEUED_MAX) return undefined;
    return problem("invalid-change", `Nothing was done: ${queued} learners wait to be added already.`);
  }
  const other = unfinished.find(({ kind }) => kind !== "add-learner");
  if (other === undefined) return undefined;
  const shown = status.plans.find(({ id, ...plan }) => id === other.id && isUnfinished({ id, ...plan }));
  const what = shown === undefined ? "" : ` (${planTitle(shown, namesOf(status.members))})`;
  return problem("invalid-change", `Nothing was done: ${other.actor} has another one under way${what}.`);
}

function badSubject(
  body: CreatePlanBody,
  plans: readonly StoredPlan[],
  { status, urlsOf }: PlanFacts,
): Problem | undefined {
  const { members } = status;
  const nameOf = namesOf(members);
  if (body.kind === "replace" && members.find(({ id }) => id === body.target)?.role !== "voter") {
    return problem("not-a-voter", `${nameOf(body.target)} is not a voter.`, { field: "target" });
  }
  if (body.kind !== "add-learner" && body.learner !== undefined) {
    const { learner } = body;
    if (members.find(({ id }) => id === learner)?.role === "learner") return undefined;
    return problem("not-a-learner", `${nameOf(learner)} is not a learner.`, { field: "learner" });
  }
  const newcomer = newcomerOf(body);
  if (newcomer === null) return undefined;
  const { name, peerUrls } = newcomer;
  // The place of a dead member may be taken over: it is removed first.
  const stay = members.filter(
    ({ id, health }) => body.kind !== "replace" || id !== body.target || health.state !== "down",
  );
  const namesake = members.find((member) => member.name === name);
  if (namesake !== undefined && stay.includes(namesake)) {
    return problem("already-member", `${name} is the name of a member.`, { field: "name" });
  }
  const holder = stay.find(({ id }) => urlsOf(id).some((url) => peerUrls.includes(url)));
  if (holder !== undefined) {
    const detail = `${peerUrls.join(", ")} belongs to ${nameOf(holder.id)}.`;
    return problem("address-taken", detail, { field: "peerUrls" });
  }
  const queued = plans.some(
    (plan) =>
      (plan.state === "running" || plan.state === "paused") &&
      plan.newcomer !== null &&
      (sameUrls(plan.newcomer.peerUrls, peerUrls) || plan.newcomer.name === name),
  );
  return queued
    ? problem("address-taken", `${name} is to be added already.`, { field: "peerUrls" })
    : undefined;
}
