/**
 * Frames: what travels on a connection between nodes. Each is
 *
 *     u32  length of the payload, big-endian
 *     u8   kind
 *     ...  payload
 *
 * A connection begins with a handshake (hello, challenge, proof, a verdict each way; see handshake.ts) or with one join
 * exchange. After it, the dialing side sends ping, message, report, request and the snapshot frames; the accepting side
 * answers with pong (also once a second while it hears anything), reply and snapshotAck. Either may send a verdict that ends the connection. A frame that is larger
 * than its kind allows, or of a kind that has no place at that moment, closes the connection before its payload is read.
 */
import type { Closure } from "./closure";

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** The kinds of frames, by their number on the wire. */
export const FrameKind = {
  hello: 0x01,
  challenge: 0x02,
  proof: 0x03,
  verdict: 0x04,
  join: 0x08,
  joinReply: 0x09,
  joinBusy: 0x0a,
  ping: 0x10,
  pong: 0x11,
  message: 0x20,
  report: 0x21,
  request: 0x22,
  reply: 0x23,
  snapshotBegin: 0x30,
  snapshotChunk: 0x31,
  snapshotEnd: 0x32,
  snapshotAck: 0x33,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Length of the payload (u32) and kind (u8). */
export const FRAME_HEADER_BYTES = 5;
/** Before a peer has proved itself, nothing longer is read from it. */
export const FIRST_FRAME_BYTES_MAX = 4 * KIB;
export const MESSAGE_BYTES_MAX = 8 * MIB;
export const REPORT_BYTES_MAX = MIB;
export const REQUEST_BYTES_MAX = MIB;
export const JOIN_REPLY_BYTES_MAX = MIB;
export const SNAPSHOT_CHUNK_BYTES = 64 * KIB;
export const SNAPSHOT_HEADER_BYTES_MAX = MIB;

/** Payload bytes allowed for each kind. */
export const PAYLOAD_BYTES_MAX: Readonly<Record<FrameKind, number>> = {
  [FrameKind.hello]: 64,
  [FrameKind.challenge]: 64,
  [FrameKind.proof]: FIRST_FRAME_BYTES_MAX,
  [FrameKind.verdict]: FIRST_FRAME_BYTES_MAX,
  [FrameKind.join]: FIRST_FRAME_BYTES_MAX,
  [FrameKind.joinReply]: JOIN_REPLY_BYTES_MAX,
  [FrameKind.joinBusy]: 0,
  [FrameKind.ping]: 0,
  [FrameKind.pong]: 0,
  [FrameKind.message]: MESSAGE_BYTES_MAX,
  [FrameKind.report]: REPORT_BYTES_MAX,
  [FrameKind.request]: REQUEST_BYTES_MAX + 4,
  [FrameKind.reply]: REQUEST_BYTES_MAX + 5,
  [FrameKind.snapshotBegin]: SNAPSHOT_HEADER_BYTES_MAX + 12,
  [FrameKind.snapshotChunk]: SNAPSHOT_CHUNK_BYTES + 4,
  [FrameKind.snapshotEnd]: 8,
  [FrameKind.snapshotAck]: 13,
};

const KINDS: ReadonlySet<number> = new Set(Object.values(FrameKind));

/** A frame on its way out. `fate` tells, for a request, whether its peer can have seen it. */
export interface OutFrame {
  readonly kind: FrameKind;
  readonly parts: readonly Uint8Array[];
  /** On the wire, header included. */
  readonly bytes: number;
  fate: "queued" | "written" | "cancelled";
}

/** A frame whose payload is the parts, one after the other. The parts must not change until it is written. */
export function outFrame(kind: FrameKind, ...parts: readonly Uint8Array[]): OutFrame {
  let bytes = FRAME_HEADER_BYTES;
  for (const part of parts) bytes += part.length;
  return { kind, parts, bytes, fate: "queued" };
}

/** Puts the header of `frame` at `offset`; returns the offset after it. */
export function writeFrameHeader(target: Buffer, offset: number, frame: OutFrame): number {
  target.writeUInt32BE(frame.bytes - FRAME_HEADER_BYTES, offset);
  return target.writeUInt8(frame.kind, offset + 4);
}

/** Takes a whole frame; a closure ends the reading and the connection. The payload may share memory with others: copy to keep. */
export type FrameTaker = (kind: FrameKind, payload: Buffer) => Closure | undefined;

/** Which kinds may come now. Asked once for each header, so that an answer may depend on the frames before it. */
export type FrameFilter = (kind: FrameKind) => boolean;

/** Cuts a byte stream into frames. Holds at most one partial payload, allocated only after its length was found lawful. */
export class FrameReader {
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #kind: FrameKind = FrameKind.hello;
  #partial: Buffer | undefined;
  #partialFilled = 0;

  /** Reads on. Returns why the connection must be closed, as soon as it must; nothing may be pushed after that. */
  push(chunk: Buffer, allows: FrameFilter, take: FrameTaker): Closure | undefined {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#partial === undefined) {
        const used = Math.min(FRAME_HEADER_BYTES - this.#headerFilled, chunk.length - offset);
        chunk.copy(this.#header, this.#headerFilled, offset, offset + used);
        this.#headerFilled += used;
        offset += used;
        if (this.#headerFilled < FRAME_HEADER_BYTES) return undefined;
        this.#headerFilled = 0;
        const length = this.#header.readUInt32BE(0);
        const fault = this.#admit(length, allows);
        if (fault !== undefined) return fault;
        if (length <= chunk.length - offset) {
          const closure = take(this.#kind, chunk.subarray(offset, offset + length));
          if (closure !== undefined) return closure;
          offset += length;
          continue;
        }
        this.#partial = Buffer.allocUnsafeSlow(length);
        this.#partialFilled = 0;
      }
      const used = Math.min(this.#partial.length - this.#partialFilled, chunk.length - offset);
      chunk.copy(this.#partial, this.#partialFilled, offset, offset + used);
      this.#partialFilled += used;
      offset += used;
      if (this.#partialFilled < this.#partial.length) return undefined;
      const payload = this.#partial;
      this.#partial = undefined;
      const closure = take(this.#kind, payload);
      if (closure !== undefined) return closure;
    }
    return undefined;
  }

  #admit(length: number, allows: FrameFilter): Closure | undefined {
    const kind = this.#header.readUInt8(4);
    if (!isFrameKind(kind)) return { code: "unknown-kind", detail: `a frame of unknown kind ${kind}` };
    if (!allows(kind)) return { code: "out-of-order", detail: `a frame of kind ${kind} has no place here` };
    const bytesMax = PAYLOAD_BYTES_MAX[kind];
    if (length > bytesMax)
      return {
        code: "oversize",
        detail: `a frame of kind ${kind} with ${length} bytes; ${bytesMax} are allowed`,
      };
    this.#kind = kind;
    return undefined;
  }
}

function isFrameKind(kind: number): kind is FrameKind {
  return KINDS.has(kind);
}
