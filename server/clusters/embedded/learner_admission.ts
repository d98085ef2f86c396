import type { AddLearnerBody, ChangedAnswer } from "../../../protocol/api";
import { type Problem, problem } from "../../../protocol/problem";
import type { ChangeOptions, ChangeOutcome, Engine } from "../../engine/types";
import type { NodeId } from "../../raft/types";
import type { ActionContext, ProcessHost } from "../cluster";
import type { Timers } from "../timers";
import { badId } from "./changes";
import { NODE_ID_MAX, toMemberId, toNodeId } from "./ids";
import { learnerCommand } from "./learner_command";
import { retiredProblem } from "./refusal";

/** Started learners whose outcome is open; the oldest is forgotten first (its process stays). */
const OPEN_MAX = 64;
/** Records of one index that are looked through: the change's own, and refusals that met the same configuration. */
const RECORDS_AT_INDEX_MAX = 64;
/** What is left at least (ms) for the proposal after starting a process took its time. */
const PROPOSAL_MS_MIN = 1000;

/** A proposal that was made, and what there is to know for starting the learner. */
export interface Admission {
  readonly outcome: ChangeOutcome;
  readonly learner: ChangedAnswer["learner"];
}

interface Wish {
  readonly id: NodeId;
  readonly name: string;
  readonly address: string | undefined;
}

/**
 * Adds learners: picks an id from the replicated counter where none is wished for, and either has this machine start the process
 * before it is proposed (its ports are bound then, and what was refused leaves nothing behind) or tells how to start it elsewhere.
 */
export class LearnerAdmission {
  private readonly engine: Engine;
  private readonly host: ProcessHost | undefined;
  private readonly timers: Timers;
  /** Started learners by the request whose outcome is unknown. */
  private readonly open = new Map<string, string>();

  constructor(engine: Engine, host: ProcessHost | undefined, timers: Timers) {
    this.engine = engine;
    this.host = host;
    this.timers = timers;
  }

  /** Proposes a learner. A problem: nothing was proposed. */
  async add(body: AddLearnerBody, context: ActionContext): Promise<Admission | Problem> {
    const started = this.timers.now();
    if (body.start === "local" && this.host === undefined) {
      return problem("unsupported", "This console runs no processes; only `rollcall up` does.");
    }
    if (body.start !== "local" && body.address === undefined) {
      return problem("bad-input", "A learner needs the address it will listen on.", { field: "address" });
    }
    const early = this.knownProblem(body);
    if (early !== undefined) {
      if (early.code !== "bad-input") this.note(body, context, early.detail);
      return early;
    }
    if (body.start === "local" || body.id === undefined) {
      const before = (await this.earlierOutcome(body, context)) ?? this.lostFence(body, context);
      if (before !== undefined) return before;
    }
    const id = body.id === undefined ? await this.engine.allocateId(context.timeoutMs) : toNodeId(body.id);
    if (id === undefined) {
      return problem(
        "no-leader",
        "No id could be taken from the cluster's counter: no leader answered in time.",
      );
    }
    if (id > NODE_ID_MAX) return badId(String(id), "id");
    const wish = { id, name: body.name ?? `n${id}`, address: body.address };
    const options: ChangeOptions = {
      requestId: context.requestId,
      expectedIndex: context.fence.committedIndex,
      actor: context.actor,
      timeoutMs: context.timeoutMs,
    };
    if (body.start === "local") return this.addHere(wish, options, started);
    return this.addElsewhere(wish, body.address ?? "", options);
  }

  /** The doubt about a request ended: a learner started for what was never applied ends, too. */
  settled(requestId: string, applied: boolean): void {
    const id = this.open.get(requestId);
    this.open.delete(requestId);
    if (id !== undefined && !applied) void this.host?.retire(id).catch(() => {});
  }

  /** What is certain before anything is started: an id out of range, one that was removed, or one that a member has. */
  private knownProblem(body: AddLearnerBody): Problem | undefined {
    if (body.id === undefined) return undefined;
    const id = toNodeId(body.id);
    if (id === undefined) return badId(body.id, "id");
    const index = this.engine.removedAt(id);
    if (index !== undefined) return retiredProblem({ id, index, nextFreeId: this.engine.nextId() });
    const member = this.engine.status().members.find((one) => one.id === id);
    if (member === undefined || (body.start !== "local" && member.address === body.address)) return undefined;
    const nextFreeId = toMemberId(this.engine.nextId());
    const detail = `Id ${id} is that of ${member.name} already. Next free: ${nextFreeId}.`;
    return problem("already-member", detail, { field: "id", nextFreeId });
  }

  /** A repeat that reaches another console, or this one after a restart, must not start a second process. */
  private async earlierOutcome(
    body: AddLearnerBody,
    context: ActionContext,
  ): Promise<Admission | Problem | undefined> {
    const { requestId, timeoutMs } = context;
    const earlier = await this.engine.requestOutcome(requestId, timeoutMs);
    if (earlier === undefined) {
      return problem("no-leader", "No leader answered in time; nothing was done. Try again.");
    }
    switch (earlier.kind) {
      case "unknown":
        return undefined;
      case "applied": {
        const { membership } = this.engine.status();
        const { index } = earlier;
        if (this.wasAnother(body, requestId, index)) {
          const detail = `Request id ${requestId} was used for another change; choose a new one.`;
          return problem("request-id-reused", detail);
        }
        return {
          outcome: { kind: "applied", requestId, index, membership, changed: false },
          learner: undefined,
        };
      }
      case "rejected":
        return problem(
          "invalid-change",
          `This request was turned down at index ${earlier.index}: ${earlier.reason}`,
        );
      case "closed":
        return problem(
          "request-id-reused",
          `Request id ${requestId} was given up and closed. Use a new one.`,
        );
    }
  }

  /** Whether what a request id stands for was not the adding of this learner. Where the history does not go back so far nobody can tell. */
  private wasAnother({ id, name, address }: AddLearnerBody, requestId: string, index: number): boolean {
    const record = this.engine
      .history(index - 1, RECORDS_AT_INDEX_MAX)
      .find((one) => one.requestId === requestId && one.outcome === "applied");
    if (record === undefined) return false;
    const [made, more] = record.changes;
    if (made?.kind !== "add-learner" || more !== undefined) return true;
    if (id !== undefined && toNodeId(id) !== made.id) return true;
    if (made.name !== (name ?? `n${made.id}`)) return true;
    const member = this.engine.status().members.find((one) => one.id === made.id);
    return address !== undefined && member !== undefined && member.address !== address;
  }

  /** A fence that this node itself knows to be behind is lost for certain: nothing is started, no id is spent. */
  private lostFence(body: AddLearnerBody, context: ActionContext): Admission | undefined {
    const { requestId, fence } = context;
    const { membership } = this.engine.status();
    if (fence.committedIndex >= membership.committedIndex) return undefined;
    this.note(body, context, "The cluster had changed.");
    const refusal = { code: "fence-lost", membership } as const;
    return { outcome: { kind: "refused", requestId, refusal }, learner: undefined };
  }

  /** What the engine never sees stands in the history all the same. */
  private note(body: AddLearnerBody, { requestId, actor }: ActionContext, reason: string): void {
    const id = (body.id === undefined ? undefined : toNodeId(body.id)) ?? this.engine.nextId();
    const { name = `n${id}`, address = "" } = body;
    this.engine.recordRefusal([{ kind: "add-learner", id, name, address }], { requestId, actor, reason });
  }

  private async addHere(wish: Wish, options: ChangeOptions, started: number): Promise<Admission | Problem> {
    const id = toMemberId(wish.id);
    const prepared = await this.host?.prepareLearner({ id, name: wish.name, address: wish.address });
    if (prepared === undefined) return problem("unsupported", "This console runs no processes.");
    if ("code" in prepared) return prepared;
    const { address, keep, discard } = prepared;
    const left = Math.max(PROPOSAL_MS_MIN, (options.timeoutMs ?? 0) - (this.timers.now() - started));
    const outcome = await this.propose({ ...wish, address }, { ...options, timeoutMs: left }, keep);
    if (outcome.kind === "refused") await discard();
    else keep();
    if (outcome.kind === "unknown") this.remember(outcome.requestId, id);
    return { outcome, learner: { id, name: wish.name, address } };
  }

  private async propose(
    learner: { readonly id: NodeId; readonly name: string; readonly address: string },
    options: ChangeOptions,
    keep: () => void,
  ): Promise<ChangeOutcome> {
    try {
      return await this.engine.addLearner(learner, options);
    } catch (error) {
      // The engine stopped in the middle of it: the proposal may have gone out.
      keep();
      throw error;
    }
  }

  private async addElsewhere(wish: Wish, address: string, options: ChangeOptions): Promise<Admission> {
    const { id, name } = wish;
    const outcome = await this.engine.addLearner({ id, name, address }, options);
    const learner = { id: toMemberId(id), name, address };
    if (outcome.kind !== "applied") return { outcome, learner };
    const minted = await this.engine.mintJoinToken(id, options.timeoutMs);
    if (minted === undefined) return { outcome, learner };
    const command = learnerCommand({ name, address, via: this.contact(), token: minted.token });
    return { outcome, learner: { ...learner, command, tokenExpiresInMs: minted.expiresInMs } };
  }

  /** The member a newcomer is sent to: the leader, else this node. */
  private contact(): string {
    const { members, nodeId, leader } = this.engine.status();
    const record =
      members.find((member) => member.id === leader.leader) ?? members.find((member) => member.id === nodeId);
    return record?.address ?? "";
  }

  private remember(requestId: string, id: string): void {
    this.open.set(requestId, id);
    for (const oldest of this.open.keys()) {
      if (this.open.size <= OPEN_MAX) return;
      this.open.delete(oldest);
    }
  }
}
