import { crc32 } from "node:zlib";
import { encodeMessage } from "../raft/codec";
import type { Message } from "../raft/types";
import { FrameKind, type OutFrame, outFrame, SNAPSHOT_CHUNK_BYTES, SNAPSHOT_HEADER_BYTES_MAX } from "./frame";
import type { BulkSource } from "./outbox";
import { AckStatus, readAck } from "./snapshot_wire";

/** Data under way and not acknowledged. Bounds how long a heartbeat can wait behind a snapshot in the buffers of the system. */
const WINDOW_BYTES = 8 * SNAPSHOT_CHUNK_BYTES;

interface Transfer {
  readonly id: number;
  readonly message: Message;
  readonly header: Uint8Array;
  readonly data: Uint8Array;
  stage: "begin" | "data" | "ended";
  offset: number;
  acknowledged: number;
  crc: number;
  /** Ticks without an acknowledgement. */
  idleTicks: number;
}

/** What came of offering a snapshot. `superseded`: one that is at least as new is under way, and its outcome will be told. */
export type SnapshotOffer = "taken" | "superseded" | "too-large";

/** What an acknowledgement means. `stale`: for an older transfer. `invalid`: it acknowledges what was never sent. */
export type AckOutcome = "progress" | "complete" | "refused" | "stale" | "invalid";

/**
 * Sends one snapshot message at a time on one connection: a begin frame with the message less its data, the data in
 * chunks, an end frame with a checksum. At most WINDOW_BYTES are under way. A newer snapshot takes the place of an older one.
 */
export class SnapshotSender implements BulkSource {
  readonly #bytesMax: number;
  #transfer: Transfer | undefined;
  #lastId = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isActive(): boolean {
    return this.#transfer !== undefined;
  }

  offer(message: Message): SnapshotOffer {
    const snapshot = message.snapshot;
    if (snapshot === undefined || snapshot.data.length > this.#bytesMax) return "too-large";
    if (this.#transfer !== undefined && !isNewer(message, this.#transfer.message)) return "superseded";
    const bare = { ...message, snapshot: { metadata: snapshot.metadata, data: new Uint8Array(0) } };
    const header = encodeMessage(bare);
    if (header.length > SNAPSHOT_HEADER_BYTES_MAX) return "too-large";
    this.#lastId = (this.#lastId + 1) >>> 0;
    this.#transfer = {
      id: this.#lastId,
      message,
      header,
      data: snapshot.data,
      stage: "begin",
      offset: 0,
      acknowledged: 0,
      crc: 0,
      idleTicks: 0,
    };
    return "taken";
  }

  next(): OutFrame | undefined {
    const transfer = this.#transfer;
    if (transfer === undefined || transfer.stage === "ended") return undefined;
    if (transfer.stage === "begin") return begin(transfer);
    if (transfer.offset === transfer.data.length) return end(transfer);
    if (transfer.offset - transfer.acknowledged >= WINDOW_BYTES) return undefined;
    return chunk(transfer);
  }

  acknowledge(payload: Buffer): AckOutcome {
    const transfer = this.#transfer;
    const ack = readAck(payload);
    if (ack === undefined) return "invalid";
    if (transfer === undefined || ack.id !== transfer.id) return "stale";
    if (ack.received < transfer.acknowledged || ack.received > transfer.offset) return "invalid";
    transfer.acknowledged = ack.received;
    transfer.idleTicks = 0;
    if (ack.status === AckStatus.receiving) return "progress";
    if (ack.status === AckStatus.complete && transfer.stage !== "ended") return "invalid";
    this.#transfer = undefined;
    return ack.status === AckStatus.complete ? "complete" : "refused";
  }

  /** Counts a tick; returns how many have passed without an acknowledgement, 0 when nothing is under way. */
  tick(): number {
    if (this.#transfer === undefined) return 0;
    this.#transfer.idleTicks++;
    return this.#transfer.idleTicks;
  }
}

function isNewer(message: Message, than: Message): boolean {
  const index = message.snapshot?.metadata.index ?? 0;
  const thanIndex = than.snapshot?.metadata.index ?? 0;
  return message.term > than.term || (message.term === than.term && index > thanIndex);
}

function begin(transfer: Transfer): OutFrame {
  transfer.stage = "data";
  const head = Buffer.alloc(12);
  head.writeUInt32BE(transfer.id, 0);
  head.writeBigUInt64BE(BigInt(transfer.data.length), 4);
  return outFrame(FrameKind.snapshotBegin, head, transfer.header);
}

function chunk(transfer: Transfer): OutFrame {
  const part = transfer.data.subarray(transfer.offset, transfer.offset + SNAPSHOT_CHUNK_BYTES);
  transfer.offset += part.length;
  transfer.crc = crc32(part, transfer.crc);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(transfer.id, 0);
  return outFrame(FrameKind.snapshotChunk, head, part);
}

function end(transfer: Transfer): OutFrame {
  transfer.stage = "ended";
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(transfer.id, 0);
  payload.writeUInt32BE(transfer.crc, 4);
  return outFrame(FrameKind.snapshotEnd, payload);
}
