import type { NodeId } from "../raft/types";
import { allNodes } from "./configuration";
import type { LeaderDesk } from "./leader_desk";
import type { Node } from "./node";
import type { RunCommand } from "./payload";
import type { Registry } from "./registry";
import type { EngineStatus, GuidedPlan, GuidedPlanStatus, MemberChange } from "./types";

/** Ticks between two looks of the leader at the plan under way. */
const LOOK_TICKS = 10;
/** How long a step's request may wait (ms). */
const STEP_MS = 10_000;

/** What a plan needs next. */
export type PlanStep =
  | { readonly kind: "wait"; readonly reason: string }
  | { readonly kind: "transfer"; readonly to: NodeId }
  | { readonly kind: "change"; readonly changes: readonly MemberChange[] }
  | { readonly kind: "done" }
  | { readonly kind: "fail"; readonly reason: string };

/**
 * The next step, from what is in force now: no step is remembered, so a plan goes on from wherever a restart, an election or an
 * operator left it. A replacement swaps both voters in one joint change, which never has fewer voters than before.
 */
export function planStep(plan: GuidedPlan, registry: Registry, status: EngineStatus): PlanStep {
  const { learner, target } = plan;
  const { voters } = registry.confState;
  const nodes = allNodes(registry.confState);
  const name = registry.member(learner)?.name ?? `n${learner}`;
  const leaves = target !== undefined && nodes.includes(target);
  if (!nodes.includes(learner)) return { kind: "fail", reason: `${name} is not a member any more` };
  const remove: MemberChange[] = leaves ? [{ kind: "remove", id: target }] : [];
  const promote: MemberChange[] = voters.includes(learner) ? [] : [{ kind: "promote", id: learner }];
  const changes = [...promote, ...remove];
  if (changes.length === 0) return { kind: "done" };
  const blocked = status.reports.find((report) => report.id === learner)?.promotionBlocked;
  if (promote.length > 0 && blocked !== undefined) return { kind: "wait", reason: `${name} ${blocked}` };
  if (!leaves || target !== status.leader.leader) return { kind: "change", changes };
  const heir = status.reports
    .filter(({ id, health }) => voters.includes(id) && id !== target && health === "healthy")
    .sort((a, b) => lagOrMost(a) - lagOrMost(b))[0];
  if (heir !== undefined) return { kind: "transfer", to: heir.id };
  return promote.length > 0
    ? { kind: "change", changes: promote }
    : { kind: "wait", reason: "no other voter can lead" };
}

/** Of whom nothing is known yet comes last. */
function lagOrMost({ lag }: EngineStatus["reports"][number]): number {
  return lag ?? Number.MAX_SAFE_INTEGER;
}

/** Carries plans out while this node leads. The plans themselves are in the registry. */
export class GuidedPlans {
  private ticks = 0;
  /** Why the last attempt at a step was turned down; by plan id. */
  private refusal: { readonly id: string; readonly reason: string } | undefined;
  private finishing: string | undefined;
  private readonly node: Node;
  private readonly desk: LeaderDesk;
  private readonly status: () => EngineStatus;
  private readonly command: RunCommand;

  constructor(node: Node, desk: LeaderDesk, status: () => EngineStatus, command: RunCommand) {
    this.node = node;
    this.desk = desk;
    this.status = status;
    this.command = command;
  }

  tick(): void {
    this.ticks += 1;
    if (this.ticks % LOOK_TICKS !== 0 || !this.node.leadsWithOwnTerm) return;
    const plan = this.node.registry.plans().find(({ state }) => state === "running");
    if (plan !== undefined && plan.id !== this.finishing) this.advance(plan);
  }

  private advance(plan: GuidedPlan): void {
    const step = planStep(plan, this.node.registry, this.status());
    if (step.kind === "done") this.finish(plan.id, "done", "");
    else if (step.kind === "fail") this.finish(plan.id, "failed", step.reason);
    else if (step.kind === "transfer") this.desk.transfer(step.to, undefined);
    else if (step.kind === "change") this.change(plan, step.changes);
  }

  /** The request id holds the index it acts on, so that two leaders in turn cannot make the step twice. */
  private change(plan: GuidedPlan, changes: readonly MemberChange[]): void {
    const { configIndex } = this.node.registry;
    const answer = this.desk.change({
      kind: "change",
      requestId: `${plan.id}.${configIndex}`,
      expectedIndex: configIndex,
      actor: plan.actor,
      changes: [...changes],
    });
    const turnedDown = answer.kind === "refused" && answer.refusal.code !== "change-in-progress";
    const reason = answer.kind === "refused" && "detail" in answer.refusal ? answer.refusal.detail : "";
    this.refusal = turnedDown ? { id: plan.id, reason } : undefined;
  }

  private finish(id: string, state: "done" | "failed", reason: string): void {
    this.finishing = id;
    void this.command({ kind: "set-plan", id, state, reason }, STEP_MS).then(() => {
      this.finishing = undefined;
    });
  }

  /** The plans with what each waits for, as far as this node can tell. */
  describe(status: EngineStatus): GuidedPlanStatus[] {
    const { registry } = this.node;
    // The registry knows the names of those that left, too.
    const nameOf = (id: NodeId) => registry.member(id)?.name ?? `n${id}`;
    return registry.plans().map((made) => {
      const { learner, target } = made;
      const targetName = target === undefined ? undefined : nameOf(target);
      const plan = { ...made, learnerName: nameOf(learner), targetName };
      if (plan.state !== "running" && plan.state !== "paused")
        return { ...plan, step: "finished", waitingFor: undefined };
      const step = planStep(plan, registry, status);
      const refused = this.node.isLeader && this.refusal?.id === plan.id ? this.refusal.reason : undefined;
      if (step.kind === "wait") return { ...plan, step: "catching-up", waitingFor: step.reason };
      if (step.kind === "transfer") return { ...plan, step: "transferring", waitingFor: refused };
      return { ...plan, step: "changing", waitingFor: refused };
    });
  }
}
