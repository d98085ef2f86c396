/** Bytes that are not an encoding of what was asked for. `detail` says what is wrong and where, without their content. */
export interface Malformed {
  readonly kind: "malformed";
  readonly detail: string;
}

/** Whether a decoder's answer is a refusal. */
export function isMalformed(value: object): value is Malformed {
  return "kind" in value && value.kind === "malformed";
}

/**
 * Reads what WireWriter wrote, from bytes that nobody vouches for. After the first fault every read answers zero or
 * empty, so that a decoder checks `fault` once at its end, and at every loop whose count it read.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #fault: string | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  fail(detail: string): void {
    this.#fault ??= `${detail} at byte ${this.#offset}`;
  }

  byte(): number {
    if (this.#fault !== undefined) return 0;
    const value = this.#bytes[this.#offset];
    if (value === undefined) {
      this.fail("ends early");
      return 0;
    }
    this.#offset++;
    return value;
  }

  /** An unsigned integer up to 2^53 - 1 in its shortest form; anything else is a fault. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < 8; read++) {
      const byte = this.byte();
      if (this.#fault !== undefined) return 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && read > 0) this.fail("number is not in its shortest form");
        if (value > Number.MAX_SAFE_INTEGER) this.fail("number is too large");
        return this.#fault === undefined ? value : 0;
      }
      scale *= 0x80;
    }
    this.fail("number is too large");
    return 0;
  }

  /** A count of items of at least `itemBytesMin` bytes each: one that cannot fit in what is left is a fault. */
  count(itemBytesMin: number): number {
    const count = this.varint();
    if (count * itemBytesMin > this.remaining) {
      this.fail("count exceeds the bytes that are left");
      return 0;
    }
    return count;
  }

  /** A length and that many bytes, copied: the result does not keep the input alive. */
  bytes(): Uint8Array {
    const length = this.count(1);
    if (this.#fault !== undefined) return new Uint8Array(0);
    const start = this.#offset;
    this.#offset += length;
    return new Uint8Array(this.#bytes.subarray(start, this.#offset));
  }

  /** Ends a decoding: the value, or why there is none. Bytes left over are a fault. */
  finish<T extends object>(value: T): T | Malformed {
    if (this.remaining > 0) this.fail(`${this.remaining} bytes left over`);
    return this.#fault === undefined ? value : { kind: "malformed", detail: this.#fault };
  }
}
