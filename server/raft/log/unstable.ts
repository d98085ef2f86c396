import { assert } from "../assert";
import type { Entry, Snapshot } from "../types";

const NO_ENTRIES: readonly Entry[] = [];

/**
 * The end of the log that is not known to be durable: entries, and perhaps a received snapshot before them. It is kept
 * until the write that was started for it is known to be done, since reads of the stable log may not show it earlier.
 */
export class Unstable {
  /** A snapshot being installed; undefined if none. */
  snapshot: Snapshot | undefined;
  /** Index of the first unstable entry, or of the next one if there is none. The stable log may reach further; its tail is then overwritten. */
  offset: number;
  #entries: Entry[] = [];
  #snapshotInProgress = false;
  /** Entries below this index are being written. Invariant: offset <= offsetInProgress. */
  #offsetInProgress: number;
  readonly #note: (text: () => string) => void;

  constructor(offset: number, note: (text: () => string) => void) {
    this.offset = offset;
    this.#offsetInProgress = offset;
    this.#note = note;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The last index this part knows; undefined when it holds nothing. */
  get lastIndex(): number | undefined {
    if (this.#entries.length > 0) return this.offset + this.#entries.length - 1;
    return this.snapshot?.metadata.index;
  }

  term(index: number): number | undefined {
    if (index >= this.offset) return this.#entries[index - this.offset]?.term;
    const metadata = this.snapshot?.metadata;
    return metadata !== undefined && metadata.index === index ? metadata.term : undefined;
  }

  /** Whether there are entries whose write was not started. */
  get hasNextEntries(): boolean {
    return this.offset + this.#entries.length > this.#offsetInProgress;
  }

  /** Entries whose write was not started. */
  nextEntries(): readonly Entry[] {
    return this.hasNextEntries ? this.#entries.slice(this.#offsetInProgress - this.offset) : NO_ENTRIES;
  }

  /** The snapshot, unless its installation was started. */
  nextSnapshot(): Snapshot | undefined {
    return this.#snapshotInProgress ? undefined : this.snapshot;
  }

  /** Everything here has been handed out to be written. */
  acceptInProgress(): void {
    this.#offsetInProgress = this.offset + this.#entries.length;
    this.#snapshotInProgress = this.snapshot !== undefined;
  }

  /**
   * The entry `index` of `term`, and all before it, are durable. Ignored when the entry here is another one by now: what
   * became durable has been overwritten since, and its replacement is still under way.
   */
  stableTo(index: number, term: number): void {
    if (index < this.offset) return;
    const ours = this.term(index);
    if (ours !== term) {
      if (ours !== undefined)
        this.#note(() => `entry ${index} became durable with term ${term}, now has ${ours}`);
      return;
    }
    this.#entries = this.#entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
    this.#offsetInProgress = Math.max(this.#offsetInProgress, this.offset);
  }

  /** The snapshot at `index` has been installed. */
  stableSnapshotTo(index: number): void {
    if (this.snapshot?.metadata.index !== index) return;
    this.snapshot = undefined;
    this.#snapshotInProgress = false;
  }

  /** A received snapshot replaces everything. */
  restore(snapshot: Snapshot): void {
    this.offset = snapshot.metadata.index + 1;
    this.#offsetInProgress = this.offset;
    this.#entries = [];
    this.snapshot = snapshot;
    this.#snapshotInProgress = false;
  }

  /** Appends entries, first cutting what stands at their indexes and after. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const from = entries[0]?.index;
    if (from === undefined) return;
    const end = this.offset + this.#entries.length;
    assert(from <= end, "entries to append leave a gap");
    if (from < end && from <= this.offset) {
      this.#note(() => `replacing the unstable entries from ${from}`);
      this.#entries = [];
      this.offset = from;
      this.#offsetInProgress = from;
    } else if (from < end) {
      this.#note(() => `cutting the unstable entries from ${from}`);
      this.#entries.length = from - this.offset;
      this.#offsetInProgress = Math.min(this.#offsetInProgress, from);
    }
    for (const entry of entries) this.#entries.push(entry);
  }

  /** The entries themselves, to be read in place: index i stands at i - offset. Not to be kept or changed. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }
}
