import { assert } from "./assert";
import { EMPTY_CONFIG } from "./confchange/changer";
import { countWithin } from "./log/entry_size";
import type { ConfState, Entry, HardState, Snapshot, StableLog } from "./types";

const NO_DATA = new Uint8Array(0);

/**
 * The stable log in memory: everything after the last compaction, and the newest snapshot. A runtime feeds it what it has
 * made durable, in the same order; the core reads from it. Reads of one entry's term take constant time.
 */
export class MemoryLog implements StableLog {
  #hardState: HardState;
  #snapshot: Snapshot;
  /** The entry before the first one that is kept. Invariant: at most the snapshot's index. */
  #base: { readonly index: number; readonly term: number };
  /** Entry #base.index + 1 + i stands at i. */
  #entries: Entry[];

  /** What a restarted node recovered; nothing: the log of a node that has not joined. `entries` follow the snapshot. */
  constructor(recovered?: {
    readonly hardState: HardState;
    readonly snapshot: Snapshot;
    readonly entries: readonly Entry[];
  }) {
    const empty: Snapshot = { metadata: { confState: EMPTY_CONFIG, index: 0, term: 0 }, data: NO_DATA };
    this.#hardState = recovered?.hardState ?? { term: 0, vote: 0, commit: 0 };
    this.#snapshot = recovered?.snapshot ?? empty;
    this.#base = this.#snapshot.metadata;
    this.#entries = [];
    if (recovered !== undefined) this.append(recovered.entries);
  }

  initialState(): { hardState: HardState; confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#snapshot.metadata.confState };
  }

  firstIndex(): number {
    return this.#base.index + 1;
  }

  lastIndex(): number {
    return this.#base.index + this.#entries.length;
  }

  term(index: number): number | "compacted" | "unavailable" {
    if (index === this.#base.index) return this.#base.term;
    if (index < this.#base.index) return "compacted";
    return this.#entries[index - this.#base.index - 1]?.term ?? "unavailable";
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] | "compacted" | "unavailable" {
    if (low <= this.#base.index) return "compacted";
    if (high > this.lastIndex() + 1) return "unavailable";
    const from = low - this.#base.index - 1;
    const count = countWithin(this.#entries, from, high - this.#base.index - 1, maxBytes);
    return this.#entries.slice(from, from + count);
  }

  snapshot(): Snapshot | "unavailable" {
    return this.#snapshot.metadata.index === 0 ? "unavailable" : this.#snapshot;
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /** Appends entries without gaps, replacing the tail from the first one's index on. Those compacted away are skipped. */
  append(entries: readonly Entry[]): void {
    const skip = Math.max(0, this.firstIndex() - (entries[0]?.index ?? 0));
    const from = entries[skip]?.index;
    if (from === undefined) return;
    assert(from <= this.lastIndex() + 1, () => `entry ${from} leaves a gap after ${this.lastIndex()}`);
    this.#entries.length = from - this.firstIndex();
    for (let i = skip; i < entries.length; i++) {
      const entry = entries[i];
      if (entry === undefined) continue;
      assert(entry.index === this.lastIndex() + 1, "entries are consecutive");
      this.#entries.push(entry);
    }
  }

  /** Installs a received snapshot: it replaces the whole log. False when the one held is as new. */
  applySnapshot(snapshot: Snapshot): boolean {
    if (snapshot.metadata.index <= this.#snapshot.metadata.index) return false;
    this.#snapshot = snapshot;
    this.#base = snapshot.metadata;
    this.#entries = [];
    return true;
  }

  /** Makes `data`, this node's own state at the applied index `index`, the newest snapshot. Keeps all entries. */
  createSnapshot(index: number, confState: ConfState, data: Uint8Array): Snapshot {
    assert(index >= this.#snapshot.metadata.index, "a snapshot is not older than the one before");
    const term = this.term(index);
    assert(typeof term === "number", () => `no entry ${index} to take a snapshot at`);
    this.#snapshot = { metadata: { confState, index, term }, data };
    return this.#snapshot;
  }

  /**
   * Forgets the entries below `keepFrom`, at most one past the snapshot: a peer that needs what is gone must find it
   * there. Does nothing if they are gone already.
   */
  compact(keepFrom: number): void {
    if (keepFrom <= this.firstIndex()) return;
    assert(keepFrom <= this.#snapshot.metadata.index + 1, "only what a snapshot covers is compacted away");
    const term = this.term(keepFrom - 1);
    assert(typeof term === "number", () => `no entry ${keepFrom - 1} to compact at`);
    this.#entries = this.#entries.slice(keepFrom - this.firstIndex());
    this.#base = { index: keepFrom - 1, term };
  }
}
