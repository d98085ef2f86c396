import type { CreatePlanBody } from "./api";
import type { MemberId } from "./membership";
import { catchUpSeconds, PROMOTION_LAG_MAX } from "./promotion";
import type { ClusterStatus, GuidedPlan, MemberStatus } from "./status";
import { formatCount, formatDuration, listWords, type NameOf } from "./words";

/** A guided plan as the operator reads it. */
export interface PlanWords {
  /** "Replacing n3 with n4", "Promoting n4 when caught up". */
  readonly title: string;
  /** "Step 2 of 3 - n4 catching up - 12,400 behind, 2,100/s, about 6 s". */
  readonly line: string;
  /** Share of the way to the gate that the learner has come since the plan was made, 0 to 1; null where that is not the matter. */
  readonly progress: number | null;
  /** What stopping it now leaves: "n4 stays a learner; n3 still votes. Nothing is undone." */
  readonly remains: string;
}

/** Still to be carried out, or held. */
export function isUnfinished(plan: GuidedPlan): boolean {
  return plan.state === "running" || plan.state === "paused";
}

/** The promotion or replacement under way, of which there is one at most; undefined if there is none. */
export function planUnderWay(status: ClusterStatus | undefined): GuidedPlan | undefined {
  return status?.plans.find((plan) => isUnfinished(plan) && plan.kind !== "add-learner");
}

/** All that is still to be carried out, oldest first: learners queued to be added, too. */
export function plansUnderWay(status: ClusterStatus | undefined): readonly GuidedPlan[] {
  return status?.plans.filter(isUnfinished) ?? [];
}

/** The member a plan is for: by its own name, else by the one it is to be added with. */
export function planNewcomer(
  { learner, newcomer }: Pick<GuidedPlan, "learner" | "newcomer">,
  nameOf: NameOf,
): string {
  const told = learner === null ? "" : nameOf(learner);
  const untold = told === "" || told.startsWith("id ");
  return untold ? newcomer?.name || told || "the new node" : told;
}

/** "Replacing n3 with n4", "Promoting n4 when caught up", "Adding n5 when there is room". */
export function planTitle(plan: GuidedPlan, known: NameOf): string {
  const nameOf = withPlanNames(plan, known);
  return titleOf(
    plan.kind,
    planNewcomer(plan, nameOf),
    plan.target === null ? undefined : nameOf(plan.target),
  );
}

/** Names by the plan itself where nobody else knows one: of those that left. */
function withPlanNames({ learner, target, learnerName, targetName }: GuidedPlan, nameOf: NameOf): NameOf {
  return (id) => {
    const name = nameOf(id);
    if (!name.startsWith("id ")) return name;
    return (id === learner ? learnerName : id === target ? targetName : undefined) || name;
  };
}

function titleOf(kind: GuidedPlan["kind"], newcomer: string, target: string | undefined): string {
  if (kind === "add-learner") return `Adding ${newcomer} when there is room`;
  if (kind === "promote" || target === undefined) return `Promoting ${newcomer} when caught up`;
  return `Replacing ${target} with ${newcomer}`;
}

/** The same of a plan that is only asked for. */
export function planDoing(plan: CreatePlanBody, nameOf: NameOf): string {
  if (plan.kind === "add-learner") return titleOf(plan.kind, plan.name, undefined);
  const newcomer =
    plan.learner === undefined ? (plan.kind === "replace" && plan.name) || "" : nameOf(plan.learner);
  return titleOf(plan.kind, newcomer, plan.kind === "replace" ? nameOf(plan.target) : undefined);
}

/** Why a cluster takes no further learner now: "n4 is a learner, and the cluster takes 1 at once". */
export function noRoomWords(learners: readonly string[], atOnce: number): string {
  const are = learners.length === 1 ? "is a learner" : "are learners";
  return `${listWords(learners, "and")} ${are}, and the cluster takes ${atOnce} at once`;
}

function behindWords(learner: MemberStatus | undefined): string | undefined {
  const { lag = null, ratePerSecond = null } = learner ?? {};
  if (lag === null || !lag.current || lag.entries <= PROMOTION_LAG_MAX) return undefined;
  const rate = ratePerSecond === null || ratePerSecond < 1 ? "" : `, ${formatCount(ratePerSecond)}/s`;
  const seconds = learner === undefined ? undefined : catchUpSeconds(learner);
  const left = seconds === undefined ? "" : `, about ${formatDuration(seconds * 1000)}`;
  return `${formatCount(lag.entries)} behind${rate}${left}`;
}

/** What happens at the step the plan stands at. */
function doingWords(plan: GuidedPlan, status: ClusterStatus, nameOf: NameOf): string {
  const { learner, target, step, waitingFor } = plan;
  const name = planNewcomer(plan, nameOf);
  if (status.leadership.id === null) return "waiting for a leader";
  if (step === "catching-up") {
    const behind = behindWords(status.members.find(({ id }) => id === learner));
    if (behind !== undefined) return `${name} catching up - ${behind}`;
    return waitingFor === null ? `${name} catching up` : `waiting: ${waitingFor}`;
  }
  if (waitingFor !== null) return `waiting: ${waitingFor}`;
  if (step === "adding") return `adding ${name} as learner`;
  if (step === "starting") return `waiting for ${name} to be started`;
  if (step === "promoting") return `${name} becoming a voter`;
  if (step === "removing" && target !== null) return `removing ${nameOf(target)}`;
  if (step === "transferring" && target !== null) return `moving leadership off ${nameOf(target)}`;
  if (target === null) return `${name} becoming a voter`;
  const votes = learner !== null && status.configuration.incoming.includes(learner);
  return votes ? `removing ${nameOf(target)}` : `${name} taking the vote of ${nameOf(target)}`;
}

function placeOf(plan: GuidedPlan): { readonly step: number; readonly of: number } {
  if (plan.place !== undefined) return plan.place;
  const of = plan.kind === "replace" ? 3 : 2;
  return { step: plan.step === "catching-up" ? of - 1 : of, of };
}

function stepWords(plan: GuidedPlan, status: ClusterStatus, nameOf: NameOf): string {
  const place = placeOf(plan);
  const step = `tep ${place.step} of ${place.of} - ${doingWords(plan, status, nameOf)}`;
  return plan.state === "paused" ? `Paused at s${step}` : `S${step}`;
}

function endWords(plan: GuidedPlan, remains: string, nameOf: NameOf): string {
  const { kind, target, reason } = plan;
  const name = planNewcomer(plan, nameOf);
  if (plan.state === "stopped") return `Stopped. ${remains}`;
  if (plan.state === "failed") return `Failed${reason === "" ? "" : `: ${reason}`}. ${remains}`;
  if (kind === "add-learner") return `Done. ${name} is a learner.`;
  if (kind === "promote" || target === null) return `Done. ${name} votes.`;
  return `Done. ${name} votes; ${nameOf(target)} is out.`;
}

function standing(id: MemberId, status: ClusterStatus, verb: "stays" | "still"): string {
  const { incoming, outgoing, learners, learnersNext } = status.configuration;
  if ([...incoming, ...outgoing].includes(id)) return verb === "stays" ? "stays a voter" : "still votes";
  if ([...learners, ...learnersNext].includes(id))
    return verb === "stays" ? "stays a learner" : "is a learner";
  return "is no member";
}

function progressOf(plan: GuidedPlan, status: ClusterStatus): number | null {
  if (plan.step !== "catching-up" || !isUnfinished(plan)) return null;
  const lag = status.members.find(({ id }) => id === plan.learner)?.lag ?? null;
  // Where nobody knew at the start, the learner began with nothing: its way is the whole log.
  const began = plan.behindAtStart ?? status.lastLogIndex;
  if (lag === null || !lag.current || began === null) return null;
  const way = Math.max(began, lag.entries) - PROMOTION_LAG_MAX;
  const left = Math.max(0, lag.entries - PROMOTION_LAG_MAX);
  return way <= 0 ? 1 : Math.max(0, 1 - left / way);
}

/** Words a guided plan by what is in force now. */
export function describePlan(plan: GuidedPlan, status: ClusterStatus, known: NameOf): PlanWords {
  const { learner, target } = plan;
  const nameOf = withPlanNames(plan, known);
  const old = target === null ? "" : `; ${nameOf(target)} ${standing(target, status, "still")}`;
  const stays = learner === null ? "was not added" : standing(learner, status, "stays");
  const remains = `${planNewcomer(plan, nameOf)} ${stays}${old}. Nothing is undone.`;
  return {
    title: planTitle(plan, nameOf),
    line: isUnfinished(plan) ? stepWords(plan, status, nameOf) : endWords(plan, remains, nameOf),
    progress: progressOf(plan, status),
    remains,
  };
}
