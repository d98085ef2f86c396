import { closeCodes, HEARTBEAT_MS } from "../../../protocol/frames";
import type { Timers } from "../../clusters/timers";
import { CLOSE_TIMEOUT_MS, HARD_CAP_BYTES, HARD_CAP_MS, HIGH_WATER_BYTES, PING_EVERY_MS } from "../limits";
import { Frame, type MembershipFrames } from "./frames";

/** A stream's socket, as far as the client's flow needs it. */
export interface StreamSocket {
  /** Bytes accepted for sending and not yet handed to the operating system. */
  readonly bufferedAmount: number;
  /** `sent` is called once the bytes left, or never will. */
  send(bytes: Buffer, sent: () => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** How often `tick` must be called (ms). */
export const TICK_MS = 500;
/** Silence (ms) after which the next tick could come too late for the heartbeat. */
const SILENCE_MS = HEARTBEAT_MS - TICK_MS;

const heartbeat = new Frame({ type: "heartbeat" });

/**
 * One browser at the stream. Membership, status and machine each have one slot: while more than the high-water mark waits to be
 * sent, a newer value takes the place of the older one. So a client costs at most the high-water mark and one frame, however slowly
 * it reads, and what it gets next is always the newest; membership frames say how many snapshots they stand for.
 */
export class StreamClient {
  private readonly socket: StreamSocket;
  private readonly timers: Timers;
  private membership: MembershipFrames | undefined;
  private status: Frame | undefined;
  private machine: Frame | undefined;
  private lastView: { readonly epoch: string; readonly sequence: number } | undefined;
  private lastSentAt: number;
  private lastPingAt: number;
  private awaitingPong = false;
  private overCapSince: number | undefined;
  private cutOff: (() => void) | undefined;
  private ending = false;

  constructor(socket: StreamSocket, timers: Timers) {
    this.socket = socket;
    this.timers = timers;
    this.lastSentAt = timers.now();
    this.lastPingAt = timers.now();
  }

  /** The first frame, and again where what it says changed; sent as it is. */
  greet(hello: Frame): void {
    this.write(hello.bytes);
  }

  offerMembership(frames: MembershipFrames): void {
    this.membership = frames;
    this.flush();
  }

  offerStatus(frame: Frame): void {
    this.status = frame;
    this.flush();
  }

  offerMachine(frame: Frame): void {
    this.machine = frame;
    this.flush();
  }

  /** The browser answered a ping. */
  heard(): void {
    this.awaitingPong = false;
  }

  /** Looks after silence, lost peers and slow ones. */
  tick(): void {
    if (this.ending) return;
    const now = this.timers.now();
    const buffered = this.socket.bufferedAmount;
    if (buffered <= HARD_CAP_BYTES) this.overCapSince = undefined;
    else this.overCapSince ??= now;
    if (this.overCapSince !== undefined && now - this.overCapSince >= HARD_CAP_MS) {
      this.end(closeCodes.tooSlow);
      return;
    }
    if (now - this.lastPingAt >= PING_EVERY_MS) {
      if (this.awaitingPong) {
        this.terminate();
        return;
      }
      this.awaitingPong = true;
      this.lastPingAt = now;
      this.socket.ping();
    }
    if (now - this.lastSentAt >= SILENCE_MS && buffered < HIGH_WATER_BYTES) this.write(heartbeat.bytes);
  }

  /** Closes with a code and its sentence; a handshake that is not answered is cut off. */
  end(reason: { readonly code: number; readonly sentence: string }): void {
    if (this.ending) return;
    this.ending = true;
    this.drop();
    this.socket.close(reason.code, reason.sentence);
    this.cutOff = this.timers.after(CLOSE_TIMEOUT_MS, () => this.socket.terminate());
  }

  /** Cuts the connection. */
  terminate(): void {
    this.ending = true;
    this.drop();
    this.socket.terminate();
  }

  /** The socket is gone. */
  closed(): void {
    this.ending = true;
    this.drop();
    this.cutOff?.();
  }

  private drop(): void {
    this.membership = undefined;
    this.status = undefined;
    this.machine = undefined;
  }

  private flush(): void {
    while (!this.ending && this.socket.bufferedAmount < HIGH_WATER_BYTES) {
      const next = this.takeMembership() ?? this.takeStatus() ?? this.takeMachine();
      if (next === undefined) return;
      this.write(next);
    }
  }

  private takeMembership(): Buffer | undefined {
    const frames = this.membership;
    if (frames === undefined) return undefined;
    this.membership = undefined;
    const { epoch, sequence } = frames.view;
    const last = this.lastView;
    this.lastView = { epoch, sequence };
    const merged = last?.epoch === epoch ? Math.max(0, sequence - last.sequence - 1) : 0;
    return frames.bytes(merged);
  }

  private takeStatus(): Buffer | undefined {
    const frame = this.status;
    this.status = undefined;
    return frame?.bytes;
  }

  private takeMachine(): Buffer | undefined {
    const frame = this.machine;
    this.machine = undefined;
    return frame?.bytes;
  }

  private write(bytes: Buffer): void {
    this.lastSentAt = this.timers.now();
    this.socket.send(bytes, () => this.flush());
  }
}
