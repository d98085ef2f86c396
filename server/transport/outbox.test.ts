import { describe, expect, test } from "vitest";
import { FrameKind, type OutFrame, outFrame } from "./frame";
import { Outbox } from "./outbox";

const kib = (n: number) => new Uint8Array(n * 1_024);
const message = (bytes: Uint8Array = kib(1)) => outFrame(FrameKind.message, bytes);
const kindsOf = (batch: readonly OutFrame[]) => batch.map((frame) => frame.kind);

describe("Outbox", () => {
  test("is full by bytes, those of the socket included, and by frames", () => {
    const outbox = new Outbox(10_000, 3);
    expect(outbox.isFull(10_000, 0)).toBe(false);
    expect(outbox.isFull(5_000, 6_000)).toBe(true);
    outbox.put(message());
    expect(outbox.isFull(9_500, 0)).toBe(true);
    outbox.put(message(kib(0)));
    outbox.put(message(kib(0)));
    expect(outbox.isFull(1, 0)).toBe(true);
  });

  test("takes one frame larger than its bound when nothing else waits, so that no lawful message is stuck for ever", () => {
    expect(new Outbox(10_000, 3).isFull(20_000, 0)).toBe(false);
    expect(new Outbox(10_000, 3).isFull(20_000, 1)).toBe(true);
  });

  test("keeps the order of the queue and counts what is left", () => {
    const outbox = new Outbox(1e9, 1e6);
    const frames = Array.from({ length: 5_000 }, () => message());
    for (const frame of frames) outbox.put(frame);
    const taken: OutFrame[] = [];
    for (let batch = outbox.take(); batch.length > 0; batch = outbox.take()) taken.push(...batch);
    expect(taken).toEqual(frames);
    expect(taken.every((frame, i) => frame === frames[i])).toBe(true);
    expect(outbox.queued).toEqual({ bytes: 0, frames: 0 });
    expect(frames.every((frame) => frame.fate === "written")).toBe(true);
  });

  test("lets urgent frames go first and keeps only the newest of a kind", () => {
    const outbox = new Outbox(1e6, 100);
    outbox.put(message());
    outbox.putUrgent(outFrame(FrameKind.ping));
    const ack = outFrame(FrameKind.snapshotAck, new Uint8Array([2]));
    outbox.putUrgent(outFrame(FrameKind.snapshotAck, new Uint8Array([1])));
    outbox.putUrgent(ack);
    const batch = outbox.take();
    expect(kindsOf(batch)).toEqual([FrameKind.ping, FrameKind.snapshotAck, FrameKind.message]);
    expect(batch[1]).toBe(ack);
  });

  test("keeps only the newest report, and sends it after the queue", () => {
    const outbox = new Outbox(1e6, 100);
    const newest = outFrame(FrameKind.report, new Uint8Array([2]));
    expect(outbox.putReport(outFrame(FrameKind.report, new Uint8Array([1])))).toBe(false);
    expect(outbox.putReport(newest)).toBe(true);
    outbox.put(message());
    const batch = outbox.take();
    expect(kindsOf(batch)).toEqual([FrameKind.message, FrameKind.report]);
    expect(batch[1]).toBe(newest);
  });

  test("skips a frame that was cancelled", () => {
    const outbox = new Outbox(1e6, 100);
    const cancelled = message();
    outbox.put(cancelled);
    cancelled.fate = "cancelled";
    expect(outbox.take()).toEqual([]);
    expect(outbox.queued).toEqual({ bytes: 0, frames: 0 });
  });

  test("gives bulk one frame a batch: neither does it delay the queue by more, nor does the queue starve it", () => {
    const outbox = new Outbox(1e9, 1e6);
    outbox.bulk = { next: () => outFrame(FrameKind.snapshotChunk, kib(64)) };
    for (let i = 0; i < 1_000; i++) outbox.put(message());
    const batch = outbox.take();
    expect(batch.filter((frame) => frame.kind === FrameKind.snapshotChunk)).toHaveLength(1);
    expect(batch.length).toBeGreaterThan(10);
    expect(batch.length).toBeLessThan(100);
    expect(kindsOf(outbox.take())).toContain(FrameKind.snapshotChunk);
  });
});
