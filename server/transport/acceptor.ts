import type { Socket } from "node:net";
import type { NodeId } from "../raft/types";
import { AcceptedSession } from "./accepted_session";
import type { Closure } from "./closure";
import type { TransportContext } from "./context";
import type { FramedSocket } from "./framed_socket";
import type { Session } from "./handshake";
import { JoinGate } from "./join_gate";
import { RequestSlots } from "./request_slots";
import { Stranger } from "./stranger";
import type { PeerIdentity } from "./types";

/** The connections that others dialed: strangers, bounded in number, and one session for each peer. */
export class Acceptor {
  readonly #context: TransportContext;
  readonly #onOpen: (peer: PeerIdentity) => void;
  readonly #joins: JoinGate;
  readonly #slots: RequestSlots;
  /** In order of arrival. */
  readonly #strangers = new Set<Stranger>();
  /** Strangers, joins that wait for an answer, and refused ones on their way out. */
  readonly #outsiders = new Set<Stranger>();
  readonly #sessions = new Map<NodeId, AcceptedSession>();
  /** Every socket still there, whatever it has become. */
  readonly #sockets = new Set<Promise<void>>();

  constructor(context: TransportContext, onOpen: (peer: PeerIdentity) => void) {
    this.#context = context;
    this.#onOpen = onOpen;
    this.#joins = new JoinGate(context.clock, context.limits.joinsMax);
    this.#slots = new RequestSlots(context.limits.requestsMax);
  }

  get strangers(): number {
    return this.#strangers.size;
  }

  hasSession(id: NodeId): boolean {
    return this.#sessions.has(id);
  }

  /**
   * Takes an incoming connection. When there are too many strangers the oldest has to go: an honest peer needs a moment
   * to prove itself, so it gets through where one that only occupies places does not.
   */
  accept(raw: Socket): void {
    const oldest = this.#strangers.values().next().value;
    if (oldest !== undefined && this.#strangers.size >= this.#context.limits.strangersMax)
      oldest.close({
        code: "too-many-strangers",
        detail: "too many connections that did not say who they are",
      });
    const stranger: Stranger = new Stranger(raw, this.#context, this.#joins, {
      onPeer: (socket, peer, session) => {
        this.#outsiders.delete(stranger);
        this.#admit(socket, peer, session);
      },
      onSettled: () => this.#strangers.delete(stranger),
    });
    this.#strangers.add(stranger);
    this.#outsiders.add(stranger);
    const closed = stranger.closed;
    this.#sockets.add(closed);
    void closed.then(() => {
      this.#sockets.delete(closed);
      this.#outsiders.delete(stranger);
    });
  }

  tick(): void {
    for (const session of this.#sessions.values()) session.tick();
  }

  judgeAgain(): void {
    for (const session of this.#sessions.values()) session.judgeAgain();
  }

  /** Closes all; resolves once every socket is gone. */
  async close(closure: Closure): Promise<void> {
    for (const session of this.#sessions.values()) session.finish(closure);
    this.#sessions.clear();
    for (const stranger of this.#outsiders) stranger.close(closure);
    await Promise.all(this.#sockets);
  }

  #admit(socket: FramedSocket, peer: PeerIdentity, session: Session): void {
    const id = peer.nodeId;
    // Closing the older one removes it here and now, so a session that goes is always the one in the map.
    this.#sessions.get(id)?.close({ code: "replaced", detail: "it connected anew" });
    const onGone = (closure: Closure) => {
      this.#sessions.delete(id);
      this.#context.logClosure(`node ${id}`, closure);
    };
    this.#sessions.set(id, new AcceptedSession(socket, peer, session, this.#context, this.#slots, onGone));
    this.#context.heard(id);
    this.#onOpen(peer);
  }
}
