import type { Clock } from "./clock";
import { type IoError, isDiskFull } from "./file_system";

/** Pause before a call that found the disk full is made again. */
const RETRY_MS = 1000;

/** How a call ended: undefined once it succeeded; "given-up": the disk was full and nobody waits for it any more. */
export type RetryOutcome = IoError | "given-up" | undefined;

/** Makes calls that may find the disk full again every second, until they succeed. One call at a time. */
export class FullDiskRetry {
  readonly #clock: Clock;
  readonly #onStall: (stalled: boolean) => void;
  #stalled = false;
  #givenUp = false;
  #cancel: (() => void) | undefined;
  #abandon: (() => void) | undefined;

  /** `onStall` hears true when a call finds the disk full, and false when it went through. */
  constructor(clock: Clock, onStall: (stalled: boolean) => void) {
    this.#clock = clock;
    this.#onStall = onStall;
  }

  run(
    attempt: (done: (error: IoError | undefined) => void) => void,
    done: (outcome: RetryOutcome) => void,
  ): void {
    attempt((error) => {
      if (error === undefined || !isDiskFull(error)) {
        if (error === undefined) this.#setStalled(false);
        return done(error);
      }
      if (this.#givenUp) return done("given-up");
      this.#abandon = () => done("given-up");
      this.#cancel = this.#clock.after(RETRY_MS, () => {
        this.#cancel = undefined;
        this.#abandon = undefined;
        this.run(attempt, done);
      });
      this.#setStalled(true);
    });
  }

  /** Waits for no room any more: a call that is waiting now, or finds the disk full later, ends as "given-up". */
  giveUp(): void {
    this.#givenUp = true;
    const abandon = this.#abandon;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#abandon = undefined;
    abandon?.();
  }

  #setStalled(stalled: boolean): void {
    if (stalled === this.#stalled) return;
    this.#stalled = stalled;
    this.#onStall(stalled);
  }
}
