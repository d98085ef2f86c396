import type { NodeId } from "../raft/types";
import type { Replica } from "./replica";
import type {
  ChangeOptions,
  ChangeOutcome,
  Engine,
  EngineStatus,
  GuidedPlan,
  HistoryRecord,
  JoinToken,
  LeaderInfo,
  MemberChange,
  MembershipSnapshot,
  PlanOutcome,
  ProposeOutcome,
  Receiver,
  RequestOutcome,
} from "./types";

/** The engine's contract over one replica, whatever drives that: a real disk, network and clock, or those of a test. */
export abstract class ReplicaEngine implements Engine {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  private readonly driven: Replica;

  /** @internal */
  protected constructor(nodeId: NodeId, clusterId: string, replica: Replica) {
    this.nodeId = nodeId;
    this.clusterId = clusterId;
    this.driven = replica;
  }

  abstract stop(): Promise<void>;

  /** Whether `stop` was called. */
  protected abstract get stopped(): boolean;

  async waitReady(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    while (!this.driven.ready()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || this.stopped) return false;
      await new Promise((resolve) => setTimeout(resolve, Math.min(20, leftMs)));
    }
    return true;
  }

  watchMembership(): Receiver<MembershipSnapshot> {
    return this.driven.node.membership.subscribe();
  }

  leaderChanges(): Receiver<LeaderInfo> {
    return this.driven.node.leader.subscribe();
  }

  leaderInfo(): LeaderInfo {
    return this.driven.node.leader.current;
  }

  isLeader(): boolean {
    return this.driven.node.isLeader;
  }

  status(): EngineStatus {
    return this.driven.status();
  }

  addLearner(
    learner: { readonly id: NodeId; readonly address: string; readonly name?: string },
    options?: ChangeOptions,
  ): Promise<ChangeOutcome> {
    const { id, address, name = `n${id}` } = learner;
    return this.changeMembership([{ kind: "add-learner", id, address, name }], options);
  }

  promote(id: NodeId, options?: ChangeOptions): Promise<ChangeOutcome> {
    return this.changeMembership([{ kind: "promote", id }], options);
  }

  demote(id: NodeId, options?: ChangeOptions): Promise<ChangeOutcome> {
    return this.changeMembership([{ kind: "demote", id }], options);
  }

  removeNode(id: NodeId, options?: ChangeOptions): Promise<ChangeOutcome> {
    return this.changeMembership([{ kind: "remove", id }], options);
  }

  changeMembership(changes: readonly MemberChange[], options?: ChangeOptions): Promise<ChangeOutcome> {
    return this.driven.change(changes, options);
  }

  transferLeadership(
    target: NodeId,
    options?: {
      readonly seen?: LeaderInfo;
      readonly actor?: string;
      readonly requestId?: string;
      readonly timeoutMs?: number;
    },
  ): Promise<ChangeOutcome> {
    return this.driven.transfer(target, options);
  }

  propose(data: Uint8Array, options: { readonly timeoutMs?: number } = {}): Promise<ProposeOutcome> {
    return this.driven.propose(data, options.timeoutMs);
  }

  readIndex(timeoutMs?: number): Promise<number | undefined> {
    return this.driven.readIndex(timeoutMs);
  }

  requestOutcome(requestId: string, timeoutMs?: number): Promise<RequestOutcome | undefined> {
    return this.driven.requestOutcome(requestId, timeoutMs);
  }

  settleRequest(requestId: string, timeoutMs?: number): Promise<RequestOutcome | undefined> {
    return this.driven.settleRequest(requestId, timeoutMs);
  }

  allocateId(timeoutMs?: number): Promise<NodeId | undefined> {
    return this.driven.allocateId(timeoutMs);
  }

  nextId(): NodeId {
    return this.driven.node.registry.nextId;
  }

  removedAt(id: NodeId): number | undefined {
    return this.driven.node.registry.retiredAt(id);
  }

  mintJoinToken(id: NodeId, timeoutMs?: number): Promise<JoinToken | undefined> {
    return this.driven.mintJoinToken(id, timeoutMs);
  }

  createPlan(
    plan: Pick<GuidedPlan, "id" | "kind" | "learner" | "target" | "actor">,
    timeoutMs?: number,
  ): Promise<PlanOutcome> {
    return this.driven.createPlan(plan, timeoutMs);
  }

  steerPlan(id: string, state: "running" | "paused" | "stopped", timeoutMs?: number): Promise<PlanOutcome> {
    return this.driven.steerPlan(id, state, timeoutMs);
  }

  recordRefusal(...attempt: Parameters<Engine["recordRefusal"]>): void {
    this.driven.recordRefusal(...attempt);
  }

  history(after: number, limit: number): readonly HistoryRecord[] {
    return this.driven.history(after, limit);
  }
}
