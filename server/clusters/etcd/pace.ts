import type { PollPaceOptions } from "./options";

/** Decides how often etcd is asked: fast while something changes, slow when nothing has for a while. */
export class Pace {
  private readonly options: PollPaceOptions;
  private readonly now: () => number;
  private readonly hurried: () => void;
  private movedAt: number;
  private holds = 0;

  /** `hurried` is called when the pace rises from slow to fast: what waits for the slow one need not wait on. */
  constructor(options: PollPaceOptions, now: () => number, hurried: () => void) {
    this.options = options;
    this.now = now;
    this.hurried = hurried;
    this.movedAt = now();
  }

  get isFast(): boolean {
    return this.holds > 0 || this.now() - this.movedAt < this.options.calmAfterMs;
  }

  /** Milliseconds until the next poll. */
  interval(): number {
    return this.isFast ? this.options.fastMs : this.options.slowMs;
  }

  /** Something changed, or is about to. */
  moved(): void {
    const wasFast = this.isFast;
    this.movedAt = this.now();
    if (!wasFast) this.hurried();
  }

  /** Keeps the pace fast until the result is called: while a change is under way. */
  hold(): () => void {
    this.moved();
    this.holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.holds -= 1;
      this.moved();
    };
  }
}
