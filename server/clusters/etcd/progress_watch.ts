import type { Timers } from "../timers";
import type { LeaderProgress } from "./leader_progress";

/** Between two looks at the leader's progress, ms. */
const EVERY_MS = 1000;
/** Where it cannot be had it is tried again after so long, ms. */
const AGAIN_MS = 30_000;
/** A look older than this (ms) says nothing any more. */
const GOOD_FOR_MS = 3000;

export interface ProgressWatchOptions {
  readonly timers: Timers;
  /** The leader's client URL, while its progress is of interest; undefined: it is not, or nobody leads. */
  readonly wanted: () => string | undefined;
  readonly ask: (url: string) => Promise<LeaderProgress | undefined>;
}

/** Asks the leader how far its learners are, while there are any: only the leader knows what their logs hold. */
export class ProgressWatch {
  private readonly options: ProgressWatchOptions;
  private readonly stop: () => void;
  private last: { readonly value: LeaderProgress; readonly at: number } | undefined;
  private readonly failed = new Map<string, number>();
  private asking = false;

  constructor(options: ProgressWatchOptions) {
    this.options = options;
    this.stop = options.timers.every(EVERY_MS, () => void this.look());
  }

  /** What the leader said lately. */
  get current(): LeaderProgress | undefined {
    const { last } = this;
    return last !== undefined && this.options.timers.now() - last.at <= GOOD_FOR_MS ? last.value : undefined;
  }

  close(): void {
    this.stop();
  }

  private async look(): Promise<void> {
    const { timers, wanted, ask } = this.options;
    const url = wanted();
    if (url === undefined || this.asking) return;
    const failedAt = this.failed.get(url);
    if (failedAt !== undefined && timers.now() - failedAt < AGAIN_MS) return;
    this.asking = true;
    // What cannot even be asked tells nothing either.
    const value = await ask(url).catch(() => undefined);
    this.asking = false;
    if (value === undefined) {
      this.failed.set(url, timers.now());
      return;
    }
    this.failed.delete(url);
    this.last = { value, at: timers.now() };
  }
}
