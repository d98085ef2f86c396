import type { AddLearnerBody, CreatePlanBody, PlanVerb, RequestOutcome } from "../../../protocol/api";
import type { Machine } from "../../../protocol/machine";
import type { MembershipView } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { Capabilities, ClusterStatus } from "../../../protocol/status";
import { namesOf } from "../../../protocol/words";
import type { Engine, Receiver } from "../../engine/types";
import { Watch } from "../../engine/watch";
import type { NodeId } from "../../raft/types";
import type {
  Action,
  ActionContext,
  ActionResult,
  Cluster,
  HistoryPage,
  NextLearner,
  ProcessHost,
} from "../cluster";
import { RequestMemory } from "../request_memory";
import { systemTimers, type Timers } from "../timers";
import { capabilitiesOf, KEEPS_ADDRESS } from "./capabilities";
import { badId, toEngineChanges } from "./changes";
import { toClusterStatus } from "./cluster_status";
import { Conclusions } from "./conclusions";
import { toHistoryEntry } from "./history";
import { toMemberId, toNodeId } from "./ids";
import { LearnerAdmission } from "./learner_admission";
import { MembershipFeed } from "./membership_feed";
import { foreignPlan, planProblem, planStates } from "./plans";
import { removedProblem } from "./refusal";
import { toWireOutcome, unreadable } from "./request_outcome";

/** The status is composed anew this often (ms), and at once when membership or leader change. */
export const STATUS_EVERY_MS = 500;
/** How long (ms) reading or settling a request's outcome may take. */
const OUTCOME_TIMEOUT_MS = 5000;

/** What an embedded cluster is made of. */
export interface EmbeddedClusterOptions {
  readonly name: string;
  readonly engine: Engine;
  /** UUID of the engine's data directory: told also before the cluster has recorded it, and after a removal. */
  readonly uuid?: string;
  /** Runs processes of this machine; only under `rollcall up`. */
  readonly host?: ProcessHost;
  readonly timers?: Timers;
  readonly log?: (level: "info" | "warn" | "error", text: string) => void;
}

/** A cluster whose engine runs in this very process. The engine stays its owner's: `close` does not stop it. */
export class EmbeddedCluster implements Cluster {
  readonly name: string;
  readonly kind = "embedded";
  readonly canForce = true;
  readonly capabilities: Capabilities;
  private readonly engine: Engine;
  private readonly uuid: string | undefined;
  private readonly host: ProcessHost | undefined;
  private readonly timers: Timers;
  private readonly log: NonNullable<EmbeddedClusterOptions["log"]>;
  private readonly membership: MembershipFeed;
  private readonly status: Watch<ClusterStatus>;
  private readonly leaders: ReturnType<Engine["leaderChanges"]>;
  private readonly machine: Receiver<Machine> | undefined;
  private readonly memory = new RequestMemory<ActionResult>();
  private readonly conclusions: Conclusions;
  private readonly admission: LearnerAdmission;
  private readonly stopRefresh: () => void;

  constructor(options: EmbeddedClusterOptions) {
    this.name = options.name;
    this.engine = options.engine;
    this.uuid = options.uuid;
    this.host = options.host;
    this.timers = options.timers ?? systemTimers;
    this.log = options.log ?? (() => {});
    this.capabilities = capabilitiesOf(options.host !== undefined);
    this.machine = options.host?.watch();
    this.status = new Watch(this.composeStatus());
    const refresh = () => void this.status.send(this.composeStatus());
    this.membership = new MembershipFeed(this.engine, refresh);
    this.leaders = this.engine.leaderChanges();
    this.stopRefresh = this.timers.every(STATUS_EVERY_MS, refresh);
    void followChanges(this.leaders, refresh);
    const nameOf = (id: string) => namesOf(this.status.current.members)(id);
    this.conclusions = new Conclusions(this.membership, nameOf, this.timers);
    this.admission = new LearnerAdmission(this.engine, options.host, this.timers);
  }

  watchMembership(): Receiver<MembershipView> {
    return this.membership.subscribe();
  }

  watchStatus(): Receiver<ClusterStatus> {
    return this.status.subscribe();
  }

  async act(action: Action, context: ActionContext): Promise<ActionResult> {
    const removed = this.removal();
    if (removed !== undefined) return { ok: false, problem: removed };
    const { epoch } = this.membership.newest;
    if (context.fence.epoch !== epoch) return this.conclusions.ofForeignFence(context.fence.epoch);
    return this.once(context.requestId, action, () => this.perform(action, context));
  }

  /** A removed node reaches no leader any more: it says so instead of trying. */
  private removal(): Problem | undefined {
    const { standing, removedAt } = this.engine.status();
    return standing === "removed" && removedAt !== undefined ? removedProblem(removedAt) : undefined;
  }

  private async once(
    requestId: string,
    asked: unknown,
    work: () => Promise<ActionResult>,
  ): Promise<ActionResult> {
    const result = await this.memory.run(requestId, JSON.stringify(asked), work, isLasting);
    return "code" in result ? { ok: false, problem: result } : result;
  }

  private async perform(action: Action, context: ActionContext): Promise<ActionResult> {
    switch (action.kind) {
      case "add-learner":
        return this.addLearner(action, context);
      case "changes":
        return this.change(action.changes, context);
      case "promote":
      case "demote":
        return this.change([{ kind: action.kind, id: action.id }], context);
      case "remove":
        return this.remove(action, context);
      case "update-address":
        return { ok: false, problem: problem("unsupported", KEEPS_ADDRESS) };
    }
  }

  private async addLearner(
    action: Extract<Action, { kind: "add-learner" }>,
    context: ActionContext,
  ): Promise<ActionResult> {
    const foreign = foreignField(action);
    if (foreign !== undefined) return { ok: false, problem: foreign };
    const admitted = await this.admission.add(action, context);
    if ("code" in admitted) return { ok: false, problem: admitted };
    const result = await this.conclusions.of(admitted.outcome, context.fence.committedIndex);
    if (!result.ok || admitted.learner === undefined) return result;
    return { ok: true, answer: { ...result.answer, learner: admitted.learner } };
  }

  private async change(
    changes: Parameters<typeof toEngineChanges>[0],
    context: ActionContext,
  ): Promise<ActionResult> {
    const translated = toEngineChanges(changes);
    if (!Array.isArray(translated)) return { ok: false, problem: translated };
    const outcome = await this.engine.changeMembership(translated, {
      requestId: context.requestId,
      expectedIndex: context.fence.committedIndex,
      actor: context.actor,
      timeoutMs: context.timeoutMs,
      ...(context.force === undefined ? {} : { force: context.force }),
    });
    return this.conclusions.of(outcome, context.fence.committedIndex);
  }

  private async remove(
    action: Extract<Action, { kind: "remove" }>,
    context: ActionContext,
  ): Promise<ActionResult> {
    const result = await this.change([{ kind: "remove", id: action.id }], context);
    if (result.ok && action.stopProcess === true && this.host !== undefined) {
      // The member is out; what becomes of its process shows in the machine's own state.
      this.host.retire(action.id).catch((error: unknown) => {
        this.log(
          "error",
          `the process of removed member ${action.id} could not be retired: ${String(error)}`,
        );
      });
    }
    return result;
  }

  async transfer(
    target: string,
    seen: { readonly leader: string | null; readonly term: number },
    context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult> {
    const id = toNodeId(target);
    if (id === undefined) return { ok: false, problem: badId(target, "target") };
    return this.once(context.requestId, ["transfer", target, seen], () => this.moveLeader(id, seen, context));
  }

  private async moveLeader(
    id: NodeId,
    seen: { readonly leader: string | null; readonly term: number },
    context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult> {
    const leader = seen.leader === null ? undefined : toNodeId(seen.leader);
    const outcome = await this.engine.transferLeadership(id, {
      seen: { leader, term: seen.term },
      actor: context.actor,
      requestId: context.requestId,
      timeoutMs: context.timeoutMs,
    });
    const result = await this.conclusions.of(outcome);
    if (!result.ok) return result;
    const { term } = this.engine.leaderInfo();
    return { ok: true, answer: { ...result.answer, leader: { id: toMemberId(id), term } } };
  }

  async createPlan(
    plan: CreatePlanBody,
    context: Omit<ActionContext, "fence">,
  ): Promise<Problem | undefined> {
    const foreign = foreignPlan(plan);
    if (foreign !== undefined || plan.kind === "add-learner" || plan.learner === undefined) return foreign;
    const learner = toNodeId(plan.learner);
    if (learner === undefined) return badId(plan.learner, "learner");
    const target = plan.kind === "replace" ? toNodeId(plan.target) : undefined;
    if (plan.kind === "replace" && target === undefined) return badId(plan.target, "target");
    const { requestId, actor, timeoutMs } = context;
    const made = { id: requestId, kind: plan.kind, learner, target, actor };
    const outcome = await this.engine.createPlan(made, timeoutMs);
    this.status.send(this.composeStatus());
    return planProblem(outcome, requestId);
  }

  async steerPlan(id: string, verb: PlanVerb): Promise<Problem | undefined> {
    if (!this.engine.status().plans.some((plan) => plan.id === id)) {
      return problem("not-found", `There is no plan ${id} here.`);
    }
    if (verb === "confirm") return problem("invalid-change", "This plan waits for no name.");
    const outcome = await this.engine.steerPlan(id, planStates[verb], OUTCOME_TIMEOUT_MS);
    this.status.send(this.composeStatus());
    return planProblem(outcome, id);
  }

  async nextLearner(): Promise<NextLearner> {
    const id = toMemberId(this.engine.nextId());
    return { id, name: `n${id}`, address: this.host?.nextAddress() ?? null };
  }

  async requestOutcome(requestId: string): Promise<RequestOutcome | Problem> {
    const removed = this.removal();
    if (removed !== undefined) return removed;
    const outcome = await this.engine.requestOutcome(requestId, OUTCOME_TIMEOUT_MS);
    return outcome === undefined ? unreadable() : toWireOutcome(outcome);
  }

  async settleRequest(requestId: string): Promise<RequestOutcome | Problem> {
    const removed = this.removal();
    if (removed !== undefined) return removed;
    const outcome = await this.engine.settleRequest(requestId, OUTCOME_TIMEOUT_MS);
    if (outcome === undefined || outcome.kind === "unknown") return unreadable();
    this.admission.settled(requestId, outcome.kind === "applied");
    return toWireOutcome(outcome);
  }

  async history(after: number, limit: number): Promise<HistoryPage> {
    const records = this.engine.history(after, limit + 1);
    return { entries: records.slice(0, limit).map(toHistoryEntry), more: records.length > limit };
  }

  /** Once this node holds a view of the cluster: also without quorum, and after its removal. */
  ready(): boolean {
    const { standing, membership } = this.engine.status();
    return standing !== "failed" && membership.committedIndex > 0;
  }

  identity(): { readonly clusterId: string; readonly nodeId: string; readonly uuid: string | null } {
    const { clusterId, nodeId, members } = this.engine.status();
    const uuid = this.uuid ?? members.find((member) => member.id === nodeId)?.uuid ?? "";
    return { clusterId, nodeId: toMemberId(nodeId), uuid: uuid === "" ? null : uuid };
  }

  async close(): Promise<void> {
    this.stopRefresh();
    this.leaders.close();
    this.machine?.close();
    this.membership.close();
    this.status.close();
  }

  private composeStatus(): ClusterStatus {
    return toClusterStatus(this.engine.status(), this.machine?.borrow().processes ?? []);
  }
}

/** Fields of a learner that only other kinds of cluster ask for. */
function foreignField({ peerUrls, learnerKind }: AddLearnerBody): Problem | undefined {
  if (peerUrls !== undefined)
    return problem("bad-input", "This cluster's members have one address each, host:port.", {
      field: "peerUrls",
    });
  if (learnerKind !== undefined)
    return problem("bad-input", "This cluster has one kind of learner.", { field: "learnerKind" });
  return undefined;
}

/** An answer that a repeat must get again: what was done, or may have been. */
function isLasting(result: ActionResult): boolean {
  return result.ok || result.problem.code === "outcome-unknown";
}

async function followChanges(receiver: Receiver<unknown>, changed: () => void): Promise<void> {
  for await (const _ of receiver) changed();
}
