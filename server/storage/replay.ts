import type { Entry, HardState } from "../raft/types";
import { LogState } from "./log_state";
import type { LogRecord, SnapshotReference } from "./record";

type Of<K extends LogRecord["kind"]> = Extract<LogRecord, { readonly kind: K }>;

/** Bytes of one block of memory that recovered entries share. */
const BLOCK_BYTES = 64 * 1024;

/**
 * Plays the log's groups again, in the order in which they were written, and checks that they fit together. Every
 * method that takes something answers undefined, or what is wrong as the end of the sentence "file is damaged: ...".
 */
export class Replay {
  #state: LogState | undefined;
  /** Entries [heldFrom, lastIndex]; earlier ones stand in segments that are gone. */
  #entries: Entry[] = [];
  #heldFrom = 1;
  #firstSegment = 1;

  /** Where the log stands; undefined before the first group. */
  get state(): LogState | undefined {
    return this.#state;
  }

  /** The first segment that is part of the log. */
  get firstSegment(): number {
    return this.#firstSegment;
  }

  /** Takes one group; `opening`: it is the first of its segment. */
  group(
    segment: number,
    opening: boolean,
    sequence: number,
    records: readonly LogRecord[],
  ): string | undefined {
    const rest = opening ? records.slice(1) : records;
    if (opening) {
      const start = records[0];
      const hard = records[1];
      if (start?.kind !== "segment-start" || hard?.kind !== "hard-state") {
        return "the segment does not begin with the state that was in force";
      }
      const objection = this.#beginSegment(start, hard.hardState, sequence);
      if (objection !== undefined) return objection;
      this.#state?.beginSegment(segment);
    }
    const state = this.#state;
    if (state === undefined) return "the log does not begin with a segment's beginning";
    if (sequence !== state.nextSequence) {
      return `group ${state.nextSequence} is missing before group ${sequence}`;
    }
    state.nextSequence++;
    for (const record of rest) {
      const objection = this.#record(state, record);
      if (objection !== undefined) return objection;
    }
    return undefined;
  }

  #beginSegment(start: Of<"segment-start">, hardState: HardState, sequence: number): string | undefined {
    const { snapshot, lastIndex, lastTerm, firstSegment } = start;
    const state = this.#state;
    if (state === undefined) {
      this.#state = new LogState({ hardState, snapshot, lastIndex, lastTerm, nextSequence: sequence });
      this.#heldFrom = lastIndex + 1;
      this.#firstSegment = firstSegment;
      return undefined;
    }
    const agrees =
      lastIndex === state.lastIndex &&
      lastTerm === state.lastTerm &&
      firstSegment === this.#firstSegment &&
      sameReference(snapshot, state.snapshot);
    return agrees ? undefined : "the segment does not continue the one before it";
  }

  #record(state: LogState, record: LogRecord): string | undefined {
    switch (record.kind) {
      case "hard-state": {
        const before = state.hardState.term;
        if (record.hardState.term < before)
          return `the term falls from ${before} to ${record.hardState.term}`;
        state.hardState = record.hardState;
        return undefined;
      }
      case "entries":
        return this.#appendEntries(state, record.entries);
      case "snapshot":
        return this.#snapshot(state, record);
      case "segment-start":
        return "a segment's beginning stands inside it";
    }
  }

  #appendEntries(state: LogState, entries: readonly Entry[]): string | undefined {
    const first = entries[0]?.index ?? 0;
    if (first > state.lastIndex + 1) return `entries ${state.lastIndex + 1} to ${first - 1} are missing`;
    if (first <= state.snapshot.index)
      return `entry ${first} lies before the snapshot at ${state.snapshot.index}`;
    let term = this.#term(state, first - 1) ?? 0;
    for (const entry of entries) {
      if (entry.term < term) return `the term falls from ${term} to ${entry.term} at entry ${entry.index}`;
      term = entry.term;
    }
    if (first < this.#heldFrom) this.#heldFrom = first;
    this.#entries.length = first - this.#heldFrom;
    for (const entry of entries) this.#entries.push(entry);
    state.wroteEntries(first, first + entries.length - 1, term);
    return undefined;
  }

  #snapshot(state: LogState, record: Of<"snapshot">): string | undefined {
    const { snapshot, firstSegment, replacesLog } = record;
    if (snapshot.index < state.snapshot.index) {
      return `a snapshot at ${snapshot.index} follows one at ${state.snapshot.index}`;
    }
    if (firstSegment < this.#firstSegment || firstSegment > state.currentSegment) {
      return `the log cannot begin with segment ${firstSegment}`;
    }
    if (replacesLog) {
      this.#entries = [];
      this.#heldFrom = snapshot.index + 1;
      state.installedSnapshot(snapshot);
    } else {
      if (snapshot.index > state.lastIndex) {
        return `a snapshot at ${snapshot.index} lies beyond the log's end at ${state.lastIndex}`;
      }
      const term = this.#term(state, snapshot.index) ?? snapshot.term;
      if (term !== snapshot.term)
        return `the snapshot at ${snapshot.index} is of another term than its entry`;
      state.tookSnapshot(snapshot);
    }
    this.#firstSegment = firstSegment;
    state.forgetSegmentsBefore(firstSegment);
    return undefined;
  }

  /** Term of the entry at `index`, as far as it is known. */
  #term(state: LogState, index: number): number | undefined {
    if (index === state.lastIndex) return state.lastTerm;
    if (index === state.snapshot.index) return state.snapshot.term;
    return this.#entries[index - this.#heldFrom]?.term;
  }

  /** The entries after the snapshot in force, in memory of their own, once all groups were taken. */
  finish(state: LogState): readonly Entry[] | string {
    const first = state.snapshot.index + 1;
    if (state.hardState.commit > state.lastIndex) {
      return `the log ends at ${state.lastIndex}, before the commit index ${state.hardState.commit}`;
    }
    if (state.lastIndex < first) return [];
    if (this.#heldFrom > first) return `entries ${first} to ${this.#heldFrom - 1} are missing`;
    return detach(this.#entries.slice(first - this.#heldFrom));
  }
}

/** Copies the entries' data out of the segments they were read from, so that these can be freed. */
function detach(entries: readonly Entry[]): readonly Entry[] {
  let block = new Uint8Array(0);
  let used = 0;
  return entries.map((entry) => {
    const length = entry.data.length;
    if (length > block.length - used) {
      block = new Uint8Array(Math.max(BLOCK_BYTES, length));
      used = 0;
    }
    const data = block.subarray(used, used + length);
    data.set(entry.data);
    used += length;
    return { term: entry.term, index: entry.index, type: entry.type, data };
  });
}

function sameReference(a: SnapshotReference, b: SnapshotReference): boolean {
  return a.number === b.number && a.index === b.index && a.term === b.term && a.crc === b.crc;
}
