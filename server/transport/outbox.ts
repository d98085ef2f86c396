import type { FrameKind, OutFrame } from "./frame";

/** Queued frames handed out in one batch, about: the socket's own buffer stays near this size. */
const BATCH_BYTES = 64 * 1_024;
/** The queue's array is cut to its live part when this many taken frames lie before it. */
const TAKEN_MAX = 1_024;

/** Something that gives one frame at a time while it may: a snapshot transfer. */
export interface BulkSource {
  next(): OutFrame | undefined;
}

/**
 * What waits to be written on one connection, bounded in bytes and frames. Four lanes, in this order: urgent frames
 * (the newest of a kind replaces an unsent older one), the queue (in the order given), the newest report, and one frame
 * of the bulk source. Every batch visits every lane, so a snapshot delays a heartbeat by one chunk, and never stands still
 * behind heartbeats either.
 */
export class Outbox {
  readonly #bytesMax: number;
  readonly #framesMax: number;
  readonly #urgent = new Map<FrameKind, OutFrame>();
  #queue: OutFrame[] = [];
  #taken = 0;
  #queuedBytes = 0;
  #report: OutFrame | undefined;
  /** Set by the owner of the connection. */
  bulk: BulkSource | undefined;

  constructor(bytesMax: number, framesMax: number) {
    this.#bytesMax = bytesMax;
    this.#framesMax = framesMax;
  }

  /** Bytes and frames in the queue, urgent frames and report aside (those are at most one of a kind). */
  get queued(): { readonly bytes: number; readonly frames: number } {
    return { bytes: this.#queuedBytes, frames: this.#queue.length - this.#taken };
  }

  /** Whether a frame of `bytes` would be refused while the socket itself holds `socketBytes`. An empty queue takes any one frame. */
  isFull(bytes: number, socketBytes: number): boolean {
    const { bytes: queuedBytes, frames } = this.queued;
    if (frames >= this.#framesMax) return true;
    const held = queuedBytes + socketBytes;
    return held > 0 && held + bytes > this.#bytesMax;
  }

  /** The caller has asked isFull. */
  put(frame: OutFrame): void {
    this.#queue.push(frame);
    this.#queuedBytes += frame.bytes;
  }

  putUrgent(frame: OutFrame): void {
    this.#urgent.set(frame.kind, frame);
  }

  /** Replaces a report that was not sent yet; returns whether there was one. */
  putReport(frame: OutFrame): boolean {
    const replaced = this.#report !== undefined;
    this.#report = frame;
    return replaced;
  }

  /** What to write next, marked as written; empty if there is nothing. */
  take(): OutFrame[] {
    const batch = [...this.#urgent.values()];
    this.#urgent.clear();
    this.#takeQueued(batch);
    if (this.#report !== undefined) batch.push(this.#report);
    this.#report = undefined;
    const chunk = this.bulk?.next();
    if (chunk !== undefined) batch.push(chunk);
    for (const frame of batch) frame.fate = "written";
    return batch;
  }

  #takeQueued(batch: OutFrame[]): void {
    let bytes = 0;
    while (bytes < BATCH_BYTES) {
      const frame = this.#queue[this.#taken];
      if (frame === undefined) break;
      this.#taken++;
      this.#queuedBytes -= frame.bytes;
      if (frame.fate === "cancelled") continue;
      bytes += frame.bytes;
      batch.push(frame);
    }
    if (this.#taken === this.#queue.length || this.#taken >= TAKEN_MAX) {
      this.#queue = this.#queue.slice(this.#taken);
      this.#taken = 0;
    }
  }
}
