import { encodeMessage } from "../raft/codec";
import type { Message } from "../raft/types";
import { type Closure, malformed } from "./closure";
import { SILENT_TICKS_MAX, SNAPSHOT_IDLE_TICKS_MAX, type TransportContext } from "./context";
import type { DropReason } from "./counters";
import { FRAME_HEADER_BYTES, FrameKind, MESSAGE_BYTES_MAX, outFrame, REPORT_BYTES_MAX } from "./frame";
import type { FramedSocket, SocketOwner } from "./framed_socket";
import type { Session } from "./handshake";
import { describeVerdict } from "./identity";
import { travels } from "./message_gate";
import { type RequestDone, RequestLedger, unsent } from "./request_ledger";
import { SnapshotSender } from "./snapshot_sender";
import type { PeerIdentity } from "./types";

const KINDS: ReadonlySet<FrameKind> = new Set([
  FrameKind.pong,
  FrameKind.reply,
  FrameKind.snapshotAck,
  FrameKind.verdict,
]);

/** An open connection that this node dialed: its messages, reports, requests and snapshots go out here. */
export class DialedSession implements SocketOwner {
  readonly peer: PeerIdentity;
  readonly #socket: FramedSocket;
  readonly #session: Session;
  readonly #context: TransportContext;
  readonly #requests: RequestLedger;
  readonly #snapshots: SnapshotSender;
  readonly #onGone: (closure: Closure) => void;

  constructor(
    socket: FramedSocket,
    peer: PeerIdentity,
    session: Session,
    context: TransportContext,
    onGone: (closure: Closure) => void,
  ) {
    this.peer = peer;
    this.#socket = socket;
    this.#session = session;
    this.#context = context;
    this.#onGone = onGone;
    this.#requests = new RequestLedger(context.clock, context.limits.requestsMax);
    this.#snapshots = new SnapshotSender(context.limits.snapshotBytesMax);
    socket.bulk = this.#snapshots;
    socket.owner = this;
  }

  readonly allows = (kind: FrameKind): boolean => KINDS.has(kind);

  readonly onFrame = (kind: FrameKind, payload: Buffer): Closure | undefined => {
    if (kind === FrameKind.reply) return this.#requests.settle(payload) ? undefined : malformed("a reply");
    if (kind === FrameKind.snapshotAck) return this.#onAck(payload);
    if (kind === FrameKind.verdict) return this.#onVerdict(payload);
    return undefined;
  };

  onHeard(): void {
    this.#context.heard(this.peer.nodeId);
  }

  onClosed(closure: Closure): void {
    this.#context.later(() => this.#requests.failAll(`the connection was lost: ${closure.detail}`));
    if (this.#snapshots.isActive) this.#tellSnapshot(false);
    this.#onGone(closure);
  }

  /** Sends a message; undefined, or why it was dropped. */
  send(message: Message): DropReason | undefined {
    if (!travels(message)) return "local";
    if (message.type === "snap") return this.#sendSnapshot(message);
    // A queue that is full is the case that must stay cheap: do not encode for it.
    if (this.#socket.isFull(FRAME_HEADER_BYTES)) return "queue-full";
    const bytes = encodeMessage(message);
    if (bytes.length > MESSAGE_BYTES_MAX) return "too-large";
    return this.#socket.send(outFrame(FrameKind.message, bytes)) ? undefined : "queue-full";
  }

  sendReport(report: Uint8Array): DropReason | undefined {
    if (report.length > REPORT_BYTES_MAX) return "too-large";
    return this.#socket.sendReport(outFrame(FrameKind.report, report)) ? "superseded" : undefined;
  }

  request(body: Uint8Array, timeoutMs: number, done: RequestDone): void {
    const opened = this.#requests.open(body, timeoutMs, done);
    if (!("fate" in opened)) {
      this.#context.later(() => done(opened));
    } else if (!this.#socket.send(opened)) {
      this.#requests.abandon();
      this.#context.later(() => done(unsent("the queue to the peer is full")));
    }
  }

  /** A second has passed: asks for a sign of life, and gives up a peer that gave none. */
  tick(): void {
    this.#socket.silentTicks++;
    if (this.#socket.silentTicks > SILENT_TICKS_MAX) {
      this.#socket.close({ code: "silent", detail: `nothing read for ${SILENT_TICKS_MAX} s` });
      return;
    }
    if (this.#snapshots.tick() > SNAPSHOT_IDLE_TICKS_MAX) {
      const detail = `a snapshot not acknowledged for ${SNAPSHOT_IDLE_TICKS_MAX} s`;
      this.#socket.close({ code: "stuck-snapshot", detail });
      return;
    }
    this.#socket.sendUrgent(outFrame(FrameKind.ping));
  }

  /** The verdict to say, and then close with, if the peer is no longer accepted. */
  judgeAgain(graceMs: number): void {
    const verdict = this.#context.handler.judge(this.peer);
    if (verdict.kind === "accept") return;
    this.#socket.sendUrgent(this.#session.signVerdict(verdict));
    const detail = `refused: ${describeVerdict(verdict)}`;
    this.#socket.finish({ code: "refused-peer", detail }, graceMs);
  }

  #sendSnapshot(message: Message): DropReason | undefined {
    const offer = this.#snapshots.offer(message);
    if (offer === "taken") this.#socket.pump();
    return offer === "taken" ? undefined : offer;
  }

  #onAck(payload: Buffer): Closure | undefined {
    const outcome = this.#snapshots.acknowledge(payload);
    if (outcome === "invalid") return malformed("an acknowledgement of a snapshot");
    if (outcome === "progress") this.#socket.pump();
    if (outcome === "complete" || outcome === "refused") this.#tellSnapshot(outcome === "complete");
    return undefined;
  }

  #onVerdict(payload: Buffer): Closure | undefined {
    const signed = this.#session.checkVerdict(payload);
    if (signed === undefined || signed.verdict.kind === "accept")
      return malformed("a verdict that is not the peer's");
    this.#context.handler.onVerdict(this.peer.nodeId, signed.verdict);
    return { code: "refused-by-peer", detail: `refused by it: ${describeVerdict(signed.verdict)}` };
  }

  #tellSnapshot(ok: boolean): void {
    const { tally, tell } = this.#context;
    if (ok) tally.snapshotsSent++;
    else tally.snapshotsFailed++;
    tell((handler) => handler.onSnapshotSent(this.peer.nodeId, ok));
  }
}
