import type { ConfState, NodeId } from "../raft/types";
import { allNodes, allVoters, emptyConfState, isJoint, toSnapshot } from "./configuration";
import type { ChangeContext, RegistryCommand } from "./payload";
import {
  differenceOf,
  firstAfter,
  type Lists,
  listsAt,
  listsOf,
  type StoredRecord,
  withLists,
} from "./recorded_history";
import { decodeRegistry, encodeRegistry, type RegistryState } from "./registry_codec";
import type {
  ChangeRefusal,
  GuidedPlan,
  HistoryRecord,
  MemberChange,
  MemberRecord,
  MembershipSnapshot,
  RequestOutcome,
} from "./types";

/** Records kept in the history, and request outcomes remembered; the oldest go first, on every node alike. */
const HISTORY_MAX = 10_000;
const OUTCOMES_MAX = 10_000;
const TOKENS_MAX = 256;
/** Ids a caller may choose; above, the counter goes on, so that one large id does not use up the rest. */
const EXPLICIT_ID_MAX = 2 ** 31 - 1;

/** Plans kept: the one under way and the last finished ones. */
const PLANS_MAX = 20;

function isUnfinished(plan: GuidedPlan): boolean {
  return plan.state === "running" || plan.state === "paused";
}

/** What a command answered, the same on every node. */
export type CommandResult =
  | { readonly kind: "id"; readonly id: NodeId }
  | { readonly kind: "outcome"; readonly outcome: RequestOutcome }
  | { readonly kind: "redeemed"; readonly id: NodeId; readonly member: MemberRecord }
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly reason: string };

/** Two learners of one request under one address or name. */
function twinOf(changes: readonly MemberChange[]): ChangeRefusal | undefined {
  const added = changes.filter((change) => change.kind === "add-learner");
  for (const [at, { address, name }] of added.entries()) {
    const earlier = added.slice(0, at);
    if (earlier.some((one) => one.address === address)) {
      return { code: "address-taken", detail: `${address} stands in two changes of one request.` };
    }
    if (earlier.some((one) => one.name === name)) {
      return { code: "bad-input", detail: `The name ${name} stands in two changes of one request.` };
    }
  }
  return undefined;
}

/** Verdict on a change: refused, nothing to do, or undefined to go on. */
export type Judgement = ChangeRefusal | "nothing-to-do" | undefined;

/**
 * The replicated state machine of a cluster about itself: who its members are, which ids must not come back, what became of each
 * request. Pure and deterministic: the same entries give the same state on every node.
 */
export class Registry {
  private state: RegistryState;
  /** The lists as of the newest record. */
  private recorded: Lists;
  /** Who was last added under an address and a name: while an earlier one was a member, nobody else could be. */
  private readonly ids = { byAddress: new Map<string, NodeId>(), byName: new Map<string, NodeId>() };

  private constructor(state: RegistryState) {
    this.state = state;
    this.recorded = listsOf(state.confState);
    for (const member of state.members.values()) this.index(member);
  }

  private index({ id, name, address }: MemberRecord): void {
    this.ids.byAddress.set(address, id);
    this.ids.byName.set(name, id);
  }

  /** The registry of a node that knows nothing yet. */
  static empty(): Registry {
    return new Registry({
      configIndex: 0,
      confState: emptyConfState,
      sequence: 0,
      nextId: 1,
      members: new Map(),
      retired: new Map(),
      outcomes: new Map(),
      tokens: new Map(),
      history: [],
      plans: [],
      jointRequest: undefined,
    });
  }

  /** The registry every initial voter starts with, at index 1 of term 1. */
  static bootstrap(voters: readonly MemberRecord[], time: number, actor: string): Registry {
    const registry = Registry.empty();
    const ids = voters.map((voter) => voter.id).sort((a, b) => a - b);
    const state = registry.state;
    for (const voter of voters) {
      state.members.set(voter.id, voter);
      registry.index(voter);
    }
    state.nextId = Math.max(0, ...ids) + 1;
    registry.publish({ ...emptyConfState, voters: ids }, 1);
    registry.record({
      index: 1,
      term: 1,
      time,
      kind: "created",
      changes: [],
      actor,
      requestId: "",
      outcome: "applied",
      reason: "",
    });
    return registry;
  }

  /** Reads a registry from a log snapshot; undefined if the bytes are not one. */
  static decode(bytes: Uint8Array): Registry | undefined {
    const state = decodeRegistry(bytes);
    return state === undefined ? undefined : new Registry(state);
  }

  /** The registry as bytes for a log snapshot. */
  encode(): Uint8Array {
    return encodeRegistry(this.state);
  }

  get configIndex(): number {
    return this.state.configIndex;
  }

  get confState(): ConfState {
    return this.state.confState;
  }

  /** Counts the membership snapshots of this cluster so far. */
  get sequence(): number {
    return this.state.sequence;
  }

  get nextId(): NodeId {
    return this.state.nextId;
  }

  get membership(): MembershipSnapshot {
    return toSnapshot(this.state.confState, this.state.configIndex);
  }

  /** Records of every node in the configuration, ascending by id. */
  members(): MemberRecord[] {
    return allNodes(this.state.confState).map(
      (id) => this.member(id) ?? { id, name: `n${id}`, address: "", uuid: "" },
    );
  }

  member(id: NodeId): MemberRecord | undefined {
    return this.state.members.get(id);
  }

  /** Index at which this id was removed; undefined if it was not. Not before the joint configuration in which it still votes was left. */
  retiredAt(id: NodeId): number | undefined {
    return this.state.confState.votersOutgoing.includes(id) ? undefined : this.state.retired.get(id);
  }

  token(
    tokenId: string,
  ):
    | { readonly id: NodeId; readonly key: string; readonly expires: number; readonly uuid: string }
    | undefined {
    return this.state.tokens.get(tokenId);
  }

  /** Oldest first, records with index > after. */
  history(after: number, limit: number): HistoryRecord[] {
    const { history } = this.state;
    const from = firstAfter(history, after);
    return withLists(history, from, Math.min(history.length, from + limit), this.recorded);
  }

  /** The lists of the configuration that came into force at `index`; undefined where the history does not have it (any more). */
  listsAt(index: number): Pick<MembershipSnapshot, "members" | "learners"> | undefined {
    return listsAt(this.state.history, index, this.recorded);
  }

  outcome(requestId: string): RequestOutcome {
    const known = this.state.outcomes.get(requestId);
    // A joint change counts as applied once it was left.
    if (known === undefined || this.state.jointRequest?.requestId === requestId) return { kind: "unknown" };
    return known;
  }

  /** What a request that was applied or rejected asked for, while the history has the record of its outcome. */
  changesOf(requestId: string): HistoryRecord["changes"] | undefined {
    const outcome = this.state.outcomes.get(requestId);
    if (outcome === undefined || outcome.kind === "closed") return undefined;
    return this.recordAt(outcome.index)?.changes;
  }

  /** The history has at most one record an index. */
  private recordAt(index: number): StoredRecord | undefined {
    const record = this.state.history[firstAfter(this.state.history, index - 1)];
    return record?.index === index ? record : undefined;
  }

  /** The configuration index a caller saw must still be in force. */
  fence(expectedIndex: number | null): ChangeRefusal | undefined {
    if (expectedIndex === null || expectedIndex === this.configIndex) return undefined;
    return { code: "fence-lost", membership: this.membership };
  }

  /** Whether `changes` make sense on the configuration in force. Needs no clock and no health, so it holds on every node alike. */
  judge(changes: readonly MemberChange[]): Judgement {
    if (isJoint(this.state.confState)) return { code: "change-in-progress", change: undefined };
    const twin = twinOf(changes);
    if (twin !== undefined) return twin;
    const seen = new Set<NodeId>();
    let idle = 0;
    for (const change of changes) {
      if (seen.has(change.id))
        return { code: "bad-input", detail: `Id ${change.id} stands in two changes of one request.` };
      seen.add(change.id);
      const verdict = this.judgeOne(change);
      if (verdict === "nothing-to-do") idle += 1;
      else if (verdict !== undefined) return verdict;
    }
    if (idle === changes.length) return "nothing-to-do";
    if (idle > 0)
      return {
        code: "already-member",
        detail: "One of the learners of this request is a learner already; leave it out.",
      };
    return undefined;
  }

  private judgeOne(change: MemberChange): Judgement {
    const voter = this.state.confState.voters.includes(change.id);
    const learner = this.state.confState.learners.includes(change.id);
    const name = this.member(change.id)?.name ?? `n${change.id}`;
    if (change.kind === "add-learner") return this.judgeAddition(change, voter, learner);
    if (!voter && !learner) return { code: "not-a-member", detail: `Id ${change.id} is not a member.` };
    if (change.kind === "promote" && voter)
      return { code: "not-a-learner", detail: `${name} is a voter already.` };
    if (change.kind === "demote" && learner)
      return { code: "not-a-voter", detail: `${name} is a learner already.` };
    return undefined;
  }

  private judgeAddition(
    change: Extract<MemberChange, { kind: "add-learner" }>,
    voter: boolean,
    learner: boolean,
  ): Judgement {
    if (change.id > EXPLICIT_ID_MAX && change.id >= this.nextId) {
      const detail = `Id ${change.id} is above ${EXPLICIT_ID_MAX}; those are kept for the counter. Next free: ${this.nextId}.`;
      return { code: "bad-input", detail };
    }
    const index = this.retiredAt(change.id);
    if (index !== undefined) return { code: "id-retired", id: change.id, index, nextFreeId: this.nextId };
    if (voter)
      return {
        code: "already-member",
        detail: `Id ${change.id} is a voter already. Next free: ${this.nextId}.`,
      };
    if (learner) {
      const address = this.member(change.id)?.address ?? "";
      if (address === change.address) return "nothing-to-do";
      return {
        code: "already-member",
        detail: `Id ${change.id} is a learner at ${address} already. Next free: ${this.nextId}.`,
      };
    }
    const holder = this.holderOf(this.ids.byAddress.get(change.address));
    if (holder !== undefined)
      return { code: "address-taken", detail: `${change.address} is the address of ${holder.name}.` };
    const namesake = this.holderOf(this.ids.byName.get(change.name));
    if (namesake !== undefined)
      return { code: "bad-input", detail: `The name ${change.name} is taken by id ${namesake.id}.` };
    return undefined;
  }

  /** The member under this id, while it is in the configuration. */
  private holderOf(id: NodeId | undefined): MemberRecord | undefined {
    if (id === undefined) return undefined;
    const { voters, votersOutgoing, learners } = this.state.confState;
    const inside = [voters, votersOutgoing, learners].some((list) => list.includes(id));
    return inside ? this.member(id) : undefined;
  }

  /**
   * Whether a committed change must be turned down, from what stands in the log alone. undefined: it may be applied. Checked again
   * here because between append and apply another leader may have committed something else.
   */
  rejection(context: ChangeContext): string | undefined {
    const known = this.state.outcomes.get(context.requestId);
    if (known !== undefined)
      return known.kind === "closed" ? "the request was closed" : "the request was answered before";
    if (this.fence(context.expectedIndex) !== undefined)
      return `the configuration moved on to index ${this.configIndex}`;
    const verdict = this.judge(context.changes);
    if (verdict === undefined) return undefined;
    if (verdict === "nothing-to-do") return "there is nothing to change";
    return "detail" in verdict ? verdict.detail : verdict.code;
  }

  /** Records that a committed change was turned down: nothing is published, the history says why. */
  reject(index: number, term: number, context: ChangeContext, reason: string): void {
    if (!this.state.outcomes.has(context.requestId))
      this.remember(context.requestId, { kind: "rejected", index, reason });
    this.recordChange(index, term, context, "rejected", reason);
  }

  /** Takes over the configuration that the core computed for a committed change. */
  applyChange(index: number, term: number, context: ChangeContext, confState: ConfState): void {
    for (const change of context.changes) {
      if (change.kind === "add-learner") {
        const { id, name, address } = change;
        this.state.members.set(id, { id, name, address, uuid: "" });
        this.index({ id, name, address, uuid: "" });
        this.state.nextId = Math.max(this.state.nextId, change.id + 1);
      } else if (change.kind === "remove") {
        this.state.retired.set(change.id, index);
      }
    }
    this.publish(confState, index);
    this.remember(context.requestId, { kind: "applied", index });
    if (isJoint(confState)) this.state.jointRequest = { requestId: context.requestId, index };
    this.recordChange(index, term, context, "applied", "");
  }

  /** Takes over the configuration after a joint one was left; returns the request that had entered it. */
  applyLeave(index: number, term: number, confState: ConfState): string | undefined {
    const entered = this.state.jointRequest;
    this.state.jointRequest = undefined;
    this.publish(confState, index);
    const requestId = entered?.requestId ?? "";
    if (entered !== undefined) this.remember(requestId, { kind: "applied", index });
    const origin = entered === undefined ? undefined : this.recordAt(entered.index);
    this.record({
      index,
      term,
      time: origin?.time ?? 0,
      kind: "leave-joint",
      changes: origin?.changes ?? [],
      actor: origin?.actor ?? "engine",
      requestId,
      outcome: "applied",
      reason: "",
      ...(origin?.forced === true ? { forced: true as const } : {}),
    });
    return entered?.requestId;
  }

  /** Carries out a command; deterministic. */
  applyCommand(index: number, term: number, command: RegistryCommand): CommandResult {
    switch (command.kind) {
      case "allocate-id": {
        const id = this.state.nextId;
        this.state.nextId += 1;
        return { kind: "id", id };
      }
      case "bind":
        return this.bind(command.id, command.uuid);
      case "close-request": {
        const known = this.outcome(command.requestId);
        if (known.kind !== "unknown") return { kind: "outcome", outcome: known };
        if (this.state.jointRequest?.requestId === command.requestId)
          return { kind: "outcome", outcome: known };
        this.remember(command.requestId, { kind: "closed" });
        return { kind: "outcome", outcome: { kind: "closed" } };
      }
      case "mint-token":
        return this.mintToken(command);
      case "redeem-token":
        return this.redeemToken(command);
      case "create-plan":
        return this.createPlan(command);
      case "set-plan":
        return this.setPlan(command);
      case "record-transfer": {
        const name = this.member(command.target)?.name ?? `n${command.target}`;
        this.record({
          index,
          term,
          time: command.time,
          kind: "transfer",
          changes: [{ kind: "promote", id: command.target, name }],
          actor: command.actor,
          requestId: command.requestId,
          outcome: "applied",
          reason: "",
        });
        return { kind: "done" };
      }
    }
  }

  /** Binds an id to the data directory that first spoke for it; another one is refused from then on. */
  private bind(id: NodeId, uuid: string): CommandResult {
    const member = this.member(id);
    if (member === undefined || this.retiredAt(id) !== undefined)
      return { kind: "refused", reason: `id ${id} is not a member` };
    if (member.uuid !== "" && member.uuid !== uuid)
      return { kind: "refused", reason: `id ${id} belongs to another data directory` };
    this.state.members.set(id, { ...member, uuid });
    return { kind: "done" };
  }

  private mintToken(command: Extract<RegistryCommand, { kind: "mint-token" }>): CommandResult {
    const oldest = this.state.tokens.keys().next();
    if (this.state.tokens.size >= TOKENS_MAX && oldest.done !== true) this.state.tokens.delete(oldest.value);
    this.state.tokens.set(command.tokenId, {
      id: command.id,
      key: command.key,
      expires: command.expires,
      uuid: "",
    });
    return { kind: "done" };
  }

  /** Single use: the first directory that redeems a token owns it; its repeats get the same answer, another's are refused. */
  private redeemToken(command: Extract<RegistryCommand, { kind: "redeem-token" }>): CommandResult {
    const token = this.state.tokens.get(command.tokenId);
    if (token === undefined) return { kind: "refused", reason: "the join token is not known here" };
    if (command.time > token.expires)
      return { kind: "refused", reason: "the join token has expired; ask for a new one" };
    if (token.uuid !== "" && token.uuid !== command.uuid)
      return { kind: "refused", reason: "the join token was used already" };
    const bound = this.bind(token.id, command.uuid);
    if (bound.kind === "refused") return bound;
    this.state.tokens.set(command.tokenId, { ...token, uuid: command.uuid });
    const member = this.member(token.id);
    return member === undefined
      ? { kind: "refused", reason: "not a member" }
      : { kind: "redeemed", id: token.id, member };
  }

  /** Guided plans, oldest first. */
  plans(): readonly GuidedPlan[] {
    return this.state.plans;
  }

  /** One plan at a time: two could want opposite things of the same voters. */
  private createPlan(command: Extract<RegistryCommand, { kind: "create-plan" }>): CommandResult {
    const { id, plan: kind, learner, target, actor, time, behind } = command;
    const { plans, confState } = this.state;
    if (plans.some((plan) => plan.id === id)) return { kind: "done" };
    const busy = plans.find(isUnfinished);
    if (busy !== undefined) return { kind: "refused", reason: `${busy.actor} has another one under way` };
    if (!confState.learners.includes(learner))
      return { kind: "refused", reason: `id ${learner} is not a learner` };
    if (kind === "replace" && (target === null || !allVoters(confState).includes(target))) {
      return { kind: "refused", reason: `id ${target} is not a voter` };
    }
    plans.push({
      id,
      kind,
      learner,
      target: target ?? undefined,
      actor,
      time,
      state: "running",
      reason: "",
      ...(behind === undefined ? {} : { behindAtStart: behind }),
    });
    if (plans.length > PLANS_MAX) plans.shift();
    return { kind: "done" };
  }

  private setPlan(command: Extract<RegistryCommand, { kind: "set-plan" }>): CommandResult {
    const { plans } = this.state;
    const at = plans.findIndex((plan) => plan.id === command.id);
    const plan = plans[at];
    if (plan === undefined) return { kind: "refused", reason: "there is no such plan" };
    if (!isUnfinished(plan)) return { kind: "refused", reason: `it is ${plan.state} already` };
    plans[at] = { ...plan, state: command.state, reason: command.reason };
    return { kind: "done" };
  }

  private publish(confState: ConfState, index: number): void {
    this.state.confState = confState;
    this.state.configIndex = index;
    this.state.sequence += 1;
  }

  private remember(requestId: string, outcome: Exclude<RequestOutcome, { kind: "unknown" }>): void {
    const { outcomes } = this.state;
    outcomes.set(requestId, outcome);
    const oldest = outcomes.keys().next();
    if (outcomes.size > OUTCOMES_MAX && oldest.done !== true) outcomes.delete(oldest.value);
  }

  private recordChange(
    index: number,
    term: number,
    context: ChangeContext,
    outcome: "applied" | "rejected",
    reason: string,
  ): void {
    const changes = context.changes.map((change) => ({
      kind: change.kind,
      id: change.id,
      name: change.kind === "add-learner" ? change.name : (this.member(change.id)?.name ?? `n${change.id}`),
    }));
    const { requestId, actor, time, forced } = context;
    const mark = forced === true ? { forced } : {};
    this.record({ index, term, time, kind: "change", changes, actor, requestId, outcome, reason, ...mark });
  }

  private record(record: Omit<StoredRecord, "members" | "learners" | "sequence">): void {
    const { history, confState, sequence } = this.state;
    const lists = listsOf(confState);
    history.push({ ...record, ...differenceOf(this.recorded, lists), sequence });
    this.recorded = lists;
    if (history.length > HISTORY_MAX) history.splice(0, history.length - HISTORY_MAX);
  }
}
