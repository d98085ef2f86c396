/**
 * A log snapshot as a file: header (magic, version, tag of the directory, lengths, CRC of the rest, CRC of the header),
 * metadata, data. It gets its name only once it is durable, so no part of it may ever be missing.
 */
import { crc32 } from "node:zlib";
import { decodeSnapshotMetadata, encodeSnapshotMetadata, isMalformed } from "../raft/codec";
import type { Snapshot } from "../raft/types";
import { ByteWriter } from "./byte_buffer";
import { damaged, type OpenFault, unknownVersion } from "./faults";
import type { SnapshotReference } from "./record";

const SNAPSHOT_VERSION = 1;
/** Bytes of one snapshot's data, at most. */
const SNAPSHOT_DATA_BYTES_MAX = 1 << 30;

const MAGIC = new TextEncoder().encode("ROLLSNAP");
const HEADER_BYTES = 32;
const REST_CRC_OFFSET = 24;
const HEADER_CRC_OFFSET = 28;

/** The file's bytes, and the reference by which the log will name it. */
export function encodeSnapshotFile(
  snapshot: Snapshot,
  number: number,
  tag: number,
): { readonly bytes: Uint8Array; readonly reference: SnapshotReference } {
  const { metadata, data } = snapshot;
  if (data.length > SNAPSHOT_DATA_BYTES_MAX) {
    throw new RangeError(`a snapshot of ${data.length} bytes is above ${SNAPSHOT_DATA_BYTES_MAX}`);
  }
  const encodedMetadata = encodeSnapshotMetadata(metadata);
  const length = HEADER_BYTES + encodedMetadata.length + data.length;
  const writer = new ByteWriter(length);
  writer.raw(MAGIC);
  writer.u32(SNAPSHOT_VERSION);
  writer.u32(tag);
  writer.u32(encodedMetadata.length);
  writer.u32(data.length);
  writer.zeros(HEADER_BYTES - REST_CRC_OFFSET);
  writer.raw(encodedMetadata);
  writer.raw(data);
  writer.setU32(REST_CRC_OFFSET, writer.crc(HEADER_BYTES, length, 0));
  writer.setU32(HEADER_CRC_OFFSET, writer.crc(0, HEADER_CRC_OFFSET, 0));
  const bytes = writer.written();
  return { bytes, reference: { number, index: metadata.index, term: metadata.term, crc: crc32(bytes) } };
}

/** Reads the file that the log refers to. Its data shares memory with `bytes`. */
export function decodeSnapshotFile(
  path: string,
  bytes: Uint8Array,
  reference: SnapshotReference,
  tag: number,
): Snapshot | OpenFault {
  if (bytes.length < HEADER_BYTES) return damaged(path, 0, "the snapshot ends early");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = MAGIC.every((byte, i) => bytes[i] === byte);
  if (!magic || view.getUint32(HEADER_CRC_OFFSET, true) !== crc32(bytes.subarray(0, HEADER_CRC_OFFSET))) {
    return damaged(path, 0, "the header of the snapshot is not what was written");
  }
  const version = view.getUint32(8, true);
  if (version !== SNAPSHOT_VERSION) return unknownVersion(path, version);
  if (view.getUint32(12, true) !== tag) {
    return damaged(path, 0, "the snapshot was written for another data directory");
  }
  const dataStart = HEADER_BYTES + view.getUint32(16, true);
  if (dataStart + view.getUint32(20, true) !== bytes.length) {
    return damaged(path, 0, "the snapshot's length is not what was written");
  }
  if (view.getUint32(REST_CRC_OFFSET, true) !== crc32(bytes.subarray(HEADER_BYTES))) {
    return damaged(path, HEADER_BYTES, "the snapshot does not match its checksum");
  }
  const metadata = decodeSnapshotMetadata(bytes.subarray(HEADER_BYTES, dataStart));
  if (isMalformed(metadata))
    return damaged(path, HEADER_BYTES, `the snapshot's metadata: ${metadata.detail}`);
  if (
    crc32(bytes) !== reference.crc ||
    metadata.index !== reference.index ||
    metadata.term !== reference.term
  ) {
    return damaged(path, 0, "this is not the snapshot that the log refers to");
  }
  return { metadata, data: bytes.subarray(dataStart) };
}
