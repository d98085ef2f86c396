/**
 * A frame holds one atomic group of records: all of it is read back, or nothing.
 *
 *     magic u32 | body bytes u32 | sequence u53 | durable u32 | body CRC u32 | header CRC u32 | body | end mark u32
 *
 * The body is padded with zeros to a multiple of 8, so frames start at multiples of 8 and no mark crosses a sector.
 * `sequence` rises by one from frame to frame through the whole log. `durable` is the offset in the same file up to which
 * a sync was known to be done when the frame was written. Both CRCs are CRC-32, the header's seeded with the segment's
 * number, the body's with the sequence, so that a frame in the wrong place does not pass.
 *
 * What an interrupted write leaves. A segment grows as it is written and is never preallocated: file systems make the
 * new length durable only with or after the bytes it covers, so a power cut leaves a file that ends early or, where that
 * order is not kept, ends in zeros; a killed process leaves a file that ends early. Hence a frame counts as torn, and
 * may be cut, only when everything from some point inside it to the end of the file is missing or zero. The end mark
 * has no zero byte: a complete frame never ends in zeros, so no damage of one byte to a complete frame can pass for a
 * torn one (its mark, or half of it, still stands). Sectors that a disk wrote out of order - zeros, then data - do not
 * count as torn: the same picture could be a lost sector of a frame that was acknowledged, and cutting that would
 * break a promise. Such a node stops; stopping is safe, the others go on.
 *
 * A write without sync needs no rule of its own: it lies before the next synced write in the same file, datasync covers
 * all earlier bytes of the file, and a new segment is begun only after a sync of the old one. So only the last segment
 * may hold a torn frame, and what is cut was never covered by a sync that succeeded.
 */
import { crc32 } from "node:zlib";
import type { ByteWriter } from "./byte_buffer";

/** Bytes of one frame's body, at most. */
export const FRAME_BODY_BYTES_MAX = 1 << 30;

const MAGIC = 0x8aa3c5b1;
const END_MARK = 0xe29d7ab5;
const END_MARK_BYTES = [0xb5, 0x7a, 0x9d, 0xe2];
const HEADER_BYTES = 28;
const HEADER_CRC_OFFSET = 24;
const BODY_CRC_OFFSET = 20;
const END_MARK_LENGTH = 4;
const ALIGNMENT = 8;
const U32 = 2 ** 32;

/** Where a frame stands in the log. */
export interface FramePlace {
  readonly segment: number;
  readonly sequence: number;
  /** Offset in the segment up to which everything is known to be durable. */
  readonly durable: number;
}

/** What stands at an offset of a segment. `markBroken`: complete, but for an end mark whose last bytes are zero. */
export type FrameRead =
  | {
      readonly kind: "frame";
      readonly sequence: number;
      readonly durable: number;
      readonly bodyStart: number;
      readonly bodyEnd: number;
      readonly end: number;
      readonly markBroken: boolean;
    }
  | { readonly kind: "torn" }
  | { readonly kind: "damaged"; readonly offset: number; readonly detail: string };

/** Begins a frame at the end of what is written; answers where it starts, for `endFrame`. */
export function beginFrame(writer: ByteWriter): number {
  const start = writer.length;
  writer.zeros(HEADER_BYTES);
  return start;
}

/** Completes the frame begun at `start`: its body is everything written since. */
export function endFrame(writer: ByteWriter, start: number, place: FramePlace): void {
  const bodyStart = start + HEADER_BYTES;
  writer.zeros((ALIGNMENT - ((writer.length - bodyStart) % ALIGNMENT)) % ALIGNMENT);
  const bodyEnd = writer.length;
  if (bodyEnd - bodyStart > FRAME_BODY_BYTES_MAX) {
    throw new RangeError(`a group of ${bodyEnd - bodyStart} bytes is above ${FRAME_BODY_BYTES_MAX}`);
  }
  writer.setU32(start, MAGIC);
  writer.setU32(start + 4, bodyEnd - bodyStart);
  writer.setU32(start + 8, place.sequence % U32);
  writer.setU32(start + 12, Math.floor(place.sequence / U32));
  writer.setU32(start + 16, place.durable);
  writer.setU32(start + BODY_CRC_OFFSET, writer.crc(bodyStart, bodyEnd, place.sequence % U32));
  const headerCrc = writer.crc(start, start + HEADER_CRC_OFFSET, place.segment % U32);
  writer.setU32(start + HEADER_CRC_OFFSET, headerCrc);
  writer.u32(END_MARK);
}

/** Reads segments' frames. One reader per segment, so that the search for the zero tail is done once. */
export class FrameReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #segment: number;
  #zeroFrom: number | undefined;

  constructor(bytes: Uint8Array, segment: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#segment = segment;
  }

  /** Offset behind the last byte of the file that is not zero. */
  get zeroFrom(): number {
    if (this.#zeroFrom === undefined) {
      let at = this.#bytes.length;
      while (at > 0 && this.#bytes[at - 1] === 0) at--;
      this.#zeroFrom = at;
    }
    return this.#zeroFrom;
  }

  /** What stands at `offset`, which is before the end of the file. "torn" holds only in the log's last segment. */
  read(offset: number): FrameRead {
    const bodyStart = offset + HEADER_BYTES;
    if (bodyStart > this.#bytes.length) return { kind: "torn" };
    const headerCrc = crc32(this.#bytes.subarray(offset, offset + HEADER_CRC_OFFSET), this.#segment % U32);
    if (
      this.#view.getUint32(offset + HEADER_CRC_OFFSET, true) !== headerCrc ||
      this.#view.getUint32(offset, true) !== MAGIC
    ) {
      if (this.zeroFrom <= bodyStart) return { kind: "torn" };
      return {
        kind: "damaged",
        offset,
        detail: "the header of a group of records does not match its checksum",
      };
    }
    const bodyLength = this.#view.getUint32(offset + 4, true);
    const durable = this.#view.getUint32(offset + 16, true);
    if (bodyLength > FRAME_BODY_BYTES_MAX || bodyLength % ALIGNMENT !== 0 || durable > offset) {
      return { kind: "damaged", offset, detail: "the header of a group of records makes no sense" };
    }
    return this.#readBody(offset, bodyStart, bodyStart + bodyLength, durable);
  }

  #readBody(offset: number, bodyStart: number, bodyEnd: number, durable: number): FrameRead {
    const end = bodyEnd + END_MARK_LENGTH;
    if (end > this.#bytes.length) return { kind: "torn" };
    const low = this.#view.getUint32(offset + 8, true);
    const sequence = low + this.#view.getUint32(offset + 12, true) * U32;
    const bodyCrc = crc32(this.#bytes.subarray(bodyStart, bodyEnd), low);
    const whole = this.#view.getUint32(offset + BODY_CRC_OFFSET, true) === bodyCrc;
    const marked = this.#view.getUint32(bodyEnd, true) === END_MARK;
    if (whole && (marked || this.#markEndsInZeros(bodyEnd))) {
      return { kind: "frame", sequence, durable, bodyStart, bodyEnd, end, markBroken: !marked };
    }
    if (!marked && this.zeroFrom <= bodyEnd) return { kind: "torn" };
    const detail = whole
      ? "the end mark of a group of records is wrong"
      : "a group of records does not match its checksum";
    return { kind: "damaged", offset, detail };
  }

  /** The mark's first bytes stand and zeros follow up to the end of the file: the group is complete, so it is kept. */
  #markEndsInZeros(markStart: number): boolean {
    const kept = this.zeroFrom - markStart;
    if (kept <= 0 || kept >= END_MARK_LENGTH) return false;
    return END_MARK_BYTES.slice(0, kept).every((byte, i) => this.#bytes[markStart + i] === byte);
  }
}

/** Completes a mark that `read` found broken, in memory. */
export function healEndMark(bytes: Uint8Array, frame: { readonly bodyEnd: number }): void {
  bytes.set(END_MARK_BYTES, frame.bodyEnd);
}
