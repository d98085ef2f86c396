import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOpenFault } from "./faults";
import { openData } from "./open_storage";
import {
  appendNow,
  compactNow,
  create,
  DATA_PATH,
  entries,
  hardState,
  logWrite,
  open,
  snapshotAt,
} from "./testing/log_fixture";
import { SimulatedMachine } from "./testing/simulated_machine";
import type { Recovered } from "./types";

/** A log of several segments, compacted once, with synced and unsynced writes; everything in it is durable. */
function writtenLog(seed: number): SimulatedMachine {
  const machine = new SimulatedMachine(seed);
  create(machine);
  const storage = open(machine, 600);
  let next = 2;
  for (let i = 0; i < 30; i++) {
    const count = machine.random(3);
    const written = entries(next, next + count - 1).map((entry) => {
      // Zeros are what torn writes look like, so there must be many.
      return machine.random(2) === 0 ? entry : { ...entry, data: new Uint8Array(machine.random(80)) };
    });
    next += count;
    appendNow(machine, storage, { entries: written, hardState: hardState(1, 2, next - 1), sync: i % 3 > 0 });
    if (i === 15) compactNow(machine, storage, snapshotAt(next - 3), next - 3);
  }
  storage.append(logWrite({}), () => undefined);
  machine.settle();
  machine.disk.powerCut("nothing");
  return machine;
}

function reopened(machine: SimulatedMachine) {
  const { disk: fs, clock } = machine;
  const opened = openData({ fs, clock, path: DATA_PATH, expected: {} });
  return isOpenFault(opened) ? opened : opened.recovered;
}

const content = ({ hardState, snapshot, entries }: Recovered) => ({ hardState, snapshot, entries });

/** Changes one byte; the log must be refused or read as if nothing had happened. */
function checkFlip(seed: number, path: string, position: number, mask: number, expected: Recovered): boolean {
  const machine = writtenLog(seed);
  machine.disk.flip(path, position, mask);
  const found = reopened(machine);
  if (isOpenFault(found)) return true;
  expect(content(found)).toEqual(content(expected));
  return false;
}

describe("one changed byte of what was synced", () => {
  test("anywhere is noticed, or does no harm; never read as something else, never cut as a torn write", () => {
    const seed = 3;
    const intact = writtenLog(seed);
    const files = intact.disk
      .paths()
      .map((path) => ({ path, length: intact.disk.readFileSync(path).length }));
    const expected = reopened(intact);
    if (isOpenFault(expected)) throw new Error(expected.message);
    let noticed = 0;
    let all = 0;
    for (const { path, length } of files) {
      for (let position = 0; position < length; position++) {
        all++;
        if (checkFlip(seed, path, position, 1 << (position % 8), expected)) noticed++;
      }
    }
    expect(all).toBeGreaterThan(2000);
    expect(noticed).toBe(all);
  });

  test("to any other value, zero included", () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (seed, file, at, value) => {
          const machine = writtenLog(seed);
          const paths = machine.disk.paths();
          const path = paths[file % paths.length] ?? "";
          const bytes = machine.disk.readFileSync(path);
          const position = at % bytes.length;
          const mask = (bytes[position] ?? 0) ^ value;
          const expected = reopened(writtenLog(seed));
          if (isOpenFault(expected)) throw new Error(expected.message);
          if (mask !== 0) checkFlip(seed, path, position, mask, expected);
        },
      ),
      { numRuns: 400, seed: 5 },
    );
  });
});
