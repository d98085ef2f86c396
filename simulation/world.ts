import { type EventKind, EventQueue } from "./event_queue";
import { mix, Random } from "./random";

/** Lines of a trace that are kept; the oldest go first. */
const TRACE_LINES_MAX = 40_000;

/** The first broken invariant of a run. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
  readonly event: number;
  readonly timeMs: number;
}

/** What all parts of one run share: virtual time, the events to come, randomness, the trace and the verdict. */
export class World {
  /** Virtual time, ms. */
  now = 0;
  /** Events that happened; ticks of clocks do not count. */
  events = 0;
  violation: Violation | undefined;
  readonly random: Random;
  /** How often each kind of fault took effect. */
  readonly coverage = new Map<string, number>();
  readonly trace: string[] | undefined;
  private readonly queue = new EventQueue();
  private deferred: (() => void)[] = [];
  private hashNow = 0;

  constructor(seed: number, tracing: boolean) {
    this.random = new Random(mix(seed, 1));
    this.trace = tracing ? [] : undefined;
  }

  /** Digest of everything that happened so far: equal runs have equal digests. */
  get hash(): number {
    return this.hashNow;
  }

  schedule(delayMs: number, kind: EventKind, run: () => void): void {
    this.queue.push(this.now + Math.max(0, delayMs), kind, run);
  }

  /** Runs after the current event, before any other. */
  readonly defer = (run: () => void): void => {
    this.deferred.push(run);
  };

  /** Lets the next event happen; false if there is none. */
  step(): boolean {
    const event = this.queue.pop();
    if (event === undefined) return false;
    this.now = event.at;
    if (event.kind !== "tick") this.events += 1;
    this.guarded(event.run);
    this.runDeferred();
    return true;
  }

  /** Whether anything was deferred and has run. */
  runDeferred(): boolean {
    if (this.deferred.length === 0) return false;
    while (this.deferred.length > 0 && this.violation === undefined) {
      const deferred = this.deferred;
      this.deferred = [];
      for (const run of deferred) this.guarded(run);
    }
    return true;
  }

  /** An exception of the engine is a finding: it would have ended the process. */
  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.breaks("no unexpected exception", describeError(error));
    }
  }

  /** Notes that an invariant does not hold; only the first one counts. */
  breaks(invariant: string, detail: string): void {
    if (this.violation !== undefined) return;
    this.violation = { invariant, detail, event: this.events, timeMs: Math.round(this.now) };
    this.say(() => `BROKEN: ${invariant}: ${detail}`);
  }

  covers(kind: string): void {
    this.coverage.set(kind, (this.coverage.get(kind) ?? 0) + 1);
  }

  /** Adds to the digest. */
  digest(a: number, b: number): void {
    this.hashNow = mix(this.hashNow ^ a, b + Math.round(this.now * 8));
  }

  /** Adds a line to the trace; built only when one is kept. */
  say(line: () => string): void {
    if (this.trace === undefined) return;
    this.trace.push(
      `${(this.now / 1000).toFixed(3).padStart(9)} #${String(this.events).padEnd(6)} ${line()}`,
    );
    if (this.trace.length > TRACE_LINES_MAX) this.trace.splice(0, TRACE_LINES_MAX / 2);
  }
}

/** An error with the place in our code where it came from. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frames = (error.stack ?? "").split("\n").filter((line) => line.trimStart().startsWith("at "));
  const place = frames.slice(0, 4).map((line) => line.trim().replace(/\(.*\/([^/]+)\)$/, "($1)"));
  return `${error.name}: ${error.message} ${place.join(" ")}`;
}
