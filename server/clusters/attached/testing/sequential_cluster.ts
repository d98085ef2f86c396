import type { RequestOutcome } from "../../../../protocol/api";
import type { MemberId, MembershipView } from "../../../../protocol/membership";
import { type Problem, problem } from "../../../../protocol/problem";
import type { ClusterStatus, MemberStatus } from "../../../../protocol/status";
import { oneAtATime } from "../../../../protocol/testing/capabilities_fixture";
import { learner, member, statusOf } from "../../../../protocol/testing/status_fixture";
import type { Action, ActionContext, ActionResult } from "../../cluster";
import { isInForce, type SeenMember } from "../effects";
import { ObservedMembership } from "../membership_feed";
import type { PlanPort } from "../plan_port";
import type { RecordBook } from "../record_book";
import type { Intent } from "../records";

/** How an answer gets lost on its way. `before`: the change is not made; `after`: it is. With `killed` the console does not even wait. */
export type Loss = "before" | "after" | "killed before" | "killed after";

/**
 * What stands below the plan driver, as a model: members that are added unstarted, a record book, a membership feed, and answers that can
 * be refused or lost. For tests of the driver alone.
 */
export class SequentialCluster implements PlanPort {
  capabilities = oneAtATime;
  readonly book: RecordBook;
  /** Every change that reached the cluster, as "promote 4". */
  readonly made: string[] = [];
  /** Everything that was asked for, refused or lost included. */
  readonly asked: string[] = [];
  members: MemberStatus[];
  leader: MemberId | null = "1";
  refuseWith: Problem | undefined;
  loseAnswer: Loss | undefined;
  reachable = true;
  /** The highest id that was ever drawn, where that member has left. */
  lastId = 0;
  onChange = () => {};
  private urls = new Map<MemberId, readonly string[]>();
  private readonly feed: ObservedMembership;

  constructor(book: RecordBook, members: MemberStatus[], index = 50) {
    this.book = book;
    this.members = members;
    for (const { id } of members) this.urls.set(id, [`http://h${id}:2380`]);
    const empty = { members: [], learners: [], committedIndex: 0 };
    const initial = book.lastView ?? { epoch: "e1", exact: false, sequence: 0, snapshot: empty };
    this.feed = new ObservedMembership(initial, (publication) => book.published(publication));
    this.observe(index);
  }

  status(): ClusterStatus {
    const { epoch, snapshot } = this.feed.newest;
    const leadership = { id: this.leader, term: 2, answering: 3, agree: 3, noneForMs: null };
    return statusOf(this.members, {
      epoch,
      committedIndex: snapshot.committedIndex,
      leadership,
      factAgeMs: this.reachable ? 0 : 9000,
    });
  }

  membership(): MembershipView {
    return this.feed.newest;
  }

  urlsOf(id: MemberId): readonly string[] {
    return this.urls.get(id) ?? [];
  }

  startCommand(id: MemberId, { name }: { readonly name: string }): string {
    return `etcd --name ${name} # ${id}`;
  }

  /** Changes a member as the world does: it is started, falls silent, catches up. */
  let(id: MemberId, health: "healthy" | "down", more: Partial<Omit<MemberStatus, "health">> = {}): void {
    this.members = this.members.map((one) => {
      if (one.id !== id) return one;
      const { health: _, ...rest } = one;
      return member({ ...rest, name: one.name || `n${id}`, health, sinceMs: 60_000, ...more });
    });
    this.onChange();
  }

  act(action: Action, context: ActionContext): Promise<ActionResult> {
    const intent = this.intentOf(action);
    this.asked.push(wordsOf(intent));
    return this.answer(intent, action, context, () => {
      if (context.fence.committedIndex !== this.feed.newest.snapshot.committedIndex) {
        return problem("fence-lost", "The cluster changed; nothing was done.");
      }
      return undefined;
    });
  }

  transfer(target: MemberId, seen: unknown, context: Omit<ActionContext, "fence">): Promise<ActionResult> {
    const intent: Intent = { kind: "transfer", id: target, name: "" };
    this.asked.push(wordsOf(intent));
    return this.answer(intent, [target, seen], context, () => undefined);
  }

  async requestOutcome(requestId: string): Promise<RequestOutcome | Problem> {
    if (!this.reachable) return problem("no-leader", "Nobody answers.");
    const open = this.book.openRequest(requestId);
    if (open === undefined) return this.book.outcome(requestId) ?? { state: "pending" };
    const inForce = isInForce(open.begun.intent, this.seen(), this.leader);
    const { committedIndex: index } = this.feed.newest.snapshot;
    return inForce === true ? this.book.settle(requestId, { state: "applied", index }) : { state: "pending" };
  }

  async settleRequest(requestId: string): Promise<RequestOutcome | Problem> {
    const outcome = await this.requestOutcome(requestId);
    if ("code" in outcome || outcome.state !== "pending") return outcome;
    return this.book.settle(requestId, { state: "not-applied" });
  }

  changed(): void {}

  private answer(
    intent: Intent,
    asked: unknown,
    context: Omit<ActionContext, "fence">,
    check: () => Problem | undefined,
  ): Promise<ActionResult> {
    const { requestId, actor } = context;
    const index = this.feed.newest.snapshot.committedIndex;
    return this.book.carryOut({ requestId, asked, intent, actor, term: 2, index }, async () => {
      await Promise.resolve();
      const refused = check() ?? this.refuseWith;
      if (refused !== undefined) return { result: { ok: false, problem: refused } };
      const lost = this.loseAnswer;
      this.loseAnswer = undefined;
      if (lost === "killed before") return never;
      if (lost === "before") return { result: unanswered(requestId) };
      const id = this.make(intent);
      if (lost === "killed after") return never;
      if (lost === "after") return { result: unanswered(requestId) };
      const membership = this.observe();
      const answer = { requestId, index: membership.snapshot.committedIndex, membership };
      const learner = { id, name: intent.name, address: "" };
      return {
        result: { ok: true, answer: intent.kind === "add-learner" ? { ...answer, learner } : answer },
      };
    });
  }

  private make(intent: Intent): MemberId {
    this.made.push(wordsOf(intent));
    const id = intent.id ?? String(Math.max(this.lastId, ...[...this.urls.keys()].map(Number)) + 1);
    if (intent.kind === "transfer") this.leader = id;
    if (intent.kind === "remove") this.members = this.members.filter((one) => one.id !== id);
    if (intent.kind === "promote") {
      this.members = this.members.map((one) =>
        one.id === id ? { ...one, role: "voter", promotable: null } : one,
      );
    }
    if (intent.kind === "add-learner") {
      this.members = [...this.members, learner({ id, name: "", health: "down", word: "Not started" })];
      this.urls.set(id, intent.peerUrls);
    }
    return id;
  }

  /** The poll: a look at what is in force. */
  observe(index = 0): MembershipView {
    const look = { epoch: "e1", members: this.seen(), index, exact: false, indexed: false };
    const view = this.feed.observe(look);
    this.onChange();
    return view;
  }

  private seen(): SeenMember[] {
    return this.members.map(({ id, name, role }) => ({ id, name, role, peerUrls: this.urlsOf(id) }));
  }

  private intentOf(action: Action): Intent {
    if (action.kind === "add-learner") {
      return { kind: action.kind, id: null, name: action.name ?? "", peerUrls: action.peerUrls ?? [] };
    }
    if (action.kind !== "promote" && action.kind !== "remove") throw new Error(`no ${action.kind} here`);
    return { kind: action.kind, id: action.id, name: `n${action.id}` };
  }
}

const never = new Promise<never>(() => {});

function unanswered(requestId: string): ActionResult {
  return { ok: false, problem: problem("outcome-unknown", "No answer in time.", { requestId }) };
}

function wordsOf({ kind, id, name }: Intent): string {
  return `${kind} ${id ?? name}`;
}
