import type { Timers } from "../timers";

interface Alarm {
  at: number;
  readonly everyMs: number | undefined;
  readonly call: () => void;
}

/** A clock for tests: nothing happens until `advance`, which runs what falls due in order. */
export class ManualTimers implements Timers {
  private time = 0;
  private readonly alarms = new Set<Alarm>();

  now(): number {
    return this.time;
  }

  after(ms: number, call: () => void): () => void {
    return this.add({ at: this.time + ms, everyMs: undefined, call });
  }

  every(ms: number, call: () => void): () => void {
    return this.add({ at: this.time + ms, everyMs: ms, call });
  }

  /** Timers set and not yet ended. */
  get pending(): number {
    return this.alarms.size;
  }

  /** Moves time on by `ms`, running what falls due. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.nextBefore(end); next !== undefined; next = this.nextBefore(end)) {
      this.time = next.at;
      if (next.everyMs === undefined) this.alarms.delete(next);
      else next.at += next.everyMs;
      next.call();
    }
    this.time = end;
  }

  private nextBefore(end: number): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.alarms) {
      if (alarm.at <= end && (next === undefined || alarm.at < next.at)) next = alarm;
    }
    return next;
  }

  private add(alarm: Alarm): () => void {
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }
}
