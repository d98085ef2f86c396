import { type Closure, impossible, malformed } from "./closure";
import { CLOSE_GRACE_MS_MAX, SILENT_TICKS_MAX, type TransportContext } from "./context";
import { FrameKind, outFrame, REQUEST_BYTES_MAX } from "./frame";
import type { FramedSocket, SocketOwner } from "./framed_socket";
import type { Session } from "./handshake";
import { describeVerdict } from "./identity";
import { gateFault, readMessage } from "./message_gate";
import { ReplyStatus, replyFrame } from "./request_ledger";
import type { RequestSlots } from "./request_slots";
import { SnapshotReceiver } from "./snapshot_receiver";
import type { PeerIdentity } from "./types";

const KINDS: ReadonlySet<FrameKind> = new Set([
  FrameKind.ping,
  FrameKind.message,
  FrameKind.report,
  FrameKind.request,
  FrameKind.snapshotBegin,
  FrameKind.snapshotChunk,
  FrameKind.snapshotEnd,
  FrameKind.verdict,
]);
const NO_BODY = new Uint8Array(0);

/** An open connection that a peer dialed: its messages, reports, requests and snapshots come in here. */
export class AcceptedSession implements SocketOwner {
  readonly peer: PeerIdentity;
  readonly #socket: FramedSocket;
  readonly #session: Session;
  readonly #context: TransportContext;
  readonly #slots: RequestSlots;
  readonly #snapshots: SnapshotReceiver;
  readonly #onGone: (closure: Closure) => void;

  constructor(
    socket: FramedSocket,
    peer: PeerIdentity,
    session: Session,
    context: TransportContext,
    slots: RequestSlots,
    onGone: (closure: Closure) => void,
  ) {
    this.peer = peer;
    this.#socket = socket;
    this.#session = session;
    this.#context = context;
    this.#slots = slots;
    this.#onGone = onGone;
    this.#snapshots = new SnapshotReceiver(context.limits.snapshotBytesMax);
    socket.owner = this;
  }

  readonly allows = (kind: FrameKind): boolean => KINDS.has(kind);

  readonly onFrame = (kind: FrameKind, payload: Buffer): Closure | undefined => {
    switch (kind) {
      case FrameKind.ping:
        this.#socket.sendUrgent(outFrame(FrameKind.pong));
        return undefined;
      case FrameKind.message:
        return this.#onMessage(payload);
      case FrameKind.report:
        this.#context.handler.onReport(this.peer.nodeId, payload);
        return undefined;
      case FrameKind.request:
        return this.#onRequest(payload);
      case FrameKind.verdict:
        return this.#onVerdict(payload);
      default:
        return this.#onSnapshotFrame(kind, payload);
    }
  };

  onHeard(): void {
    this.#context.heard(this.peer.nodeId);
  }

  onClosed(closure: Closure): void {
    this.#onGone(closure);
  }

  /** A second has passed. A peer pings every second: one that is silent for several is gone. */
  tick(): void {
    // While a large frame comes in slowly, the ping behind it must not be waited for: say that something is heard.
    if (this.#socket.silentTicks === 0) this.#socket.sendUrgent(outFrame(FrameKind.pong));
    this.#socket.silentTicks++;
    if (this.#socket.silentTicks > SILENT_TICKS_MAX)
      this.#socket.close({ code: "silent", detail: `nothing read for ${SILENT_TICKS_MAX} s` });
  }

  /** Says so and closes, if the peer is no longer accepted. */
  judgeAgain(): void {
    const verdict = this.#context.handler.judge(this.peer);
    if (verdict.kind === "accept") return;
    this.#socket.sendUrgent(this.#session.signVerdict(verdict));
    const detail = `refused: ${describeVerdict(verdict)}`;
    this.#socket.finish({ code: "refused-peer", detail }, CLOSE_GRACE_MS_MAX);
  }

  close(closure: Closure): void {
    this.#socket.close(closure);
  }

  finish(closure: Closure): void {
    this.#socket.finish(closure, CLOSE_GRACE_MS_MAX);
  }

  #onMessage(payload: Buffer): Closure | undefined {
    const { identity, handler } = this.#context;
    const message = readMessage(payload, identity.nodeId, this.peer.nodeId);
    if ("code" in message) return message;
    const why = handler.onMessage(this.peer.nodeId, message);
    return why === undefined ? undefined : impossible(message.type, why);
  }

  #onRequest(payload: Buffer): Closure | undefined {
    if (payload.length < 4) return malformed("a request that is too short");
    const id = payload.readUInt32BE(0);
    const from = this.peer.nodeId;
    if (!this.#slots.take(from)) {
      this.#socket.send(replyFrame(id, ReplyStatus.busy, NO_BODY));
      return undefined;
    }
    let replied = false;
    this.#context.handler.onRequest(from, payload.subarray(4), (body) => {
      if (replied) return;
      replied = true;
      this.#slots.release(from);
      this.#reply(id, body);
    });
    return undefined;
  }

  #reply(id: number, body: Uint8Array): void {
    const { dropped } = this.#context.tally;
    const tooLarge = body.length > REQUEST_BYTES_MAX;
    if (!this.#socket.isOpen) dropped["not-connected"]++;
    else if (tooLarge || !this.#socket.send(replyFrame(id, ReplyStatus.answer, body))) {
      dropped[tooLarge ? "too-large" : "queue-full"]++;
      this.#socket.send(replyFrame(id, ReplyStatus.failed, NO_BODY));
    }
  }

  #onSnapshotFrame(kind: FrameKind, payload: Buffer): Closure | undefined {
    const step = this.#snapshots.receive(kind, payload);
    if (step.kind === "ignored") return undefined;
    if (step.kind === "broken") return step.closure;
    if (step.kind === "message") {
      const { identity, handler, tally } = this.#context;
      const fault = gateFault(step.message, identity.nodeId, this.peer.nodeId);
      if (fault !== undefined) return fault;
      tally.snapshotsReceived++;
      const why = handler.onMessage(this.peer.nodeId, step.message);
      if (why !== undefined) return impossible(step.message.type, why);
    }
    this.#socket.sendUrgent(step.ack);
    return undefined;
  }

  #onVerdict(payload: Buffer): Closure | undefined {
    const signed = this.#session.checkVerdict(payload);
    if (signed === undefined || signed.verdict.kind === "accept")
      return malformed("a verdict that is not the peer's");
    this.#context.handler.onVerdict(this.peer.nodeId, signed.verdict);
    return { code: "refused-by-peer", detail: `refused by it: ${describeVerdict(signed.verdict)}` };
  }
}
