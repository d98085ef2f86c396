import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import type { Message, NodeId } from "../raft/types";
import { formatAddress, isBadAddress, type PeerAddress, parseAddress } from "./address";
import { BACKOFF_MS_MAX, backoffMs } from "./backoff";
import type { Closure } from "./closure";
import { CLOSE_GRACE_MS_MAX, HANDSHAKE_MS_MAX, type TransportContext, UNREACHABLE_MS_MIN } from "./context";
import type { DropReason } from "./counters";
import { DialedSession } from "./dialed_session";
import { FrameKind } from "./frame";
import { FramedSocket, type SocketOwner } from "./framed_socket";
import { DialerHandshake, type HandshakeStep, NONCE_BYTES } from "./handshake";
import { type RequestDone, unsent } from "./request_ledger";
import type { PeerIdentity } from "./types";

type LinkState =
  | { readonly kind: "waiting"; readonly cancelTimer: () => void }
  | { readonly kind: "dialing"; readonly socket: FramedSocket }
  | {
      readonly kind: "open";
      readonly socket: FramedSocket;
      readonly session: DialedSession;
      readonly sinceMs: number;
    }
  | { readonly kind: "closed" };

/**
 * This node's own connection to one peer: dialed, redialed with a growing delay when lost, and at once when the address
 * changes or the peer shows that it is there. Everything this node sends to the peer unasked goes through here.
 */
export class PeerLink {
  readonly #id: NodeId;
  readonly #context: TransportContext;
  readonly #onOpen: (peer: PeerIdentity) => void;
  #address: string;
  #state: LinkState = { kind: "closed" };
  #attempts = 0;
  #wasOpen = false;
  #unreachableSaidMs = Number.NEGATIVE_INFINITY;

  constructor(id: NodeId, address: string, context: TransportContext, onOpen: (peer: PeerIdentity) => void) {
    this.#id = id;
    this.#address = address;
    this.#context = context;
    this.#onOpen = onOpen;
    this.#dial();
  }

  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  get pending(): { readonly bytes: number; readonly frames: number } {
    return this.#state.kind === "open" ? this.#state.socket.pending : { bytes: 0, frames: 0 };
  }

  /** Dials anew if this is another address than before. */
  readdress(address: string): void {
    if (address === this.#address) return;
    this.#address = address;
    this.#attempts = 0;
    this.#drop({ code: "readdressed", detail: `its address is now ${address}` });
    this.#dial();
  }

  /** The peer has just connected to this node, so it is there: no reason to wait. */
  hint(): void {
    if (this.#state.kind !== "waiting") return;
    this.#state.cancelTimer();
    this.#attempts = 0;
    this.#dial();
  }

  send(message: Message): void {
    const reason = this.#state.kind === "open" ? this.#state.session.send(message) : "not-connected";
    if (reason === undefined) return;
    this.#context.tally.dropped[reason]++;
    if (message.type === "snap" && reason !== "superseded") {
      this.#context.tally.snapshotsFailed++;
      this.#context.tell((handler) => handler.onSnapshotSent(this.#id, false));
    }
    if (reason === "too-large") this.#context.log("warn", `a ${message.type} message is too large to send`);
    if (reason === "not-connected" || reason === "queue-full") this.#sayUnreachable();
  }

  sendReport(report: Uint8Array): void {
    const reason: DropReason | undefined =
      this.#state.kind === "open" ? this.#state.session.sendReport(report) : "not-connected";
    if (reason !== undefined) this.#context.tally.dropped[reason]++;
  }

  request(body: Uint8Array, timeoutMs: number, done: RequestDone): void {
    if (this.#state.kind === "open") this.#state.session.request(body, timeoutMs, done);
    else this.#context.later(() => done(unsent(`not connected to node ${this.#id}`)));
  }

  tick(): void {
    if (this.#state.kind === "open") this.#state.session.tick();
  }

  judgeAgain(): void {
    if (this.#state.kind === "open") this.#state.session.judgeAgain(CLOSE_GRACE_MS_MAX);
  }

  /** Closes for good; what waits in an open connection is still written. Resolves once the socket is gone. */
  retire(closure: Closure): Promise<void> {
    const state = this.#state;
    this.#state = { kind: "closed" };
    if (state.kind === "waiting") state.cancelTimer();
    if (state.kind === "dialing") state.socket.close(closure);
    if (state.kind === "open") state.socket.finish(closure, CLOSE_GRACE_MS_MAX);
    return state.kind === "dialing" || state.kind === "open" ? state.socket.closed : Promise.resolve();
  }

  #drop(closure: Closure): void {
    const state = this.#state;
    this.#state = { kind: "closed" };
    if (state.kind === "waiting") state.cancelTimer();
    if (state.kind === "dialing" || state.kind === "open") state.socket.close(closure);
  }

  #sayUnreachable(): void {
    const now = this.#context.clock.now();
    if (now - this.#unreachableSaidMs < UNREACHABLE_MS_MIN) return;
    this.#unreachableSaidMs = now;
    this.#context.tell((handler) => handler.onUnreachable(this.#id));
  }

  #dial(): void {
    const address = parseAddress(this.#address);
    if (isBadAddress(address)) {
      this.#context.log("warn", `node ${this.#id} cannot be dialed: its address ${address.detail}`);
      this.#state = { kind: "closed" };
      return;
    }
    this.#context.tally.dials++;
    if (this.#wasOpen) this.#context.tally.reconnects++;
    const raw = connect({ host: address.host, port: address.port });
    const { identity, secret, handler, limits, tally, clock } = this.#context;
    const handshake = new DialerHandshake(
      { identity, secret, nonce: randomBytes(NONCE_BYTES), judge: (peer) => handler.judge(peer) },
      this.#id,
    );
    const cancelTimer = clock.after(HANDSHAKE_MS_MAX, () =>
      socket.close({ code: "handshake-timeout", detail: `no handshake in ${HANDSHAKE_MS_MAX} ms` }),
    );
    const owner: SocketOwner = {
      allows: (kind) => kind === FrameKind.challenge || kind === FrameKind.verdict,
      onFrame: (kind, payload) => this.#onStep(socket, handshake.receive(kind, payload), cancelTimer),
      onHeard: () => undefined,
      onClosed: (closure) => {
        cancelTimer();
        this.#onLost(socket, closure, address);
      },
    };
    const socket = new FramedSocket(raw, owner, limits, tally, clock);
    this.#state = { kind: "dialing", socket };
    raw.once("connect", () => {
      if (isSelfConnect(raw))
        socket.close({ code: "self-connect", detail: "nobody listens there: the connection met itself" });
    });
    socket.send(handshake.start());
  }

  #onStep(socket: FramedSocket, step: HandshakeStep, cancelTimer: () => void): Closure | undefined {
    for (const frame of step.send) socket.send(frame);
    if (step.kind === "wait") return undefined;
    cancelTimer();
    if (step.kind === "open") {
      this.#onHandshaken(socket, step);
      return undefined;
    }
    if (step.kind === "refused") this.#context.handler.onVerdict(step.by, step.verdict);
    if (step.kind === "broken") return step.closure;
    socket.finish(step.closure, CLOSE_GRACE_MS_MAX);
    return undefined;
  }

  #onHandshaken(socket: FramedSocket, step: HandshakeStep & { readonly kind: "open" }): void {
    const session = new DialedSession(socket, step.peer, step.session, this.#context, (closure) =>
      this.#onLost(socket, closure, undefined),
    );
    this.#state = { kind: "open", socket, session, sinceMs: this.#context.clock.now() };
    this.#wasOpen = true;
    this.#context.heard(this.#id);
    this.#context.log("info", `connected to node ${this.#id} at ${this.#address}`);
    this.#onOpen(step.peer);
  }

  #onLost(socket: FramedSocket, closure: Closure, dialed: PeerAddress | undefined): void {
    const where = dialed === undefined ? "" : ` at ${formatAddress(dialed)}`;
    this.#context.logClosure(`node ${this.#id}${where}`, closure);
    const state = this.#state;
    if ((state.kind !== "dialing" && state.kind !== "open") || state.socket !== socket) return;
    // A peer that accepts and hangs up at once is no better than one that refuses: it must last to be trusted again.
    if (state.kind === "open" && this.#context.clock.now() - state.sinceMs >= BACKOFF_MS_MAX)
      this.#attempts = 0;
    const delayMs = backoffMs(this.#attempts, this.#context.random());
    this.#attempts++;
    this.#state = { kind: "waiting", cancelTimer: this.#context.clock.after(delayMs, () => this.#dial()) };
  }
}

/**
 * Whether a socket is connected to itself: dialing a port of the ephemeral range on this machine where nobody listens may
 * get that very port as its own, and TCP then opens a connection with both ends here. Kept, it would also hold the port
 * that the peer needs when it starts.
 */
export function isSelfConnect(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}
