import { crc32 } from "node:zlib";
import type { StateMachine } from "../server/engine/types";

/** Bytes of one applied command in a snapshot: index u48, client u16, sequence u32. */
const RECORD_BYTES = 12;
const HEADER_BYTES = 4;

/** A command as it stands in the applied log. */
export interface AppliedCommand {
  readonly index: number;
  readonly client: number;
  readonly sequence: number;
}

/** What a client proposes: who it is, which of its commands this is, and some weight. */
export function encodeCommand(client: number, sequence: number, bytes: number): Uint8Array {
  const data = Buffer.alloc(6 + bytes, sequence & 0xff);
  data.writeUInt16BE(client, 0);
  data.writeUInt32BE(sequence, 2);
  return data;
}

/**
 * The state machine of a tortured node: every command it ever applied, in order, and a checksum over all of them. Two nodes with the
 * same checksum at the same index applied the same commands up to there.
 */
export class AppliedLog implements StateMachine {
  chain = 0;
  lastIndex = 0;
  private records: Buffer = Buffer.alloc(0);
  private used = 0;
  private readonly onApply: (index: number, chain: number) => void;
  private readonly onRestore: (index: number) => void;

  constructor(onApply: (index: number, chain: number) => void, onRestore: (index: number) => void) {
    this.onApply = onApply;
    this.onRestore = onRestore;
  }

  get entries(): number {
    return this.used / RECORD_BYTES;
  }

  apply(index: number, data: Uint8Array): void {
    if (index <= this.lastIndex) throw new Error(`entry ${index} is applied after entry ${this.lastIndex}`);
    if (this.used === this.records.length) {
      const grown = Buffer.alloc(Math.max(64 * RECORD_BYTES, 2 * this.records.length));
      this.records.copy(grown);
      this.records = grown;
    }
    const at = this.used;
    this.records.writeUIntBE(index, at, 6);
    this.records.set(data.subarray(0, 6), at + 6);
    this.used += RECORD_BYTES;
    this.lastIndex = index;
    this.chain = crc32(data, crc32(this.records.subarray(at, at + RECORD_BYTES), this.chain));
    this.onApply(index, this.chain);
  }

  snapshot(): Uint8Array {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(this.chain, 0);
    return Buffer.concat([header, this.records.subarray(0, this.used)]);
  }

  restore(data: Uint8Array): void {
    const bytes = Buffer.from(data);
    this.chain = bytes.length === 0 ? 0 : bytes.readUInt32BE(0);
    this.records = bytes.subarray(Math.min(HEADER_BYTES, bytes.length));
    this.used = this.records.length;
    this.lastIndex = this.used === 0 ? 0 : this.records.readUIntBE(this.used - RECORD_BYTES, 6);
    if (this.used > 0) this.onApply(this.lastIndex, this.chain);
    this.onRestore(this.lastIndex);
  }
}

/** Reads a snapshot back. */
export function readAppliedLog(snapshot: Uint8Array): AppliedCommand[] {
  const bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength);
  const commands: AppliedCommand[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; at += RECORD_BYTES) {
    commands.push({
      index: bytes.readUIntBE(at, 6),
      client: bytes.readUInt16BE(at + 6),
      sequence: bytes.readUInt32BE(at + 8),
    });
  }
  return commands;
}
