import type { Message, NodeId } from "../raft/types";

/** What a node says about itself when a connection opens; the other side checks it before anything else is read. */
export interface PeerIdentity {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /** The UUID of the node's data directory. */
  readonly uuid: string;
  /** host:port where this node listens for peers. */
  readonly address: string;
  /** URL of this node's console, or "" if it serves none. */
  readonly console: string;
}

/** The verdict on a peer's hello. A refusal is sent to the peer, as data, before the connection closes. */
export type PeerVerdict =
  | { readonly kind: "accept" }
  /** `by`: the request that removed it, where the peer still knows. */
  | { readonly kind: "removed"; readonly index: number; readonly by?: string | undefined }
  | { readonly kind: "refuse"; readonly reason: string };

/**
 * How a request to a peer ended when no answer came back. `unsent`: certainly not executed there (never written to a
 * socket, or the peer said that it did not take it). `unanswered`: it may have been executed.
 */
export type RequestFault = { readonly kind: "unsent" | "unanswered"; readonly detail: string };

/**
 * What the transport tells its node. All calls come from the event loop, never from inside a call into the transport.
 * Bytes handed over may share memory with others that arrived: copy what is kept for long. Messages own their bytes.
 */
export interface TransportHandler {
  /** Answers why no correct node says this, as a clause: the connection is then closed for it. */
  onMessage(from: NodeId, message: Message): string | undefined;
  /** A periodic report of a peer about itself (JSON bytes, at most 1 MiB). */
  onReport(from: NodeId, report: Uint8Array): void;
  /** A request of a peer, answered by calling `reply` once (JSON bytes). */
  onRequest(from: NodeId, body: Uint8Array, reply: (body: Uint8Array) => void): void;
  /** A request of a stranger that holds a join token and so cannot say hello yet. */
  onJoin(body: Uint8Array, reply: (body: Uint8Array) => void): void;
  /**
   * Decides on a peer, after its proof of the shared secret was found good; asked by both sides of every new connection,
   * and about every open one after setPeers().
   */
  judge(peer: PeerIdentity): PeerVerdict;
  /** A connection with this peer is open. Said for each direction, so usually twice. */
  onPeer(peer: PeerIdentity): void;
  /** A peer refused this node, at its hello or later. Never "accept"; "removed" only comes from a proven peer of this cluster. */
  onVerdict(from: NodeId, verdict: PeerVerdict): void;
  /** Messages to this peer are being lost: not connected, or its queue is full. Said at most once a heartbeat interval. */
  onUnreachable(id: NodeId): void;
  /** A "snap" message was handed to the peer's node (ok), or was not. A snapshot that a newer one replaced is not told of. */
  onSnapshotSent(id: NodeId, ok: boolean): void;
}

/** The network of one node. Sending never blocks and never fails: what cannot be sent is dropped and counted (Raft repeats). */
export interface Transport {
  /** host:port actually bound. */
  readonly address: string;
  start(handler: TransportHandler): void;
  /** The peers to keep connections to; others are closed. Changing an address reconnects. */
  setPeers(peers: ReadonlyMap<NodeId, string>): void;
  send(messages: readonly Message[]): void;
  /** `to`: the peers it goes to; everybody when absent. */
  sendReport(report: Uint8Array, to?: ReadonlySet<NodeId>): void;
  request(
    to: NodeId,
    body: Uint8Array,
    timeoutMs: number,
    done: (answer: Uint8Array | RequestFault) => void,
  ): void;
  /** Milliseconds since anything was read from this peer; undefined if never. */
  lastHeardMs(id: NodeId): number | undefined;
  close(): Promise<void>;
}
