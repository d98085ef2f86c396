import type { Timers } from "../../clusters/timers";

/** Passes on the newest of a row of values, at most one in `everyMs`; what comes faster is overwritten. */
export class Pacer<T> {
  private readonly timers: Timers;
  private readonly everyMs: number;
  private readonly pass: (value: T) => void;
  private lastAt = Number.NEGATIVE_INFINITY;
  private waiting: { value: T } | undefined;
  private cancel: (() => void) | undefined;

  constructor(timers: Timers, everyMs: number, pass: (value: T) => void) {
    this.timers = timers;
    this.everyMs = everyMs;
    this.pass = pass;
  }

  offer(value: T): void {
    if (this.waiting !== undefined) {
      this.waiting.value = value;
      return;
    }
    const wait = this.lastAt + this.everyMs - this.timers.now();
    if (wait <= 0) {
      this.emit(value);
      return;
    }
    this.waiting = { value };
    this.cancel = this.timers.after(wait, () => {
      const next = this.waiting;
      this.waiting = undefined;
      if (next !== undefined) this.emit(next.value);
    });
  }

  close(): void {
    this.cancel?.();
    this.waiting = undefined;
  }

  private emit(value: T): void {
    this.lastAt = this.timers.now();
    this.pass(value);
  }
}
