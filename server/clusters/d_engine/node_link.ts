import { Code, createClient } from "@connectrpc/connect";
import { RaftClientService } from "../../rpc/generated/d_engine_client_pb";
import { ClusterManagementService, type JoinRequest } from "../../rpc/generated/d_engine_cluster_pb";
import { Health } from "../../rpc/generated/grpc_health_pb";
import { openGrpcChannel } from "../../rpc/grpc_channel";
import type { ChannelTls } from "../../rpc/tls";
import { backoffMs } from "../../transport/backoff";
import type { Timers } from "../timers";
import { nodeAddress } from "./address";
import { type NodeFault, nodeFaultOf } from "./node_fault";
import type { NodeView } from "./node_views";
import { PROBE_EVERY_MS, PROBE_TIMEOUT_MS } from "./options";

/** What a voter tells of the cluster's nodes. */
export interface NodeRecord {
  readonly id: number;
  readonly address: string;
  /** 1 promotable, 2 read-only, 3 active. */
  readonly status: number;
}

/** A voter's answer about the cluster, and when it came (ms on the console's clock). */
export interface Metadata {
  readonly nodes: readonly NodeRecord[];
  readonly leader: number | undefined;
  readonly at: number;
}

export interface NodeLinkOptions {
  /** host:port; also the node's key. */
  readonly address: string;
  readonly secure: boolean;
  readonly tls: ChannelTls | undefined;
  readonly timers: Timers;
  readonly random: () => number;
  /** A frame of the node's membership stream. */
  readonly viewed: (view: NodeView) => void;
  /** Something about the node was learned. */
  readonly changed: () => void;
}

/** A learner is asked for metadata every so many probes only: it refuses, and logs an error every time. */
const LEARNER_METADATA_EVERY = 10;
/** What this console calls itself to d-engine, which only logs it. */
const CLIENT_ID = 1;

/** One node: its membership stream, kept open, and a probe every second for its health, its leader and what it knows of the others. */
export class NodeLink {
  readonly address: string;
  /** Which node this is; found by its address in the metadata. */
  id: number | undefined;
  metadata: Metadata | undefined;
  /** Term in which it said that it leads, and when. */
  claim: { readonly term: number; readonly at: number } | undefined;
  /** When it last answered anything as one that takes part; ms on the console's clock. */
  answeredAt: number | undefined;
  /** Since when it has answered without a gap. */
  answeringSince: number | undefined;
  /** Why the last probe failed. */
  fault: NodeFault | undefined;
  /** When the first probe ended, however it did. */
  probed = false;
  /** Whether its membership stream is open, and when its view was last known to be its newest; ms on the console's clock. */
  streaming = false;
  viewedAt: number | undefined;
  private isLearner = false;
  private probes = 0;
  private readonly options: NodeLinkOptions;
  private readonly channel: ReturnType<typeof openGrpcChannel>;
  private readonly cluster;
  private readonly client;
  private readonly health;
  private readonly ended = new AbortController();

  constructor(options: NodeLinkOptions) {
    this.options = options;
    this.address = options.address;
    const url = `${options.secure ? "https" : "http"}://${options.address}`;
    this.channel = openGrpcChannel(url, { tls: options.tls });
    this.cluster = createClient(ClusterManagementService, this.channel.transport);
    this.client = createClient(RaftClientService, this.channel.transport);
    this.health = createClient(Health, this.channel.transport);
    void this.follow();
    void this.keepProbing();
  }

  /** Asks this node to add a learner. Only the leader does. Throws what `nodeFaultOf` reads. */
  joinCluster(request: Pick<JoinRequest, "nodeId" | "nodeRole" | "address" | "status">, timeoutMs: number) {
    return this.cluster.joinCluster(request, { timeoutMs, signal: this.ended.signal });
  }

  /** Asks for the cluster's nodes now. Throws what `nodeFaultOf` reads. */
  async readMetadata(timeoutMs = PROBE_TIMEOUT_MS): Promise<Metadata> {
    const answer = await this.cluster.getClusterMetadata({}, { timeoutMs, signal: this.ended.signal });
    const nodes = answer.nodes.map(({ id, address, status }) => ({ id, address, status }));
    this.metadata = { nodes, leader: answer.currentLeaderId || undefined, at: this.options.timers.now() };
    return this.metadata;
  }

  /** Asks whether this node leads; answers the term, or undefined where it does not. Throws where it does not answer. */
  async readTerm(): Promise<number | undefined> {
    this.claim = await this.askWhetherItLeads();
    return this.claim?.term;
  }

  /** What it said before stands until it answers: meanwhile a deposed leader that still claims to lead must not count. */
  private async askWhetherItLeads(): Promise<NodeLink["claim"]> {
    try {
      const asked = { nodeId: 0, requesterAddress: "" };
      const within = { timeoutMs: PROBE_TIMEOUT_MS, signal: this.ended.signal };
      const answer = await this.cluster.discoverLeader(asked, within);
      // d-engine's followers refuse; other servers of this interface name the leader they follow.
      const leads =
        this.id === undefined
          ? nodeAddress(answer.leaderAddress) === this.address
          : answer.leaderId === this.id;
      return leads ? { term: Number(answer.term), at: this.options.timers.now() } : undefined;
    } catch (thrown) {
      if (nodeFaultOf(thrown).kind !== "refused") throw thrown;
      return undefined;
    }
  }

  close(): void {
    this.ended.abort();
    this.channel.reset();
  }

  private async follow(): Promise<void> {
    const { timers, random, viewed } = this.options;
    for (let attempt = 0; !this.ended.signal.aborted; attempt += 1) {
      try {
        const stream = this.client.watchMembership({ clientId: CLIENT_ID }, { signal: this.ended.signal });
        for await (const { members, learners, committedIndex } of stream) {
          attempt = 0;
          this.streaming = true;
          this.viewedAt = timers.now();
          viewed({
            members: ascending(members),
            learners: ascending(learners),
            committedIndex: Number(committedIndex),
          });
        }
      } catch {
        // Whether the node is there and why not is the probe's to say.
      }
      this.streaming = false;
      await pause(backoffMs(attempt, random()), timers, this.ended.signal);
    }
  }

  private async keepProbing(): Promise<void> {
    const { timers, changed } = this.options;
    while (!this.ended.signal.aborted) {
      const began = timers.now();
      await this.probe();
      this.probed = true;
      if (this.ended.signal.aborted) return;
      changed();
      await pause(Math.max(0, began + PROBE_EVERY_MS - timers.now()), timers, this.ended.signal);
    }
  }

  private async probe(): Promise<void> {
    try {
      const turn = this.probes++;
      if (this.isLearner && turn % LEARNER_METADATA_EVERY !== 0) {
        await this.health.check({}, { timeoutMs: PROBE_TIMEOUT_MS, signal: this.ended.signal });
      } else {
        const { leader } = await this.readMetadata();
        this.isLearner = false;
        if (leader !== undefined && leader === this.id) await this.readTerm();
        else this.claim = undefined;
      }
      this.answered();
    } catch (thrown) {
      this.failed(nodeFaultOf(thrown));
    }
  }

  private answered(): void {
    this.answeredAt = this.options.timers.now();
    this.answeringSince ??= this.answeredAt;
    if (this.streaming) this.viewedAt = this.answeredAt;
    this.fault = undefined;
  }

  private failed(fault: NodeFault): void {
    if (fault.code === Code.PermissionDenied) {
      this.isLearner = true;
      this.metadata = undefined;
      this.claim = undefined;
      this.answered();
      return;
    }
    this.fault = fault;
    this.answeringSince = undefined;
    this.claim = undefined;
  }
}

function ascending(ids: readonly number[]): number[] {
  return [...ids].sort((a, b) => a - b);
}

function pause(ms: number, timers: Timers, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) return resolve();
    const cancel = timers.after(ms, done);
    function done() {
      cancel();
      ended.removeEventListener("abort", done);
      resolve();
    }
    ended.addEventListener("abort", done);
  });
}
