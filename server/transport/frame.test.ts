import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Closure } from "./closure";
import {
  FRAME_HEADER_BYTES,
  FrameKind,
  FrameReader,
  MESSAGE_BYTES_MAX,
  outFrame,
  PAYLOAD_BYTES_MAX,
  writeFrameHeader,
} from "./frame";

const anyKind = () => true;
const kinds = Object.values(FrameKind);

function encoded(kind: FrameKind, payload: Uint8Array): Buffer {
  const frame = outFrame(kind, payload);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  writeFrameHeader(header, 0, frame);
  return Buffer.concat([header, payload]);
}

function header(length: number, kind: number): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(kind, 4);
  return bytes;
}

function readAll(chunks: readonly Buffer[]): { frames: [FrameKind, string][]; closure: Closure | undefined } {
  const reader = new FrameReader();
  const frames: [FrameKind, string][] = [];
  for (const chunk of chunks) {
    const closure = reader.push(chunk, anyKind, (kind, payload) => {
      frames.push([kind, payload.toString("hex")]);
      return undefined;
    });
    if (closure !== undefined) return { frames, closure };
  }
  return { frames, closure: undefined };
}

const frameArbitrary = fc
  .constantFrom(...kinds)
  .chain((kind) =>
    fc
      .uint8Array({ maxLength: Math.min(300, PAYLOAD_BYTES_MAX[kind]) })
      .map((payload): [FrameKind, Uint8Array] => [kind, payload]),
  );

describe("FrameReader", () => {
  test("gives the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(frameArbitrary, { maxLength: 8 }),
        fc.array(fc.nat(2_000), { maxLength: 12 }),
        (frames, cuts) => {
          const stream = Buffer.concat(frames.map(([kind, payload]) => encoded(kind, payload)));
          const points = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length].sort(
            (a, b) => a - b,
          );
          const chunks = points.slice(1).map((end, i) => stream.subarray(points[i], end));
          const expected = frames.map(([kind, payload]) => [kind, Buffer.from(payload).toString("hex")]);
          expect(readAll(chunks)).toEqual({ frames: expected, closure: undefined });
        },
      ),
    );
  });

  test("takes a payload of the largest size, and closes at one byte more, before any of it arrives", () => {
    for (const kind of kinds) {
      const bytesMax = PAYLOAD_BYTES_MAX[kind];
      expect(readAll([header(bytesMax, kind)]).closure).toBeUndefined();
      expect(readAll([header(bytesMax + 1, kind)]).closure?.code).toBe("oversize");
    }
    expect(readAll([header(0xffff_ffff, FrameKind.message)]).closure?.code).toBe("oversize");
  });

  test("closes at a kind that does not exist", () => {
    const known = new Set<number>(kinds);
    for (let kind = 0; kind < 256; kind++)
      expect(readAll([header(0, kind)]).closure?.code).toBe(known.has(kind) ? undefined : "unknown-kind");
  });

  test("asks at each frame what may come, and hands over nothing after a closure", () => {
    const reader = new FrameReader();
    const taken: FrameKind[] = [];
    const chunk = Buffer.concat([
      header(0, FrameKind.ping),
      header(0, FrameKind.ping),
      header(0, FrameKind.pong),
    ]);
    const closure = reader.push(
      chunk,
      (kind) => kind === FrameKind.ping && taken.length < 2,
      (kind) => {
        taken.push(kind);
        return undefined;
      },
    );
    expect(closure?.code).toBe("out-of-order");
    expect(taken).toEqual([FrameKind.ping, FrameKind.ping]);
  });

  test("random bytes end in a closure or in waiting, never in an exception", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
        readAll(chunks.map((chunk) => Buffer.from(chunk)));
      }),
      { numRuns: 500 },
    );
  });

  test("a payload that came in pieces shares no memory with the pieces", () => {
    const whole = encoded(FrameKind.message, Buffer.from("abcdef"));
    const reader = new FrameReader();
    const seen: string[] = [];
    const take = (_kind: FrameKind, payload: Buffer) => {
      seen.push(payload.toString());
      return undefined;
    };
    const first = Buffer.from(whole.subarray(0, 8));
    reader.push(first, anyKind, take);
    first.fill(0);
    reader.push(whole.subarray(8), anyKind, take);
    expect(seen).toEqual(["abcdef"]);
    expect(PAYLOAD_BYTES_MAX[FrameKind.message]).toBe(MESSAGE_BYTES_MAX);
  });
});
