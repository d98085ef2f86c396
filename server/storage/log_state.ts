import type { HardState } from "../raft/types";
import type { NumberedFile } from "./layout";
import type { SnapshotReference } from "./record";

/** One segment of the log and the last index that it still contributes to it (lower once overwritten by a later one). */
interface SegmentSpan {
  readonly number: number;
  lastIndex: number;
}

/**
 * Where a log stands after a sequence of records. The writer keeps one as it writes, recovery another as it reads:
 * what both compute must agree, and does, because it is the same code.
 * Invariants: segments ascend without gaps and the last one is being written; lastIndex >= snapshot.index unless the
 * log is still being read.
 */
export class LogState {
  hardState: HardState;
  snapshot: SnapshotReference;
  lastIndex: number;
  lastTerm: number;
  /** Sequence of the next frame. */
  nextSequence: number;
  #segments: SegmentSpan[] = [];
  #retired: NumberedFile[] = [];

  constructor(init: {
    readonly hardState: HardState;
    readonly snapshot: SnapshotReference;
    readonly lastIndex: number;
    readonly lastTerm: number;
    readonly nextSequence: number;
  }) {
    this.hardState = init.hardState;
    this.snapshot = init.snapshot;
    this.lastIndex = init.lastIndex;
    this.lastTerm = init.lastTerm;
    this.nextSequence = init.nextSequence;
  }

  /** The log before anything but this snapshot: what a new directory starts with. */
  static of(snapshot: SnapshotReference): LogState {
    return new LogState({
      hardState: { term: snapshot.term, vote: 0, commit: snapshot.index },
      snapshot,
      lastIndex: snapshot.index,
      lastTerm: snapshot.term,
      nextSequence: 1,
    });
  }

  get firstSegment(): number {
    return this.#segments[0]?.number ?? 1;
  }

  get currentSegment(): number {
    return this.#segments.at(-1)?.number ?? 0;
  }

  beginSegment(number: number): void {
    this.#segments.push({ number, lastIndex: 0 });
  }

  /** Entries [first, last] were written to the current segment, replacing everything from `first` on. */
  wroteEntries(first: number, last: number, lastTerm: number): void {
    if (first <= this.lastIndex) {
      for (const segment of this.#segments) segment.lastIndex = Math.min(segment.lastIndex, first - 1);
    }
    const current = this.#segments.at(-1);
    if (current !== undefined) current.lastIndex = last;
    this.lastIndex = last;
    this.lastTerm = lastTerm;
  }

  tookSnapshot(snapshot: SnapshotReference): void {
    this.#retired.push({ kind: "snapshot", number: this.snapshot.number });
    this.snapshot = snapshot;
  }

  /** The log was replaced by a snapshot. */
  installedSnapshot(snapshot: SnapshotReference): void {
    this.tookSnapshot(snapshot);
    this.lastIndex = snapshot.index;
    this.lastTerm = snapshot.term;
  }

  /** The first segment that holds anything at or after `keepFrom`, or the one being written. */
  firstSegmentHolding(keepFrom: number): number {
    const holding = this.#segments.find((segment) => segment.lastIndex >= keepFrom);
    return holding?.number ?? this.currentSegment;
  }

  /** Segments before `number` are no longer part of the log. */
  forgetSegmentsBefore(number: number): void {
    for (const segment of this.#segments) {
      if (segment.number < number) this.#retired.push({ kind: "log", number: segment.number });
    }
    this.#segments = this.#segments.filter((segment) => segment.number >= number);
  }

  /** The files that fell out of use since the last call. They may be removed once the records that say so are durable. */
  takeRetired(): readonly NumberedFile[] {
    const retired = this.#retired;
    this.#retired = [];
    return retired;
  }
}
