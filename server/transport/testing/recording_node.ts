import { expect, vi } from "vitest";
import type { Message, MessageType, NodeId } from "../../raft/types";
import type { Clock } from "../clock";
import type { TransportLimits } from "../context";
import { TcpTransport } from "../tcp_transport";
import type { PeerIdentity, PeerVerdict, RequestFault, TransportHandler } from "../types";

export const TEST_CLUSTER = "5f0c7a52-cluster";
export const TEST_SECRET = Buffer.from("a secret of thirty-two bytes....");

/** How a node of a test differs from the plain one. */
export interface NodeOptions {
  readonly clock?: Clock;
  readonly port?: number;
  readonly clusterId?: string;
  readonly secret?: Uint8Array;
  readonly uuid?: string;
  readonly limits?: Partial<TransportLimits>;
  readonly judge?: (peer: PeerIdentity) => PeerVerdict;
  readonly onRequest?: TransportHandler["onRequest"];
  readonly onJoin?: TransportHandler["onJoin"];
  /** A string that it answers is why no correct node says this. */
  readonly onMessage?: (from: NodeId, message: Message) => unknown;
}

/** For tests: a real transport on loopback with a handler that writes down what it is told. */
export class RecordingNode {
  readonly id: NodeId;
  readonly transport: TcpTransport;
  readonly messages: Message[] = [];
  readonly reports: { readonly from: NodeId; readonly text: string }[] = [];
  readonly peers: PeerIdentity[] = [];
  readonly verdicts: { readonly from: NodeId; readonly verdict: PeerVerdict }[] = [];
  readonly unreachable: NodeId[] = [];
  readonly snapshots: { readonly id: NodeId; readonly ok: boolean }[] = [];
  readonly lines: string[];

  private constructor(id: NodeId, transport: TcpTransport, lines: string[]) {
    this.id = id;
    this.transport = transport;
    this.lines = lines;
  }

  static async start(id: NodeId, options: NodeOptions = {}): Promise<RecordingNode> {
    const lines: string[] = [];
    const transport = await TcpTransport.listen({
      host: "127.0.0.1",
      port: options.port ?? 0,
      log: (level, text) => lines.push(`${level}: ${text}`),
      random: () => 1,
      ...(options.clock && { clock: options.clock }),
      ...(options.limits && { limits: options.limits }),
    });
    if (!(transport instanceof TcpTransport)) throw new Error(transport.detail);
    const node = new RecordingNode(id, transport, lines);
    const identity = testIdentity(id, transport.address);
    const { clusterId = identity.clusterId, uuid = identity.uuid } = options;
    transport.setIdentity({ ...identity, clusterId, uuid }, options.secret ?? TEST_SECRET);
    transport.start(node.#handler(options));
    return node;
  }

  get address(): string {
    return this.transport.address;
  }

  get port(): number {
    return Number(this.address.split(":").at(-1));
  }

  isConnectedTo(id: NodeId): boolean {
    return this.transport.counters().peers.get(id)?.dialed ?? false;
  }

  request(to: NodeId, text: string, timeoutMs: number): Promise<string | RequestFault> {
    return new Promise((resolve) => {
      this.transport.request(to, Buffer.from(text), timeoutMs, (answer) =>
        resolve(answer instanceof Uint8Array ? Buffer.from(answer).toString() : answer),
      );
    });
  }

  #handler(options: NodeOptions): TransportHandler {
    return {
      onMessage: (from, message) => {
        this.messages.push(message);
        const said = options.onMessage?.(from, message);
        return typeof said === "string" ? said : undefined;
      },
      onReport: (from, report) => this.reports.push({ from, text: Buffer.from(report).toString() }),
      onRequest: options.onRequest ?? ((_from, body, reply) => reply(body)),
      onJoin: options.onJoin ?? ((body, reply) => reply(body)),
      judge: options.judge ?? (() => ({ kind: "accept" })),
      onPeer: (peer) => this.peers.push(peer),
      onVerdict: (from, verdict) => this.verdicts.push({ from, verdict }),
      onUnreachable: (peer) => this.unreachable.push(peer),
      onSnapshotSent: (peer, ok) => this.snapshots.push({ id: peer, ok }),
    };
  }
}

export function testIdentity(id: NodeId, address = "127.0.0.1:7000"): PeerIdentity {
  return { clusterId: TEST_CLUSTER, nodeId: id, uuid: `uuid-${id}`, address, console: "" };
}

/** Makes every node a peer of every other, and waits until all are connected, each way. */
export async function connectAll(...nodes: readonly RecordingNode[]): Promise<void> {
  const peers = new Map(nodes.map((node) => [node.id, node.address]));
  for (const node of nodes) node.transport.setPeers(peers);
  await eventually(() => {
    for (const node of nodes)
      for (const other of nodes) expect(node === other || node.isConnectedTo(other.id)).toBe(true);
  });
}

/** Waits for a condition; the timeout only says, a little before the test's own, which condition a hanging test waits for. */
export function eventually(condition: () => void): Promise<void> {
  return vi.waitFor(condition, { timeout: 200_000, interval: 2 });
}

export function testMessage(from: NodeId, to: NodeId, more: Partial<Message> = {}): Message {
  const type: MessageType = "heartbeat";
  return {
    type,
    to,
    from,
    term: 1,
    logTerm: 0,
    index: 0,
    entries: [],
    commit: 0,
    vote: 0,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: [],
    ...more,
  };
}

export function testSnapshot(from: NodeId, to: NodeId, data: Uint8Array, index = 10, term = 1): Message {
  const confState = {
    voters: [from, to],
    learners: [],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
  return testMessage(from, to, {
    type: "snap",
    term,
    snapshot: { metadata: { confState, index, term: 1 }, data },
  });
}
