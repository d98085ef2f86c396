import { crc32 } from "node:zlib";
import { decodeMessage, isMalformed } from "../raft/codec";
import type { Message } from "../raft/types";
import { type Closure, malformed } from "./closure";
import { FrameKind, type OutFrame } from "./frame";
import { AckStatus, ackFrame } from "./snapshot_wire";

interface Transfer {
  readonly id: number;
  readonly message: Message;
  readonly data: Uint8Array;
  received: number;
  crc: number;
}

/** What to do after a snapshot frame: acknowledge, perhaps hand the whole message over, or close the connection. */
export type SnapshotStep =
  | { readonly kind: "ack"; readonly ack: OutFrame }
  | { readonly kind: "message"; readonly ack: OutFrame; readonly message: Message }
  | { readonly kind: "ignored" }
  | { readonly kind: "broken"; readonly closure: Closure };

const IGNORED: SnapshotStep = { kind: "ignored" };

/**
 * Puts the snapshots of one connection together again, one at a time: a new begin forgets the transfer before it. Memory
 * for the data is taken once, after its announced size was found to be within the bound.
 */
export class SnapshotReceiver {
  readonly #bytesMax: number;
  #transfer: Transfer | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  receive(kind: FrameKind, payload: Buffer): SnapshotStep {
    if (payload.length < 4) return broken("a snapshot frame that is too short");
    const id = payload.readUInt32BE(0);
    if (kind === FrameKind.snapshotBegin) return this.#begin(id, payload);
    // Frames of a transfer that was refused may still be under way.
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.id !== id) return IGNORED;
    return kind === FrameKind.snapshotChunk ? this.#chunk(transfer, payload) : this.#end(transfer, payload);
  }

  #begin(id: number, payload: Buffer): SnapshotStep {
    this.#transfer = undefined;
    if (payload.length < 12) return broken("the begin of a snapshot that is too short");
    const bytes = payload.readBigUInt64BE(4);
    const message = decodeMessage(payload.subarray(12));
    if (isMalformed(message)) return broken(`the begin of a snapshot: ${message.detail}`);
    if (message.type !== "snap" || message.snapshot?.data.length !== 0)
      return broken("the begin of a snapshot without its message");
    if (bytes > BigInt(this.#bytesMax)) return acknowledge(id, 0, AckStatus.refused);
    const data = new Uint8Array(Number(bytes));
    this.#transfer = { id, message, data, received: 0, crc: 0 };
    return acknowledge(id, 0, AckStatus.receiving);
  }

  #chunk(transfer: Transfer, payload: Buffer): SnapshotStep {
    const part = payload.subarray(4);
    if (part.length === 0 || part.length > transfer.data.length - transfer.received)
      return broken("a chunk that goes beyond its snapshot");
    transfer.data.set(part, transfer.received);
    transfer.received += part.length;
    transfer.crc = crc32(part, transfer.crc);
    return acknowledge(transfer.id, transfer.received, AckStatus.receiving);
  }

  #end(transfer: Transfer, payload: Buffer): SnapshotStep {
    this.#transfer = undefined;
    if (payload.length !== 8) return broken("the end of a snapshot of the wrong length");
    if (transfer.received !== transfer.data.length) return broken("a snapshot that ends early");
    if (payload.readUInt32BE(4) !== transfer.crc) return broken("a snapshot whose checksum is wrong");
    const { id, received, message, data } = transfer;
    const whole: Message = {
      ...message,
      snapshot: message.snapshot && { metadata: message.snapshot.metadata, data },
    };
    return {
      kind: "message",
      ack: ackFrame({ id, received, status: AckStatus.complete }),
      message: whole,
    };
  }
}

function acknowledge(id: number, received: number, status: AckStatus): SnapshotStep {
  return { kind: "ack", ack: ackFrame({ id, received, status }) };
}

function broken(detail: string): SnapshotStep {
  return { kind: "broken", closure: malformed(detail) };
}
