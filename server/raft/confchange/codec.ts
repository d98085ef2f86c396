import type { ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2 } from "../types";
import { type Malformed, WireReader } from "../wire_reader";
import { WireWriter } from "../wire_writer";

/*
 * The layout is that of the protocol buffers which etcd-io/raft uses for the same entries, so that sizes (and with them
 * every byte limit of the conformance suite) agree, and a later field can be told from a corrupt one:
 *   v1: 1 id (always 0), 2 type, 3 node id, 4 context
 *   v2: 1 transition, 2 change { 1 type, 2 node id } repeated, 3 context
 */
const WIRE_VARINT = 0;
const WIRE_BYTES = 2;

const CHANGE_TYPES: readonly ConfChangeType[] = [
  "add-node",
  "remove-node",
  "update-node",
  "add-learner-node",
];
const TRANSITIONS: readonly ConfChangeTransition[] = ["auto", "joint-implicit", "joint-explicit"];
const NO_BYTES = new Uint8Array(0);

/** Encodes a change for the data of a "conf-change-v2" entry. */
export function encodeConfChange(change: ConfChangeV2): Uint8Array {
  const writer = new WireWriter(16 + change.changes.length * 14 + change.context.length);
  writer.byte((1 << 3) | WIRE_VARINT);
  writer.varint(TRANSITIONS.indexOf(change.transition));
  for (const single of change.changes) {
    const inner = new WireWriter();
    inner.byte((1 << 3) | WIRE_VARINT);
    inner.varint(CHANGE_TYPES.indexOf(single.type));
    inner.byte((2 << 3) | WIRE_VARINT);
    inner.varint(single.nodeId);
    writer.byte((2 << 3) | WIRE_BYTES);
    writer.bytes(inner.finish());
  }
  if (change.context.length > 0) {
    writer.byte((3 << 3) | WIRE_BYTES);
    writer.bytes(change.context);
  }
  return writer.finish();
}

/** Encodes a single change for the data of a "conf-change" (version 1) entry. */
export function encodeConfChangeV1(change: ConfChangeSingle, context: Uint8Array = NO_BYTES): Uint8Array {
  const writer = new WireWriter();
  writer.byte((1 << 3) | WIRE_VARINT);
  writer.varint(0);
  writer.byte((2 << 3) | WIRE_VARINT);
  writer.varint(CHANGE_TYPES.indexOf(change.type));
  writer.byte((3 << 3) | WIRE_VARINT);
  writer.varint(change.nodeId);
  if (context.length > 0) {
    writer.byte((4 << 3) | WIRE_BYTES);
    writer.bytes(context);
  }
  return writer.finish();
}

/** Decodes the data of a "conf-change-v2" entry. No bytes at all is the empty change: leave the joint configuration. */
export function decodeConfChange(bytes: Uint8Array): ConfChangeV2 | Malformed {
  const reader = new WireReader(bytes);
  const changes: ConfChangeSingle[] = [];
  let transition: ConfChangeTransition = "auto";
  let context: Uint8Array = NO_BYTES;
  let last = 0;
  while (reader.remaining > 0 && reader.fault === undefined) {
    const tag = reader.byte();
    const field = tag >> 3;
    if (field < last || (field === last && field !== 2)) reader.fail("field out of order or repeated");
    last = field;
    if (tag === ((1 << 3) | WIRE_VARINT)) transition = readChoice(reader, TRANSITIONS, "auto");
    else if (tag === ((2 << 3) | WIRE_BYTES)) changes.push(readSingle(reader));
    else if (tag === ((3 << 3) | WIRE_BYTES)) context = reader.bytes();
    else reader.fail("unknown field of a configuration change");
  }
  return reader.finish({ transition, changes, context });
}

/** Decodes the data of a "conf-change" (version 1) entry into the equal change of version 2. */
export function decodeConfChangeV1(bytes: Uint8Array): ConfChangeV2 | Malformed {
  const reader = new WireReader(bytes);
  let type: ConfChangeType = "add-node";
  let nodeId = 0;
  let context: Uint8Array = NO_BYTES;
  let last = 0;
  while (reader.remaining > 0 && reader.fault === undefined) {
    const tag = reader.byte();
    if (tag >> 3 <= last) reader.fail("field out of order or repeated");
    last = tag >> 3;
    if (tag === ((1 << 3) | WIRE_VARINT)) reader.varint();
    else if (tag === ((2 << 3) | WIRE_VARINT)) type = readChoice(reader, CHANGE_TYPES, "add-node");
    else if (tag === ((3 << 3) | WIRE_VARINT)) nodeId = reader.varint();
    else if (tag === ((4 << 3) | WIRE_BYTES)) context = reader.bytes();
    else reader.fail("unknown field of a configuration change");
  }
  return reader.finish({ transition: "auto", changes: [{ type, nodeId }], context });
}

function readSingle(reader: WireReader): ConfChangeSingle {
  const length = reader.count(1);
  const end = reader.remaining - length;
  if (reader.byte() !== ((1 << 3) | WIRE_VARINT)) reader.fail("a change without a type");
  const type = readChoice(reader, CHANGE_TYPES, "add-node");
  if (reader.byte() !== ((2 << 3) | WIRE_VARINT)) reader.fail("a change without a node id");
  const nodeId = reader.varint();
  if (reader.remaining !== end) reader.fail("a change of another length than it says");
  return { type, nodeId };
}

function readChoice<T>(reader: WireReader, choices: readonly T[], fallback: T): T {
  const choice = choices[reader.varint()];
  if (choice === undefined) reader.fail("unknown enumeration value");
  return choice ?? fallback;
}
