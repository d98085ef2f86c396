import type { ConfState, NodeId } from "../raft/types";
import { type Judgement, judgeChanges } from "./change_rules";
import { allNodes, emptyConfState, isJoint, toSnapshot } from "./configuration";
import type { ChangeContext, CommandResult, RegistryCommand } from "./payload";
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
import { createPlan, setPlan } from "./registry_plans";
import { bindDirectory, mintToken, redeemToken } from "./registry_tokens";
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

  /** The request that changed the configuration at `index`; undefined where the history does not have it (any more). */
  requestAt(index: number): string | undefined {
    const record = this.state.history[firstAfter(this.state.history, index - 1)];
    if (record?.index !== index || record.outcome !== "applied") return undefined;
    return record.requestId || undefined;
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

  /** Whether `changes` make sense on the configuration in force: the same on every node. */
  judge(changes: readonly MemberChange[]): Judgement {
    return judgeChanges(this, changes);
  }

  /** Who has this address, while it is in the configuration. */
  holderOfAddress(address: string): MemberRecord | undefined {
    return this.holder(this.ids.byAddress.get(address));
  }

  /** Who has this name, while it is in the configuration. */
  holderOfName(name: string): MemberRecord | undefined {
    return this.holder(this.ids.byName.get(name));
  }

  private holder(id: NodeId | undefined): MemberRecord | undefined {
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
        return bindDirectory(this.state, this, command.id, command.uuid);
      case "close-request": {
        const known = this.outcome(command.requestId);
        if (known.kind !== "unknown") return { kind: "outcome", outcome: known };
        if (this.state.jointRequest?.requestId === command.requestId)
          return { kind: "outcome", outcome: known };
        this.remember(command.requestId, { kind: "closed" });
        return { kind: "outcome", outcome: { kind: "closed" } };
      }
      case "mint-token":
        return mintToken(this.state, command);
      case "redeem-token":
        return redeemToken(this.state, this, command);
      case "create-plan":
        return createPlan(this.state, command);
      case "set-plan":
        return setPlan(this.state, command);
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

  /** Guided plans, oldest first. */
  plans(): readonly GuidedPlan[] {
    return this.state.plans;
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
