import { assert } from "./assert";

const INITIAL_CAPACITY_BYTES = 128;

/** Appends integers and byte strings to a buffer that grows by doubling. */
export class WireWriter {
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacityBytes = INITIAL_CAPACITY_BYTES) {
    this.#buffer = new Uint8Array(Math.max(capacityBytes, 16));
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** An unsigned integer up to 2^53 - 1, seven bits a byte, low bits first (LEB128). */
  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, "a number on the wire must be a safe unsigned integer");
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** A length, then that many bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was written so far, in memory of its own size. */
  finish(): Uint8Array {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** Bytes that `varint` needs for this value. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
