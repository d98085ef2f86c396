import type { CreatePlanBody, PlanVerb, RequestOutcome } from "../../../protocol/api";
import type { MembershipView } from "../../../protocol/membership";
import type { Problem } from "../../../protocol/problem";
import type { Capabilities, ClusterStatus } from "../../../protocol/status";
import type { Receiver } from "../../engine/types";
import { Watch } from "../../engine/watch";
import { PlanDriver } from "../attached/plan_driver";
import type { PlanPort } from "../attached/plan_port";
import type { RecordBook } from "../attached/record_book";
import type { Action, ActionContext, ActionResult, Cluster, HistoryPage, NextLearner } from "../cluster";
import { systemTimers, type Timers } from "../timers";
import { capabilitiesOf } from "./capabilities";
import { composeStatus, currentLeadership } from "./cluster_status";
import { EtcdEndpoint } from "./endpoint";
import { askProgress } from "./leader_progress";
import { EtcdMembership } from "./members_watch";
import { Observer } from "./observer";
import { defaultPollPace, type EtcdClusterOptions, STATUS_EVERY_MS } from "./options";
import { ProgressWatch } from "./progress_watch";
import { EtcdRequests } from "./requests";
import { Settling } from "./settling";
import { SignIn } from "./sign_in";
import { startCommand } from "./start_command";
import type { SeenLeader } from "./transfer";
import { mayAsk } from "./urls";

/** How long the leader may take to tell its progress, ms. */
const PROGRESS_TIMEOUT_MS = 1500;

/** An etcd cluster that this console is attached to. */
export class EtcdCluster implements Cluster {
  readonly name: string;
  readonly kind = "etcd";
  readonly capabilities: Capabilities;
  private readonly timers: Timers;
  private readonly book: RecordBook;
  private readonly membership: EtcdMembership;
  private readonly observer: Observer;
  private readonly requests: EtcdRequests;
  private readonly settling: Settling;
  private readonly plans: PlanDriver;
  private readonly progress: ProgressWatch;
  private readonly status: Watch<ClusterStatus>;
  private readonly stopRefresh: () => void;
  private leaderlessSince: number;
  /** Held while the outcome of a plan's step is not known. */
  private releasePace: (() => void) | undefined;
  private refreshing = false;

  constructor(options: EtcdClusterOptions) {
    const readOnly = options.readOnly ?? false;
    this.name = options.name;
    this.capabilities = capabilitiesOf(readOnly);
    this.timers = options.timers ?? systemTimers;
    this.book = options.recordBook;
    this.membership = new EtcdMembership(this.book, () => this.timers.now());
    this.leaderlessSince = this.timers.now();
    const access = {
      signIn: new SignIn(),
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    };
    this.observer = new Observer({
      endpoints: options.endpoints,
      open: (url) => new EtcdEndpoint(url, access),
      mayAsk: (url) => mayAsk(url, options.endpoints, options.credentials !== undefined),
      pace: { ...defaultPollPace, ...options.pace },
      timers: this.timers,
      looked: (look) => this.membership.observe(look),
      changed: () => this.refreshSoon(),
    });
    this.progress = new ProgressWatch({
      timers: this.timers,
      wanted: () => this.leaderUrl(),
      ask: (url) => askProgress(url, options.tls, PROGRESS_TIMEOUT_MS),
    });
    const shared = { observer: this.observer, book: this.book, timers: this.timers };
    this.settling = new Settling({
      ...shared,
      newestIndex: () => this.membership.newest.snapshot.committedIndex,
      leader: () => this.facts().leadership.id,
    });
    this.requests = new EtcdRequests({
      ...shared,
      readOnly,
      capabilities: this.capabilities,
      newest: () => this.membership.newest,
      status: () => this.facts(),
      sending: (requestId, { id, url }) => {
        const unrecorded = this.book.sending(requestId, id);
        if (unrecorded !== undefined) return unrecorded;
        this.settling.sending(requestId);
        options.log?.("info", `request ${requestId} goes to ${url}`);
        return undefined;
      },
      changed: () => this.refresh(),
    });
    this.plans = new PlanDriver({
      port: this.planPort(),
      book: this.book,
      timers: this.timers,
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    this.status = new Watch(this.compose());
    this.stopRefresh = this.timers.every(STATUS_EVERY_MS, () => this.refresh());
    this.observer.start();
    this.plans.start();
  }

  watchMembership(): Receiver<MembershipView> {
    return this.membership.feed.subscribe();
  }

  watchStatus(): Receiver<ClusterStatus> {
    return this.status.subscribe();
  }

  act(action: Action, context: ActionContext): Promise<ActionResult> {
    return this.requests.act(action, context);
  }

  transfer(target: string, seen: SeenLeader, context: Omit<ActionContext, "fence">): Promise<ActionResult> {
    return this.requests.transfer(target, seen, context);
  }

  async createPlan(
    plan: CreatePlanBody,
    context: Omit<ActionContext, "fence">,
  ): Promise<Problem | undefined> {
    return this.plans.create(plan, context);
  }

  async steerPlan(id: string, verb: PlanVerb, typedName?: string): Promise<Problem | undefined> {
    return this.plans.steer(id, verb, typedName);
  }

  /** etcd assigns the id; the name is free among those in use. */
  async nextLearner(): Promise<NextLearner> {
    const taken = new Set(this.facts().members.map(({ name }) => name));
    let number = 1;
    while (taken.has(`n${number}`)) number += 1;
    return { id: String(number), name: `n${number}`, address: null };
  }

  requestOutcome(requestId: string): Promise<RequestOutcome | Problem> {
    return this.settling.outcome(requestId);
  }

  settleRequest(requestId: string): Promise<RequestOutcome | Problem> {
    return this.settling.settle(requestId);
  }

  async history(after: number, limit: number): Promise<HistoryPage> {
    return this.book.history(after, limit);
  }

  /** This console serves, whatever the cluster does. */
  ready(): boolean {
    return true;
  }

  identity(): { readonly clusterId: string | null; readonly nodeId: null; readonly uuid: null } {
    return { clusterId: this.observer.known?.clusterId ?? null, nodeId: null, uuid: null };
  }

  async close(): Promise<void> {
    this.plans.close();
    this.progress.close();
    this.stopRefresh();
    this.observer.close();
    this.membership.close();
    this.status.close();
  }

  /** Several facts that arrive together make one status. */
  private refreshSoon(): void {
    if (this.refreshing) return;
    this.refreshing = true;
    this.timers.after(0, () => {
      this.refreshing = false;
      this.refresh();
    });
  }

  private refresh(): void {
    this.status.send(this.compose());
    const { inDoubt } = this.plans;
    if (!inDoubt) this.releasePace?.();
    this.releasePace = inDoubt ? (this.releasePace ?? this.observer.pace.hold()) : undefined;
    this.plans.look();
  }

  /** Where the leader is asked for its progress; only while there are learners. */
  private leaderUrl(): string | undefined {
    const { leadership, configuration } = this.status.current;
    if (leadership.id === null || configuration.learners.length === 0) return undefined;
    return this.observer.reportOf(leadership.id)?.url;
  }

  private planPort(): PlanPort {
    const known = () => this.observer.known?.members ?? [];
    return {
      capabilities: this.capabilities,
      status: () => this.facts(),
      membership: () => this.membership.newest,
      urlsOf: (id) => known().find((member) => member.id === id)?.peerUrls ?? [],
      startCommand: (id, { name, peerUrls }) => startCommand({ id, name, peerUrls, members: known() }),
      act: (action, context) => this.act(action, context),
      transfer: (target, seen, context) => this.transfer(target, seen, context),
      requestOutcome: (requestId) => this.requestOutcome(requestId),
      settleRequest: (requestId) => this.settleRequest(requestId),
      changed: () => this.refresh(),
    };
  }

  private compose(): ClusterStatus {
    const facts = this.facts();
    return { ...facts, plans: this.plans.describe(facts) };
  }

  /** The status, but for the plans that are judged by it. */
  private facts(): ClusterStatus {
    const now = this.timers.now();
    const { observer, membership } = this;
    const facts = {
      known: observer.known,
      reportOf: observer.reportOf.bind(observer),
      now,
      leaderlessSince: this.leaderlessSince,
    };
    if (currentLeadership(facts).id !== null) this.leaderlessSince = now;
    return composeStatus({
      ...facts,
      view: membership.newest,
      views: membership.views,
      reports: observer.reports,
      changeInProgress: this.requests?.inProgress ?? null,
      plans: [],
      removed: membership.removed,
      refusals: this.book.refusals,
      trouble: this.book.trouble,
      blocked: observer.blocked,
      unasked: observer.unasked,
      progress: this.progress.current,
      wishedName: (member) => membership.wishedName(member),
    });
  }
}
