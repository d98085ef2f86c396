import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "./byte_buffer";
import { beginFrame, endFrame, FrameReader, healEndMark } from "./frame";

const SEGMENT = 7;

/** Frames with these bodies, one after the other. */
function frames(bodies: readonly Uint8Array[], firstSequence = 1): Uint8Array {
  const writer = new ByteWriter(16);
  for (const [i, body] of bodies.entries()) {
    const start = beginFrame(writer);
    writer.raw(body);
    endFrame(writer, start, { segment: SEGMENT, sequence: firstSequence + i, durable: start });
  }
  return writer.written().slice();
}

const body = fc.uint8Array({ maxLength: 70 });
const read = (bytes: Uint8Array, offset = 0) => new FrameReader(bytes, SEGMENT).read(offset);

describe("a frame", () => {
  test("is read back with its place, padded to multiples of 8", () => {
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), fc.maxSafeNat(), (bodies, sequence) => {
        const first = Math.min(sequence, Number.MAX_SAFE_INTEGER - 10);
        const bytes = frames(bodies, first);
        let offset = 0;
        for (const [i, expected] of bodies.entries()) {
          const frame = read(bytes, offset);
          if (frame.kind !== "frame") throw new Error(frame.kind);
          expect(frame).toMatchObject({ sequence: first + i, durable: offset, markBroken: false });
          expect(bytes.slice(frame.bodyStart, frame.bodyStart + expected.length)).toEqual(expected);
          expect(bytes.slice(frame.bodyStart + expected.length, frame.bodyEnd).every((b) => b === 0)).toBe(
            true,
          );
          expect(frame.end % 8).toBe(0);
          offset = frame.end;
        }
        expect(offset).toBe(bytes.length);
      }),
    );
  });

  test("of which any end is missing is torn", () => {
    const bytes = frames([new Uint8Array(40).fill(1)]);
    for (let length = 1; length < bytes.length; length++) {
      expect(read(bytes.subarray(0, length))).toEqual({ kind: "torn" });
    }
  });

  test("of which any end is zero is torn, or whole but for its mark", () => {
    const bytes = frames([new Uint8Array(40).fill(1)]);
    for (let from = 0; from < bytes.length; from++) {
      for (const more of [0, 600]) {
        const zeroed = new Uint8Array(bytes.length + more);
        zeroed.set(bytes.subarray(0, from));
        const frame = read(zeroed);
        if (from <= bytes.length - 4) {
          expect(frame).toEqual({ kind: "torn" });
          continue;
        }
        if (frame.kind !== "frame") throw new Error(`${from}: ${frame.kind}`);
        expect(frame.markBroken).toBe(true);
        healEndMark(zeroed, frame);
        expect(zeroed.subarray(0, bytes.length)).toEqual(bytes);
      }
    }
  });

  test("with any one byte changed is damaged, never torn and never another frame", () => {
    const change = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 2 }), fc.nat(), change, (bodies, at, mask) => {
        const bytes = frames(bodies);
        const first = frames(bodies.slice(0, 1)).length;
        const position = at % first;
        bytes[position] = (bytes[position] ?? 0) ^ mask;
        const frame = read(bytes);
        // The last byte may become zero, which leaves a whole frame with a broken mark.
        if (frame.kind === "frame")
          expect([frame.markBroken, bytes[first - 1], first]).toEqual([true, 0, bytes.length]);
        else expect(frame.kind).toBe("damaged");
      }),
      { numRuns: 2000 },
    );
  });

  test("followed by something other than zeros is damaged when its own end is zero", () => {
    const bytes = frames([new Uint8Array(40).fill(1), new Uint8Array(8)]);
    const first = frames([new Uint8Array(40).fill(1)]).length;
    bytes.fill(0, 20, first);
    expect(read(bytes).kind).toBe("damaged");
  });

  test("of another segment, or from another place in the log, does not pass", () => {
    const bytes = frames([new Uint8Array(8)]);
    expect(new FrameReader(bytes, SEGMENT + 1).read(0).kind).toBe("damaged");
  });
});
