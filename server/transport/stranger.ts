import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Closure } from "./closure";
import { CLOSE_GRACE_MS_MAX, HANDSHAKE_MS_MAX, JOIN_ANSWER_MS_MAX, type TransportContext } from "./context";
import { FrameKind, JOIN_REPLY_BYTES_MAX, outFrame } from "./frame";
import { FramedSocket, type SocketOwner } from "./framed_socket";
import { type HandshakeStep, ListenerHandshake, NONCE_BYTES, type Session } from "./handshake";
import type { JoinGate } from "./join_gate";
import type { PeerIdentity } from "./types";

/** What became of a stranger. */
export interface StrangerFate {
  /** It proved itself and was accepted; the socket is no longer the stranger's. */
  onPeer(socket: FramedSocket, peer: PeerIdentity, session: Session): void;
  /** It is gone, or waits for a join's answer: either way it no longer counts as a stranger. */
  onSettled(): void;
}

type Phase = "first" | "handshake" | "join" | "over";

/** An incoming connection that has not yet proved who it is. Its first frame decides: a hello, or a join. */
export class Stranger implements SocketOwner {
  readonly #socket: FramedSocket;
  readonly #where: string;
  readonly #context: TransportContext;
  readonly #joins: JoinGate;
  readonly #fate: StrangerFate;
  readonly #handshake: ListenerHandshake;
  #cancelTimer: () => void;
  #phase: Phase = "first";
  #settled = false;

  constructor(raw: Socket, context: TransportContext, joins: JoinGate, fate: StrangerFate) {
    const { identity, secret, handler, clock } = context;
    this.#where = raw.remoteAddress ?? "an address already gone";
    this.#context = context;
    this.#joins = joins;
    this.#fate = fate;
    this.#handshake = new ListenerHandshake({
      identity,
      secret,
      nonce: randomBytes(NONCE_BYTES),
      judge: (peer) => handler.judge(peer),
    });
    this.#socket = new FramedSocket(raw, this, context.limits, context.tally, clock);
    this.#cancelTimer = clock.after(HANDSHAKE_MS_MAX, () =>
      this.close({ code: "handshake-timeout", detail: `no handshake in ${HANDSHAKE_MS_MAX} ms` }),
    );
  }

  get closed(): Promise<void> {
    return this.#socket.closed;
  }

  close(closure: Closure): void {
    this.#socket.close(closure);
  }

  readonly allows = (kind: FrameKind): boolean => {
    if (this.#phase === "first") return kind === FrameKind.hello || kind === FrameKind.join;
    return this.#phase === "handshake" && (kind === FrameKind.proof || kind === FrameKind.verdict);
  };

  readonly onFrame = (kind: FrameKind, payload: Buffer): Closure | undefined => {
    if (kind === FrameKind.join) return this.#onJoin(payload);
    this.#phase = "handshake";
    return this.#onStep(this.#handshake.receive(kind, payload));
  };

  onHeard(): void {}

  onClosed(closure: Closure): void {
    this.#cancelTimer();
    if (this.#phase === "join") this.#joins.leave();
    this.#phase = "over";
    this.#settle();
    this.#context.logClosure(this.#where, closure);
  }

  #onStep(step: HandshakeStep): Closure | undefined {
    for (const frame of step.send) this.#socket.send(frame);
    if (step.kind === "wait") return undefined;
    this.#cancelTimer();
    if (step.kind === "open") {
      this.#settle();
      this.#fate.onPeer(this.#socket, step.peer, step.session);
      return undefined;
    }
    if (step.kind === "refused") this.#context.handler.onVerdict(step.by, step.verdict);
    if (step.kind === "broken" && step.send.length === 0) return step.closure;
    this.#socket.finish(step.closure, CLOSE_GRACE_MS_MAX);
    return undefined;
  }

  #onJoin(body: Buffer): Closure | undefined {
    this.#cancelTimer();
    if (!this.#joins.enter()) {
      this.#socket.send(outFrame(FrameKind.joinBusy));
      this.#socket.finish({ code: "join-busy", detail: "too many joins" }, CLOSE_GRACE_MS_MAX);
      return undefined;
    }
    this.#phase = "join";
    this.#settle();
    this.#cancelTimer = this.#context.clock.after(JOIN_ANSWER_MS_MAX, () =>
      this.close({ code: "join-timeout", detail: `no answer to a join in ${JOIN_ANSWER_MS_MAX} ms` }),
    );
    let replied = false;
    this.#context.handler.onJoin(body, (reply) => {
      if (replied || !this.#socket.isOpen) return;
      replied = true;
      if (reply.length > JOIN_REPLY_BYTES_MAX) {
        this.close({ code: "oversize", detail: "the answer to a join is too large" });
        return;
      }
      this.#socket.send(outFrame(FrameKind.joinReply, reply));
      this.#socket.finish({ code: "join-answered", detail: "a join was answered" }, CLOSE_GRACE_MS_MAX);
    });
    return undefined;
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#fate.onSettled();
  }
}
