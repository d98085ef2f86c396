import type { RequestOutcome } from "../../../protocol/api";
import { type Problem, problem } from "../../../protocol/problem";
import type { ChangeInProgress } from "../../../protocol/status";
import type { RecordBook, WorkResult } from "../attached/record_book";
import type { Action, ActionContext, ActionResult } from "../cluster";
import type { Timers } from "../timers";
import { learnerConfig } from "./learner_config";
import { joinConflict, joinFailureOf, LEARNER_ROLE, type LearnerToJoin, learnerToJoin } from "./learner_join";
import { nodeFaultOf } from "./node_fault";
import type { NodeLink } from "./node_link";
import type { DEngineObserver } from "./observer";

type AddLearner = Extract<Action, { kind: "add-learner" }>;

/** How often the membership is read again (ms) while the outcome of a join is in doubt, besides what the streams say. */
const REREAD_MS = 500;
/** Requests whose epoch is remembered; the oldest goes first. */
const EPOCHS_MAX = 256;
/** Nodes that are asked to add one learner at most: leadership may move while it is looked for. */
const LEADERS_TRIED_MAX = 3;

/** Adds learners at the leader, each request once, and reads what became of those without an answer. */
export class LearnerRequests {
  private readonly observer: DEngineObserver;
  private readonly book: RecordBook;
  private readonly timers: Timers;
  private readonly changed: () => void;
  /** The epoch in which each request was sent, as far as this run of the console knows. */
  private readonly epochs = new Map<string, string>();
  private current: { readonly change: Omit<ChangeInProgress, "sinceMs">; readonly since: number } | undefined;

  constructor(observer: DEngineObserver, book: RecordBook, timers: Timers, changed: () => void) {
    this.observer = observer;
    this.book = book;
    this.timers = timers;
    this.changed = changed;
  }

  /** The join under way from here. */
  get inProgress(): ChangeInProgress | null {
    if (this.current === undefined) return null;
    return { ...this.current.change, sinceMs: this.timers.now() - this.current.since };
  }

  /** Adds a learner. The fence is best effort: read again, compare, call. */
  async add(action: AddLearner, context: ActionContext): Promise<ActionResult> {
    const learner = learnerToJoin(action);
    if ("code" in learner) return { ok: false, problem: learner };
    const { requestId, actor } = context;
    const id = String(learner.id);
    return this.book.carryOut(
      {
        requestId,
        asked: action,
        intent: { kind: "add-learner", id, name: action.name ?? "", peerUrls: [] },
        actor,
        term: this.observer.agreement().term,
        index: this.observer.membership.newest.snapshot.committedIndex,
      },
      async () => {
        const refusal = this.refusalNow(context) ?? this.conflict(learner);
        if (refusal !== undefined) return refused(refusal);
        const change = { kind: "add-learner" as const, members: [id], actor, requestId };
        this.current = { change, since: this.timers.now() };
        this.changed();
        this.rememberEpoch(requestId);
        try {
          return await this.join(learner, action, context);
        } finally {
          this.current = undefined;
        }
      },
    );
  }

  /** What is recorded, once more held against what the nodes say. */
  outcome(requestId: string): RequestOutcome {
    this.reconcile(requestId);
    return this.book.outcome(requestId) ?? { state: "pending" };
  }

  /**
   * Ends a doubt by reading. An entry in a leader's log may still commit, so only a later change of the membership without the learner
   * proves that it never will.
   */
  async settle(requestId: string): Promise<RequestOutcome | Problem> {
    await this.readAgain();
    this.reconcile(requestId);
    const recorded = this.book.outcome(requestId);
    if (recorded !== undefined && recorded.state !== "pending") return recorded;
    const open = this.book.openRequest(requestId);
    if (open === undefined) return this.book.settle(requestId, { state: "not-applied" });
    const { epoch, snapshot } = this.observer.membership.newest;
    // In another epoch the nodes may have forgotten a change that was applied.
    if (this.epochs.get(requestId) === epoch && snapshot.committedIndex > open.begun.index) {
      return this.book.settle(requestId, { state: "not-applied" });
    }
    const detail =
      "No node tells of it, but the leader may still hold it and apply it later; d-engine cannot take it back.";
    return problem("outcome-unknown", detail, { requestId });
  }

  private rememberEpoch(requestId: string): void {
    this.epochs.set(requestId, this.observer.membership.newest.epoch);
    for (const id of this.epochs.keys()) {
      if (this.epochs.size <= EPOCHS_MAX) return;
      this.epochs.delete(id);
    }
  }

  private reconcile(requestId: string): void {
    const open = this.book.openRequest(requestId);
    if (open?.state !== "unknown" || open.begun.intent.kind !== "add-learner") return;
    const index = this.indexWith(Number(open.begun.intent.id));
    if (index !== undefined) this.book.settle(requestId, { state: "applied", index });
  }

  private refusalNow({ fence }: ActionContext): Problem | undefined {
    const { newest } = this.observer.membership;
    if (this.observer.current === undefined)
      return problem("no-leader", "No node of the cluster was heard yet.");
    if (fence.epoch !== newest.epoch || fence.committedIndex !== newest.snapshot.committedIndex) {
      const detail = "The membership changed since you looked; nothing was done. Look again and decide anew.";
      return problem("fence-lost", detail, { membership: newest });
    }
    if (this.current !== undefined) {
      const extra = { inProgress: this.inProgress ?? undefined };
      return problem("change-in-progress", "Another learner is being added from here.", extra);
    }
    const voters = newest.snapshot.members.length;
    const { answering } = this.observer.agreement();
    if (answering * 2 > voters) return undefined;
    const detail = `Only ${answering} of ${voters} voters answer: it could not be applied now, and might be later.`;
    return problem("no-leader", detail);
  }

  private conflict(learner: LearnerToJoin): Problem | undefined {
    return joinConflict(learner, this.observer.membership.newest.snapshot, this.observer.nodes.records());
  }

  private async join(
    learner: LearnerToJoin,
    action: AddLearner,
    context: ActionContext,
  ): Promise<WorkResult> {
    const deadline = this.timers.now() + context.timeoutMs;
    const asked = new Set<NodeLink>();
    while (asked.size < LEADERS_TRIED_MAX && this.timers.now() < deadline) {
      const leader = await this.findLeader(asked);
      if (leader === undefined) break;
      asked.add(leader);
      // What the leader knows by now is held against the request; where it cannot be read, the call will tell.
      await leader.readMetadata().catch(() => undefined);
      try {
        const conflict = this.refusedAgain(learner, context);
        if (conflict !== undefined) return refused(conflict);
        const { id: nodeId, address, status } = learner;
        const request = { nodeId, address, status, nodeRole: LEARNER_ROLE };
        // gRPC's timeouts are whole numbers; a server may refuse another.
        await leader.joinCluster(request, Math.max(1, Math.ceil(deadline - this.timers.now())));
        return await this.conclude(learner, action, context, deadline);
      } catch (thrown) {
        const failure = joinFailureOf(nodeFaultOf(thrown));
        if (failure.kind === "elsewhere") continue;
        if (failure.kind === "unknown") return await this.conclude(learner, action, context, deadline);
        if (failure.kind === "not-sent") return refused(failure.problem);
        if (failure.kind === "refused") return { ...refused(failure.problem), rejected: true };
        const detail = `Node ${learner.id} is a member already.`;
        return { ...refused(problem("already-member", detail, { field: "id" })), rejected: true };
      }
    }
    const detail = "No node says that it leads; nothing was done.";
    return refused(problem("no-leader", detail));
  }

  /** The same questions once more, after the leader was read: as close to the call as a best-effort fence gets. */
  private refusedAgain(learner: LearnerToJoin, { fence }: ActionContext): Problem | undefined {
    const { newest } = this.observer.membership;
    if (fence.epoch === newest.epoch && fence.committedIndex === newest.snapshot.committedIndex) {
      return this.conflict(learner);
    }
    const detail = "The membership changed while the leader was looked for; nothing was done.";
    return problem("fence-lost", detail, { membership: newest });
  }

  /** The node that most take for leader, if it says so itself; otherwise any that does. */
  private async findLeader(asked: ReadonlySet<NodeLink>): Promise<NodeLink | undefined> {
    const { leader } = this.observer.agreement();
    const named = leader === undefined ? undefined : this.observer.nodes.byId(leader);
    const others = this.observer.nodes.all.filter((link) => link !== named);
    for (const link of named === undefined ? others : [named, ...others]) {
      if (asked.has(link)) continue;
      const term = await link.readTerm().catch(() => undefined);
      if (term !== undefined) return link;
    }
    return undefined;
  }

  /** Waits until a node tells of the learner; after the deadline its outcome is unknown. */
  private async conclude(
    learner: LearnerToJoin,
    action: AddLearner,
    { requestId }: ActionContext,
    deadline: number,
  ): Promise<WorkResult> {
    let index = this.indexWith(learner.id);
    while (index === undefined && this.timers.now() < deadline) {
      await this.nextNews(Math.min(REREAD_MS, deadline - this.timers.now()));
      index = this.indexWith(learner.id);
    }
    if (index === undefined) {
      const detail = `No answer said whether node ${learner.id} was added. It may have been, or be yet.`;
      return refused(problem("outcome-unknown", detail, { requestId }));
    }
    const membership = this.observer.membership.newest;
    const command = learnerConfig(learner, membership.snapshot, this.observer.nodes.records());
    const told = { id: String(learner.id), name: action.name ?? "", address: learner.address, command };
    return { result: { ok: true, answer: { requestId, index, membership, learner: told } } };
  }

  /** Index of the view that has the node; undefined while none has. */
  private indexWith(id: number): number | undefined {
    const { members, learners, committedIndex } = this.observer.membership.newest.snapshot;
    return members.includes(String(id)) || learners.includes(String(id)) ? committedIndex : undefined;
  }

  private nextNews(ms: number): Promise<void> {
    const reader = this.observer.membership.subscribe();
    reader.borrowAndUpdate();
    return new Promise((resolve) => {
      const cancel = this.timers.after(Math.max(1, ms), () => reader.close());
      void reader.changed().then(() => {
        cancel();
        reader.close();
        resolve();
      });
    });
  }

  private async readAgain(): Promise<void> {
    await Promise.allSettled(this.observer.nodes.all.map((link) => link.readMetadata()));
  }
}

function refused(refusal: Problem): WorkResult {
  return { result: { ok: false, problem: refusal } };
}
