import type { MemberChange } from "../../../protocol/api";
import { assessChange } from "../../../protocol/assess";
import type { MemberId } from "../../../protocol/membership";
import { noRoomWords, planNewcomer } from "../../../protocol/plan_words";
import type { Capabilities, ClusterStatus, GuidedPlan, MemberStatus } from "../../../protocol/status";
import { type NameOf, namesOf } from "../../../protocol/words";
import type { Action } from "../cluster";
import { sameUrls } from "./effects";
import type { StoredPlan } from "./records";

/** A voter that went down after its replacement was begun counts as dead after this long (ms): it is then removed first. */
export const DEAD_AFTER_MS = 30_000;
/** Facts older than this (ms) are not acted on. */
const FRESH_WITHIN_MS = 5000;

/** What a plan is judged by. */
export interface PlanFacts {
  readonly status: ClusterStatus;
  readonly capabilities: Capabilities;
  /** The URLs or addresses a member's peers dial. */
  readonly urlsOf: (id: MemberId) => readonly string[];
}

type Step = GuidedPlan["step"];

/** What a plan needs next. `step`: what the operator reads that it is at. */
export type PlanStep =
  | { readonly kind: "wait"; readonly step: Step; readonly reason: string }
  /** A step that deserves it waits for this name to be typed. */
  | { readonly kind: "confirm"; readonly step: Step; readonly reason: string; readonly typeName: string }
  | { readonly kind: "act"; readonly step: Step; readonly action: Action }
  | { readonly kind: "transfer"; readonly step: Step; readonly to: MemberId }
  | { readonly kind: "done" }
  | { readonly kind: "fail"; readonly reason: string };

/** Stands for the id of a member that has none yet, where a change is judged. */
const NO_ID = "0";

/**
 * The next step of a plan, from what is in force now and the plan as it was made: no step is remembered, so it goes on from wherever a
 * restart, an election or an operator left it. One change at a time. A voter that is down is removed first: that costs nothing, and a
 * cluster with a dead member may refuse to take another one; one that is alive is removed last.
 */
export function planStep(plan: StoredPlan, facts: PlanFacts): PlanStep {
  return new Derivation(plan, facts).next();
}

/** The member that a plan adds or promotes, once there is one: by its id, else by its URLs. */
export function learnerOf(plan: StoredPlan, { status, urlsOf }: PlanFacts): MemberId | null {
  const { learner, newcomer, target } = plan;
  if (learner !== null || newcomer === null) return learner;
  const { peerUrls } = newcomer;
  const added = status.members.find(({ id }) => id !== target && sameUrls(urlsOf(id), peerUrls));
  return added?.id ?? null;
}

/** Which step of how many a plan is at, as the dialog listed them. */
export function placeOf(plan: StoredPlan, step: Step, facts: PlanFacts): { step: number; of: number } {
  const order = orderOf(plan, facts);
  const at = order.findIndex((steps) => steps.includes(step));
  return { step: at < 0 ? order.length : at + 1, of: order.length };
}

function orderOf(plan: StoredPlan, { status }: PlanFacts): readonly (readonly Step[])[] {
  if (plan.kind === "add-learner") return [["adding"], ["starting"]];
  if (plan.kind === "promote") return [["starting", "catching-up"], ["promoting"]];
  const removing: Step[] = ["transferring", "removing"];
  const adding: Step[][] = [["adding"], ["starting", "catching-up"], ["promoting"]];
  const target = status.members.find(({ id }) => id === plan.target);
  const first = target === undefined || isDead(plan, target) || isUnseen(plan, target);
  return first ? [removing, ...adding] : [...adding, removing];
}

/** Whether a voter that was down when the plan was made was not looked at by this run of the console yet: the order hangs on it. */
function isUnseen(plan: StoredPlan, { health }: MemberStatus): boolean {
  return plan.targetDown && health.state === "unknown" && health.source === null;
}

function isDead(plan: StoredPlan, { health }: MemberStatus): boolean {
  return health.state === "down" && (plan.targetDown || (health.sinceMs ?? 0) >= DEAD_AFTER_MS);
}

class Derivation {
  private readonly plan: StoredPlan;
  private readonly facts: PlanFacts;
  private readonly nameOf: NameOf;
  private readonly newcomer: string;
  private readonly learner: MemberStatus | undefined;
  private readonly target: MemberStatus | undefined;

  constructor(plan: StoredPlan, facts: PlanFacts) {
    const { members } = facts.status;
    const id = learnerOf(plan, facts);
    this.plan = plan;
    this.facts = facts;
    this.nameOf = namesOf(members);
    const told =
      plan.newcomer ?? (plan.learnerName === "" ? undefined : { name: plan.learnerName, peerUrls: [] });
    this.newcomer = planNewcomer({ learner: id, newcomer: told }, this.nameOf);
    this.learner = members.find((member) => member.id === id);
    this.target = members.find((member) => member.id === plan.target);
  }

  /** Old facts end nothing: what a plan needs may only not be known yet. */
  next(): PlanStep {
    const step = this.onFacts();
    if (step.kind !== "done" && step.kind !== "fail") return step;
    return this.unready("catching-up") ?? step;
  }

  private onFacts(): PlanStep {
    const { plan, learner, target } = this;
    const lost = plan.learner !== null && learner === undefined;
    if (lost) return { kind: "fail", reason: `${this.newcomer} is not a member any more` };
    if (plan.kind === "add-learner") return this.addition();
    const votes = learner?.role === "voter";
    if (votes && target === undefined) return { kind: "done" };
    if (target !== undefined && (votes || isDead(plan, target))) return this.removal(target);
    if (target !== undefined && isUnseen(plan, target)) {
      return this.wait("removing", `${this.nameOf(target.id)} to be looked at again`);
    }
    return learner === undefined ? this.adding() : this.promotion(learner);
  }

  /** Done once the learner runs: its command is to be seen until then. */
  private addition(): PlanStep {
    const { learner } = this;
    if (learner === undefined) return this.adding();
    if (learner.health.word !== "Not started") return { kind: "done" };
    return this.wait("starting", `${this.newcomer} to be started`);
  }

  private adding(): PlanStep {
    const { newcomer } = this.plan;
    if (newcomer === null) return { kind: "fail", reason: `${this.newcomer} is not a member any more` };
    const { configuration } = this.facts.status;
    const { atOnce } = this.facts.capabilities.learner;
    const learners = configuration.learners.map(this.nameOf);
    if (atOnce !== undefined && learners.length >= atOnce) {
      const until = `${newcomer.name} is added when ${learners.length === 1 ? "it has" : "one has"} been promoted or removed`;
      return this.wait("adding", `${noRoomWords(learners, atOnce)}; ${until}`);
    }
    const { name, peerUrls } = newcomer;
    const action: Action = { kind: "add-learner", name, peerUrls: [...peerUrls] };
    return this.judged("adding", { kind: "add-learner", id: NO_ID, name }, action);
  }

  private promotion(learner: MemberStatus): PlanStep {
    const { id, health, promotable } = learner;
    if (health.word === "Not started") return this.wait("starting", `${this.newcomer} to be started`);
    if (health.state !== "healthy") {
      return this.wait("catching-up", `${this.newcomer} has not been heard from`);
    }
    if (promotable?.ok === false) return this.wait("catching-up", `${this.newcomer}: ${promotable.reason}`);
    return this.judged("promoting", { kind: "promote", id }, { kind: "promote", id });
  }

  private removal({ id }: MemberStatus): PlanStep {
    const { leadership } = this.facts.status;
    if (leadership.id === id) return this.transfer(id);
    return this.judged("removing", { kind: "remove", id }, { kind: "remove", id });
  }

  private transfer(from: MemberId): PlanStep {
    const { status, capabilities } = this.facts;
    const step = "transferring";
    if (!capabilities.transfer.ok) return this.wait(step, capabilities.transfer.reason);
    const [heir] = status.members
      .filter(({ id, role, health }) => role === "voter" && id !== from && health.state === "healthy")
      .sort((a, b) => lagOrMost(a) - lagOrMost(b));
    if (heir === undefined) return this.wait(step, "no other voter can lead");
    return this.unready(step) ?? { kind: "transfer", step, to: heir.id };
  }

  /** The change, where it may be made now: judged as the operator's own would be. */
  private judged(step: Step, change: MemberChange, action: Action): PlanStep {
    const { configuration, members, leadership, changeInProgress } = this.facts.status;
    const { capabilities } = this.facts;
    const unready = this.unready(step);
    if (unready !== undefined) return unready;
    const judged = assessChange({
      ...{ configuration, members, leadership, changeInProgress, capabilities },
      changes: [change],
    });
    if (judged.refusal !== undefined) return this.wait(step, clause(judged.refusal.sentence, members));
    if (judged.risk === "type-name" && judged.typeName !== this.plan.typedName) {
      const typeName = judged.typeName ?? "";
      return {
        kind: "confirm",
        step,
        typeName,
        reason: this.confirmation(step, typeName, judged.after.canLose),
      };
    }
    return { kind: "act", step, action };
  }

  private confirmation(step: Step, typeName: string, canLose: number): string {
    const doing = step === "removing" ? `removing ${typeName}` : `changing ${typeName}`;
    const why = canLose === 0 ? `${doing} leaves no spare` : doing;
    return `the name ${typeName} to be typed, since ${why}`;
  }

  /** Why nothing is begun now, whatever it is. */
  private unready(step: Step): PlanStep | undefined {
    const { leadership, factAgeMs } = this.facts.status;
    if (factAgeMs === null || factAgeMs > FRESH_WITHIN_MS) return this.wait(step, "the cluster to answer");
    if (leadership.id === null) return this.wait(step, "a leader");
    return undefined;
  }

  private wait(step: Step, reason: string): PlanStep {
    return { kind: "wait", step, reason };
  }
}

/** A sentence as the clause behind "waiting:". A member's name keeps its case. */
export function clause(sentence: string, members: readonly Pick<MemberStatus, "name">[]): string {
  const text = sentence.replace(/\.$/, "");
  const named = members.some(({ name }) => name !== "" && text.startsWith(name));
  return named || /^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** Of whom nothing is known comes last. */
function lagOrMost({ lag }: MemberStatus): number {
  return lag?.entries ?? Number.MAX_SAFE_INTEGER;
}
