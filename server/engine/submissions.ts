import type { NodeId } from "../raft/types";
import type { RequestFault } from "../transport/types";
import type { Node } from "./node";
import type { Applied, Clock } from "./node_ports";
import { type CommandResult, parseBody } from "./payload";
import type { ChangeRequest, LeaderAnswer, LeaderRequest } from "./requests";
import { encodeLeaderRequest, leaderAnswerSchema } from "./requests";
import type { ChangeRefusal } from "./types";

/** Submissions waiting at one node; one more is refused. */
const SUBMISSIONS_MAX = 8192;
/** A request to the leader is given up after this long (ms), and sent again while its deadline lasts. */
const LEADER_ANSWER_MS = 1000;

/** How a submission ended. `unknown`: it may be in the log. */
export type SubmissionResult =
  | {
      readonly kind: "applied";
      readonly index: number;
      readonly changed: boolean;
      readonly result: CommandResult | undefined;
    }
  | { readonly kind: "transferring"; readonly term: number }
  /** `logged`: by every node, as the history has it. */
  | { readonly kind: "refused"; readonly refusal: ChangeRefusal; readonly logged?: true }
  | { readonly kind: "unknown"; readonly detail: string };

type Phase =
  /** Certainly in no log: may be offered (again). */
  | { readonly kind: "waiting" }
  /** At the leader, no answer yet. */
  | { readonly kind: "asked" }
  /** In a log at this place. */
  | { readonly kind: "appended"; readonly index: number; readonly term: number }
  /** A request to the leader went unanswered: it may be in the log. */
  | { readonly kind: "doubtful" }
  /** The leader says that there is nothing to do; whether it still leads is being asked. */
  | { readonly kind: "confirming" }
  /** True as of this index; answered once this node has applied it. */
  | { readonly kind: "settled"; readonly index: number; readonly changed: boolean };

interface Submission {
  readonly key: string;
  readonly request: LeaderRequest;
  readonly deadline: number;
  /** Sending it twice does no harm: the leader recognises its id. */
  readonly repeatable: boolean;
  readonly done: (result: SubmissionResult) => void;
  phase: Phase;
  /** A copy went unanswered once: it may be in a log, or reach a leader late. Only what the log says takes that away. */
  doubted: boolean;
}

/**
 * Everything this node was asked to get into the log. Each is offered to the leader - here, or one hop away - until its deadline,
 * and answered by what this node itself applies. Driven by ticks and applied entries; it holds no timer of its own.
 */
export class Submissions {
  private readonly pending = new Map<string, Submission>();
  /** Where they stand in the log, by index, so that each applied entry costs one look-up. */
  private readonly byIndex = new Map<number, Submission>();
  private settledCount = 0;
  private readonly node: Node;
  private readonly clock: Clock;
  private readonly offer: (request: LeaderRequest) => LeaderAnswer;
  private readonly ask: (
    to: NodeId,
    body: Uint8Array,
    timeoutMs: number,
    done: (answer: Uint8Array | RequestFault) => void,
  ) => void;
  private readonly isDone: (request: ChangeRequest, timeoutMs: number) => Promise<boolean>;

  constructor(
    node: Node,
    clock: Clock,
    offer: (request: LeaderRequest) => LeaderAnswer,
    ask: (
      to: NodeId,
      body: Uint8Array,
      timeoutMs: number,
      done: (answer: Uint8Array | RequestFault) => void,
    ) => void,
    isDone: (request: ChangeRequest, timeoutMs: number) => Promise<boolean>,
  ) {
    this.node = node;
    this.clock = clock;
    this.offer = offer;
    this.ask = ask;
    this.isDone = isDone;
  }

  submit(key: string, request: LeaderRequest, timeoutMs: number): Promise<SubmissionResult> {
    if (this.pending.size >= SUBMISSIONS_MAX) {
      const detail = `More than ${SUBMISSIONS_MAX} requests are waiting here; try again soon.`;
      return Promise.resolve({ kind: "refused", refusal: { code: "too-many-requests", detail } });
    }
    const running = this.pending.get(key);
    if (running !== undefined && !isSameRequest(running.request, request)) {
      const detail = "That request id is in use for another change; choose a new one.";
      return Promise.resolve({ kind: "refused", refusal: { code: "request-id-reused", detail } });
    }
    // The answer under way will find the first submission gone: this one asks again.
    const asked = running?.phase.kind === "asked";
    const confirming = running?.phase.kind === "confirming";
    return new Promise((resolve) => {
      // A repeat of what is under way gets the outcome of the first.
      const chained =
        running === undefined
          ? resolve
          : (result: SubmissionResult) => {
              running.done(result);
              resolve(result);
            };
      const submission: Submission = {
        key,
        request,
        deadline: this.clock.now() + timeoutMs,
        repeatable: request.kind === "change",
        done: chained,
        phase: running?.phase ?? { kind: "waiting" },
        doubted: asked || (running?.doubted ?? false),
      };
      if (asked || confirming) submission.phase = notTaken(submission);
      this.pending.set(key, submission);
      if (submission.phase.kind === "appended") this.byIndex.set(submission.phase.index, submission);
      this.attempt(submission);
    });
  }

  /** Ends what is overdue and offers again what waits. */
  tick(): void {
    const now = this.clock.now();
    for (const submission of this.pending.values()) {
      if (this.answeredByRemoval(submission)) continue;
      if (now >= submission.deadline) this.expire(submission);
      else this.attempt(submission);
    }
  }

  onApplied(applied: Applied): void {
    const { outcome, index } = applied;
    const result = outcome.kind === "command" ? outcome.result : undefined;
    const key = keyOf(outcome);
    const submission = key === undefined ? undefined : this.pending.get(key);
    if (submission !== undefined) this.onOwnApplied(submission, applied, result);
    const displaced = this.byIndex.get(index);
    if (displaced !== undefined) {
      this.byIndex.delete(index);
      // Another entry was committed in its place, so it never will be: it may be offered again.
      if (displaced.phase.kind === "appended" && displaced.phase.term !== applied.term)
        displaced.phase = notTaken(displaced);
    }
    this.answerSettled();
  }

  /** A snapshot took the place of entries that were never applied one by one. */
  onInstalled(): void {
    for (const submission of this.pending.values()) this.lookBack(submission);
    this.answerSettled();
  }

  /**
   * A node that was told of its own removal sees no further entry applied: the request that removed it is answered by what it was told.
   * Whether it was. The place alone would not do: another leader may have put another removal there.
   */
  private answeredByRemoval(submission: Submission): boolean {
    const { request } = submission;
    const { standing } = this.node;
    if (standing.kind !== "removed" || request.kind !== "change" || standing.by !== request.requestId)
      return false;
    this.finish(submission, { kind: "applied", index: standing.index, changed: true, result: undefined });
    return true;
  }

  private answerSettled(): void {
    if (this.settledCount === 0) return;
    for (const submission of this.pending.values()) {
      if (
        submission.phase.kind === "settled" &&
        submission.phase.index <= this.node.membership.current.committedIndex
      ) {
        const { index, changed } = submission.phase;
        this.finish(submission, { kind: "applied", index, changed, result: undefined });
      }
    }
  }

  private onOwnApplied(submission: Submission, applied: Applied, result: CommandResult | undefined): void {
    const { outcome, index } = applied;
    // A joint change is answered after its leave.
    if (outcome.kind === "change-applied" && outcome.joint) return;
    if (outcome.kind === "change-rejected") {
      this.finish(submission, {
        kind: "refused",
        refusal: { code: "invalid-change", detail: `Rejected at index ${index}: ${outcome.reason}.` },
        logged: true,
      });
    } else {
      this.finish(submission, { kind: "applied", index, changed: true, result });
    }
  }

  /** The node stops: what may be in the log is unknown, the rest was not done. */
  close(): void {
    for (const submission of this.pending.values()) this.expire(submission);
  }

  private expire(submission: Submission): void {
    const phase = submission.phase.kind === "confirming" ? notTaken(submission) : submission.phase;
    if (phase.kind === "waiting") {
      const detail = "No leader took the change in time; nothing was done.";
      this.finish(submission, { kind: "refused", refusal: { code: "no-leader", detail } });
    } else {
      this.finish(submission, {
        kind: "unknown",
        detail: "No outcome was seen by the deadline; it may have been applied.",
      });
    }
  }

  private finish(submission: Submission, result: SubmissionResult): void {
    this.pending.delete(submission.key);
    if (submission.phase.kind === "settled") this.settledCount -= 1;
    this.leavePlace(submission);
    submission.done(result);
  }

  private leavePlace(submission: Submission): void {
    const { phase } = submission;
    // Two leaders may have put two submissions at one place.
    if (phase.kind === "appended" && this.byIndex.get(phase.index) === submission)
      this.byIndex.delete(phase.index);
  }

  private attempt(submission: Submission): void {
    const { phase, request } = submission;
    if (phase.kind !== "waiting" && !(phase.kind === "doubtful" && submission.repeatable)) return;
    const { leader } = this.node.leader.current;
    if (this.node.isLeader) this.onAnswer(submission, this.offer(request));
    else if (leader !== undefined && this.node.running) this.askLeader(submission, leader);
  }

  private askLeader(submission: Submission, leader: NodeId): void {
    submission.phase = { kind: "asked" };
    const timeoutMs = Math.max(1, Math.min(LEADER_ANSWER_MS, submission.deadline - this.clock.now()));
    this.ask(leader, encodeLeaderRequest(submission.request), timeoutMs, (answer) => {
      if (this.pending.get(submission.key) !== submission || submission.phase.kind !== "asked") return;
      if (!(answer instanceof Uint8Array)) {
        submission.doubted ||= answer.kind === "unanswered";
        submission.phase = notTaken(submission);
        return;
      }
      const parsed = parseBody(leaderAnswerSchema, answer);
      // "Not now" takes no doubt away: an earlier copy may still be in the log.
      submission.doubted ||= parsed === undefined;
      submission.phase = notTaken(submission);
      if (parsed !== undefined) this.onAnswer(submission, parsed);
    });
  }

  private onAnswer(submission: Submission, answer: LeaderAnswer): void {
    switch (answer.kind) {
      case "appended":
        submission.phase = { kind: "appended", index: answer.index, term: answer.term };
        this.byIndex.set(answer.index, submission);
        // Its entry may have been applied here before the leader's answer came.
        if (answer.index <= this.node.appliedIndex) this.lookBack(submission);
        return;
      case "done":
        if (answer.changed || submission.request.kind !== "change") this.settle(submission, answer);
        else this.confirm(submission, submission.request, answer);
        return;
      case "transferring":
        this.finish(submission, { kind: "transferring", term: answer.term });
        return;
      case "refused":
        // "Change in progress" or a lost fence may be its own first copy's doing; the log will tell.
        if (submission.doubted && answer.final !== true) return;
        this.finish(submission, { kind: "refused", refusal: answer.refusal });
        return;
      case "later":
      case "not-leader":
    }
  }

  private settle(submission: Submission, { index, changed }: Extract<LeaderAnswer, { kind: "done" }>): void {
    submission.phase = { kind: "settled", index, changed };
    this.settledCount += 1;
    this.answerSettled();
  }

  /** A leader that was deposed and has not noticed may say so of a configuration of the past: then the request is offered again. */
  private confirm(
    submission: Submission,
    request: ChangeRequest,
    answer: Extract<LeaderAnswer, { kind: "done" }>,
  ): void {
    submission.phase = { kind: "confirming" };
    void this.isDone(request, submission.deadline - this.clock.now()).then((done) => {
      if (this.pending.get(submission.key) !== submission || submission.phase.kind !== "confirming") return;
      if (done) this.settle(submission, answer);
      else submission.phase = notTaken(submission);
    });
  }

  private lookBack(submission: Submission): void {
    if (submission.request.kind === "change" && this.isRemembered(submission, submission.request.requestId))
      return;
    const { phase } = submission;
    if (phase.kind !== "appended" || phase.index > this.node.appliedIndex) return;
    const term = this.node.log.term(phase.index);
    if (typeof term !== "number" || term === phase.term) return;
    // Another entry was committed in its place before the leader's answer came: it may be offered again.
    this.leavePlace(submission);
    submission.phase = notTaken(submission);
  }

  /** Whether the registry knows how the request ended; it is answered then. */
  private isRemembered(submission: Submission, requestId: string): boolean {
    const outcome = this.node.registry.outcome(requestId);
    if (outcome.kind === "applied" && outcome.index <= this.node.membership.current.committedIndex) {
      this.finish(submission, { kind: "applied", index: outcome.index, changed: true, result: undefined });
    } else if (outcome.kind === "rejected") {
      this.finish(submission, {
        kind: "refused",
        refusal: { code: "invalid-change", detail: outcome.reason },
        logged: true,
      });
    } else return false;
    return true;
  }
}

/** The phase of a submission whose newest copy certainly is in no log. */
function notTaken({ doubted }: Submission): Phase {
  return { kind: doubted ? "doubtful" : "waiting" };
}

/** Whether a repeat asks for what the first asked for. */
function isSameRequest(one: LeaderRequest, other: LeaderRequest): boolean {
  if (one.kind !== "change" || other.kind !== "change") return one.kind === other.kind;
  return JSON.stringify(one.changes) === JSON.stringify(other.changes);
}

/** Key under which a change waits. */
export function changeKey(requestId: string): string {
  return `change ${requestId}`;
}

function keyOf(outcome: Applied["outcome"]): string | undefined {
  switch (outcome.kind) {
    case "application":
    case "command":
      return outcome.key;
    case "change-applied":
    case "change-rejected":
      return changeKey(outcome.requestId);
    case "joint-left":
      return outcome.requestId === undefined ? undefined : changeKey(outcome.requestId);
    case "none":
      return undefined;
  }
}
