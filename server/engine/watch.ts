import type { Change, Receiver } from "./types";

/**
 * One value, many readers, newest only. `accept` guards the order: a value it turns down is dropped, so a reader never sees an
 * older one after a newer one, whoever calls send().
 */
export class Watch<T> {
  private value: T;
  private version = 0;
  private closed = false;
  private readonly readers = new Set<WatchReceiver<T>>();
  private readonly accept: (last: T, next: T) => boolean;

  constructor(initial: T, accept: (last: T, next: T) => boolean = () => true) {
    this.value = initial;
    this.accept = accept;
  }

  /** Publishes a value; false if it was dropped. */
  send(next: T): boolean {
    if (this.closed || !this.accept(this.value, next)) return false;
    this.value = next;
    this.version += 1;
    for (const reader of this.readers) reader.wake("changed");
    return true;
  }

  /** The newest value. */
  get current(): T {
    return this.value;
  }

  /** A reader of its own. Taken late, it has the current value, and a pending change if anything was ever sent. */
  subscribe(): Receiver<T> {
    const reader = new WatchReceiver<T>(
      () => this.value,
      () => this.version,
      (done) => this.readers.delete(done),
    );
    if (this.closed) reader.wake("closed");
    else this.readers.add(reader);
    return reader;
  }

  /** Ends every reader; values already sent stay readable. */
  close(): void {
    this.closed = true;
    for (const reader of this.readers) reader.wake("closed");
    this.readers.clear();
  }
}

class WatchReceiver<T> implements Receiver<T> {
  private seen = 0;
  /** There will be no further value. */
  private ended = false;
  /** This reader wants none any more. */
  private left = false;
  private waiting: ((change: Change) => void)[] = [];
  private readonly value: () => T;
  private readonly version: () => number;
  private readonly detach: (reader: WatchReceiver<T>) => void;

  constructor(value: () => T, version: () => number, detach: (reader: WatchReceiver<T>) => void) {
    this.value = value;
    this.version = version;
    this.detach = detach;
  }

  borrow(): T {
    return this.value();
  }

  borrowAndUpdate(): T {
    this.seen = this.version();
    return this.value();
  }

  changed(): Promise<Change> {
    if (!this.left && this.version() > this.seen) return Promise.resolve("changed");
    if (this.ended) return Promise.resolve("closed");
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    this.left = true;
    this.detach(this);
    this.wake("closed");
  }

  wake(change: Change): void {
    if (change === "closed") this.ended = true;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve(change);
  }

  /** Yields the current value first, then each newest one; ends when closed. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    try {
      if (this.ended) return;
      yield this.borrowAndUpdate();
      while ((await this.changed()) === "changed") yield this.borrowAndUpdate();
    } finally {
      this.close();
    }
  }
}
