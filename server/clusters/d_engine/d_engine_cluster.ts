import { READ_ONLY_CLUSTER } from "../../../protocol/access";
import type { CreatePlanBody, PlanVerb, RequestOutcome } from "../../../protocol/api";
import type { MembershipView } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { Capabilities, Capability, ClusterStatus } from "../../../protocol/status";
import type { Receiver } from "../../engine/types";
import { Watch } from "../../engine/watch";
import type { RecordBook } from "../attached/record_book";
import type { Action, ActionContext, ActionResult, Cluster, HistoryPage, NextLearner } from "../cluster";
import { systemTimers } from "../timers";
import { capabilitiesOf } from "./capabilities";
import { LearnerRequests } from "./learner_requests";
import { DEngineObserver } from "./observer";
import { type DEngineOptions, STATUS_EVERY_MS } from "./options";

/** A d-engine cluster that this console is attached to: every node watched, learners added at the leader, nothing else changed. */
export class DEngineCluster implements Cluster {
  readonly name: string;
  readonly kind = "d-engine";
  readonly capabilities: Capabilities;
  private readonly readOnly: boolean;
  private readonly book: RecordBook;
  private readonly observer: DEngineObserver;
  private readonly requests: LearnerRequests;
  private readonly status: Watch<ClusterStatus>;
  private readonly stopRefresh: () => void;

  constructor(options: DEngineOptions) {
    const timers = options.timers ?? systemTimers;
    this.name = options.name;
    this.readOnly = options.readOnly ?? false;
    this.capabilities = capabilitiesOf(this.readOnly);
    this.book = options.recordBook;
    this.observer = new DEngineObserver(options, timers, () => this.refresh());
    this.requests = new LearnerRequests(this.observer, this.book, timers, () => this.refresh());
    this.status = new Watch(this.composeStatus());
    this.stopRefresh = timers.every(STATUS_EVERY_MS, () => this.refresh());
  }

  watchMembership(): Receiver<MembershipView> {
    return this.observer.membership.subscribe();
  }

  watchStatus(): Receiver<ClusterStatus> {
    return this.status.subscribe();
  }

  async act(action: Action, context: ActionContext): Promise<ActionResult> {
    const refusal = this.refusalOf(action);
    if (refusal !== undefined) return { ok: false, problem: refusal };
    if (action.kind !== "add-learner")
      return { ok: false, problem: problem("unsupported", "d-engine cannot do that.") };
    return this.requests.add(action, context);
  }

  private refusalOf({ kind }: Action): Problem | undefined {
    if (this.readOnly) return problem("read-only", READ_ONLY_CLUSTER);
    const { addLearner, promote, demote, remove, updateAddress, joint } = this.capabilities;
    const needed: Readonly<Record<Action["kind"], Capability>> = {
      "add-learner": addLearner,
      promote,
      demote,
      remove,
      "update-address": updateAddress,
      changes: joint,
    };
    const capability = needed[kind];
    return capability.ok ? undefined : problem("unsupported", capability.reason);
  }

  async transfer(
    _target: string,
    _seen: { readonly leader: string | null; readonly term: number },
    _context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult> {
    return { ok: false, problem: unsupported(this.capabilities.transfer) };
  }

  async createPlan(_plan: CreatePlanBody, _context: Omit<ActionContext, "fence">): Promise<Problem> {
    return unsupported(this.capabilities.guided);
  }

  async steerPlan(id: string, _verb: PlanVerb): Promise<Problem> {
    return problem("not-found", `There is no plan ${id} here.`);
  }

  async nextLearner(): Promise<NextLearner> {
    const { snapshot } = this.observer.membership.newest;
    const ids = [...snapshot.members, ...snapshot.learners, ...this.observer.nodes.records().keys()].map(
      Number,
    );
    const id = String(Math.max(0, ...ids) + 1);
    return { id, name: `n${id}`, address: null };
  }

  async requestOutcome(requestId: string): Promise<RequestOutcome | Problem> {
    return this.requests.outcome(requestId);
  }

  async settleRequest(requestId: string): Promise<RequestOutcome | Problem> {
    return this.requests.settle(requestId);
  }

  async history(after: number, limit: number): Promise<HistoryPage> {
    return this.book.history(after, limit);
  }

  /** This console serves, whatever the cluster does. */
  ready(): boolean {
    return true;
  }

  identity(): { readonly clusterId: null; readonly nodeId: null; readonly uuid: null } {
    return { clusterId: null, nodeId: null, uuid: null };
  }

  async close(): Promise<void> {
    this.stopRefresh();
    this.observer.close();
    this.status.close();
  }

  private refresh(): void {
    this.status.send(this.composeStatus());
  }

  private composeStatus(): ClusterStatus {
    return this.observer.status(this.requests?.inProgress ?? null);
  }
}

function unsupported(capability: Capability): Problem {
  return problem("unsupported", capability.ok ? "d-engine cannot do that." : capability.reason);
}
