/** The records of one atomic group, in a frame's body. A kind's number is part of the disk format. */
import type { Entry, EntryType, HardState } from "../raft/types";
import { ByteReader, type ByteWriter } from "./byte_buffer";

const END = 0;
const HARD_STATE = 1;
const ENTRIES = 2;
const SNAPSHOT_TAKEN = 3;
const SNAPSHOT_INSTALLED = 4;
const SEGMENT_START = 5;

/** An entry's type is stored as its place here: append only. */
const ENTRY_TYPES: readonly EntryType[] = ["normal", "conf-change", "conf-change-v2"];
const ENTRY_BYTES_MIN = 13;

/** The snapshot in force: a file, and what must be found in it. */
export interface SnapshotReference {
  /** Number in the file's name. */
  readonly number: number;
  readonly index: number;
  readonly term: number;
  /** CRC-32 of the file. */
  readonly crc: number;
}

/** One record of a segment. Records of one group are durable all or none. */
export type LogRecord =
  | { readonly kind: "hard-state"; readonly hardState: HardState }
  /** At least one entry, without gaps; replaces the log's tail from the first one's index on. */
  | { readonly kind: "entries"; readonly entries: readonly Entry[] }
  /** A snapshot is in force from here on; segments before `firstSegment` are no longer part of the log. */
  | {
      readonly kind: "snapshot";
      readonly snapshot: SnapshotReference;
      readonly firstSegment: number;
      /** Received from the leader: the log before it is void, the next entry follows the snapshot. */
      readonly replacesLog: boolean;
    }
  /** The first record of a segment: what holds without the segments before it. The hard state follows in the same group. */
  | {
      readonly kind: "segment-start";
      readonly snapshot: SnapshotReference;
      readonly firstSegment: number;
      readonly lastIndex: number;
      readonly lastTerm: number;
    };

export function writeHardState(writer: ByteWriter, hardState: HardState): void {
  writer.u8(HARD_STATE);
  writer.u53(hardState.term);
  writer.u53(hardState.vote);
  writer.u53(hardState.commit);
}

/** Writes entries that follow each other without gaps; indexes are stored once. */
export function writeEntries(writer: ByteWriter, entries: readonly Entry[]): void {
  writer.u8(ENTRIES);
  writer.u53(entries[0]?.index ?? 0);
  writer.u32(entries.length);
  for (const entry of entries) {
    writer.u8(ENTRY_TYPES.indexOf(entry.type));
    writer.u53(entry.term);
    writer.u32(entry.data.length);
    writer.raw(entry.data);
  }
}

export function writeSnapshotRecord(
  writer: ByteWriter,
  record: Extract<LogRecord, { readonly kind: "snapshot" }>,
): void {
  writer.u8(record.replacesLog ? SNAPSHOT_INSTALLED : SNAPSHOT_TAKEN);
  writeReference(writer, record.snapshot);
  writer.u53(record.firstSegment);
}

export function writeSegmentStart(
  writer: ByteWriter,
  record: Omit<Extract<LogRecord, { readonly kind: "segment-start" }>, "kind">,
): void {
  writer.u8(SEGMENT_START);
  writeReference(writer, record.snapshot);
  writer.u53(record.firstSegment);
  writer.u53(record.lastIndex);
  writer.u53(record.lastTerm);
}

function writeReference(writer: ByteWriter, snapshot: SnapshotReference): void {
  writer.u53(snapshot.number);
  writer.u53(snapshot.index);
  writer.u53(snapshot.term);
  writer.u32(snapshot.crc);
}

/**
 * Reads the records that stand in [start, end) of `bytes`; undefined if they are not records. The data of entries shares
 * memory with `bytes`.
 */
export function readRecords(bytes: Uint8Array, start: number, end: number): readonly LogRecord[] | undefined {
  const reader = new ByteReader(bytes, start, end);
  const records: LogRecord[] = [];
  while (reader.remaining > 0) {
    const kind = reader.u8();
    if (kind === END) return onlyZeros(reader) ? records : undefined;
    const record = readRecord(reader, kind);
    if (record === undefined || reader.failed) return undefined;
    records.push(record);
  }
  return records;
}

function readRecord(reader: ByteReader, kind: number): LogRecord | undefined {
  switch (kind) {
    case HARD_STATE:
      return {
        kind: "hard-state",
        hardState: { term: reader.u53(), vote: reader.u53(), commit: reader.u53() },
      };
    case ENTRIES:
      return readEntries(reader);
    case SNAPSHOT_TAKEN:
    case SNAPSHOT_INSTALLED:
      return {
        kind: "snapshot",
        snapshot: readReference(reader),
        firstSegment: reader.u53(),
        replacesLog: kind === SNAPSHOT_INSTALLED,
      };
    case SEGMENT_START:
      return {
        kind: "segment-start",
        snapshot: readReference(reader),
        firstSegment: reader.u53(),
        lastIndex: reader.u53(),
        lastTerm: reader.u53(),
      };
    default:
      return undefined;
  }
}

function readEntries(reader: ByteReader): LogRecord | undefined {
  const first = reader.u53();
  const count = reader.u32();
  if (count === 0 || count * ENTRY_BYTES_MIN > reader.remaining) return undefined;
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const type = ENTRY_TYPES[reader.u8()];
    const term = reader.u53();
    const data = reader.raw(reader.u32());
    if (type === undefined || reader.failed) return undefined;
    entries.push({ term, index: first + i, type, data });
  }
  return { kind: "entries", entries };
}

function readReference(reader: ByteReader): SnapshotReference {
  return { number: reader.u53(), index: reader.u53(), term: reader.u53(), crc: reader.u32() };
}

function onlyZeros(reader: ByteReader): boolean {
  while (reader.remaining > 0) if (reader.u8() !== 0) return false;
  return true;
}
