import { closeCodes, DISCONNECTED_AFTER_MS, type ServerFrame, STALE_AFTER_MS } from "../protocol/frames";
import { readFrame } from "./read_frame";

/** A timer as the environment gives it. */
export type Timer = unknown;

/** What the connection needs of its surroundings; replaced in tests by a virtual clock. */
export interface ConnectionPorts {
  /** Wall clock, ms. It runs on while the machine sleeps; where it is set back, ages are 0 until it caught up. */
  readonly now: () => number;
  readonly setTimer: (run: () => void, ms: number) => Timer;
  readonly clearTimer: (timer: Timer) => void;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Runs things in tasks of their own, in the order given; absent: at once. */
  readonly later?: (run: () => void) => void;
  /** Opens a WebSocket; handlers are called from later turns only. Throws where the browser refuses the address. */
  readonly open: (url: string, handlers: SocketHandlers) => { close(): void };
}

/** What a socket tells its owner. */
export interface SocketHandlers {
  readonly opened: () => void;
  readonly message: (data: unknown) => void;
  readonly closed: (code: number, reason: string) => void;
}

/** What the owner of a connection is told. */
export interface ConnectionListener {
  /** A frame that passed its schema; membership frames only with an index above the last one, or of another epoch. */
  frame(frame: ServerFrame, note: { readonly newEpoch: boolean }): void;
  /** A frame was not understood, and dropped. */
  badFrame(): void;
  /** The server speaks another version of the stream; no more attempts are made. */
  incompatible(): void;
  state(state: ConnectionState): void;
}

/** connecting: the first attempt is under way. closed: `retryAt` null while an attempt is under way. */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "stale" }
  | { readonly kind: "closed"; readonly retryAt: number | null; readonly reason: string | null };

/** The owner of one WebSocket. */
export interface Connection {
  start(): void;
  /** Closes for good; a later start() begins anew. */
  stop(): void;
  /** Connects now instead of waiting; a no-op while open and live, or while an attempt is under way. */
  retryNow(): void;
  /** The page became visible or the network came back: ages are judged at once, and a waiting attempt is made. */
  wake(): void;
}

/** Reconnecting waits a uniform time below base * 2^attempt, at most the cap (full jitter), so that browsers do not return at once. */
export const RECONNECT_BASE_MS = 250;
export const RECONNECT_CAP_MS = 10_000;

/** Makes the owner of the stream at `url()`. It opens nothing before start(). */
export function createConnection(
  url: () => string,
  listener: ConnectionListener,
  ports: ConnectionPorts,
): Connection {
  return new StreamConnection(url, listener, ports);
}

class StreamConnection implements Connection {
  readonly #url: () => string;
  readonly #listener: ConnectionListener;
  readonly #ports: ConnectionPorts;
  #running = false;
  /** An attempt succeeded or failed: from here on the absence of a socket is a disconnection. */
  #settled = false;
  #state: ConnectionState = { kind: "connecting" };
  #socket: { close(): void } | undefined;
  /** Last sign of life of the present socket: its opening attempt, its opening, or a good frame. */
  #aliveAt = 0;
  #watch: Timer;
  #retry: Timer;
  #attempt = 0;
  #generation = 0;
  /** What was received and is not done with, in the order it came. */
  readonly #work: Iterator<void, void>[] = [];
  #last: { readonly epoch: string; readonly index: number } | undefined;

  constructor(url: () => string, listener: ConnectionListener, ports: ConnectionPorts) {
    this.#url = url;
    this.#listener = listener;
    this.#ports = ports;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#attempt = 0;
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#release();
  }

  retryNow(): void {
    if (!this.#running) return;
    if (this.#state.kind === "stale") this.#release();
    else if (this.#socket !== undefined) return;
    this.#connect();
  }

  wake(): void {
    if (!this.#running) return;
    if (this.#socket === undefined) this.#connect();
    else this.#judgeAge();
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#listener.state(state);
  }

  #connect(): void {
    this.#ports.clearTimer(this.#retry);
    this.#aliveAt = this.#ports.now();
    this.#enter(this.#settled ? { kind: "closed", retryAt: null, reason: null } : { kind: "connecting" });
    this.#generation += 1;
    try {
      this.#socket = this.#ports.open(this.#url(), this.#handlers(this.#generation));
    } catch {
      this.#lost("This browser could not open the connection.");
      return;
    }
    this.#watchIn(STALE_AFTER_MS);
  }

  /** Handlers of one socket; what a released one still says is not heard. */
  #handlers(generation: number): SocketHandlers {
    const current = () => this.#socket !== undefined && generation === this.#generation;
    return {
      opened: () => {
        if (!current()) return;
        this.#settled = true;
        this.#aliveAt = this.#ports.now();
        this.#enter({ kind: "open" });
      },
      message: (data) => {
        if (current()) this.#enqueue(this.#receive(data, current));
      },
      closed: (code, reason) => this.#enqueue(this.#close(code, reason, current)),
    };
  }

  #watchIn(ms: number): void {
    this.#ports.clearTimer(this.#watch);
    this.#watch = this.#ports.setTimer(() => this.#judgeAge(), ms);
  }

  /** Silence for 5 s makes an open socket stale; for 10 s any socket is taken for dead, whatever the browser believes. */
  #judgeAge(): void {
    if (this.#socket === undefined) return;
    const age = Math.max(0, this.#ports.now() - this.#aliveAt);
    if (age >= DISCONNECTED_AFTER_MS) {
      this.#lost("Nothing was received for 10 s.");
      return;
    }
    if (age < STALE_AFTER_MS) {
      this.#watchIn(STALE_AFTER_MS - age);
      return;
    }
    if (this.#state.kind === "open") this.#enter({ kind: "stale" });
    this.#watchIn(DISCONNECTED_AFTER_MS - age);
  }

  /** Takes work up behind what came before it. Each of its steps is a task of its own, so that none keeps the page from answering. */
  #enqueue(work: Iterator<void, void>): void {
    this.#work.push(work);
    if (this.#work.length === 1) this.#step();
  }

  #step(): void {
    let done: boolean | undefined = true;
    try {
      done = this.#work[0]?.next().done;
    } finally {
      if (done) this.#work.shift();
      if (this.#work.length > 0) this.#later(() => this.#step());
    }
  }

  #later(run: () => void): void {
    if (this.#ports.later === undefined) run();
    else this.#ports.later(run);
  }

  *#receive(data: unknown, current: () => boolean): Generator<void, void> {
    const frame = yield* readFrame(data);
    if (!current()) return;
    if (frame === "other-version") {
      this.stop();
      this.#listener.incompatible();
      return;
    }
    if (frame === undefined) {
      this.#listener.badFrame();
      return;
    }
    this.#aliveAt = this.#ports.now();
    if (this.#state.kind !== "open") this.#enter({ kind: "open" });
    yield;
    if (current()) this.#deliver(frame);
  }

  *#close(code: number, reason: string, current: () => boolean): Generator<void, void> {
    yield;
    if (current()) this.#lost(closeReason(code, reason));
  }

  #deliver(frame: ServerFrame): void {
    if (frame.type !== "membership") {
      this.#listener.frame(frame, { newEpoch: false });
      return;
    }
    this.#attempt = 0;
    const index = frame.snapshot.committedIndex;
    const newEpoch = this.#last !== undefined && this.#last.epoch !== frame.epoch;
    if (this.#last !== undefined && !newEpoch && index <= this.#last.index) return;
    this.#last = { epoch: frame.epoch, index };
    this.#listener.frame(frame, { newEpoch });
  }

  #lost(reason: string | null): void {
    this.#settled = true;
    this.#release();
    const delay = this.#ports.random() * Math.min(RECONNECT_CAP_MS, RECONNECT_BASE_MS * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#retry = this.#ports.setTimer(() => this.#connect(), delay);
    this.#enter({ kind: "closed", retryAt: this.#ports.now() + delay, reason });
  }

  #release(): void {
    this.#ports.clearTimer(this.#retry);
    this.#ports.clearTimer(this.#watch);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}

function closeReason(code: number, reason: string): string | null {
  const known = Object.values(closeCodes).find((close) => close.code === code);
  return known?.sentence ?? (reason === "" ? null : reason);
}
