import type { Message, NodeId } from "../raft/types";
import type { PeerIdentity, PeerVerdict, Transport, TransportHandler } from "../transport/types";
import { CallerDesk, DEFAULT_TIMEOUT_MS } from "./caller_desk";
import { allNodes, toConfiguration } from "./configuration";
import { DirectoryBinding } from "./directory_binding";
import { quorumGuard } from "./guard";
import { GuidedPlans } from "./guided_plans";
import { JoinTokens } from "./join_tokens";
import { LeaderDesk } from "./leader_desk";
import { Node } from "./node";
import type { Applied, NodeEvents, NodeOptions, NodePorts } from "./node_ports";
import { encodeBody, parseBody } from "./payload";
import { PeerReports } from "./peer_reports";
import { Peers } from "./peers";
import { Refusals } from "./refusals";
import { type LeaderAnswer, leaderRequestSchema } from "./requests";
import type { ChangeGuard, EngineStatus, HistoryRecord, JoinToken, MemberChange } from "./types";

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
  private readonly transport: Transport;
  private readonly desk: LeaderDesk;
  private readonly callers: CallerDesk;
  private readonly reports: PeerReports;
  private readonly refusals: Refusals;
  private readonly joinTokens: JoinTokens;
  private readonly guidedPlans: GuidedPlans;
  private readonly directories: DirectoryBinding;
  private readonly peers: Peers;
  private ticks = 0;
  private lastLeaderTick = 0;
  private started = false;
  private closed = false;

  constructor(options: ReplicaOptions, ports: ReplicaPorts) {
    this.options = options;
    const { clock, transport } = ports;
    this.transport = transport;
    const boot = ports.randomBytes(8);
    const onFailure = (message: string): void => {
      if (this.started && !this.closed) this.peers.leave();
      ports.onFailure(message);
    };
    this.node = new Node(options, { ...ports, onFailure }, this);
    this.desk = new LeaderDesk(this.node, clock, options.guard ?? quorumGuard, () => this.status());
    this.reports = new PeerReports(options.id, this.node, this.desk, transport, clock);
    this.refusals = new Refusals(options.id, clock);
    this.callers = new CallerDesk(this.node, this.desk, { ...ports, boot }, this.refusals, () =>
      this.status(),
    );
    const command: CallerDesk["command"] = (...asked) => this.callers.command(...asked);
    this.guidedPlans = new GuidedPlans(this.node, this.desk, () => this.status(), command);
    this.directories = new DirectoryBinding(this.node, command);
    this.peers = new Peers(options, this.node, this.directories, transport, ports.log);
    this.joinTokens = new JoinTokens(options, ports, this.node, command);
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
    this.callers.tick();
    this.reports.tick();
    this.directories.tick();
    this.guidedPlans.tick();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.callers.close();
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
    this.callers.onApplied(applied);
  }

  onInstalled(): void {
    this.callers.onInstalled();
  }

  onConfiguration(): void {
    if (this.started) this.updatePeers();
  }

  onLeaderChanged(): void {
    if (!this.node.isLeader) this.desk.forget();
    this.callers.onLeader(this.node.leader.current);
  }

  onReadState(context: Uint8Array, index: number): void {
    this.callers.onReadState(context, index);
  }

  private updatePeers(): void {
    if (this.node.standing.kind === "failed") return;
    this.peers.update();
    this.reports.keep(new Set([...this.peers.ids, this.options.id]));
  }

  // What the network tells.

  onMessage(from: NodeId, message: Message): string | undefined {
    // A contact that no record names yet, too: once this node is a member, only its registry says who its peers are.
    if (this.peers.meets(from)) this.updatePeers();
    return this.node.step(from, message);
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
        : this.desk.answer(request);
    reply(encodeBody(answer));
  }

  onJoin(body: Uint8Array, reply: (body: Uint8Array) => void): void {
    this.joinTokens.onJoin(body, reply);
  }

  judge(peer: PeerIdentity): PeerVerdict {
    return this.peers.judge(peer);
  }

  onPeer(peer: PeerIdentity): void {
    this.directories.onPeer(peer);
    this.reports.onPeer(peer);
  }

  onVerdict(from: NodeId, verdict: PeerVerdict): void {
    if (verdict.kind === "removed") this.node.learnRemoval(verdict.index, verdict.by);
    else if (verdict.kind === "refuse") this.peers.noteRefusal(from, verdict.reason);
  }

  onUnreachable(id: NodeId): void {
    if (this.node.running) this.node.use((raft) => raft.reportUnreachable(id));
  }

  onSnapshotSent(id: NodeId, ok: boolean): void {
    if (this.node.running) this.node.use((raft) => raft.reportSnapshot(id, ok ? "finish" : "failure"));
  }

  // What callers ask.

  readonly change: CallerDesk["change"] = (...asked) => this.callers.change(...asked);
  readonly transfer: CallerDesk["transfer"] = (...asked) => this.callers.transfer(...asked);
  readonly propose: CallerDesk["propose"] = (...asked) => this.callers.propose(...asked);
  readonly readIndex: CallerDesk["readIndex"] = (...asked) => this.callers.readIndex(...asked);
  readonly requestOutcome: CallerDesk["requestOutcome"] = (...asked) => this.callers.requestOutcome(...asked);
  readonly settleRequest: CallerDesk["settleRequest"] = (...asked) => this.callers.settleRequest(...asked);
  readonly allocateId: CallerDesk["allocateId"] = (...asked) => this.callers.allocateId(...asked);
  readonly createPlan: CallerDesk["createPlan"] = (...asked) => this.callers.createPlan(...asked);
  readonly steerPlan: CallerDesk["steerPlan"] = (...asked) => this.callers.steerPlan(...asked);

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
