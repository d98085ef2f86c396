import type { ConnectionPorts } from "../connection";

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that moves only when told to, and runs what falls due in order. */
export class VirtualClock {
  time: number;
  readonly #planned = new Set<Planned>();
  #order = 0;

  constructor(start = 1_000_000) {
    this.time = start;
  }

  readonly ports: Pick<ConnectionPorts, "now" | "setTimer" | "clearTimer"> = {
    now: () => this.time,
    setTimer: (run, ms) => {
      const planned = { at: this.time + ms, order: this.#order++, run };
      this.#planned.add(planned);
      return planned;
    },
    clearTimer: (timer) => {
      this.#planned.delete(timer as Planned);
    },
  };

  /** Timers set and not run. */
  get pending(): number {
    return this.#planned.size;
  }

  /** Moves the clock on, running each timer at its own time; awaits promises that settled in between. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      await settled();
      const due = [...this.#planned].filter((one) => one.at <= until);
      const [next] = due.sort((a, b) => a.at - b.at || a.order - b.order);
      if (next === undefined) break;
      this.#planned.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = until;
    await settled();
  }

  /** The machine sleeps: time passes and no timer runs until the next advance(). */
  sleep(ms: number): void {
    this.time += ms;
  }
}

/** Lets promises that are already decided run their continuations, chains of some length included. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
