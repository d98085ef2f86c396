import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeConfChange,
  decodeConfChangeV1,
  decodeEntry,
  decodeHardState,
  decodeMessage,
  decodeSnapshot,
  decodeSnapshotMetadata,
  encodeConfChange,
  encodeConfChangeV1,
  encodeEntry,
  encodeHardState,
  encodeMessage,
  encodeSnapshot,
  encodeSnapshotMetadata,
  isMalformed,
} from "./codec";
import {
  type ConfChangeV2,
  type Entry,
  LOCAL_APPEND_THREAD,
  type Message,
  type Snapshot,
  type SnapshotMetadata,
} from "./types";

const number = fc.oneof(
  fc.nat({ max: 300 }),
  fc.maxSafeNat(),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 32),
);
const data = fc.uint8Array({ maxLength: 40 });
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { maxLength: 6 }).map((list) => {
  return list.sort((a, b) => a - b);
});
const entry: fc.Arbitrary<Entry> = fc.record({
  term: number,
  index: number,
  type: fc.constantFrom("normal", "conf-change", "conf-change-v2"),
  data,
});
const metadata: fc.Arbitrary<SnapshotMetadata> = fc.record({
  confState: fc.record({
    voters: ids,
    learners: ids,
    votersOutgoing: ids,
    learnersNext: ids,
    autoLeave: fc.boolean(),
  }),
  index: number,
  term: number,
});
const snapshot: fc.Arbitrary<Snapshot> = fc.record({ metadata, data });

function messageOf(types: readonly Message["type"][], responses: fc.Arbitrary<readonly Message[]>) {
  return fc.record({
    type: fc.constantFrom(...types),
    to: fc.oneof(number, fc.constant(LOCAL_APPEND_THREAD)),
    from: number,
    term: number,
    logTerm: number,
    index: number,
    entries: fc.array(entry, { maxLength: 4 }),
    commit: number,
    vote: number,
    snapshot: fc.option(snapshot, { nil: undefined }),
    reject: fc.boolean(),
    rejectHint: number,
    context: fc.option(data, { nil: undefined }),
    responses,
  });
}
const flat = messageOf(["prop", "app-resp", "vote", "heartbeat", "forget-leader"], fc.constant([]));
const message: fc.Arbitrary<Message> = messageOf(
  ["hup", "storage-append", "storage-apply-resp", "pre-vote-resp"],
  fc.array(flat, { maxLength: 3 }),
);
const change: fc.Arbitrary<ConfChangeV2> = fc.record({
  transition: fc.constantFrom("auto", "joint-implicit", "joint-explicit"),
  changes: fc.array(
    fc.record({
      type: fc.constantFrom("add-node", "remove-node", "update-node", "add-learner-node"),
      nodeId: number,
    }),
    { maxLength: 5 },
  ),
  context: data,
});

const append: Message = {
  type: "app",
  to: 2,
  from: 1,
  term: 7,
  logTerm: 5,
  index: 10,
  entries: [
    { term: 6, index: 11, type: "normal", data: new Uint8Array([1, 2, 3]) },
    { term: 7, index: 12, type: "conf-change-v2", data: new Uint8Array(0) },
  ],
  commit: 9,
  vote: 0,
  snapshot: undefined,
  reject: false,
  rejectHint: 0,
  context: undefined,
  responses: [],
};

describe("what is encoded decodes to itself", () => {
  test("entry", () => {
    fc.assert(
      fc.property(entry, (value) => {
        expect(decodeEntry(encodeEntry(value))).toEqual(value);
      }),
    );
  });
  test("hard state", () => {
    fc.assert(
      fc.property(fc.record({ term: number, vote: number, commit: number }), (value) => {
        expect(decodeHardState(encodeHardState(value))).toEqual(value);
      }),
    );
  });
  test("snapshot and its metadata", () => {
    fc.assert(
      fc.property(snapshot, (value) => {
        expect(decodeSnapshot(encodeSnapshot(value))).toEqual(value);
        expect(decodeSnapshotMetadata(encodeSnapshotMetadata(value.metadata))).toEqual(value.metadata);
      }),
    );
  });
  test("message, with the responses that wait for its write", () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeMessage(encodeMessage(value))).toEqual(value);
      }),
    );
    expect(decodeMessage(encodeMessage(append))).toEqual(append);
  });
  test("configuration change, in both versions", () => {
    fc.assert(
      fc.property(change, (value) => {
        expect(decodeConfChange(encodeConfChange(value))).toEqual(value);
        for (const single of value.changes) {
          expect(decodeConfChangeV1(encodeConfChangeV1(single, value.context))).toEqual({
            transition: "auto",
            changes: [single],
            context: value.context,
          });
        }
      }),
    );
  });
  test("no bytes are the change that leaves a joint configuration", () => {
    expect(decodeConfChange(new Uint8Array(0))).toEqual({
      transition: "auto",
      changes: [],
      context: new Uint8Array(0),
    });
  });
});

const decoders: readonly ((bytes: Uint8Array) => object)[] = [
  decodeEntry,
  decodeHardState,
  decodeSnapshotMetadata,
  decodeSnapshot,
  decodeMessage,
  decodeConfChange,
  decodeConfChangeV1,
];

describe("bytes that nobody vouches for", () => {
  test("never throw, and what decodes has exactly those bytes", () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ maxLength: 64, min: 0, max: 4 }),
      fc.uint8Array({ maxLength: 40 }).map((tail) => Uint8Array.from([1, ...tail])),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        for (const decode of decoders) decode(bytes);
        const asMessage = decodeMessage(bytes);
        if (!isMalformed(asMessage)) expect(encodeMessage(asMessage)).toEqual(bytes);
        const asEntry = decodeEntry(bytes);
        if (!isMalformed(asEntry)) expect(encodeEntry(asEntry)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test("every prefix of a message is malformed, and so is a message with a byte more", () => {
    fc.assert(
      fc.property(message, (value) => {
        const bytes = encodeMessage(value);
        for (let length = 0; length < bytes.length; length++) {
          expect(isMalformed(decodeMessage(bytes.subarray(0, length)))).toBe(true);
        }
        expect(isMalformed(decodeMessage(Uint8Array.from([...bytes, 0])))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("a length or count larger than the input is refused before anything is allocated", () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    expect(decodeEntry(Uint8Array.from([0x10, 1, 1, ...huge]))).toEqual({
      kind: "malformed",
      detail: "count exceeds the bytes that are left at byte 11",
    });
    const fields = [1, 3, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    expect(isMalformed(decodeMessage(Uint8Array.from([...fields, ...huge])))).toBe(true);
    expect(isMalformed(decodeSnapshotMetadata(Uint8Array.from([1, 1, 1, ...huge])))).toBe(true);
  });

  test("another version, an unknown type and an unknown flag are refused", () => {
    const bytes = encodeMessage(append);
    for (const [offset, value] of [
      [0, 2],
      [1, 99],
      [2, 16],
    ] as const) {
      const changed = bytes.slice();
      changed[offset] = value;
      expect(isMalformed(decodeMessage(changed))).toBe(true);
    }
  });

  test("an append whose entries have a gap or falling terms is refused", () => {
    const [first, second] = append.entries;
    if (first === undefined || second === undefined) throw new Error("the example has two entries");
    const wrong: readonly (readonly Entry[])[] = [
      [second],
      [first, { ...second, index: 13 }],
      [{ ...first, term: 4 }, second],
      [first, { ...second, term: 5 }],
      [first, { ...second, term: 8 }],
    ];
    for (const entries of wrong) {
      expect(isMalformed(decodeMessage(encodeMessage({ ...append, entries })))).toBe(true);
    }
  });

  test("a snap message needs its snapshot, and a configuration ascending ids", () => {
    expect(isMalformed(decodeMessage(encodeMessage({ ...append, type: "snap", entries: [] })))).toBe(true);
    const confState = {
      voters: [2, 1],
      learners: [],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    };
    expect(
      isMalformed(decodeSnapshotMetadata(encodeSnapshotMetadata({ confState, index: 1, term: 1 }))),
    ).toBe(true);
  });

  test("what was decoded does not share memory with the input", () => {
    const bytes = Buffer.from(encodeMessage(append));
    const decoded = decodeMessage(bytes);
    bytes.fill(0);
    expect(decoded).toEqual(append);
  });
});
