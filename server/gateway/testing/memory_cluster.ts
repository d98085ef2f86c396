import type { CreatePlanBody, HistoryEntry, PlanVerb, RequestOutcome } from "../../../protocol/api";
import type { MembershipView } from "../../../protocol/membership";
import type { Problem } from "../../../protocol/problem";
import type { Capabilities, ClusterStatus, MemberStatus } from "../../../protocol/status";
import { everything } from "../../../protocol/testing/capabilities_fixture";
import type { Action, ActionContext, ActionResult, Cluster } from "../../clusters/cluster";
import type { Receiver } from "../../engine/types";
import { Watch } from "../../engine/watch";

const capabilities: Capabilities = {
  ...everything,
  startHere: { ok: false, reason: "This console runs no processes." },
  updateAddress: { ok: false, reason: "Not here." },
};

/** What a MemoryCluster was asked to do. */
export interface Asked {
  readonly action: Action | { readonly kind: "transfer"; readonly target: string; readonly seen: object };
  readonly context: Partial<ActionContext>;
}

/** A cluster that exists only as values, for tests of what stands above the Cluster seam. */
export class MemoryCluster implements Cluster {
  readonly name: string;
  readonly kind = "embedded";
  readonly canForce = true;
  readonly capabilities = capabilities;
  /** Everything that was asked, in order. */
  readonly asked: Asked[] = [];
  /** How the next actions end; applied without change unless a test says otherwise. */
  answer: (asked: Asked) => ActionResult | Promise<ActionResult>;
  outcome: RequestOutcome | Problem = { state: "pending" };
  entries: readonly HistoryEntry[] = [];
  isReady = true;
  private readonly views: Watch<MembershipView>;
  private readonly statuses: Watch<ClusterStatus>;

  constructor(name = "local", voters: readonly string[] = ["1", "2", "3"]) {
    this.name = name;
    const snapshot = { members: [...voters], learners: [], committedIndex: 1 };
    this.views = new Watch<MembershipView>({ epoch: "e1", exact: true, sequence: 1, snapshot });
    this.statuses = new Watch<ClusterStatus>(statusOf(this.views.current));
    this.answer = ({ context }) => this.applied(context.requestId ?? "");
  }

  /** The answer of a change applied at the current view. */
  applied(requestId: string): ActionResult {
    const membership = this.views.current;
    return { ok: true, answer: { requestId, index: membership.snapshot.committedIndex, membership } };
  }

  /** Moves on to a new configuration at the next index. */
  publish(members: readonly string[], learners: readonly string[]): MembershipView {
    const last = this.views.current;
    const committedIndex = last.snapshot.committedIndex + 1;
    const snapshot = { members: [...members], learners: [...learners], committedIndex };
    const view = { ...last, sequence: last.sequence + 1, snapshot };
    this.views.send(view);
    this.statuses.send(statusOf(view));
    return view;
  }

  /** Publishes a status that differs from the current one. */
  tell(change: Partial<ClusterStatus>): void {
    this.statuses.send({ ...this.statuses.current, ...change });
  }

  get status(): ClusterStatus {
    return this.statuses.current;
  }

  get view(): MembershipView {
    return this.views.current;
  }

  watchMembership(): Receiver<MembershipView> {
    return this.views.subscribe();
  }

  watchStatus(): Receiver<ClusterStatus> {
    return this.statuses.subscribe();
  }

  async act(action: Action, context: ActionContext): Promise<ActionResult> {
    const asked = { action, context };
    this.asked.push(asked);
    return this.answer(asked);
  }

  /** What was asked about plans, and how the next such request ends. */
  readonly planned: unknown[] = [];
  planProblem: Problem | undefined;

  async transfer(
    target: string,
    seen: { readonly leader: string | null; readonly term: number },
    context: Omit<ActionContext, "fence">,
  ): Promise<ActionResult> {
    const asked = { action: { kind: "transfer", target, seen }, context } as const;
    this.asked.push(asked);
    return this.answer(asked);
  }

  async createPlan(
    plan: CreatePlanBody,
    context: Omit<ActionContext, "fence">,
  ): Promise<Problem | undefined> {
    this.planned.push({ plan, id: context.requestId });
    return this.planProblem;
  }

  async steerPlan(id: string, verb: PlanVerb, typedName?: string): Promise<Problem | undefined> {
    this.planned.push({ id, verb, ...(typedName === undefined ? {} : { typedName }) });
    return this.planProblem;
  }

  async nextLearner() {
    return { id: "4", name: "n4", address: null };
  }

  async requestOutcome(): Promise<RequestOutcome | Problem> {
    return this.outcome;
  }

  async settleRequest(): Promise<RequestOutcome | Problem> {
    return this.outcome;
  }

  async history(after: number, limit: number) {
    const later = this.entries.filter((entry) => entry.index > after);
    return { entries: later.slice(0, limit), more: later.length > limit };
  }

  ready(): boolean {
    return this.isReady;
  }

  identity() {
    return { clusterId: "e1", nodeId: "1", uuid: "00000000-0000-4000-8000-000000000001" };
  }

  async close(): Promise<void> {
    this.views.close();
    this.statuses.close();
  }
}

function statusOf(view: MembershipView): ClusterStatus {
  const { members, learners, committedIndex } = view.snapshot;
  return {
    epoch: view.epoch,
    committedIndex,
    leadership: { id: "1", term: 1, answering: members.length, agree: members.length, noneForMs: null },
    configuration: {
      incoming: [...members],
      outgoing: [],
      learners: [...learners],
      learnersNext: [],
      autoLeave: false,
    },
    changeInProgress: null,
    members: [
      ...members.map((id) => memberOf(id, "voter")),
      ...learners.map((id) => memberOf(id, "learner")),
    ],
    factAgeMs: 100,
    self: { id: "1", name: "n1", standing: "member", index: null },
    lastLogIndex: committedIndex,
    appliedIndex: committedIndex,
    loopbackOnly: true,
    refusals: 0,
    plans: [],
    notices: [],
  };
}

function memberOf(id: string, role: MemberStatus["role"]): MemberStatus {
  return {
    id,
    name: `n${id}`,
    role,
    address: `127.0.0.1:${7500 + (Number(id) % 1000)}`,
    console: null,
    health: { state: "healthy", word: "Healthy", sinceMs: 1000, source: { by: "leader n1", ageMs: 100 } },
    lag: { entries: 0, current: true },
    ratePerSecond: 0,
    lastContactMs: 100,
    promotable: role === "learner" ? { ok: true } : null,
    ownView: null,
    facts: [],
  };
}
