/** Test support: a disk, a clock and the order of events of one machine, all driven by hand. */
import type { Clock } from "../clock";
import type { Random } from "./disk_image";
import { FaultyFileSystem, type FaultyFileSystemOptions } from "./faulty_file_system";

/** A seeded generator of uniform integers in [0, bound) (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** Time that passes only when told to. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = due.at;
      due.run();
    }
    this.#now = until;
  }
}

/** A promise that has not settled after so many turns of the microtask queue waits for something else. */
const MICROTASKS_MAX = 1000;

/** One machine of a test. Nothing on it happens by itself. */
export class SimulatedMachine {
  readonly clock = new ManualClock();
  readonly disk: FaultyFileSystem;
  readonly random: Random;
  #events: (() => void)[] = [];

  constructor(seed = 1, faults: Pick<FaultyFileSystemOptions, "fault" | "shortWrites"> = {}) {
    this.random = seededRandom(seed);
    this.disk = new FaultyFileSystem({
      ...faults,
      random: this.random,
      schedule: (run) => this.#events.push(run),
    });
  }

  /** Lets one event happen, any of those that wait. False: none waits. */
  step(): boolean {
    const [run] = this.#events.splice(this.random(this.#events.length), 1);
    run?.();
    return run !== undefined;
  }

  /** Lets everything happen that does not wait for the clock. */
  settle(): void {
    while (this.step());
  }

  /** Lets everything happen until a promise is kept. Throws if nothing happens any more before that. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let pending = true;
    const ended = promise.finally(() => {
      pending = false;
    });
    for (let idle = 0; pending; idle++) {
      if (idle > MICROTASKS_MAX) throw new Error("the promise is not kept");
      if (this.step()) idle = 0;
      await Promise.resolve();
    }
    return ended;
  }
}
