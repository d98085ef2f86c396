/** What waits to be written, and how it becomes frames. */
import { assert } from "../raft/assert";
import type { ByteWriter } from "./byte_buffer";
import { beginFrame, endFrame, FRAME_BODY_BYTES_MAX } from "./frame";
import type { LogState } from "./log_state";
import { type SnapshotReference, writeEntries, writeHardState, writeSnapshotRecord } from "./record";
import type { LogWrite, WriteDone } from "./types";

/** One atomic group that waits for its turn. */
export type Pending = PendingAppend | PendingCompaction;

export interface PendingAppend {
  readonly kind: "append";
  readonly write: LogWrite;
  readonly sync: boolean;
  readonly done: WriteDone;
  /** The file of `write.snapshot`, once it is stored. */
  installed: SnapshotReference | undefined;
}

/** A snapshot of this node's own state is stored; the log is to say so. */
export interface PendingCompaction {
  readonly kind: "compaction";
  readonly taken: SnapshotReference;
  readonly keepFrom: number;
  readonly sync: true;
  readonly done: WriteDone;
}

/** Bytes an entry takes besides its data, at most; and a group besides its entries. */
const ENTRY_OVERHEAD_BYTES = 16;
const GROUP_OVERHEAD_BYTES = 256;

/** Checks, before anything is written, that a write continues the log that ends at `lastIndex`. Throws: it would be a bug. */
export function checkWrite(write: LogWrite, snapshotIndex: number, lastIndex: number): void {
  const { snapshot, entries } = write;
  let last = lastIndex;
  let base = snapshotIndex;
  if (snapshot !== undefined) {
    assert(snapshot.metadata.index > snapshotIndex, "a snapshot is installed over a newer one");
    base = snapshot.metadata.index;
    last = base;
  }
  const first = entries[0];
  if (first === undefined) return;
  assert(first.index <= last + 1, () => `entry ${first.index} is appended to a log that ends at ${last}`);
  assert(first.index > base, () => `entry ${first.index} would overwrite the snapshot at ${base}`);
  let bytes = GROUP_OVERHEAD_BYTES;
  let term = 0;
  for (const [i, entry] of entries.entries()) {
    assert(entry.index === first.index + i, "entries of one write have a gap");
    assert(entry.term >= term, "terms of one write fall");
    term = entry.term;
    bytes += entry.data.length + ENTRY_OVERHEAD_BYTES;
  }
  assert(bytes <= FRAME_BODY_BYTES_MAX, "one write is too large");
}

/** Appends the group's frame to `writer`, if there is anything to say, and brings `state` up to date. */
export function encodeGroup(writer: ByteWriter, state: LogState, pending: Pending, durable: number): void {
  if (pending.kind === "compaction") encodeCompaction(writer, state, pending, durable);
  else encodeAppend(writer, state, pending, durable);
}

function encodeAppend(writer: ByteWriter, state: LogState, pending: PendingAppend, durable: number): void {
  const { entries, hardState, snapshot } = pending.write;
  const { installed } = pending;
  assert(
    (snapshot === undefined) === (installed === undefined),
    "a snapshot is installed before it is stored",
  );
  if (entries.length === 0 && hardState === undefined && installed === undefined) return;
  const start = beginFrame(writer);
  if (installed !== undefined) {
    const firstSegment = state.currentSegment;
    writeSnapshotRecord(writer, { kind: "snapshot", snapshot: installed, firstSegment, replacesLog: true });
    state.installedSnapshot(installed);
    state.forgetSegmentsBefore(firstSegment);
  }
  if (hardState !== undefined) {
    assert(hardState.term >= state.hardState.term, "the term of the hard state falls");
    writeHardState(writer, hardState);
    state.hardState = hardState;
  }
  const first = entries[0];
  const last = entries.at(-1);
  if (first !== undefined && last !== undefined) {
    writeEntries(writer, entries);
    state.wroteEntries(first.index, last.index, last.term);
  }
  end(writer, start, state, durable);
}

/** Writes nothing if a newer snapshot came into force meanwhile. */
function encodeCompaction(
  writer: ByteWriter,
  state: LogState,
  pending: PendingCompaction,
  durable: number,
): void {
  const { taken, keepFrom } = pending;
  if (taken.index <= state.snapshot.index) return;
  assert(taken.index <= state.lastIndex, "a snapshot was taken of what is not in the log");
  const firstSegment = state.firstSegmentHolding(keepFrom);
  const start = beginFrame(writer);
  writeSnapshotRecord(writer, { kind: "snapshot", snapshot: taken, firstSegment, replacesLog: false });
  state.tookSnapshot(taken);
  state.forgetSegmentsBefore(firstSegment);
  end(writer, start, state, durable);
}

function end(writer: ByteWriter, start: number, state: LogState, durable: number): void {
  endFrame(writer, start, { segment: state.currentSegment, sequence: state.nextSequence, durable });
  state.nextSequence++;
}
