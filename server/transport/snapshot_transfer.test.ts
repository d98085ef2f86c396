import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../raft/types";
import { FrameKind, type OutFrame, SNAPSHOT_CHUNK_BYTES } from "./frame";
import { SnapshotReceiver } from "./snapshot_receiver";
import { type AckOutcome, SnapshotSender } from "./snapshot_sender";
import { testMessage, testSnapshot } from "./testing/recording_node";

const MIB = 1_024 * 1_024;

function payloadOf(frame: OutFrame): Buffer {
  return Buffer.concat(frame.parts);
}

function bytes(length: number): Uint8Array {
  const data = new Uint8Array(length);
  for (let i = 0; i < length; i++) data[i] = (i * 31 + (i >> 8)) & 0xff;
  return data;
}

/** Whether these are the same, without comparing megabytes element by element in the matcher. */
function isSame(message: Message | undefined, original: Message): boolean {
  const [data, expected] = [message?.snapshot?.data, original.snapshot?.data];
  if (data === undefined || expected === undefined || Buffer.compare(data, expected) !== 0) return false;
  const less = { snapshot: undefined };
  expect({ ...message, ...less }).toEqual({ ...original, ...less });
  expect(message?.snapshot?.metadata).toEqual(original.snapshot?.metadata);
  return true;
}

interface Result {
  readonly outcome: AckOutcome | undefined;
  readonly message: Message | undefined;
  readonly unacknowledgedMax: number;
}

/** Passes frames over until neither side has any. Acknowledgements are held back until the sender stops. */
function transfer(sender: SnapshotSender, receiver: SnapshotReceiver): Result {
  let outcome: AckOutcome | undefined;
  let message: Message | undefined;
  let unacknowledgedMax = 0;
  for (;;) {
    const acks: OutFrame[] = [];
    let unacknowledged = 0;
    for (let frame = sender.next(); frame !== undefined; frame = sender.next()) {
      if (frame.kind === FrameKind.snapshotChunk) unacknowledged += frame.bytes;
      const step = receiver.receive(frame.kind, payloadOf(frame));
      if (step.kind === "ack" || step.kind === "message") acks.push(step.ack);
      if (step.kind === "message") message = step.message;
      if (step.kind === "broken") throw new Error(step.closure.detail);
    }
    unacknowledgedMax = Math.max(unacknowledgedMax, unacknowledged);
    if (acks.length === 0) return { outcome, message, unacknowledgedMax };
    for (const ack of acks) outcome = sender.acknowledge(payloadOf(ack));
  }
}

describe("a snapshot transfer", () => {
  test("hands over the message it was given, whatever its size", () => {
    const sizes = fc.oneof(
      fc.nat(300),
      fc.constantFrom(SNAPSHOT_CHUNK_BYTES - 1, SNAPSHOT_CHUNK_BYTES, SNAPSHOT_CHUNK_BYTES + 1, 3 * MIB),
    );
    fc.assert(
      fc.property(sizes, (size) => {
        const original = testSnapshot(1, 2, bytes(size));
        const sender = new SnapshotSender(4 * MIB);
        expect(sender.offer(original)).toBe("taken");
        const { outcome, message } = transfer(sender, new SnapshotReceiver(4 * MIB));
        expect(outcome).toBe("complete");
        expect(isSame(message, original)).toBe(true);
        expect(sender.isActive).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  test("keeps a bounded amount of data under way", () => {
    const sender = new SnapshotSender(64 * MIB);
    sender.offer(testSnapshot(1, 2, bytes(8 * MIB)));
    const { outcome, unacknowledgedMax } = transfer(sender, new SnapshotReceiver(64 * MIB));
    expect(outcome).toBe("complete");
    expect(unacknowledgedMax).toBeLessThan(600 * 1_024);
  });

  test("starts over with a newer snapshot, and does not let an older one or the same disturb it", () => {
    const sender = new SnapshotSender(4 * MIB);
    const receiver = new SnapshotReceiver(4 * MIB);
    const newer = testSnapshot(1, 2, bytes(200_000), 20);
    sender.offer(testSnapshot(1, 2, bytes(100_000), 10));
    for (let i = 0; i < 2; i++) {
      const frame = sender.next();
      if (frame !== undefined) receiver.receive(frame.kind, payloadOf(frame));
    }
    expect(sender.offer(newer)).toBe("taken");
    expect(sender.offer(newer)).toBe("superseded");
    expect(sender.offer(testSnapshot(1, 2, bytes(5), 15))).toBe("superseded");
    const { outcome, message } = transfer(sender, receiver);
    expect(outcome).toBe("complete");
    expect(isSame(message, newer)).toBe(true);
    expect(sender.offer(testSnapshot(1, 2, bytes(5), 15))).toBe("taken");
  });

  test("a newer term replaces a higher index of an older term", () => {
    const sender = new SnapshotSender(MIB);
    sender.offer(testSnapshot(1, 2, bytes(5), 20, 1));
    expect(sender.offer(testSnapshot(1, 2, bytes(5), 10, 2))).toBe("taken");
  });

  test("is refused by a receiver whose bound it exceeds, and no memory is taken for it", () => {
    const sender = new SnapshotSender(4 * MIB);
    const receiver = new SnapshotReceiver(1_000);
    sender.offer(testSnapshot(1, 2, bytes(2_000)));
    expect(transfer(sender, receiver)).toMatchObject({ outcome: "refused", message: undefined });
    const small = testSnapshot(1, 2, bytes(1_000));
    sender.offer(small);
    expect(isSame(transfer(sender, receiver).message, small)).toBe(true);
  });

  test("is not begun when it exceeds the sender's bound", () => {
    expect(new SnapshotSender(1_000).offer(testSnapshot(1, 2, bytes(1_001)))).toBe("too-large");
  });
});

describe("SnapshotReceiver", () => {
  function framesOf(message: Message): OutFrame[] {
    const sender = new SnapshotSender(4 * MIB);
    sender.offer(message);
    const frames: OutFrame[] = [];
    for (let frame = sender.next(); frame !== undefined; frame = sender.next()) frames.push(frame);
    return frames;
  }

  function feed(frames: readonly OutFrame[], change: (payload: Buffer, index: number) => Buffer): string[] {
    const receiver = new SnapshotReceiver(4 * MIB);
    return frames.map((frame, i) => receiver.receive(frame.kind, change(payloadOf(frame), i)).kind);
  }

  const frames = framesOf(testSnapshot(1, 2, bytes(100_000)));

  test("finds a flipped bit of the data by the checksum", () => {
    const kinds = feed(frames, (payload, i) => {
      if (i === 1) payload.writeUInt8(payload.readUInt8(50) ^ 1, 50);
      return payload;
    });
    expect(kinds.at(-1)).toBe("broken");
  });

  test("breaks on a chunk too many, on an end too early, and on a begin that carries something else", () => {
    const [begin, chunk] = frames;
    const end = frames.at(-1);
    if (begin === undefined || chunk === undefined || end === undefined) throw new Error("no frames");
    const same = (payload: Buffer) => payload;
    expect(feed([begin, chunk, chunk], same)).toEqual(["ack", "ack", "broken"]);
    expect(feed([begin, chunk, end], same)).toEqual(["ack", "ack", "broken"]);
    const notSnap = Buffer.concat([payloadOf(begin).subarray(0, 12), Buffer.from([1, 99])]);
    expect(feed([begin], () => notSnap)).toEqual(["broken"]);
    expect(testMessage(1, 2).snapshot).toBeUndefined();
  });

  test("ignores frames of a transfer it does not know", () => {
    expect(feed(frames.slice(1), (payload) => payload)).toEqual(["ignored", "ignored", "ignored"]);
  });

  test("never throws", () => {
    const kinds = [FrameKind.snapshotBegin, FrameKind.snapshotChunk, FrameKind.snapshotEnd];
    const steps = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 40 })));
    fc.assert(
      fc.property(steps, (random) => {
        const receiver = new SnapshotReceiver(1_000);
        for (const [kind, payload] of random) receiver.receive(kind, Buffer.from(payload));
      }),
    );
  });
});

describe("SnapshotSender", () => {
  test("does not believe an acknowledgement of what it never sent", () => {
    const sender = new SnapshotSender(MIB);
    sender.offer(testSnapshot(1, 2, bytes(10)));
    sender.next();
    const ack = (received: number, status: number) => {
      const payload = Buffer.alloc(13);
      payload.writeUInt32BE(1, 0);
      payload.writeBigUInt64BE(BigInt(received), 4);
      payload.writeUInt8(status, 12);
      return payload;
    };
    expect(sender.acknowledge(ack(11, 0))).toBe("invalid");
    expect(sender.acknowledge(ack(0, 1))).toBe("invalid");
    expect(sender.acknowledge(ack(0, 7))).toBe("invalid");
    expect(sender.acknowledge(Buffer.alloc(3))).toBe("invalid");
    expect(sender.isActive).toBe(true);
  });

  test("counts the ticks without an acknowledgement", () => {
    const sender = new SnapshotSender(MIB);
    expect(sender.tick()).toBe(0);
    sender.offer(testSnapshot(1, 2, bytes(10)));
    expect([sender.tick(), sender.tick()]).toEqual([1, 2]);
  });
});
