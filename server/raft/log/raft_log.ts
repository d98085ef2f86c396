import { assert } from "../assert";
import type { Entry, Snapshot, StableLog } from "../types";
import { countWithin, entriesSize, entrySize } from "./entry_size";
import { Unstable } from "./unstable";

const NO_ENTRIES: readonly Entry[] = [];

/** An entry's place in the history: two logs that share one share everything before it (log matching, dissertation 3.5). */
export interface EntryId {
  readonly term: number;
  readonly index: number;
}

/**
 * The whole log: stable entries, then unstable ones, and how far it is committed and applied.
 * Invariant: applied <= applying <= committed <= lastIndex.
 */
export class RaftLog {
  readonly unstable: Unstable;
  /** The highest index known to be durable on a quorum. */
  committed: number;
  /** The highest index handed out to be applied. */
  applying: number;
  /** The highest index known to be applied. */
  applied: number;
  readonly #stable: StableLog;
  /** Bytes of entries that may be handed out and not yet applied. */
  readonly #applyingBytesMax: number;
  #applyingBytes = 0;
  #applyingPaused = false;
  readonly #note: (text: () => string) => void;

  constructor(stable: StableLog, applyingBytesMax: number, note: (text: () => string) => void) {
    this.#stable = stable;
    this.#applyingBytesMax = applyingBytesMax;
    this.#note = note;
    const compacted = stable.firstIndex() - 1;
    this.unstable = new Unstable(stable.lastIndex() + 1, note);
    this.committed = compacted;
    this.applying = compacted;
    this.applied = compacted;
  }

  firstIndex(): number {
    const { snapshot } = this.unstable;
    return snapshot === undefined ? this.#stable.firstIndex() : snapshot.metadata.index + 1;
  }

  lastIndex(): number {
    return this.unstable.lastIndex ?? this.#stable.lastIndex();
  }

  /** The last entry; of an empty log the snapshot before it. */
  lastEntry(): EntryId {
    const index = this.lastIndex();
    const term = this.term(index);
    assert(term !== undefined, "the last entry has a term");
    return { term, index };
  }

  /** The last entry known to be durable here. */
  lastStableEntry(): EntryId {
    const index = this.unstable.offset - 1;
    const term = this.term(index);
    assert(term !== undefined, "the last stable entry has a term");
    return { term, index };
  }

  /** The term of an entry; undefined when it was compacted away or is not there yet. */
  term(index: number): number | undefined {
    const unstable = this.unstable.term(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex() || index > this.lastIndex()) return undefined;
    const term = this.#stable.term(index);
    return typeof term === "number" ? term : undefined;
  }

  matches(id: EntryId): boolean {
    return this.term(id.index) === id.term;
  }

  /** Whether a log that ends with `last` holds at least what this one holds (dissertation 3.6.1). */
  isUpToDate(last: EntryId): boolean {
    const ours = this.lastEntry();
    return last.term > ours.term || (last.term === ours.term && last.index >= ours.index);
  }

  /**
   * A leader's append: entries after `previous`. Undefined when this log does not hold `previous`; else the last index
   * that now equals the leader's. Entries that are there already stay, so that a late message cuts nothing.
   */
  maybeAppend(previous: EntryId, entries: readonly Entry[], leaderCommit: number): number | undefined {
    if (!this.matches(previous)) return undefined;
    const last = previous.index + entries.length;
    const conflict = this.#findConflict(entries);
    if (conflict !== undefined) {
      assert(conflict > this.committed, () => `entry ${conflict} conflicts with a committed one`);
      this.append(entries.slice(conflict - previous.index - 1));
    }
    this.commitTo(Math.min(leaderCommit, last));
    return last;
  }

  /** Appends after cutting the uncommitted tail from the first entry's index on. */
  append(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    assert(first.index > this.committed, () => `appending entry ${first.index} would cut a committed one`);
    this.unstable.truncateAndAppend(entries);
  }

  /** Index of the first entry that is not in this log with this term. */
  #findConflict(entries: readonly Entry[]): number | undefined {
    for (const entry of entries) {
      const ours = this.term(entry.index);
      if (ours === entry.term) continue;
      if (ours !== undefined) {
        this.#note(() => `conflict at entry ${entry.index}: term ${ours} here, ${entry.term} at the leader`);
      }
      return entry.index;
    }
    return undefined;
  }

  /**
   * The last place at or before `index` where another log, known to have `term` at `index`, may still match this one:
   * our term there is not above it. Term 0: unknown. Skips a whole term per probe instead of one entry.
   */
  findConflictByTerm(index: number, term: number): EntryId {
    for (let at = index; at > 0; at--) {
      const ours = this.term(at);
      if (ours === undefined) return { index: at, term: 0 };
      if (ours <= term) return { index: at, term: ours };
    }
    return { index: 0, term: 0 };
  }

  /** Never goes back. A commit index beyond the log means that entries which were promised are gone. */
  commitTo(index: number): void {
    if (index <= this.committed) return;
    assert(
      index <= this.lastIndex(),
      () => `commit ${index} is beyond the last entry ${this.lastIndex()}: log lost?`,
    );
    this.committed = index;
  }

  /** A leader commits by counting only entries of its own term (dissertation 3.6.2). Whether anything was committed. */
  maybeCommit(index: number, term: number): boolean {
    if (index <= this.committed || this.term(index) !== term) return false;
    this.commitTo(index);
    return true;
  }

  /** Entries were handed out to be applied, up to `index`. Pauses handing out when the bound is reached. */
  acceptApplying(index: number, bytes: number, allowUnstable: boolean): void {
    assert(index <= this.committed, "only committed entries are applied");
    this.applying = index;
    this.#applyingBytes += bytes;
    // What was handed out ends before what could have been: the next entry did not fit.
    this.#applyingPaused =
      this.#applyingBytes >= this.#applyingBytesMax || index < this.#appliableIndex(allowUnstable);
  }

  /** Entries up to `index` have been applied. */
  appliedTo(index: number, bytes: number): void {
    assert(index >= this.applied, "what was applied stays applied");
    assert(index <= this.committed, "only committed entries are applied");
    this.applied = index;
    this.applying = Math.max(this.applying, index);
    this.#applyingBytes = Math.max(0, this.#applyingBytes - bytes);
    this.#applyingPaused = this.#applyingBytes >= this.#applyingBytesMax;
  }

  hasNextCommitted(allowUnstable: boolean): boolean {
    if (this.#applyingPaused || this.unstable.snapshot !== undefined) return false;
    return this.applying < this.#appliableIndex(allowUnstable);
  }

  /** Committed entries to hand out now. Without `allowUnstable` only what is durable here. */
  nextCommitted(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommitted(allowUnstable)) return NO_ENTRIES;
    const room = this.#applyingBytesMax - this.#applyingBytes;
    assert(room > 0, "there is room for entries to apply");
    const entries = this.slice(this.applying + 1, this.#appliableIndex(allowUnstable) + 1, room);
    assert(entries !== "compacted", "entries that were not applied are still in the log");
    return entries;
  }

  #appliableIndex(allowUnstable: boolean): number {
    return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1);
  }

  /** The snapshot to send to a peer; one that is being installed here is the newest. */
  snapshot(): Snapshot | "unavailable" {
    return this.unstable.snapshot ?? this.#stable.snapshot();
  }

  /** A received snapshot replaces the log. */
  restore(snapshot: Snapshot): void {
    this.#note(
      () => `installing a snapshot at ${snapshot.metadata.index} over a log committed to ${this.committed}`,
    );
    this.committed = snapshot.metadata.index;
    this.unstable.restore(snapshot);
  }

  /** Entries from `low` to the end, as many as fit in `bytesMax`, at least one if there is one. */
  entriesFrom(low: number, bytesMax: number): readonly Entry[] | "compacted" {
    const end = this.lastIndex() + 1;
    return low >= end ? NO_ENTRIES : this.slice(low, end, bytesMax);
  }

  /** Entries in [low, high), as many as fit in `bytesMax`, at least one. */
  slice(low: number, high: number, bytesMax: number): readonly Entry[] | "compacted" {
    assert(low <= high && high <= this.lastIndex() + 1, () => `no entries [${low}, ${high}) in this log`);
    if (low < this.firstIndex()) return "compacted";
    if (low === high) return NO_ENTRIES;
    const { offset, entries: tail } = this.unstable;
    if (low >= offset) {
      const from = low - offset;
      return tail.slice(from, from + countWithin(tail, from, high - offset, bytesMax));
    }
    const cut = Math.min(high, offset);
    const head = this.#stable.entries(low, cut, bytesMax);
    if (head === "compacted") return head;
    assert(head !== "unavailable", () => `entries [${low}, ${cut}) are missing from the stable log`);
    if (high <= offset || head.length < cut - low) return head;
    const room = bytesMax - entriesSize(head);
    if (room <= 0) return head;
    const count = countWithin(tail, 0, high - offset, room);
    const [first] = tail;
    if (count === 1 && first !== undefined && entrySize(first) > room) return head;
    return head.concat(tail.slice(0, count));
  }
}
