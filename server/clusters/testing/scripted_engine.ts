import type {
  ChangeOptions,
  ChangeOutcome,
  Engine,
  EngineStatus,
  HistoryRecord,
  LeaderInfo,
  MemberChange,
  RequestOutcome,
} from "../../engine/types";
import { Watch } from "../../engine/watch";
import type { NodeId } from "../../raft/types";
import { engineStatus } from "./engine_status";

const nothing = () => {
  throw new Error("not part of this test");
};

/** An engine that answers as a test says, for tests of what happens around a proposal. */
export class ScriptedEngine implements Engine {
  readonly nodeId = 1;
  readonly clusterId = "0f8fad5b";
  readonly calls: string[] = [];
  current: EngineStatus = engineStatus();
  /** How the next change ends; never answered where undefined is returned by `pending`. */
  ending: (options: ChangeOptions) => ChangeOutcome | Promise<ChangeOutcome> = (options) =>
    this.applied(options);
  outcome: RequestOutcome | undefined = { kind: "unknown" };
  settled: RequestOutcome | undefined = { kind: "closed" };
  allocated: number | undefined = 4;
  token: { token: string; expiresInMs: number } | undefined = {
    token: "rollcall1.aa.bb",
    expiresInMs: 900_000,
  };
  private readonly memberships = new Watch(this.current.membership);
  private readonly leaders = new Watch<LeaderInfo>(this.current.leader);

  applied(options: ChangeOptions): ChangeOutcome {
    const requestId = options.requestId ?? "";
    const { membership } = this.current;
    return { kind: "applied", requestId, index: membership.committedIndex, membership, changed: true };
  }

  async addLearner(
    learner: { readonly id: number; readonly address: string; readonly name?: string },
    options: ChangeOptions = {},
  ): Promise<ChangeOutcome> {
    this.calls.push(`add ${learner.id} ${learner.name} ${learner.address} within ${options.timeoutMs}`);
    return this.ending(options);
  }

  async changeMembership(changes: readonly { kind: string; id: number }[], options: ChangeOptions = {}) {
    this.calls.push(changes.map((change) => `${change.kind} ${change.id}`).join(", "));
    return this.ending(options);
  }

  async requestOutcome(): Promise<RequestOutcome | undefined> {
    return this.outcome;
  }

  async settleRequest(): Promise<RequestOutcome | undefined> {
    return this.settled;
  }

  async allocateId(): Promise<number | undefined> {
    this.calls.push("allocate");
    return this.allocated;
  }

  async mintJoinToken(id: number) {
    this.calls.push(`mint ${id}`);
    return this.token;
  }

  nextId(): number {
    return 4;
  }

  status(): EngineStatus {
    return this.current;
  }

  /** Publishes another status, and the membership in it. */
  tell(change: Partial<EngineStatus>): void {
    this.current = { ...this.current, ...change };
    this.memberships.send(this.current.membership);
  }

  watchMembership() {
    return this.memberships.subscribe();
  }

  leaderChanges() {
    return this.leaders.subscribe();
  }

  leaderInfo(): LeaderInfo {
    return this.current.leader;
  }

  recordRefusal(changes: readonly MemberChange[], { reason }: { readonly reason: string }): void {
    for (const { kind, id } of changes) this.calls.push(`refused ${kind} ${id}: ${reason}`);
  }

  records: readonly HistoryRecord[] = [];

  history() {
    return this.records;
  }

  removedAt(id: NodeId) {
    const removal = ({ changes }: HistoryRecord) =>
      changes.some((one) => one.kind === "remove" && one.id === id);
    return this.records.find(removal)?.index;
  }

  isLeader = () => true;
  waitReady = nothing;
  promote = nothing;
  demote = nothing;
  removeNode = nothing;
  transferLeadership = nothing;
  propose = nothing;
  readIndex = nothing;
  createPlan = nothing;
  steerPlan = nothing;
  stop = nothing;
}
