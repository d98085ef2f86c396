import type { Clock } from "./clock";

/** Joins that may come at once before the rate applies. */
export const JOIN_BURST = 16;
/** One more join is allowed after each of these. */
export const JOIN_INTERVAL_MS = 250;

/** Bounds what strangers with a join token, or without, may cost: so many waiting for an answer, so many a second. */
export class JoinGate {
  readonly #clock: Clock;
  readonly #waitingMax: number;
  #waiting = 0;
  #allowance = JOIN_BURST;
  #refilledMs: number;

  constructor(clock: Clock, waitingMax: number) {
    this.#clock = clock;
    this.#waitingMax = waitingMax;
    this.#refilledMs = clock.now();
  }

  /** Whether one more may come in; if so, `leave` must follow once. */
  enter(): boolean {
    const now = this.#clock.now();
    const earned = Math.floor((now - this.#refilledMs) / JOIN_INTERVAL_MS);
    this.#allowance = Math.min(JOIN_BURST, this.#allowance + earned);
    this.#refilledMs += earned * JOIN_INTERVAL_MS;
    if (this.#allowance === 0 || this.#waiting >= this.#waitingMax) return false;
    this.#allowance--;
    this.#waiting++;
    return true;
  }

  leave(): void {
    this.#waiting--;
  }
}
