import { createHash } from "node:crypto";
import type { CreatePlanBody, PlanVerb } from "../../../protocol/api";
import type { MemberId, MembershipView } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { ClusterStatus, GuidedPlan, MemberStatus } from "../../../protocol/status";
import type { ActionContext, ActionResult } from "../cluster";
import type { Timers } from "../timers";
import { sameUrls } from "./effects";
import { admitPlan, isSamePlan } from "./plan_admission";
import { describeStored } from "./plan_description";
import { PlanDoubts } from "./plan_doubts";
import type { PlanPort } from "./plan_port";
import { PlanRefusals } from "./plan_refusals";
import { clause, learnerOf, type PlanFacts, type PlanStep, planStep } from "./plan_step";
import type { RecordBook } from "./record_book";
import type { StoredPlan } from "./records";

/** How often (ms) the plans are looked at; also at once when something changed. */
const LOOK_EVERY_MS = 1000;
/** How long (ms) a step's request may wait for its answer. */
export const STEP_TIMEOUT_MS = 10_000;

export interface PlanDriverOptions {
  readonly port: PlanPort;
  readonly book: RecordBook;
  readonly timers: Timers;
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number;
  readonly log?: (level: "info" | "warn" | "error", text: string) => void;
}

/**
 * Carries guided plans out for a cluster whose engine knows none. What is to be done next follows from what is in force (plan_step.ts);
 * this sees to it that one change is under way at a time, that each is on the disk before it is sent, and that none is sent again
 * before it is known what became of it.
 */
export class PlanDriver {
  private readonly port: PlanPort;
  private readonly book: RecordBook;
  private readonly timers: Timers;
  private readonly wallClock: () => number;
  private readonly log: NonNullable<PlanDriverOptions["log"]>;
  private readonly refusals: PlanRefusals;
  private readonly doubts: PlanDoubts;
  private working = false;
  private again = false;
  private stopLooking: (() => void) | undefined;
  private ended = false;
  /** Nothing older than what the last step answered is acted on. */
  private answered: MembershipView | undefined;

  constructor(options: PlanDriverOptions) {
    this.port = options.port;
    this.book = options.book;
    this.timers = options.timers;
    this.refusals = new PlanRefusals(options.timers);
    this.doubts = new PlanDoubts(options.port, options.timers);
    this.wallClock = options.wallClock ?? Date.now;
    this.log = options.log ?? (() => {});
  }

  /** Begins to carry out what an earlier run left unfinished, and what is made from now on. */
  start(): void {
    this.stopLooking ??= this.timers.every(LOOK_EVERY_MS, () => this.look());
  }

  /** Whether what a step did is not known yet: the cluster is worth watching closely. A plan that waits may do so for days. */
  get inDoubt(): boolean {
    return this.port.capabilities.guided.ok && this.book.plans.some(({ pending }) => pending !== null);
  }

  /** Looks at the plans now; to be called when the status changed. */
  look(): void {
    const isIdle = this.book.plans.every(({ state, pending }) => state !== "running" && pending === null);
    if (this.ended || isIdle || !this.port.capabilities.guided.ok) return;
    this.again = true;
    if (this.working) return;
    this.working = true;
    void this.lookUntilSettled();
  }

  private async lookUntilSettled(): Promise<void> {
    try {
      while (this.again && !this.ended) {
        this.again = false;
        await this.advance();
      }
    } catch (error) {
      // What had begun is in doubt, and is asked about at the next look.
      this.log("error", `a guided plan broke off: ${String(error)}`);
    } finally {
      this.working = false;
    }
  }

  /** Makes a plan under the request's id; a repeat is the same plan. */
  create(body: CreatePlanBody, { requestId, actor }: Omit<ActionContext, "fence">): Problem | undefined {
    const unwritable = this.book.writable();
    if (unwritable !== undefined) return unwritable;
    const { plans } = this.book;
    const known = plans.find(({ id }) => id === requestId);
    if (known !== undefined) {
      return isSamePlan(body, known) ? undefined : reused(requestId, "another plan");
    }
    if (this.book.outcome(requestId) !== undefined) return reused(requestId, "a change");
    const maker = { id: requestId, actor, time: this.wallClock() };
    const plan = admitPlan(body, maker, plans, this.facts());
    if ("code" in plan) return plan;
    return this.save(plan);
  }

  /** Pauses, resumes, stops or confirms a plan. Stopping undoes nothing: a step under way still ends. */
  steer(id: string, verb: PlanVerb, typedName?: string): Problem | undefined {
    const plan = this.book.plans.find((one) => one.id === id);
    if (plan === undefined) return problem("not-found", `There is no plan ${id} here.`);
    if (plan.state !== "running" && plan.state !== "paused") {
      return problem("invalid-change", `Nothing was done: it is ${plan.state} already.`);
    }
    this.refusals.forget(id);
    switch (verb) {
      case "pause":
        return this.save({ ...plan, state: "paused" });
      case "resume":
        return this.save({ ...plan, state: "running" });
      case "stop":
        return this.save({ ...plan, state: "stopped" });
      case "confirm":
        return this.confirm(plan, typedName);
    }
  }

  private confirm(plan: StoredPlan, typedName: string | undefined): Problem | undefined {
    const step = planStep(plan, this.facts());
    if (step.kind !== "confirm") return problem("invalid-change", "This plan waits for no name.");
    if (typedName !== step.typeName) {
      return problem("bad-input", `Type ${step.typeName} to let it go on.`, { field: "typedName" });
    }
    return this.save({ ...plan, typedName });
  }

  private save(plan: StoredPlan): Problem | undefined {
    if (!this.book.savePlan(plan)) return this.book.writable() ?? problem("unrecorded", "Nothing was done.");
    this.port.changed();
    this.look();
    return undefined;
  }

  /** The plans, with what each waits for now, as the status carries them. */
  describe(status: ClusterStatus): GuidedPlan[] {
    const facts = this.facts(status);
    const { changeInProgress } = status;
    // Its own step is nothing that a plan waits for.
    const alone = this.facts({ ...status, changeInProgress: null });
    const { guided } = this.port.capabilities;
    const halted = guided.ok ? null : clause(guided.reason, status.members);
    return this.book.plans.map((plan) =>
      describeStored(plan, changeInProgress?.requestId === stepId(plan, plan.attempts) ? alone : facts, {
        halted,
        doubt: plan.pending === null ? undefined : this.doubts.of(plan.pending),
        refusal: this.refusals.reasonOf(plan.id),
        startCommand: (learner, newcomer) => this.port.startCommand(learner, newcomer),
      }),
    );
  }

  /** Ends the driver; a step whose answer comes later is one in doubt for the next run. */
  close(): void {
    this.ended = true;
    this.stopLooking?.();
  }

  private facts(status: ClusterStatus = this.port.status()): PlanFacts {
    const { capabilities } = this.port;
    return { status, capabilities, urlsOf: (id) => this.port.urlsOf(id) };
  }

  /** One step of one plan: promotions and replacements before learners that are queued. */
  private async advance(): Promise<void> {
    const queue = [...this.book.plans].sort((a, b) => rank(a) - rank(b));
    // A request in doubt comes first: nothing else is changed before it is known, unless its plan was given up.
    for (const { id, pending, state } of queue) {
      const known = pending === null || (await this.reconcile(id, pending));
      if (!known && (state === "running" || state === "paused")) return;
    }
    for (const { id } of queue) {
      if (this.ended || !this.isCurrent()) return;
      const plan = this.current(id);
      if (plan?.state === "running" && (await this.carryOut(plan))) return;
    }
  }

  /** Whether status and membership tell of the same members, and are not older than the last answer. */
  private isCurrent(): boolean {
    const { epoch, committedIndex, configuration, members } = this.port.status();
    const { snapshot, ...view } = this.port.membership();
    const { answered } = this;
    if (view.epoch !== epoch || snapshot.committedIndex !== committedIndex) return false;
    const sameVoters = sameUrls(snapshot.members, configuration.incoming);
    if (!sameVoters || !sameUrls(snapshot.learners, configuration.learners)) return false;
    // After a restart the members may be one member's own list, which is behind: whoever is missing there is not gone.
    const ids = (role: MemberStatus["role"]) =>
      members.filter((one) => one.role === role).map(({ id }) => id);
    if (!sameUrls(ids("voter"), snapshot.members) || !sameUrls(ids("learner"), snapshot.learners))
      return false;
    return answered?.epoch !== epoch || committedIndex >= answered.snapshot.committedIndex;
  }

  private current(id: string): StoredPlan | undefined {
    return this.book.plans.find((plan) => plan.id === id);
  }

  /** Finds out what became of a request without an answer. True once that is known. */
  private async reconcile(id: string, requestId: string): Promise<boolean> {
    if (!(await this.doubts.isKnown(requestId, () => this.port.changed()))) return false;
    this.patch(id, { pending: null });
    return true;
  }

  /** Does what a plan needs next. True where something was done, so that everything is looked at anew. */
  private async carryOut(plan: StoredPlan): Promise<boolean> {
    const facts = this.facts();
    const step = planStep(plan, facts);
    switch (step.kind) {
      case "wait":
      case "confirm":
        return false;
      case "done":
        return this.finish(plan, "done", "", learnerOf(plan, facts));
      case "fail":
        return this.finish(plan, "failed", step.reason, plan.learner);
      case "transfer":
      case "act":
        return this.refusals.mayTry(plan.id, this.index) && this.perform(plan, step, facts.status);
    }
  }

  private finish(
    plan: StoredPlan,
    state: "done" | "failed",
    reason: string,
    learner: MemberId | null,
  ): boolean {
    this.refusals.forget(plan.id);
    this.patch(plan.id, { state, reason, learner });
    return true;
  }

  private async perform(
    plan: StoredPlan,
    step: Extract<PlanStep, { kind: "act" | "transfer" }>,
    status: ClusterStatus,
  ): Promise<boolean> {
    const isChange = step.kind === "act";
    const attempts = plan.attempts + 1;
    const requestId = stepId(plan, attempts);
    if (!this.book.savePlan({ ...plan, attempts, pending: isChange ? requestId : null })) return false;
    const { epoch, committedIndex } = status;
    const context = { requestId, actor: plan.actor, timeoutMs: STEP_TIMEOUT_MS };
    const { id: leader, term } = status.leadership;
    const result = isChange
      ? await this.port.act(step.action, { ...context, fence: { epoch, committedIndex } })
      : await this.port.transfer(step.to, { leader, term }, context);
    this.conclude(plan, requestId, result, isChange);
    return true;
  }

  private conclude(plan: StoredPlan, requestId: string, result: ActionResult, isChange: boolean): void {
    if (result.ok) {
      this.refusals.forget(plan.id);
      this.answered = result.answer.membership;
      const learner = result.answer.learner?.id;
      this.patch(plan.id, { pending: null, ...(learner === undefined ? {} : { learner }) });
      return;
    }
    const { code } = result.problem;
    if (code === "outcome-unknown" && isChange) {
      this.doubts.begin(requestId);
      this.port.changed();
      return;
    }
    this.refuse(plan.id, result.problem);
    this.patch(plan.id, { pending: null });
  }

  private refuse(id: string, { code, detail }: Problem): void {
    const fenced = code === "fence-lost" || code === "leader-changed";
    // Leadership that moved, or did not, shows by itself; asking for it twice does no harm.
    const sentence = code === "outcome-unknown" ? "leadership has not moved yet" : detail;
    const reason = fenced ? null : clause(sentence, this.port.status().members);
    this.refusals.refuse(id, reason, this.index, passing.has(code));
  }

  /** The membership in force. */
  private get index(): number {
    return this.port.membership().snapshot.committedIndex;
  }

  /** Changes what is kept of a plan, which an operator may have steered meanwhile. */
  private patch(id: string, change: Partial<StoredPlan>): void {
    const plan = this.current(id);
    if (plan !== undefined) this.book.savePlan({ ...plan, ...change });
    this.port.changed();
  }
}

/** Refusals that pass by themselves: members come back, or have been back for long enough. */
const passing: ReadonlySet<Problem["code"]> = new Set(["cluster-unhealthy", "no-leader"]);

function reused(requestId: string, by: string): Problem {
  const detail = `Request id ${requestId} was used for ${by} here; nothing was done. Use a new one.`;
  return problem("request-id-reused", detail);
}

function rank({ kind, time }: StoredPlan): number {
  return kind === "add-learner" ? time : time - Number.MAX_SAFE_INTEGER;
}

/** The request id of a plan's step: told from every other by the plan and a count. */
function stepId({ id }: StoredPlan, attempts: number): string {
  const short = id.length <= 52 ? id : createHash("sha256").update(id).digest("hex").slice(0, 32);
  return `${short}-${attempts}`;
}
