import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lockDirectory } from "./directory_lock";
import { isOpenFault } from "./faults";
import type { FileSystem } from "./file_system";
import { openData } from "./open_storage";
import {
  appendNow,
  compactNow,
  create,
  DATA_PATH,
  entries,
  hardState,
  open,
  snapshotAt,
} from "./testing/log_fixture";
import { SimulatedMachine } from "./testing/simulated_machine";

/** What a disk, a backup tool or an editor may have made of the files: a node starts from it or says why not, and never throws. */

function written(): SimulatedMachine {
  const machine = new SimulatedMachine(9);
  create(machine);
  const storage = open(machine, 700);
  for (let i = 0; i < 12; i++)
    appendNow(machine, storage, { entries: entries(2 + i, 2 + i), hardState: hardState(1, 2, 2 + i) });
  compactNow(machine, storage, snapshotAt(8), 6);
  machine.disk.powerCut("nothing");
  return machine;
}

/** The same disk, with other bytes in one file. */
function withFile(fs: FileSystem, path: string, bytes: Uint8Array): FileSystem {
  return new Proxy(fs, {
    get(target, property, receiver) {
      if (property === "readFileSync")
        return (asked: string) => (asked === path ? bytes.slice() : target.readFileSync(asked));
      const value: unknown = Reflect.get(target, property, receiver);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

type Mutation = (bytes: Uint8Array) => Uint8Array;

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map(
    (other): Mutation =>
      () =>
        other,
  ),
  fc.nat().map(
    (at): Mutation =>
      (bytes) =>
        bytes.slice(0, at % (bytes.length + 1)),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 64 }).map(
    (tail): Mutation =>
      (bytes) =>
        Buffer.concat([bytes, tail]),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 16 })).map(
    ([at, patch]): Mutation =>
      (bytes) => {
        const copy = bytes.slice();
        copy.set(patch.subarray(0, Math.max(0, copy.length - (at % copy.length))), at % copy.length);
        return copy;
      },
  ),
  // A length or a count that promises gigabytes.
  fc.nat().map(
    (at): Mutation =>
      (bytes) => {
        const copy = bytes.slice();
        copy.fill(0xff, at % copy.length, (at % copy.length) + 4);
        return copy;
      },
  ),
  fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: 64 })).map(
    ([from, to, count]): Mutation =>
      (bytes) => {
        const copy = bytes.slice();
        copy.copyWithin(to % copy.length, from % copy.length, (from % copy.length) + count);
        return copy;
      },
  ),
);

describe("a file of which anything became", () => {
  test("is refused with a sentence, or read without anything that was not written", () => {
    const paths = written().disk.paths();
    expect(paths.length).toBeGreaterThanOrEqual(3);
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...paths), mutation, (path, mutate) => {
        const machine = written();
        const bytes = mutate(machine.disk.readFileSync(path));
        const fs = withFile(machine.disk, path, bytes);
        const opened = openData({ fs, clock: machine.clock, path: DATA_PATH, expected: {} });
        if (isOpenFault(opened)) {
          refused += 1;
          expect(opened.message).toMatch(/\.$/);
          return;
        }
        for (const { index, data } of opened.recovered.entries)
          expect(new TextDecoder().decode(data)).toBe(`entry ${index}`);
      }),
      { numRuns: 1500, seed: 11 },
    );
    expect(refused).toBeGreaterThan(300);
  });
});

describe("a lock file that is garbage", () => {
  test("keeps nobody out", async () => {
    const path = mkdtempSync(`${tmpdir()}/rollcall-lock-`);
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            fc.uint8Array({ maxLength: 100 }),
            fc.json().map((text) => Buffer.from(text)),
          ),
          async (bytes) => {
            writeFileSync(`${path}/holder.json`, bytes);
            for (const by of ["socket", "file"] as const) {
              const lock = await lockDirectory(path, { by });
              expect(lock.kind).toBe("lock");
              if (lock.kind === "lock") await lock.release();
            }
          },
        ),
        { numRuns: 60, seed: 20261123 },
      );
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  });
});
