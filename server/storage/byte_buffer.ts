import { crc32 } from "node:zlib";

const U32 = 2 ** 32;

/** Collects bytes in one buffer that grows by doubling and is used again for the next write. Integers are little-endian. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** A safe unsigned integer, in 8 bytes. */
  u53(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, value % U32, true);
    this.#view.setUint32(this.#length + 4, Math.floor(value / U32), true);
    this.#length += 8;
  }

  /** The bytes as they are, without their length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  zeros(count: number): void {
    this.#reserve(count);
    this.#bytes.fill(0, this.#length, this.#length + count);
    this.#length += count;
  }

  /** Sets four bytes that were written before. */
  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** CRC-32 of what stands in [from, to), continued from `seed`. */
  crc(from: number, to: number, seed: number): number {
    return crc32(this.#bytes.subarray(from, to), seed);
  }

  /** What was written; shares this writer's memory, so it holds until the next change. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written; memory above `keepBytesMax` is given back. */
  reset(keepBytesMax: number): void {
    this.#length = 0;
    if (this.#bytes.length > keepBytesMax) this.#replace(new Uint8Array(keepBytesMax));
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#replace(grown);
  }

  #replace(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/**
 * Reads what ByteWriter wrote, within [offset, end). After the first read past the end, or of an integer that is not
 * safe, `failed` stays set and every read answers zero or empty.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  offset: number;
  failed = false;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = end;
    this.offset = offset;
  }

  get remaining(): number {
    return this.#end - this.offset;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }

  u53(): number {
    const at = this.#take(8);
    if (at < 0) return 0;
    const value = this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * U32;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    this.failed = true;
    return 0;
  }

  /** `count` bytes, sharing memory with the input. */
  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return at < 0 ? new Uint8Array(0) : this.#bytes.subarray(at, at + count);
  }

  #take(count: number): number {
    if (this.failed || count > this.remaining) {
      this.failed = true;
      return -1;
    }
    const at = this.offset;
    this.offset += count;
    return at;
  }
}
