import type { NodeId } from "../raft/types";
import type { Transport } from "../transport/types";
import type { LeaderDesk } from "./leader_desk";
import type { Node } from "./node";
import type { Applied, Clock } from "./node_ports";
import { type CommandResult, proposalKey, type RegistryCommand } from "./payload";
import { Reads } from "./reads";
import type { Refusals } from "./refusals";
import { requestFault, withCanonicalAddresses } from "./request_check";
import { type ChangeRequest, type LeaderRequest, PROPOSAL_BYTES_MAX } from "./requests";
import { changeKey, type SubmissionResult, Submissions } from "./submissions";
import { Transfers } from "./transfers";
import type {
  ChangeOptions,
  ChangeOutcome,
  ChangeRefusal,
  EngineStatus,
  GuidedPlan,
  LeaderInfo,
  MemberChange,
  PlanOutcome,
  ProposeOutcome,
  RequestOutcome,
} from "./types";

/** How long a request lasts when its caller does not say (ms). */
export const DEFAULT_TIMEOUT_MS = 10_000;

/** What callers ask of this node, whoever leads: each request is answered by what this node itself applies. */
export class CallerDesk {
  private readonly node: Node;
  private readonly clock: Clock;
  private readonly boot: Uint8Array;
  private readonly refusals: Refusals;
  private readonly status: () => EngineStatus;
  private readonly submissions: Submissions;
  private readonly reads: Reads;
  private readonly transfers = new Transfers();
  private counter = 0;
  private closed = false;

  /** `boot`: random bytes that no other run of a node has. */
  constructor(
    node: Node,
    leaderDesk: LeaderDesk,
    ports: { readonly clock: Clock; readonly transport: Transport; readonly boot: Uint8Array },
    refusals: Refusals,
    status: () => EngineStatus,
  ) {
    const { clock, transport, boot } = ports;
    this.node = node;
    this.clock = clock;
    this.boot = boot;
    this.refusals = refusals;
    this.status = status;
    this.submissions = new Submissions(
      node,
      clock,
      (request) => leaderDesk.answer(request),
      (to, body, timeoutMs, done) => transport.request(to, body, timeoutMs, done),
      (request, timeoutMs) => this.isDone(request, timeoutMs),
    );
    this.reads = new Reads(node, clock, boot);
  }

  tick(): void {
    this.submissions.tick();
    this.reads.tick();
    this.transfers.tick();
  }

  onApplied(applied: Applied): void {
    this.submissions.onApplied(applied);
    this.reads.onApplied();
  }

  onInstalled(): void {
    this.submissions.onInstalled();
    this.reads.onApplied();
  }

  onLeader(leader: LeaderInfo): void {
    this.transfers.onLeader(leader);
  }

  onReadState(context: Uint8Array, index: number): void {
    this.reads.onReadState(context, index);
  }

  close(): void {
    this.closed = true;
    this.submissions.close();
    this.reads.close();
    this.transfers.close();
  }

  private newKey(): string {
    this.counter += 1;
    return proposalKey(this.boot, this.counter);
  }

  private standingRefusal(): ChangeRefusal | undefined {
    const { standing } = this.node;
    if (standing.kind === "removed") return { code: "node-removed", index: standing.index };
    if (standing.kind === "failed" || this.closed)
      return { code: "not-ready", detail: "This node has stopped." };
    return undefined;
  }

  /** Makes one change, from whichever node; answered once it is applied here. */
  async change(changes: readonly MemberChange[], options: ChangeOptions = {}): Promise<ChangeOutcome> {
    const requestId = options.requestId ?? this.newKey();
    const actor = options.actor ?? "engine";
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const stopped = this.standingRefusal();
    if (stopped !== undefined) return { kind: "refused", requestId, refusal: stopped };
    const expectedIndex = options.expectedIndex ?? null;
    const canonical = withCanonicalAddresses(changes);
    if ("code" in canonical) return { kind: "refused", requestId, refusal: canonical };
    const force = options.force === undefined ? {} : { force: options.force };
    const request: ChangeRequest = {
      kind: "change",
      requestId,
      expectedIndex,
      actor,
      changes: canonical,
      ...force,
    };
    const fault = requestFault(request);
    if (fault !== undefined) return { kind: "refused", requestId, refusal: fault };
    const result = await this.submissions.submit(changeKey(requestId), request, timeoutMs);
    const outcome = this.toOutcome(requestId, result);
    // What every node turned down stands in the history already.
    const logged = result.kind === "refused" && result.logged === true;
    if (outcome.kind === "refused" && !logged)
      this.refusals.note(changes, requestId, actor, outcome.refusal, this.node);
    return outcome;
  }

  /** Whether there certainly is nothing to do: by a linearizable read, not by a leader that may have been deposed. */
  private async isDone({ expectedIndex, changes }: ChangeRequest, timeoutMs: number): Promise<boolean> {
    if ((await this.reads.read(timeoutMs)) === undefined) return false;
    const { registry } = this.node;
    return registry.fence(expectedIndex) === undefined && registry.judge(changes) === "nothing-to-do";
  }

  private toOutcome(requestId: string, result: SubmissionResult): ChangeOutcome {
    if (result.kind === "applied") {
      const { index, changed } = result;
      return { kind: "applied", requestId, index, changed, membership: this.node.membership.current };
    }
    if (result.kind === "refused") return { kind: "refused", requestId, refusal: result.refusal };
    const detail = result.kind === "unknown" ? result.detail : "The answer did not fit the request.";
    return { kind: "unknown", requestId, detail };
  }

  async transfer(
    target: NodeId,
    options: {
      readonly seen?: LeaderInfo;
      readonly actor?: string;
      readonly requestId?: string;
      readonly timeoutMs?: number;
    } = {},
  ): Promise<ChangeOutcome> {
    const requestId = options.requestId ?? this.newKey();
    const actor = options.actor ?? "engine";
    const stopped = this.standingRefusal();
    if (stopped !== undefined) return { kind: "refused", requestId, refusal: stopped };
    const seen =
      options.seen === undefined ? null : { leader: options.seen.leader ?? null, term: options.seen.term };
    const request: LeaderRequest = { kind: "transfer", requestId, target, seen };
    const fault = requestFault(request);
    if (fault !== undefined) return { kind: "refused", requestId, refusal: fault };
    const result = await this.submissions.submit(
      this.newKey(),
      request,
      options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    );
    const refused = (refusal: ChangeRefusal): ChangeOutcome => {
      this.refusals.note(target, requestId, actor, refusal, this.node);
      return { kind: "refused", requestId, refusal };
    };
    if (result.kind === "refused") return refused(result.refusal);
    if (result.kind !== "transferring") return this.toOutcome(requestId, result);
    const led = await this.transfers.wait(target, result.term, this.node.leader.current);
    if (led === "failed") return refused({ code: "transfer-failed", target, ...this.node.leader.current });
    const command: RegistryCommand = {
      kind: "record-transfer",
      requestId,
      target,
      actor,
      time: Math.floor(this.clock.wall()),
    };
    const recorded = await this.submitCommand(command, DEFAULT_TIMEOUT_MS);
    const index = recorded.kind === "applied" ? recorded.index : this.node.appliedIndex;
    return { kind: "applied", requestId, index, changed: true, membership: this.node.membership.current };
  }

  async propose(data: Uint8Array, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<ProposeOutcome> {
    if (data.length > PROPOSAL_BYTES_MAX) {
      return {
        kind: "refused",
        detail: `An entry holds at most ${PROPOSAL_BYTES_MAX} bytes; this one has ${data.length}.`,
      };
    }
    const stopped = this.standingRefusal();
    if (stopped !== undefined) return { kind: "refused", detail: `${stopped.code}` };
    const key = this.newKey();
    const request: LeaderRequest = { kind: "proposal", key, data: new Uint8Array(data) };
    const result = await this.submissions.submit(key, request, timeoutMs);
    if (result.kind === "applied") return { kind: "applied", index: result.index };
    if (result.kind === "refused")
      return {
        kind: "refused",
        detail: "detail" in result.refusal ? result.refusal.detail : result.refusal.code,
      };
    return { kind: "unknown", detail: result.kind === "unknown" ? result.detail : "" };
  }

  private submitCommand(command: RegistryCommand, timeoutMs: number): Promise<SubmissionResult> {
    const key = this.newKey();
    const request: LeaderRequest = { kind: "command", key, command };
    const refusal = requestFault(request);
    if (refusal !== undefined) return Promise.resolve({ kind: "refused", refusal });
    return this.submissions.submit(key, request, timeoutMs);
  }

  async command(command: RegistryCommand, timeoutMs: number): Promise<CommandResult | undefined> {
    if (this.standingRefusal() !== undefined) return undefined;
    const result = await this.submitCommand(command, timeoutMs);
    return result.kind === "applied" ? result.result : undefined;
  }

  readIndex(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<number | undefined> {
    return this.reads.read(timeoutMs);
  }

  async requestOutcome(
    requestId: string,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<RequestOutcome | undefined> {
    const index = await this.reads.read(timeoutMs);
    return index === undefined ? undefined : this.node.registry.outcome(requestId);
  }

  async settleRequest(
    requestId: string,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<RequestOutcome | undefined> {
    const result = await this.command({ kind: "close-request", requestId }, timeoutMs);
    return result?.kind === "outcome" ? result.outcome : undefined;
  }

  async allocateId(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<NodeId | undefined> {
    const result = await this.command({ kind: "allocate-id" }, timeoutMs);
    return result?.kind === "id" ? result.id : undefined;
  }

  /** Makes a guided plan, from whichever node. */
  createPlan(
    plan: Pick<GuidedPlan, "id" | "kind" | "learner" | "target" | "actor">,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<PlanOutcome> {
    const { id, kind, learner, target = null, actor } = plan;
    const time = Math.floor(this.clock.wall());
    const behind = this.status().reports.find((report) => report.id === learner)?.lag;
    const start = behind === undefined ? {} : { behind };
    return this.plan(
      { kind: "create-plan", id, plan: kind, learner, target, actor, time, ...start },
      timeoutMs,
    );
  }

  steerPlan(
    id: string,
    state: "running" | "paused" | "stopped",
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<PlanOutcome> {
    return this.plan({ kind: "set-plan", id, state, reason: "" }, timeoutMs);
  }

  private async plan(command: RegistryCommand, timeoutMs: number): Promise<PlanOutcome> {
    const stopped = this.standingRefusal();
    if (stopped !== undefined) return { kind: "refused", reason: "this node does not take part any more" };
    const submitted = await this.submitCommand(command, timeoutMs);
    if (submitted.kind === "refused") {
      return {
        kind: "refused",
        reason: "detail" in submitted.refusal ? submitted.refusal.detail : submitted.refusal.code,
      };
    }
    const result = submitted.kind === "applied" ? submitted.result : undefined;
    if (result === undefined) return { kind: "unknown" };
    return result.kind === "refused" ? result : { kind: "done" };
  }
}
