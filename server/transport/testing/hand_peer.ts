import { randomBytes } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { NodeId } from "../../raft/types";
import { FRAME_HEADER_BYTES, type FrameKind, FrameReader, outFrame, writeFrameHeader } from "../frame";
import {
  DialerHandshake,
  type HandshakeParty,
  type HandshakeStep,
  ListenerHandshake,
  NONCE_BYTES,
  type Session,
} from "../handshake";
import { eventually, TEST_SECRET, testIdentity } from "./recording_node";

/** For tests: the other end of a connection, led by hand, so that it can break every rule. */
export class HandPeer {
  readonly socket: Socket;
  readonly frames: { readonly kind: FrameKind; readonly payload: Buffer }[] = [];
  session: Session | undefined;
  bytesRead = 0;
  isClosed = false;
  #onFrame: ((kind: FrameKind, payload: Buffer) => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader();
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
    });
    socket.on("data", (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      reader.push(
        chunk,
        () => true,
        (kind, payload) => {
          this.frames.push({ kind, payload: Buffer.from(payload) });
          this.#onFrame?.(kind, payload);
          return undefined;
        },
      );
    });
  }

  static async dial(port: number): Promise<HandPeer> {
    const socket = connect({ host: "127.0.0.1", port });
    const peer = new HandPeer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }

  /** Dials node `to` and becomes its peer `id`. */
  static async dialAs(id: NodeId, to: NodeId, port: number): Promise<HandPeer> {
    const peer = await HandPeer.dial(port);
    const handshake = new DialerHandshake(handParty(id), to);
    peer.#shake((kind, payload) => handshake.receive(kind, payload));
    const { kind, parts } = handshake.start();
    peer.send(kind, Buffer.concat(parts));
    await eventually(() => {
      if (peer.session === undefined) throw new Error("no handshake yet");
    });
    return peer;
  }

  /** Becomes peer `id` of whoever dialed. */
  answerAs(id: NodeId): void {
    const handshake = new ListenerHandshake(handParty(id));
    this.#shake((kind, payload) => handshake.receive(kind, payload));
  }

  send(kind: FrameKind, payload: Uint8Array = Buffer.alloc(0)): void {
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    writeFrameHeader(header, 0, outFrame(kind, payload));
    this.socket.write(Buffer.concat([header, payload]));
  }

  has(kind: FrameKind): boolean {
    return this.frames.some((frame) => frame.kind === kind);
  }

  #shake(receive: (kind: FrameKind, payload: Buffer) => HandshakeStep): void {
    this.#onFrame = (kind, payload) => {
      const step = receive(kind, payload);
      for (const frame of step.send) this.send(frame.kind, Buffer.concat(frame.parts));
      if (step.kind === "wait") return;
      this.#onFrame = undefined;
      if (step.kind === "open") this.session = step.session;
    };
  }
}

/** For tests: a port whose connections are handed over one by one. */
export async function handListener(
  onPeer: (peer: HandPeer) => void,
): Promise<{ readonly server: Server; readonly address: string }> {
  const server = createServer((socket) => onPeer(new HandPeer(socket)));
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("not bound");
  return { server, address: `127.0.0.1:${bound.port}` };
}

function handParty(id: NodeId, secret: Uint8Array = TEST_SECRET): HandshakeParty {
  return {
    identity: testIdentity(id),
    secret,
    nonce: randomBytes(NONCE_BYTES),
    judge: () => ({ kind: "accept" }),
  };
}
