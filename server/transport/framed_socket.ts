import type { Socket } from "node:net";
import type { Clock } from "./clock";
import type { Closure } from "./closure";
import type { Tally } from "./counters";
import {
  FRAME_HEADER_BYTES,
  type FrameFilter,
  type FrameKind,
  FrameReader,
  type FrameTaker,
  type OutFrame,
  writeFrameHeader,
} from "./frame";
import { type BulkSource, Outbox } from "./outbox";

/** Parts of at least this size are handed to the socket as they are, smaller ones are gathered into one write. */
const OWN_WRITE_BYTES_MIN = 16 * 1_024;
const KEEP_ALIVE_DELAY_MS = 10_000;

/** What stands behind a socket. It changes when the handshake ends. All calls come from the event loop. */
export interface SocketOwner {
  readonly allows: FrameFilter;
  readonly onFrame: FrameTaker;
  /** Bytes arrived. */
  onHeard(): void;
  /** The connection is gone; said once, and the last call. */
  onClosed(closure: Closure): void;
}

/** The bounds of what waits to be written. */
export interface QueueLimits {
  readonly queueBytesMax: number;
  readonly queueFramesMax: number;
}

/**
 * One TCP connection as frames in both directions. Whatever is offered in one turn leaves in one write; nothing is handed
 * to a socket whose buffer is full, so memory is bounded by the outbox. Never throws because of the other side.
 */
export class FramedSocket {
  owner: SocketOwner;
  /** Ticks since anything was read; counted by whoever watches over this connection. */
  silentTicks = 0;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #outbox: Outbox;
  readonly #tally: Tally;
  readonly #clock: Clock;
  #closure: Closure | undefined;
  #finishing: Closure | undefined;
  #cancelGrace: (() => void) | undefined;
  #flushScheduled = false;
  readonly closed: Promise<void>;

  constructor(socket: Socket, owner: SocketOwner, limits: QueueLimits, tally: Tally, clock: Clock) {
    this.#socket = socket;
    this.owner = owner;
    this.#outbox = new Outbox(limits.queueBytesMax, limits.queueFramesMax);
    this.#tally = tally;
    this.#clock = clock;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("connect", () => this.#flush());
    socket.on("drain", () => this.#flush());
    socket.on("error", (error) => this.close({ code: "failed", detail: error.message }));
    socket.on("end", () => this.close({ code: "ended", detail: "closed by the other side" }));
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.close({ code: "ended", detail: "closed by the other side" });
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#closure === undefined && this.#finishing === undefined;
  }

  /** What waits to be written, the socket's own buffer included. */
  get pending(): { readonly bytes: number; readonly frames: number } {
    const { bytes, frames } = this.#outbox.queued;
    return { bytes: bytes + this.#socket.writableLength, frames };
  }

  /** Source of snapshot frames; call pump() when it has something anew. */
  set bulk(source: BulkSource | undefined) {
    this.#outbox.bulk = source;
  }

  isFull(bytes: number): boolean {
    return this.#outbox.isFull(bytes, this.#socket.writableLength);
  }

  /** Queues a frame; false: the queue is full, or the connection is closed, and the frame was dropped. */
  send(frame: OutFrame): boolean {
    if (!this.isOpen || this.isFull(frame.bytes)) return false;
    this.#outbox.put(frame);
    this.pump();
    return true;
  }

  /** Sends ahead of the queue; replaces an unsent frame of the same kind. */
  sendUrgent(frame: OutFrame): void {
    if (!this.isOpen) return;
    this.#outbox.putUrgent(frame);
    this.pump();
  }

  /** Sends after the queue; returns whether it replaced an older one. */
  sendReport(frame: OutFrame): boolean {
    if (!this.isOpen) return false;
    const replaced = this.#outbox.putReport(frame);
    this.pump();
    return replaced;
  }

  /** Writes what waits, at the end of this turn. */
  pump(): void {
    if (this.#flushScheduled || this.#closure !== undefined) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  /** Closes at once; what waits is lost. Further calls do nothing. */
  close(closure: Closure): void {
    if (this.#closure !== undefined) return;
    const reason = this.#finishing ?? closure;
    this.#closure = reason;
    this.#cancelGrace?.();
    this.#socket.destroy();
    this.#tally.countClosed(reason.code);
    this.owner.onClosed(reason);
  }

  /** Closes once what waits is written, after `graceMs` in any case. Nothing more is taken or read. */
  finish(closure: Closure, graceMs: number): void {
    if (!this.isOpen) return;
    this.#finishing = closure;
    this.#cancelGrace = this.#clock.after(graceMs, () => this.close(closure));
    this.pump();
  }

  #onData(chunk: Buffer): void {
    this.#tally.bytesReceived += chunk.length;
    this.silentTicks = 0;
    if (!this.isOpen) return;
    this.owner.onHeard();
    const closure = this.#reader.push(
      chunk,
      (kind) => this.owner.allows(kind),
      (kind, payload) => this.#onFrame(kind, payload),
    );
    // A frame may have begun a graceful close; then the rest is left unread and what waits still goes out.
    if (closure !== undefined && this.#finishing === undefined) this.close(closure);
  }

  #onFrame(kind: FrameKind, payload: Buffer): Closure | undefined {
    this.#tally.framesReceived++;
    const closure = this.owner.onFrame(kind, payload);
    return closure ?? this.#closure ?? this.#finishing;
  }

  #flush(): void {
    const socket = this.#socket;
    if (socket.connecting) return;
    while (this.#closure === undefined && !socket.writableNeedDrain) {
      const batch = this.#outbox.take();
      if (batch.length === 0) {
        if (this.#finishing !== undefined && !socket.writableEnded) socket.end();
        return;
      }
      this.#write(batch);
    }
  }

  #write(batch: readonly OutFrame[]): void {
    let gatheredBytes = 0;
    for (const frame of batch) {
      gatheredBytes += FRAME_HEADER_BYTES;
      for (const part of frame.parts) if (part.length < OWN_WRITE_BYTES_MIN) gatheredBytes += part.length;
      this.#tally.bytesSent += frame.bytes;
    }
    this.#tally.framesSent += batch.length;
    const gathered = Buffer.allocUnsafe(gatheredBytes);
    let start = 0;
    let end = 0;
    this.#socket.cork();
    for (const frame of batch) {
      end = writeFrameHeader(gathered, end, frame);
      for (const part of frame.parts) {
        if (part.length < OWN_WRITE_BYTES_MIN) {
          gathered.set(part, end);
          end += part.length;
        } else {
          this.#socket.write(gathered.subarray(start, end));
          this.#socket.write(part);
          start = end;
        }
      }
    }
    if (end > start) this.#socket.write(gathered.subarray(start, end));
    this.#socket.uncork();
  }
}
