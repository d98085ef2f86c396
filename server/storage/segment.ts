/** A segment: a header that says whose and which it is, then frames; the first frame holds what was in force before it. */
import { crc32 } from "node:zlib";
import type { ByteWriter } from "./byte_buffer";
import { damaged, type OpenFault, unknownVersion } from "./faults";
import { beginFrame, endFrame, FrameReader, healEndMark } from "./frame";
import { segmentPath } from "./layout";
import type { LogState } from "./log_state";
import { type LogRecord, readRecords, writeHardState, writeSegmentStart } from "./record";

const SEGMENT_VERSION = 1;

const MAGIC = new TextEncoder().encode("ROLL-LOG");
const HEADER_BYTES = 32;
const HEADER_CRC_OFFSET = 28;
const U32 = 2 ** 32;

/**
 * Writes the beginning of the segment after the current one - header and first frame - to an empty writer, and notes it
 * in `state`. `tag` identifies the data directory.
 */
export function writeSegmentBeginning(writer: ByteWriter, state: LogState, tag: number): void {
  const number = state.currentSegment + 1;
  writer.raw(MAGIC);
  writer.u32(SEGMENT_VERSION);
  writer.u32(tag);
  writer.u53(number);
  writer.u32(0);
  writer.u32(writer.crc(0, HEADER_CRC_OFFSET, 0));
  state.beginSegment(number);
  const start = beginFrame(writer);
  writeSegmentStart(writer, {
    snapshot: state.snapshot,
    firstSegment: state.firstSegment,
    lastIndex: state.lastIndex,
    lastTerm: state.lastTerm,
  });
  writeHardState(writer, state.hardState);
  endFrame(writer, start, { segment: number, sequence: state.nextSequence, durable: 0 });
  state.nextSequence++;
}

/** How far a segment could be read. */
export interface SegmentScan {
  /** End of the last complete frame; 0: not even the segment's beginning is complete. */
  readonly end: number;
  /** Everything before this offset was durable when the last frame was written. */
  readonly durable: number;
}

/**
 * Hands every group of records of a segment to `group`, which answers what is wrong with it, if anything.
 * A torn end is a fault unless this is the log's `last` segment (frame.ts says why).
 */
export function scanSegment(
  source: {
    readonly directory: string;
    readonly number: number;
    readonly tag: number;
    readonly last: boolean;
    readonly bytes: Uint8Array;
  },
  group: (sequence: number, records: readonly LogRecord[]) => string | undefined,
): SegmentScan | OpenFault {
  const { bytes, number } = source;
  const path = segmentPath(source.directory, number);
  const frames = new FrameReader(bytes, number);
  const header = checkHeader(path, source, frames);
  if (header !== undefined) return header;
  let end = HEADER_BYTES;
  let durable = 0;
  let count = 0;
  while (end < bytes.length) {
    const frame = frames.read(end);
    if (frame.kind === "damaged") return damaged(path, frame.offset, frame.detail);
    if (frame.kind === "torn") break;
    if (frame.markBroken && !source.last) return damaged(path, end, "the end mark of a group is wrong");
    if (frame.markBroken) healEndMark(bytes, frame);
    const records = readRecords(bytes, frame.bodyStart, frame.bodyEnd);
    if (records === undefined) return damaged(path, end, "a group holds something that is not a record");
    const objection = group(frame.sequence, records);
    if (objection !== undefined) return damaged(path, end, objection);
    durable = frame.durable;
    end = frame.end;
    count++;
  }
  if (count === 0) end = 0;
  if (end < bytes.length && !source.last) {
    return damaged(path, end, "the segment ends early, though a later one follows it");
  }
  return { end, durable };
}

/** Undefined: a good header. An incomplete one is a scan that ends at 0, in the last segment only. */
function checkHeader(
  path: string,
  source: {
    readonly number: number;
    readonly tag: number;
    readonly last: boolean;
    readonly bytes: Uint8Array;
  },
  frames: FrameReader,
): SegmentScan | OpenFault | undefined {
  const { bytes } = source;
  if (bytes.length < HEADER_BYTES || frames.zeroFrom <= HEADER_BYTES) {
    if (source.last) return { end: 0, durable: 0 };
    return damaged(path, 0, "the segment ends early, though a later one follows it");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = MAGIC.every((byte, i) => bytes[i] === byte);
  const crc = crc32(bytes.subarray(0, HEADER_CRC_OFFSET));
  if (!magic || view.getUint32(HEADER_CRC_OFFSET, true) !== crc) {
    return damaged(path, 0, "the header of the segment is not what was written");
  }
  const version = view.getUint32(8, true);
  if (version !== SEGMENT_VERSION) return unknownVersion(path, version);
  if (view.getUint32(12, true) !== source.tag) {
    return damaged(path, 0, "the segment was written for another data directory");
  }
  const number = view.getUint32(16, true) + view.getUint32(20, true) * U32;
  if (number !== source.number) return damaged(path, 0, `the segment was written as number ${number}`);
  return undefined;
}
