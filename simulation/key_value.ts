import type { StateMachine } from "../server/engine/types";
import { mix } from "./random";

/** Sets `key` to `value`; every write of a run has a value of its own. */
export interface Write {
  readonly key: number;
  readonly value: number;
}

const WRITE_BYTES = 8;

/** A write as the data of an entry. */
export function encodeWrite({ key, value }: Write): Uint8Array {
  const bytes = new Uint8Array(WRITE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, key);
  view.setUint32(4, value);
  return bytes;
}

/** Hears of every entry a node's state machine takes. */
export interface ApplyListener {
  applied(index: number, write: Write, digest: number): void;
  /** A snapshot took the place of what was there. */
  restored(digest: number): void;
}

/**
 * The application of a simulated node: registers, and a digest over every write in order, so that two nodes with the same digest
 * have applied the same entries at the same indexes.
 */
export class KeyValue implements StateMachine {
  private readonly values = new Map<number, number>();
  private digest = 0;
  private readonly listener: ApplyListener;

  constructor(listener: ApplyListener) {
    this.listener = listener;
  }

  apply(index: number, data: Uint8Array): void {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const write = { key: view.getUint32(0), value: view.getUint32(4) };
    this.values.set(write.key, write.value);
    this.digest = mix(mix(this.digest, index), write.value);
    this.listener.applied(index, write, this.digest);
  }

  /** The value of a key; 0 before the first write. */
  read(key: number): number {
    return this.values.get(key) ?? 0;
  }

  snapshot(): Uint8Array {
    const bytes = new Uint8Array(4 + WRITE_BYTES * this.values.size);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.digest);
    let at = 4;
    for (const [key, value] of this.values) {
      view.setUint32(at, key);
      view.setUint32(at + 4, value);
      at += WRITE_BYTES;
    }
    return bytes;
  }

  restore(data: Uint8Array): void {
    this.values.clear();
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    this.digest = data.length === 0 ? 0 : view.getUint32(0);
    for (let at = 4; at + WRITE_BYTES <= data.length; at += WRITE_BYTES)
      this.values.set(view.getUint32(at), view.getUint32(at + 4));
    this.listener.restored(this.digest);
  }
}
