import { assert } from "../assert";

const FIRST_CAPACITY = 8;

/** The append messages under way to one peer, oldest first: for each the index of its last entry, and its size. */
export class Inflights {
  readonly #messagesMax: number;
  /** 0: no limit. */
  readonly #bytesMax: number;
  /** Rings of the same length, which grows by doubling up to the limit. */
  #indexes: number[] = [];
  #sizes: number[] = [];
  #start = 0;
  #count = 0;
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** No further message may be sent until one is acknowledged. */
  get full(): boolean {
    return this.#count >= this.#messagesMax || (this.#bytesMax > 0 && this.#bytes >= this.#bytesMax);
  }

  /** Notes a message sent. `index` must be above those of all earlier ones. */
  add(index: number, bytes: number): void {
    assert(!this.full, "a message was sent although the window is full");
    if (this.#count === this.#indexes.length) this.#grow();
    const at = (this.#start + this.#count) % this.#indexes.length;
    this.#indexes[at] = index;
    this.#sizes[at] = bytes;
    this.#count++;
    this.#bytes += bytes;
  }

  /** Forgets the messages up to and including the one that ends at `index`. */
  freeTo(index: number): void {
    while (this.#count > 0 && (this.#indexes[this.#start] ?? 0) <= index) {
      this.#bytes -= this.#sizes[this.#start] ?? 0;
      this.#start = (this.#start + 1) % this.#indexes.length;
      this.#count--;
    }
  }

  reset(): void {
    this.#start = 0;
    this.#count = 0;
    this.#bytes = 0;
  }

  #grow(): void {
    const capacity = Math.min(Math.max(FIRST_CAPACITY, this.#indexes.length * 2), this.#messagesMax);
    const indexes = new Array<number>(capacity).fill(0);
    const sizes = new Array<number>(capacity).fill(0);
    for (let i = 0; i < this.#count; i++) {
      const from = (this.#start + i) % this.#indexes.length;
      indexes[i] = this.#indexes[from] ?? 0;
      sizes[i] = this.#sizes[from] ?? 0;
    }
    this.#indexes = indexes;
    this.#sizes = sizes;
    this.#start = 0;
  }
}
