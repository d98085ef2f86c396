import { READ_ONLY_CLUSTER } from "../../../protocol/access";
import {
  type CreatePlanBody,
  changedAnswerSchema,
  historyAnswerSchema,
  nextLearnerSchema,
  type PlanVerb,
  planAnswerSchema,
  type RequestOutcome,
  requestOutcomeSchema,
} from "../../../protocol/api";
import type { ServerFrame } from "../../../protocol/frames";
import type { MembershipView } from "../../../protocol/membership";
import { type Problem, problem } from "../../../protocol/problem";
import type { Capabilities, ClusterStatus, Notice } from "../../../protocol/status";
import type { Receiver } from "../../engine/types";
import { Watch } from "../../engine/watch";
import type { Action, ActionContext, ActionResult, Cluster, HistoryPage, NextLearner } from "../cluster";
import { systemTimers, type Timers } from "../timers";
import { relayedCapabilities } from "./capabilities";
import { ConsoleLink } from "./console_link";
import { type RelayedOptions, STATUS_EVERY_MS } from "./options";
import { type RelayedContext, type RelayedRequest, RelayedRequests } from "./requests";
import { nothingKnown, relayedStatus } from "./status";

/** How long (ms) a plan's steering may take. */
const STEER_TIMEOUT_MS = 5000;

/**
 * A cluster of the embedded engine that runs elsewhere, shown through its nodes' own consoles: what they say is passed on, and what
 * is asked here is asked there. It keeps no record of its own: fence, history, plans and doubts are the cluster's.
 */
export class RelayedCluster implements Cluster {
  readonly name: string;
  readonly kind = "embedded";
  private offered: Capabilities;
  private readonly readOnly: boolean;
  private readonly timers: Timers;
  private readonly link: ConsoleLink;
  private readonly requests: RelayedRequests;
  private readonly membership: Watch<MembershipView>;
  private readonly status: Watch<ClusterStatus>;
  /** What was heard last, and when (ms on this console's clock). */
  private heard: { readonly status: ClusterStatus; readonly at: number } | undefined;
  private readonly stopRefresh: () => void;

  constructor(options: RelayedOptions) {
    this.name = options.name;
    this.readOnly = options.readOnly ?? false;
    this.timers = options.timers ?? systemTimers;
    this.offered = relayedCapabilities(undefined, this.readOnly);
    this.membership = new Watch(nothingYet, isNews);
    this.status = new Watch(nothingKnown);
    this.link = new ConsoleLink(options, this.timers, {
      attached: ({ status, capabilities }) => {
        this.offer(relayedCapabilities(capabilities, this.readOnly));
        this.hear(status);
      },
      frame: (frame) => this.take(frame),
      changed: () => this.refresh(),
    });
    this.requests = new RelayedRequests(this.link.session, () => this.link.cluster);
    this.stopRefresh = this.timers.every(STATUS_EVERY_MS, () => {
      if (this.heard === undefined || this.timers.now() - this.heard.at > STATUS_EVERY_MS) this.refresh();
    });
  }

  /** Another object when they change. */
  get capabilities(): Capabilities {
    return this.offered;
  }

  watchMembership(): Receiver<MembershipView> {
    return this.membership.subscribe();
  }

  watchStatus(): Receiver<ClusterStatus> {
    return this.status.subscribe();
  }

  async act(action: Action, context: ActionContext): Promise<ActionResult> {
    const { startHere } = this.capabilities;
    if (action.kind === "add-learner" && action.start !== undefined && !startHere.ok) {
      return { ok: false, problem: problem("unsupported", startHere.reason) };
    }
    return this.change(requestOf(action), context);
  }

  async transfer(
    target: string,
    seen: { readonly leader: string | null; readonly term: number },
    context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult> {
    return this.change({ method: "POST", path: "leader", body: { target, ...seen } }, context);
  }

  async createPlan(
    plan: CreatePlanBody,
    context: Omit<ActionContext, "fence">,
  ): Promise<Problem | undefined> {
    if (this.readOnly) return attachedReadOnly();
    const request = { method: "POST" as const, path: "plans", body: plan };
    const result = await this.requests.change(request, context, planAnswerSchema);
    return result.ok ? undefined : result.problem;
  }

  async steerPlan(id: string, verb: PlanVerb, typedName?: string): Promise<Problem | undefined> {
    if (this.readOnly) return attachedReadOnly();
    const body = typedName === undefined ? {} : { typedName };
    const request = { method: "POST" as const, path: `plans/${id}/${verb}`, body };
    const context = { requestId: id, actor: "", timeoutMs: STEER_TIMEOUT_MS };
    const result = await this.requests.change(request, context, planAnswerSchema);
    return result.ok ? undefined : result.problem;
  }

  nextLearner(): Promise<NextLearner | Problem> {
    return this.requests.read("learners/next", nextLearnerSchema);
  }

  requestOutcome(requestId: string): Promise<RequestOutcome | Problem> {
    return this.requests.read(`requests/${requestId}`, requestOutcomeSchema);
  }

  /** Closes the id in the cluster's log. */
  async settleRequest(requestId: string): Promise<RequestOutcome | Problem> {
    if (this.readOnly) return attachedReadOnly();
    return this.requests.settle(requestId, requestOutcomeSchema);
  }

  history(after: number, limit: number): Promise<HistoryPage | Problem> {
    return this.requests.read(`history?after=${after}&limit=${limit}`, historyAnswerSchema);
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
    this.link.close();
    this.membership.close();
    this.status.close();
  }

  private async change(request: RelayedRequest, context: RelayedContext): Promise<ActionResult> {
    if (this.readOnly) return { ok: false, problem: attachedReadOnly() };
    const result = await this.requests.change(request, context, changedAnswerSchema);
    // Whoever is answered sees here what the answer says, though the stream may be behind it. Only the stream begins another epoch.
    const newest = result.ok ? result.answer.membership : result.problem.membership;
    if (newest?.epoch === this.membership.current.epoch) this.membership.send(newest);
    return result;
  }

  private take(frame: ServerFrame): void {
    if (frame.type === "membership") {
      const { epoch, exact, sequence, snapshot } = frame;
      this.membership.send({ epoch, exact, sequence, snapshot });
    } else if (frame.type === "status") {
      const { type: _, cluster: __, ...status } = frame;
      this.hear(status);
    } else if (frame.type === "hello") {
      this.offer(relayedCapabilities(frame.capabilities, this.readOnly));
    }
  }

  private hear(status: ClusterStatus): void {
    this.heard = { status, at: this.timers.now() };
    this.refresh();
  }

  private offer(capabilities: Capabilities): void {
    if (JSON.stringify(capabilities) === JSON.stringify(this.offered)) return;
    this.offered = capabilities;
    this.refresh();
  }

  private refresh(): void {
    const { heard } = this;
    const notices = faultNotices(this.link.fault);
    this.status.send(
      heard === undefined
        ? { ...nothingKnown, notices }
        : relayedStatus(heard.status, this.link.cluster ?? "", this.timers.now() - heard.at, notices),
    );
  }
}

/** An epoch of its own, so that the first real view is news. */
const nothingYet: MembershipView = {
  epoch: "none",
  exact: false,
  sequence: 0,
  snapshot: { members: [], learners: [], committedIndex: 0 },
};

function isNews(last: MembershipView, next: MembershipView): boolean {
  return next.epoch !== last.epoch || next.snapshot.committedIndex > last.snapshot.committedIndex;
}

function attachedReadOnly(): Problem {
  return problem("read-only", READ_ONLY_CLUSTER);
}

function faultNotices(fault: string | undefined): Notice[] {
  if (fault === undefined) return [];
  const text = `Its nodes' consoles cannot be read: ${fault}`.slice(0, 510);
  const advice = "What is shown is what was heard last. It is tried again.";
  return [{ id: "consoles", tone: "warning", text: `${text}.`, advice, member: null }];
}

function requestOf(action: Action): RelayedRequest {
  switch (action.kind) {
    case "add-learner": {
      const { kind: _, ...body } = action;
      return { method: "POST", path: "learners", body };
    }
    case "promote":
    case "demote":
      return { method: "POST", path: `members/${action.id}/${action.kind}` };
    case "remove": {
      const { id, stopProcess } = action;
      return { method: "DELETE", path: `members/${id}`, body: stopProcess === true ? { stopProcess } : {} };
    }
    case "update-address":
      return { method: "PUT", path: `members/${action.id}/peer-urls`, body: { peerUrls: action.peerUrls } };
    case "changes":
      return { method: "POST", path: "changes", body: { changes: action.changes } };
  }
}
