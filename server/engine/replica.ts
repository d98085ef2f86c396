import type { Message, NodeId } from "../raft/types";
import type { PeerIdentity, PeerVerdict, Transport, TransportHandler } from "../transport/types";
import { allNodes, toConfiguration } from "./configuration";
import { DirectoryBinding } from "./directory_binding";
import { quorumGuard } from "./guard";
import { GuidedPlans } from "./guided_plans";
import { JoinTokens } from "./join_tokens";
import { LeaderDesk } from "./leader_desk";
import { type Applied, type Clock, Node, type NodeEvents, type NodeOptions, type NodePorts } from "./node";
import { encodeBody, parseBody, proposalKey, type RegistryCommand } from "./payload";
import { PeerReports } from "./peer_reports";
import { Reads } from "./reads";
import { Refusals } from "./refusals";
import type { CommandResult } from "./registry";
import { requestFault, withCanonicalAddresses } from "./request_check";
import { type LeaderAnswer, type LeaderRequest, leaderRequestSchema, PROPOSAL_BYTES_MAX } from "./requests";
import { changeKey, type SubmissionResult, Submissions } from "./submissions";
import { Transfers } from "./transfers";
import type {
  ChangeGuard,
  ChangeOptions,
  ChangeOutcome,
  ChangeRefusal,
  EngineStatus,
  GuidedPlan,
  HistoryRecord,
  JoinToken,
  LeaderInfo,
  MemberChange,
  PlanOutcome,
  ProposeOutcome,
  RequestOutcome,
} from "./types";

/** How long a request lasts when its caller does not say (ms). */
export const DEFAULT_TIMEOUT_MS = 10_000;
export interface ReplicaOptions extends NodeOptions {
  readonly name: string;
  readonly uuid: string;
  readonly clusterId: string;
  /** Peers to meet while the registry is still empty. */
  readonly contacts: ReadonlyMap<NodeId, string>;
  readonly guard: ChangeGuard | undefined;
  /** Handed to a node that redeems a join token; undefined where joining is not offered. */
  readonly secret: string | undefined;
  /** Milliseconds of one tick. */
  readonly tickMs: number;
}

export interface ReplicaPorts extends NodePorts {
  /** Random bytes for request ids, boot id and tokens. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * One node of a cluster over its ports: everything an engine does, without a file, a socket or a timer of its own. Time passes by
 * `tick()`. The simulator runs many of these in one process; EmbeddedEngine runs one over the real thing.
 */
export class Replica implements TransportHandler, NodeEvents {
  readonly node: Node;
  private readonly options: ReplicaOptions;
  private readonly ports: ReplicaPorts;
  private readonly clock: Clock;
  private readonly transport: Transport;
  private readonly desk: LeaderDesk;
  private readonly submissions: Submissions;
  private readonly reads: Reads;
  private readonly reports: PeerReports;
  private readonly refusals: Refusals;
  private readonly joinTokens: JoinTokens;
  private readonly guidedPlans: GuidedPlans;
  private readonly boot: Uint8Array;
  /** Whom the transport keeps connections to. */
  private peers: ReadonlyMap<NodeId, string> = new Map();
  /** Members that this node's log does not name yet, as after missing their addition: without an answer they could not lead it. */
  private readonly unknownMembers = new Set<NodeId>();
  private readonly directories: DirectoryBinding;
  /** Why each peer that refuses this node does so. */
  private readonly refusingPeers = new Map<NodeId, string>();
  private readonly transfers = new Transfers();
  private counter = 0;
  private ticks = 0;
  private lastLeaderTick = 0;
  private started = false;
  private closed = false;

  constructor(options: ReplicaOptions, ports: ReplicaPorts) {
    this.options = options;
    this.ports = ports;
    this.clock = ports.clock;
    this.transport = ports.transport;
    this.boot = ports.randomBytes(8);
    const onFailure = (message: string): void => {
      this.leaveNetwork();
      ports.onFailure(message);
    };
    this.node = new Node(options, { ...ports, onFailure }, this);
    this.desk = new LeaderDesk(this.node, this.clock, options.guard ?? quorumGuard, () => this.status());
    this.submissions = new Submissions(
      this.node,
      this.clock,
      (request) => this.offer(request),
      (to, body, timeoutMs, done) => this.transport.request(to, body, timeoutMs, done),
    );
    this.reads = new Reads(this.node, this.clock, this.boot);
    this.reports = new PeerReports(options.id, this.node, this.desk, this.transport, this.clock);
    this.refusals = new Refusals(options.id, this.clock);
    this.guidedPlans = new GuidedPlans(
      this.node,
      this.desk,
      () => this.status(),
      (command, timeoutMs) => this.command(command, timeoutMs),
    );
    this.directories = new DirectoryBinding(this.node, (command, timeoutMs) =>
      this.command(command, timeoutMs),
    );
    this.joinTokens = new JoinTokens(options, ports, this.node, (command, timeoutMs) =>
      this.command(command, timeoutMs),
    );
  }

  /** Opens the network: from here on the node takes part. */
  start(): void {
    this.started = true;
    this.transport.start(this);
    this.updatePeers();
  }

  /** One unit of time. All timers of the engine count these. */
  tick(): void {
    if (this.closed) return;
    this.ticks += 1;
    this.node.tick();
    if (this.node.leader.current.leader !== undefined) this.lastLeaderTick = this.ticks;
    this.submissions.tick();
    this.reads.tick();
    this.reports.tick();
    this.transfers.tick();
    this.directories.tick();
    this.guidedPlans.tick();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.submissions.close();
    this.reads.close();
    this.transfers.close();
    this.node.close();
  }

  setConsole(url: string): void {
    this.reports.setConsole(url);
  }

  /** Where this node serves d-engine's client interface. */
  setDEngineApi(address: string): void {
    this.reports.setDEngineApi(address);
  }

  // What the node tells.

  onApplied(applied: Applied): void {
    const { outcome } = applied;
    if (outcome.kind === "change-rejected" || (outcome.kind === "change-applied" && !outcome.joint))
      this.desk.finished(outcome.requestId);
    if (outcome.kind === "joint-left") this.desk.finished(outcome.requestId);
    if (outcome.kind === "change-rejected") this.refusals.rejected();
    this.submissions.onApplied(applied);
    this.reads.onApplied();
  }

  onInstalled(): void {
    this.submissions.onInstalled();
    this.reads.onApplied();
  }

  onConfiguration(): void {
    if (this.started) this.updatePeers();
  }

  onLeaderChanged(): void {
    if (!this.node.isLeader) this.desk.forget();
    this.transfers.onLeader(this.node.leader.current);
  }

  onReadState(context: Uint8Array, index: number): void {
    this.reads.onReadState(context, index);
  }

  /** A node that failed must not be taken for a healthy one because its process still answers. */
  private leaveNetwork(): void {
    this.peers = new Map();
    if (this.started && !this.closed) this.transport.setPeers(this.peers);
  }

  private updatePeers(): void {
    if (this.node.standing.kind === "failed") return;
    const { registry } = this.node;
    const peers = new Map<NodeId, string>();
    for (const member of registry.members()) peers.set(member.id, member.address);
    if (peers.size === 0 || this.node.standing.kind === "joining") {
      for (const [id, address] of this.options.contacts) if (!peers.has(id)) peers.set(id, address);
    }
    peers.delete(this.options.id);
    for (const [id, address] of peers) if (address === "") peers.delete(id);
    for (const id of this.unknownMembers) {
      const address = this.directories.hello(id)?.address;
      if (registry.member(id) !== undefined || address === undefined || registry.retiredAt(id) !== undefined)
        this.unknownMembers.delete(id);
      else peers.set(id, address);
    }
    this.peers = peers;
    this.transport.setPeers(peers);
    this.reports.keep(new Set([...peers.keys(), this.options.id]));
  }

  // What the network tells.

  onMessage(from: NodeId, message: Message): string | undefined {
    // A contact that no record names yet, too: once this node is a member, only its registry says who its peers are.
    if (this.isUnrecorded(from)) {
      this.unknownMembers.add(from);
      this.updatePeers();
    }
    return this.node.step(from, message);
  }

  private isUnrecorded(from: NodeId): boolean {
    if (this.unknownMembers.has(from) || this.node.registry.member(from) !== undefined) return false;
    return this.directories.hello(from) !== undefined;
  }

  onReport(from: NodeId, report: Uint8Array): void {
    this.reports.onReport(from, report);
  }

  onRequest(_from: NodeId, body: Uint8Array, reply: (body: Uint8Array) => void): void {
    const request = parseBody(leaderRequestSchema, body);
    const answer: LeaderAnswer =
      request === undefined
        ? {
            kind: "refused",
            refusal: { code: "bad-input", detail: "The leader could not read the request." },
          }
        : this.offer(request);
    reply(encodeBody(answer));
  }

  onJoin(body: Uint8Array, reply: (body: Uint8Array) => void): void {
    this.joinTokens.onJoin(body, reply);
  }

  judge(peer: PeerIdentity): PeerVerdict {
    const { registry, standing } = this.node;
    const index = registry.retiredAt(peer.nodeId);
    if (index !== undefined) return { kind: "removed", index };
    if (standing.kind === "failed") return { kind: "refuse", reason: "it has failed and takes part no more" };
    const bound = registry.member(peer.nodeId)?.uuid ?? "";
    if (bound === "" || bound === peer.uuid) return { kind: "accept" };
    return { kind: "refuse", reason: `id ${peer.nodeId} belongs to another data directory` };
  }

  onPeer(peer: PeerIdentity): void {
    this.directories.onPeer(peer);
    this.reports.onPeer(peer);
  }

  onVerdict(from: NodeId, verdict: PeerVerdict): void {
    if (verdict.kind === "removed") this.node.learnRemoval(verdict.index);
    else if (verdict.kind === "refuse") this.noteRefusal(from, verdict.reason);
  }

  /** A peer that refuses is dialled again and again; its reason is logged once. */
  private noteRefusal(from: NodeId, reason: string): void {
    if (this.refusingPeers.get(from) === reason) return;
    this.refusingPeers.set(from, reason);
    this.ports.log("warn", `n${from} refuses this node: ${reason}`);
  }

  onUnreachable(id: NodeId): void {
    if (this.node.running) this.node.use((raft) => raft.reportUnreachable(id));
  }

  onSnapshotSent(id: NodeId, ok: boolean): void {
    if (this.node.running) this.node.use((raft) => raft.reportSnapshot(id, ok ? "finish" : "failure"));
  }

  // What callers ask.

  private offer(request: LeaderRequest): LeaderAnswer {
    switch (request.kind) {
      case "change":
        return this.desk.change(request);
      case "command":
        return this.desk.command(request.key, request.command);
      case "proposal":
        return this.desk.application(request.key, request.data);
      case "transfer":
        return this.desk.transfer(
          request.target,
          request.seen === null
            ? undefined
            : { leader: request.seen.leader ?? undefined, term: request.seen.term },
        );
    }
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
    const request: LeaderRequest = {
      kind: "change",
      requestId,
      expectedIndex,
      actor,
      changes: canonical,
      ...force,
    };
    const fault = requestFault(request);
    if (fault !== undefined) return { kind: "refused", requestId, refusal: fault };
    const outcome = this.toOutcome(
      requestId,
      await this.submissions.submit(changeKey(requestId), request, timeoutMs),
    );
    if (outcome.kind === "refused") this.refusals.note(changes, requestId, actor, outcome.refusal, this.node);
    return outcome;
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

  private async command(command: RegistryCommand, timeoutMs: number): Promise<CommandResult | undefined> {
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

  mintJoinToken(id: NodeId, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<JoinToken | undefined> {
    return this.joinTokens.mint(id, timeoutMs);
  }

  recordRefusal(
    changes: readonly MemberChange[],
    { requestId, actor, reason }: { requestId: string; actor: string; reason: string },
  ): void {
    this.refusals.note(changes, requestId, actor, { code: "invalid-change", detail: reason }, this.node);
  }

  history(after: number, limit: number): readonly HistoryRecord[] {
    return this.refusals.merge(this.node.registry.history(after, limit), after, limit);
  }

  status(): EngineStatus {
    const status = this.statusWithoutPlans();
    return { ...status, plans: this.guidedPlans.describe(status) };
  }

  private statusWithoutPlans(): EngineStatus {
    const { node, options } = this;
    const { standing } = node;
    const leader = node.leader.current;
    const noLeaderForMs =
      leader.leader === undefined ? (this.ticks - this.lastLeaderTick) * options.tickMs : undefined;
    return {
      nodeId: options.id,
      name: node.registry.member(options.id)?.name ?? options.name,
      clusterId: options.clusterId,
      standing: standing.kind,
      removedAt: standing.kind === "removed" ? standing.index : undefined,
      failure: standing.kind === "failed" ? standing.message : undefined,
      isLeader: node.isLeader,
      leader,
      noLeaderForMs,
      membership: node.membership.current,
      sequence: node.publishedSequence,
      configuration: toConfiguration(node.registry.confState),
      members: node.registry.members(),
      ...this.reports.describe(),
      appliedIndex: node.appliedIndex,
      commitIndex: node.committedIndex,
      refusals: this.refusals.count,
      plans: [],
    };
  }

  /** Whether this node knows a leader and has applied an entry of the leader's term. */
  ready(): boolean {
    const { leader, term } = this.node.leader.current;
    return (
      leader !== undefined &&
      this.node.appliedTerm === term &&
      allNodes(this.node.registry.confState).length > 0
    );
  }
}
