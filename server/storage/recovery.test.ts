import { describe, expect, test } from "vitest";
import { ByteWriter } from "./byte_buffer";
import { dataPath } from "./data_directory";
import { isOpenFault } from "./faults";
import { beginFrame, endFrame } from "./frame";
import { segmentPath, snapshotPath } from "./layout";
import { openData } from "./open_storage";
import { type LogRecord, writeEntries, writeHardState } from "./record";
import {
  appendNow,
  compactNow,
  create,
  DATA_PATH,
  entries,
  entry,
  hardState,
  open,
  snapshotAt,
} from "./testing/log_fixture";
import { SimulatedMachine } from "./testing/simulated_machine";

const DIRECTORY = dataPath(DATA_PATH);
const FIRST_SEGMENT = segmentPath(DIRECTORY, 1);

function machineWithLog(): SimulatedMachine {
  const machine = new SimulatedMachine();
  create(machine);
  return machine;
}

function openFault(machine: SimulatedMachine) {
  const { disk: fs, clock } = machine;
  const opened = openData({ fs, clock, path: DATA_PATH, expected: {} });
  if (!isOpenFault(opened)) throw new Error("it opened");
  return opened;
}

/** Puts a group of records behind the first segment's end, as a program with a bug might. */
function forge(machine: SimulatedMachine, sequence: number, ...records: readonly LogRecord[]): void {
  const writer = new ByteWriter(64);
  const start = beginFrame(writer);
  for (const record of records) {
    if (record.kind === "entries") writeEntries(writer, record.entries);
    else if (record.kind === "hard-state") writeHardState(writer, record.hardState);
  }
  endFrame(writer, start, { segment: 1, sequence, durable: 0 });
  const end = machine.disk.readFileSync(FIRST_SEGMENT).length;
  machine.disk.patchFileSync(FIRST_SEGMENT, end, writer.written());
}

describe("recovery", () => {
  test("of a new directory finds the bootstrap snapshot, its term and its commit index", () => {
    const machine = machineWithLog();
    expect(open(machine).recovered).toEqual({
      hardState: hardState(1, 0, 1),
      snapshot: snapshotAt(1),
      entries: [],
      tornBytes: 0,
    });
  });

  test("cuts a write that was torn, says how many bytes it was, and goes on from there", () => {
    const machine = machineWithLog();
    appendNow(machine, open(machine), { entries: entries(2, 3), hardState: hardState(2, 1, 2) });
    const good = machine.disk.readFileSync(FIRST_SEGMENT).length;
    forge(machine, 3, { kind: "entries", entries: entries(4, 9) });
    const whole = machine.disk.readFileSync(FIRST_SEGMENT);
    for (let length = good; length < whole.length; length++) {
      machine.disk.patchFileSync(FIRST_SEGMENT, 0, whole.subarray(0, length));
      const { recovered } = open(machine);
      expect(recovered.tornBytes).toBe(length - good);
      expect(recovered.entries).toEqual(entries(2, 3));
      expect(machine.disk.readFileSync(FIRST_SEGMENT)).toEqual(whole.subarray(0, good));
    }
    const storage = open(machine);
    appendNow(machine, storage, { entries: [entry(4, 2)] });
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual([...entries(2, 3), entry(4, 2)]);
  });

  test("cuts an end of zeros that is longer than the write it belongs to", () => {
    const machine = machineWithLog();
    const good = machine.disk.readFileSync(FIRST_SEGMENT).length;
    machine.disk.patchFileSync(FIRST_SEGMENT, good, new Uint8Array(5000));
    expect(open(machine).recovered.tornBytes).toBe(5000);
  });

  test("stops at a byte that changed in the last write, though nothing follows it", () => {
    const machine = machineWithLog();
    appendNow(machine, open(machine), { entries: entries(2, 3) });
    const last = machine.disk.readFileSync(FIRST_SEGMENT).length - 12;
    machine.disk.flip(FIRST_SEGMENT, last, 1);
    const fault = openFault(machine);
    expect(fault).toMatchObject({ kind: "damaged", path: FIRST_SEGMENT });
    expect(fault.message).toMatch(/0000000001\.log is damaged at byte \d+: .*checksum.*new id/);
  });

  test("makes durable what it found, also when the killed process had not", () => {
    const machine = machineWithLog();
    const storage = open(machine);
    appendNow(machine, storage, { entries: entries(2, 3), sync: false });
    machine.disk.killProcess();
    expect(open(machine).recovered.entries).toEqual(entries(2, 3));
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual(entries(2, 3));
  });

  test("writes again what a failed sync left in memory only", () => {
    let failing = false;
    const machine = new SimulatedMachine(1, {
      fault: ({ call }) => (failing && call === "datasync" ? "EIO" : undefined),
    });
    create(machine);
    const storage = open(machine);
    appendNow(machine, storage, { entries: entries(2, 3) });
    failing = true;
    expect(appendNow(machine, storage, { entries: entries(4, 5) })?.kind).toBe("sync-failed");
    failing = false;
    machine.disk.killProcess();
    expect(open(machine).recovered.entries).toEqual(entries(2, 5));
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual(entries(2, 5));
  });

  test("removes what a crash left unfinished and what fell out of use", () => {
    const machine = machineWithLog();
    const storage = open(machine, 256);
    for (let i = 2; i < 20; i++) appendNow(machine, storage, { entries: [entry(i)] });
    const old = machine.disk.readFileSync(FIRST_SEGMENT);
    compactNow(machine, storage, snapshotAt(15), 16);
    machine.disk.createFileSync(FIRST_SEGMENT, old);
    machine.disk.createFileSync(snapshotPath(DIRECTORY, 99), new Uint8Array(9));
    machine.disk.createFileSync(`${DIRECTORY}/0000000100.snapshot.unfinished`, new Uint8Array(9));
    machine.disk.createFileSync(`${DIRECTORY}/notes`, new Uint8Array(1));
    const { recovered } = open(machine);
    expect(recovered.entries).toEqual(entries(16, 19));
    const names = machine.disk.listSync(DIRECTORY);
    expect(names).toContain("notes");
    expect(names.filter((name) => name.includes("snapshot"))).toEqual(["0000000002.snapshot"]);
    expect(names).not.toContain("0000000001.log");
  });

  test("takes a segment that was never begun for one that is not there", () => {
    for (const content of [
      new Uint8Array(0),
      new Uint8Array(20),
      Uint8Array.of(82, 79, 76),
      new Uint8Array(300),
    ]) {
      const machine = machineWithLog();
      appendNow(machine, open(machine), { entries: entries(2, 3) });
      machine.disk.createFileSync(segmentPath(DIRECTORY, 2), content);
      const { recovered } = open(machine);
      expect(recovered).toMatchObject({ entries: entries(2, 3), tornBytes: content.length });
      expect(machine.disk.paths()).not.toContain(segmentPath(DIRECTORY, 2));
    }
  });
});

describe("recovery refuses a log", () => {
  test.each<[string, readonly LogRecord[], RegExp]>([
    ["with a gap in its entries", [{ kind: "entries", entries: [entry(5)] }], /entries 2 to 4 are missing/],
    [
      "with entries before its snapshot",
      [{ kind: "entries", entries: [entry(1)] }],
      /lies before the snapshot/,
    ],
    [
      "whose entries' terms fall",
      [{ kind: "entries", entries: [entry(2, 3), entry(3, 2)] }],
      /term falls from 3 to 2 at entry 3/,
    ],
    [
      "whose entries fall behind the snapshot's term",
      [{ kind: "entries", entries: [entry(2, 0)] }],
      /term falls/,
    ],
    [
      "whose hard state's term falls",
      [
        { kind: "hard-state", hardState: hardState(4, 1, 1) },
        { kind: "hard-state", hardState: hardState(3, 1, 1) },
      ],
      /term falls from 4 to 3/,
    ],
    [
      "that ends before its commit index",
      [{ kind: "hard-state", hardState: hardState(1, 1, 7) }],
      /ends at 1, before the commit index 7/,
    ],
  ])("%s", (_, records, detail) => {
    const machine = machineWithLog();
    forge(machine, 2, ...records);
    const fault = openFault(machine);
    expect(fault.kind).toBe("damaged");
    expect(fault.message).toMatch(detail);
  });

  test("in which a group is missing or stands twice", () => {
    for (const sequence of [1, 3]) {
      const machine = machineWithLog();
      forge(machine, sequence, { kind: "entries", entries: [entry(2)] });
      expect(openFault(machine).message).toMatch(/group 2 is missing/);
    }
  });

  test("of which a segment or the snapshot is missing", () => {
    const machine = machineWithLog();
    const storage = open(machine, 256);
    for (let i = 2; i < 30; i++) appendNow(machine, storage, { entries: [entry(i)] });
    const files = machine.disk.paths().filter((path) => /\d{10}/.test(path));
    expect(files.length).toBeGreaterThan(4);
    for (const path of files.filter((file) => file !== files.at(-1))) {
      const bytes = machine.disk.readFileSync(path);
      machine.disk.removeSync(path);
      expect(openFault(machine)).toMatchObject({ kind: "damaged" });
      machine.disk.createFileSync(path, bytes);
    }
    expect(open(machine).recovered.entries).toEqual(entries(2, 29));
  });

  test("of which a segment is missing that is part of it, though its snapshot holds all of that", () => {
    const machine = machineWithLog();
    const storage = open(machine, 256);
    for (let i = 2; i < 30; i++) appendNow(machine, storage, { entries: [entry(i)] });
    compactNow(machine, storage, snapshotAt(29), 20);
    const first = machine.disk.listSync(DIRECTORY).find((name) => name.endsWith(".log"));
    machine.disk.removeSync(`${DIRECTORY}/${first}`);
    expect(openFault(machine)).toMatchObject({ kind: "damaged", path: `${DIRECTORY}/${first}` });
  });

  test("whose segments but the last one end early", () => {
    const machine = machineWithLog();
    const storage = open(machine, 256);
    for (let i = 2; i < 30; i++) appendNow(machine, storage, { entries: [entry(i)] });
    const path = segmentPath(DIRECTORY, 2);
    const bytes = machine.disk.readFileSync(path);
    for (const length of [0, 10, 40, bytes.length - 1]) {
      machine.disk.patchFileSync(path, 0, bytes.subarray(0, length));
      expect(openFault(machine)).toMatchObject({ kind: "damaged", path });
    }
  });

  test("with a file of another directory, or under another number", () => {
    const machine = machineWithLog();
    const other = new SimulatedMachine();
    create(other);
    const snapshot = snapshotPath(DIRECTORY, 1);
    machine.disk.patchFileSync(snapshot, 0, machine.disk.readFileSync(snapshot).subarray(0, 40));
    expect(openFault(machine)).toMatchObject({ kind: "damaged", path: snapshot });

    const renumbered = machineWithLog();
    renumbered.disk.renameSync(FIRST_SEGMENT, segmentPath(DIRECTORY, 2));
    expect(openFault(renumbered).message).toMatch(/written as number 1/);
  });
});
