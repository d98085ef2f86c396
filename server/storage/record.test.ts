import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "../raft/types";
import { ByteWriter } from "./byte_buffer";
import {
  type LogRecord,
  readRecords,
  writeEntries,
  writeHardState,
  writeSegmentStart,
  writeSnapshotRecord,
} from "./record";

const number = fc.maxSafeNat();
const reference = fc.record({ number, index: number, term: number, crc: fc.nat() });
const entries = fc
  .record({
    first: fc.nat(),
    parts: fc.array(
      fc.record({
        term: number,
        type: fc.constantFrom<Entry["type"]>("normal", "conf-change", "conf-change-v2"),
        data: fc.uint8Array({ maxLength: 40 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ first, parts }) => parts.map((part, i) => ({ ...part, index: first + i })));
const record: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.record({
    kind: fc.constant("hard-state" as const),
    hardState: fc.record({ term: number, vote: number, commit: number }),
  }),
  fc.record({ kind: fc.constant("entries" as const), entries }),
  fc.record({
    kind: fc.constant("snapshot" as const),
    snapshot: reference,
    firstSegment: number,
    replacesLog: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("segment-start" as const),
    snapshot: reference,
    firstSegment: number,
    lastIndex: number,
    lastTerm: number,
  }),
);

function write(writer: ByteWriter, one: LogRecord): void {
  if (one.kind === "hard-state") writeHardState(writer, one.hardState);
  else if (one.kind === "entries") writeEntries(writer, one.entries);
  else if (one.kind === "snapshot") writeSnapshotRecord(writer, one);
  else writeSegmentStart(writer, one);
}

describe("records", () => {
  test("are read back as written, whatever padding of zeros follows", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 4 }), fc.nat(7), (records, padding) => {
        const writer = new ByteWriter(4);
        for (const one of records) write(writer, one);
        writer.zeros(padding);
        const bytes = writer.written();
        expect(readRecords(bytes, 0, bytes.length)).toEqual(records);
      }),
    );
  });

  test("that anyone made up are refused, or read, but never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 6 }), (bytes, kind) => {
        const whole = Uint8Array.of(kind, ...bytes);
        const read = readRecords(whole, 0, whole.length);
        expect(read === undefined || Array.isArray(read)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("that end early, or count more entries than there are bytes, are refused", () => {
    const writer = new ByteWriter(4);
    writeEntries(writer, [{ index: 5, term: 1, type: "normal", data: new Uint8Array(9) }]);
    const bytes = writer.written().slice();
    for (let end = 1; end < bytes.length; end++) expect(readRecords(bytes, 0, end)).toBeUndefined();
    bytes.fill(0xff, 9, 13);
    expect(readRecords(bytes, 0, bytes.length)).toBeUndefined();
  });
});
