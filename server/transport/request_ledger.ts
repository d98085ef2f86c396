import type { Clock } from "./clock";
import { FrameKind, type OutFrame, outFrame, REQUEST_BYTES_MAX } from "./frame";
import type { RequestFault } from "./types";

/** How a request ends. Said exactly once. */
export type RequestDone = (answer: Uint8Array | RequestFault) => void;

/** First byte of a reply. `busy`: the peer had too many requests under way and did not take this one. */
export const ReplyStatus = { answer: 0, busy: 1, failed: 2 } as const;
export type ReplyStatus = (typeof ReplyStatus)[keyof typeof ReplyStatus];

interface Outstanding {
  readonly frame: OutFrame;
  readonly done: RequestDone;
  readonly cancelTimer: () => void;
}

/**
 * The requests sent on one connection, and who waits for their answers. A request whose frame was never handed to the
 * socket, or that the peer says it did not take, is `unsent`; in every other case its fate is not known: `unanswered`.
 */
export class RequestLedger {
  readonly #clock: Clock;
  readonly #outstandingMax: number;
  readonly #outstanding = new Map<number, Outstanding>();
  #lastId = 0;

  constructor(clock: Clock, outstandingMax: number) {
    this.#clock = clock;
    this.#outstandingMax = outstandingMax;
  }

  /** Registers a request and returns its frame, or why it cannot be sent. `send` false from the connection: call abandon. */
  open(body: Uint8Array, timeoutMs: number, done: RequestDone): OutFrame | RequestFault {
    if (body.length > REQUEST_BYTES_MAX) return unsent("the request is too large");
    if (this.#outstanding.size >= this.#outstandingMax) return unsent("too many requests are under way");
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = this.#lastId;
    const head = Buffer.alloc(4);
    head.writeUInt32BE(id);
    const frame = outFrame(FrameKind.request, head, body);
    const cancelTimer = this.#clock.after(timeoutMs, () => this.#fail(id, `no answer in ${timeoutMs} ms`));
    this.#outstanding.set(id, { frame, done, cancelTimer });
    return frame;
  }

  /** Takes back the request last opened: its frame was not queued. `done` is not called. */
  abandon(): void {
    this.#outstanding.get(this.#lastId)?.cancelTimer();
    this.#outstanding.delete(this.#lastId);
  }

  /** Takes a reply; false: the bytes are none. One that comes too late is ignored. */
  settle(payload: Buffer): boolean {
    if (payload.length < 5) return false;
    const id = payload.readUInt32BE(0);
    const status = payload.readUInt8(4);
    const body = payload.subarray(5);
    if (status > ReplyStatus.failed || (status !== ReplyStatus.answer && body.length > 0)) return false;
    const entry = this.#outstanding.get(id);
    if (entry === undefined) return true;
    this.#outstanding.delete(id);
    entry.cancelTimer();
    if (status === ReplyStatus.answer) entry.done(body);
    else if (status === ReplyStatus.busy) entry.done(unsent("the peer has too many requests under way"));
    else entry.done(unanswered("the peer could not send its answer"));
    return true;
  }

  /** The connection is gone. */
  failAll(detail: string): void {
    for (const id of [...this.#outstanding.keys()]) this.#fail(id, detail);
  }

  #fail(id: number, detail: string): void {
    const entry = this.#outstanding.get(id);
    if (entry === undefined) return;
    this.#outstanding.delete(id);
    entry.cancelTimer();
    if (entry.frame.fate === "written") {
      entry.done(unanswered(detail));
      return;
    }
    entry.frame.fate = "cancelled";
    entry.done(unsent(detail));
  }
}

/** u32 request, u8 status, body. */
export function replyFrame(requestId: number, status: ReplyStatus, body: Uint8Array): OutFrame {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(requestId, 0);
  head.writeUInt8(status, 4);
  return outFrame(FrameKind.reply, head, body);
}

export function unsent(detail: string): RequestFault {
  return { kind: "unsent", detail };
}

function unanswered(detail: string): RequestFault {
  return { kind: "unanswered", detail };
}
