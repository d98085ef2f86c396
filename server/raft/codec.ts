/**
 * The core's data as bytes, for the wire and for the disk. Integers are LEB128 varints; every top-level form starts with
 * a byte that carries its version. Decoders take anything: they answer Malformed instead of throwing, accept exactly one
 * encoding of a value, and allocate no more than a small multiple of their input.
 */
import type {
  ConfState,
  Entry,
  EntryType,
  HardState,
  Message,
  MessageType,
  Snapshot,
  SnapshotMetadata,
} from "./types";
import { type Malformed, WireReader } from "./wire_reader";
import { WireWriter } from "./wire_writer";

export {
  decodeConfChange,
  decodeConfChangeV1,
  encodeConfChange,
  encodeConfChangeV1,
} from "./confchange/codec";
export { isMalformed, type Malformed } from "./wire_reader";

const VERSION = 1;
/** An entry's first byte: version in the high nibble, type in the low one. */
const ENTRY_VERSION = VERSION << 4;
const ENTRY_BYTES_MIN = 4;
const MESSAGE_BYTES_MIN = 11;

/** A type's number on the wire is its place here: append only. */
const ENTRY_TYPES: readonly EntryType[] = ["normal", "conf-change", "conf-change-v2"];
const MESSAGE_TYPES: readonly MessageType[] = [
  "hup",
  "beat",
  "prop",
  "app",
  "app-resp",
  "vote",
  "vote-resp",
  "snap",
  "heartbeat",
  "heartbeat-resp",
  "unreachable",
  "snap-status",
  "check-quorum",
  "transfer-leader",
  "timeout-now",
  "read-index",
  "read-index-resp",
  "pre-vote",
  "pre-vote-resp",
  "storage-append",
  "storage-append-resp",
  "storage-apply",
  "storage-apply-resp",
  "forget-leader",
];
const MESSAGE_TYPE_NUMBERS = new Map(MESSAGE_TYPES.map((type, number) => [type, number]));

const FLAG_REJECT = 1;
const FLAG_SNAPSHOT = 2;
const FLAG_CONTEXT = 4;
const FLAG_RESPONSES = 8;
const FLAGS_ALL = 15;

const NO_RESPONSES: readonly Message[] = [];

/** One log entry: about 4 bytes more than its data while term and index are small. */
export function encodeEntry(entry: Entry): Uint8Array {
  const writer = new WireWriter(entry.data.length + 24);
  writeEntry(writer, entry);
  return writer.finish();
}

export function decodeEntry(bytes: Uint8Array): Entry | Malformed {
  const reader = new WireReader(bytes);
  return reader.finish(readEntry(reader));
}

export function encodeHardState(state: HardState): Uint8Array {
  const writer = new WireWriter(32);
  writer.byte(VERSION);
  writer.varint(state.term);
  writer.varint(state.vote);
  writer.varint(state.commit);
  return writer.finish();
}

export function decodeHardState(bytes: Uint8Array): HardState | Malformed {
  const reader = new WireReader(bytes);
  readVersion(reader);
  return reader.finish({ term: reader.varint(), vote: reader.varint(), commit: reader.varint() });
}

/** A version byte, then index, term and configuration; what `decodeSnapshotMetadata` reads. */
export function encodeSnapshotMetadata(metadata: SnapshotMetadata): Uint8Array {
  const writer = new WireWriter();
  writer.byte(VERSION);
  writeMetadata(writer, metadata);
  return writer.finish();
}

/** Also checks that every list of the configuration ascends and that no id in it is 0. */
export function decodeSnapshotMetadata(bytes: Uint8Array): SnapshotMetadata | Malformed {
  const reader = new WireReader(bytes);
  readVersion(reader);
  return reader.finish(readMetadata(reader));
}

export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const writer = new WireWriter(snapshot.data.length + 128);
  writer.byte(VERSION);
  writeMetadata(writer, snapshot.metadata);
  writer.bytes(snapshot.data);
  return writer.finish();
}

export function decodeSnapshot(bytes: Uint8Array): Snapshot | Malformed {
  const reader = new WireReader(bytes);
  readVersion(reader);
  return reader.finish({ metadata: readMetadata(reader), data: reader.bytes() });
}

/** Any message, those of the local storage threads included; `responses` may not have responses of their own. */
export function encodeMessage(message: Message): Uint8Array {
  let bytes = 64 + (message.context?.length ?? 0) + (message.snapshot?.data.length ?? 0);
  for (const entry of message.entries) bytes += entry.data.length + 16;
  const writer = new WireWriter(bytes);
  writer.byte(VERSION);
  writeMessage(writer, message);
  return writer.finish();
}

/**
 * Besides the form this checks what the receiver's log relies on: the entries of an "app" follow `index` without gaps
 * and with terms that do not fall, and a "snap" carries a snapshot.
 */
export function decodeMessage(bytes: Uint8Array): Message | Malformed {
  const reader = new WireReader(bytes);
  readVersion(reader);
  return reader.finish(readMessage(reader, true));
}

function readVersion(reader: WireReader): void {
  if (reader.byte() !== VERSION) reader.fail("unknown version");
}

function writeEntry(writer: WireWriter, entry: Entry): void {
  writer.byte(ENTRY_VERSION | ENTRY_TYPES.indexOf(entry.type));
  writer.varint(entry.term);
  writer.varint(entry.index);
  writer.bytes(entry.data);
}

function readEntry(reader: WireReader): Entry {
  const first = reader.byte();
  const type = first >> 4 === VERSION ? ENTRY_TYPES[first & 15] : undefined;
  if (type === undefined) reader.fail("unknown version or type of an entry");
  return { term: reader.varint(), index: reader.varint(), type: type ?? "normal", data: reader.bytes() };
}

function writeIds(writer: WireWriter, ids: readonly number[]): void {
  writer.varint(ids.length);
  for (const id of ids) writer.varint(id);
}

function readIds(reader: WireReader): readonly number[] {
  const count = reader.count(1);
  const ids: number[] = [];
  let last = 0;
  for (let i = 0; i < count && reader.fault === undefined; i++) {
    const id = reader.varint();
    if (id <= last) reader.fail("ids of a configuration that do not ascend from 1");
    ids.push(id);
    last = id;
  }
  return ids;
}

function writeMetadata(writer: WireWriter, metadata: SnapshotMetadata): void {
  writer.varint(metadata.index);
  writer.varint(metadata.term);
  writeIds(writer, metadata.confState.voters);
  writeIds(writer, metadata.confState.learners);
  writeIds(writer, metadata.confState.votersOutgoing);
  writeIds(writer, metadata.confState.learnersNext);
  writer.byte(metadata.confState.autoLeave ? 1 : 0);
}

function readMetadata(reader: WireReader): SnapshotMetadata {
  const index = reader.varint();
  const term = reader.varint();
  const confState: ConfState = {
    voters: readIds(reader),
    learners: readIds(reader),
    votersOutgoing: readIds(reader),
    learnersNext: readIds(reader),
    autoLeave: readBoolean(reader),
  };
  return { confState, index, term };
}

function readBoolean(reader: WireReader): boolean {
  const byte = reader.byte();
  if (byte > 1) reader.fail("a boolean that is neither 0 nor 1");
  return byte === 1;
}

function writeMessage(writer: WireWriter, message: Message): void {
  const { snapshot, context, responses } = message;
  writer.byte(MESSAGE_TYPE_NUMBERS.get(message.type) ?? 0xff);
  writer.byte(
    (message.reject ? FLAG_REJECT : 0) |
      (snapshot === undefined ? 0 : FLAG_SNAPSHOT) |
      (context === undefined ? 0 : FLAG_CONTEXT) |
      (responses.length === 0 ? 0 : FLAG_RESPONSES),
  );
  writer.varint(message.to);
  writer.varint(message.from);
  writer.varint(message.term);
  writer.varint(message.logTerm);
  writer.varint(message.index);
  writer.varint(message.commit);
  writer.varint(message.vote);
  writer.varint(message.rejectHint);
  writer.varint(message.entries.length);
  for (const entry of message.entries) writeEntry(writer, entry);
  if (snapshot !== undefined) {
    writeMetadata(writer, snapshot.metadata);
    writer.bytes(snapshot.data);
  }
  if (context !== undefined) writer.bytes(context);
  if (responses.length > 0) {
    writer.varint(responses.length);
    for (const response of responses) writeMessage(writer, response);
  }
}

function readMessage(reader: WireReader, outermost: boolean): Message {
  const type = MESSAGE_TYPES[reader.byte()];
  if (type === undefined) reader.fail("unknown type of message");
  const flags = reader.byte();
  if (flags > FLAGS_ALL) reader.fail("unknown flag of a message");
  const message = {
    type: type ?? "hup",
    to: reader.varint(),
    from: reader.varint(),
    term: reader.varint(),
    logTerm: reader.varint(),
    index: reader.varint(),
    commit: reader.varint(),
    vote: reader.varint(),
    rejectHint: reader.varint(),
    reject: (flags & FLAG_REJECT) !== 0,
    entries: readEntries(reader),
    snapshot: flags & FLAG_SNAPSHOT ? { metadata: readMetadata(reader), data: reader.bytes() } : undefined,
    context: flags & FLAG_CONTEXT ? reader.bytes() : undefined,
    responses: flags & FLAG_RESPONSES ? readResponses(reader, outermost) : NO_RESPONSES,
  } satisfies Message;
  if (message.type === "app") checkAppend(reader, message);
  if (message.type === "snap" && message.snapshot === undefined)
    reader.fail("a snap message without a snapshot");
  return message;
}

function readEntries(reader: WireReader): readonly Entry[] {
  const count = reader.count(ENTRY_BYTES_MIN);
  const entries: Entry[] = [];
  for (let i = 0; i < count && reader.fault === undefined; i++) entries.push(readEntry(reader));
  return entries;
}

function readResponses(reader: WireReader, outermost: boolean): readonly Message[] {
  if (!outermost) reader.fail("responses of a response");
  const count = reader.count(MESSAGE_BYTES_MIN);
  if (count === 0) reader.fail("a list of responses that is empty");
  const responses: Message[] = [];
  for (let i = 0; i < count && reader.fault === undefined; i++) responses.push(readMessage(reader, false));
  return responses;
}

function checkAppend(reader: WireReader, message: Message): void {
  let term = message.logTerm;
  for (const [i, entry] of message.entries.entries()) {
    if (entry.index !== message.index + 1 + i)
      reader.fail("entries that do not follow the index before them");
    if (entry.term < term || entry.term > message.term) reader.fail("entries with terms out of order");
    term = entry.term;
  }
}
