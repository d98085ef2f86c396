import { describe, expect, test } from "vitest";
import { dataPath } from "./data_directory";
import { isOpenFault } from "./faults";
import type { NodeStorage } from "./open_storage";
import type { DiskCall } from "./testing/faulty_file_system";
import {
  appendNow,
  compactNow,
  create,
  DATA_PATH,
  entries,
  entry,
  hardState,
  logWrite,
  open,
  snapshotAt,
} from "./testing/log_fixture";
import { SimulatedMachine } from "./testing/simulated_machine";
import type { LogWrite, StorageFault } from "./types";

const DIRECTORY = dataPath(DATA_PATH);

/** A new log whose disk fails as told; the calls it took to create it are not counted. */
function started(fault?: (call: DiskCall) => string | undefined) {
  const machine = new SimulatedMachine(1, { fault });
  create(machine);
  const storage = open(machine);
  for (const call of Object.keys(machine.disk.calls)) machine.disk.calls[call as DiskCall["call"]] = 0;
  return { machine, storage };
}

/** Appends, and notes the answer under a name. */
function append(storage: NodeStorage, answers: string[], name: string, write: Partial<LogWrite>): void {
  storage.append(logWrite(write), (fault) => answers.push(fault ? `${name}: ${fault.kind}` : name));
}

const names = (machine: SimulatedMachine) => machine.disk.listSync(DIRECTORY);

describe("group commit", () => {
  test("one entry costs one write and one sync", () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: [entry(2)], hardState: hardState(1, 1, 1) });
    expect(machine.disk.calls).toMatchObject({ write: 1, datasync: 1, create: 0, syncDirectory: 0 });
  });

  test("all that waits while one sync runs shares the next write and sync, answered in order", () => {
    const { machine, storage } = started();
    const answers: string[] = [];
    append(storage, answers, "first", { entries: [entry(2)] });
    for (let i = 3; i <= 50; i++)
      append(storage, answers, String(i), { entries: [entry(i)], sync: i % 3 === 0 });
    machine.settle();
    expect(answers).toEqual(["first", ...Array.from({ length: 48 }, (_, i) => String(i + 3))]);
    expect(machine.disk.calls).toMatchObject({ write: 2, datasync: 2 });
  });

  test("what is appended from inside answers shares one write and sync as well", () => {
    const { machine, storage } = started();
    const answers: string[] = [];
    append(storage, answers, "first", { entries: [entry(2)] });
    for (const i of [3, 4, 5]) {
      storage.append(logWrite({ entries: [entry(i)] }), () => {
        append(storage, answers, `after ${i}`, { entries: [entry(i + 3)] });
      });
    }
    machine.settle();
    expect(answers).toEqual(["first", "after 3", "after 4", "after 5"]);
    expect(machine.disk.calls).toMatchObject({ write: 3, datasync: 3 });
  });

  test("an answer never comes from inside append", () => {
    const { machine, storage } = started();
    let inside = true;
    storage.append(logWrite({}), () => expect(inside).toBe(false));
    storage.append(logWrite({ entries: [entry(2)] }), () => expect(inside).toBe(false));
    inside = false;
    machine.settle();
    expect.assertions(2);
  });

  test("a write without sync is answered once the system has it, and a later sync covers it", () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: [entry(2)], sync: false });
    expect(machine.disk.calls).toMatchObject({ write: 1, datasync: 0 });
    appendNow(machine, storage, { entries: [entry(3)] });
    expect(machine.disk.calls).toMatchObject({ write: 2, datasync: 1 });
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual(entries(2, 3));
  });

  test("a write without sync is answered before the sync of one that came later", () => {
    const { machine, storage } = started();
    const answers: string[] = [];
    append(storage, answers, "busy", { entries: [entry(2)] });
    append(storage, answers, "unsynced", { entries: [entry(3)], sync: false });
    append(storage, answers, "synced", { entries: [entry(4)] });
    append(storage, answers, "unsynced after it", { entries: [entry(5)], sync: false });
    while (answers.length < 2) machine.step();
    expect(answers).toEqual(["busy", "unsynced"]);
    machine.settle();
    expect(answers).toEqual(["busy", "unsynced", "synced", "unsynced after it"]);
  });

  test("a group larger than a segment is one group all the same", () => {
    const machine = new SimulatedMachine();
    create(machine);
    const storage = open(machine, 1000);
    appendNow(machine, storage, { entries: entries(2, 300) });
    appendNow(machine, storage, { entries: entries(301, 302) });
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual(entries(2, 302));
  });

  test("a later write of the same index replaces the tail", () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: entries(2, 9) });
    appendNow(machine, storage, { entries: entries(5, 6, 2), hardState: hardState(2, 3, 4) });
    machine.disk.powerCut("everything");
    const { recovered } = open(machine);
    expect(recovered.entries).toEqual([...entries(2, 4), ...entries(5, 6, 2)]);
    expect(recovered.hardState).toEqual(hardState(2, 3, 4));
  });
});

describe("a caller's mistake is thrown before anything is written", () => {
  test.each<[string, Partial<LogWrite>]>([
    ["a gap after the log", { entries: [entry(4)] }],
    ["a gap within a write", { entries: [entry(2), entry(4)] }],
    ["an entry at or before the snapshot", { entries: [entry(1)] }],
    ["terms that fall", { entries: [entry(2, 3), entry(3, 2)] }],
    ["a snapshot that is not newer", { snapshot: snapshotAt(1) }],
  ])("%s", (_, write) => {
    const { machine, storage } = started();
    expect(() => storage.append(logWrite(write), () => undefined)).toThrow();
    expect(appendNow(machine, storage, { entries: [entry(2)] })).toBeUndefined();
  });

  test("a compaction that would forget more than its snapshot holds, or of what is not there", () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: entries(2, 5) });
    expect(() => storage.compact(snapshotAt(4), 6, () => undefined)).toThrow();
    expect(() => storage.compact(snapshotAt(6), 6, () => undefined)).toThrow();
  });
});

describe("segments and snapshots", () => {
  test("segments follow each other and are all read back", () => {
    const machine = new SimulatedMachine();
    create(machine);
    const storage = open(machine, 1000);
    for (let i = 2; i <= 60; i++)
      appendNow(machine, storage, { entries: [entry(i)], hardState: hardState(1, 2, i - 1) });
    expect(names(machine).filter((name) => name.endsWith(".log")).length).toBeGreaterThan(3);
    machine.disk.powerCut("everything");
    const { recovered } = open(machine, 1000);
    expect(recovered.entries).toEqual(entries(2, 60));
    expect(recovered.hardState).toEqual(hardState(1, 2, 59));
  });

  test("a compaction removes the segments that it covers and the older snapshot, and nothing that is needed", () => {
    const machine = new SimulatedMachine();
    create(machine);
    const storage = open(machine, 500);
    for (let i = 2; i <= 60; i++)
      appendNow(machine, storage, { entries: [entry(i)], hardState: hardState(1, 2, i) });
    const before = names(machine).length;
    expect(compactNow(machine, storage, snapshotAt(50), 41)).toBeUndefined();
    expect(names(machine).length).toBeLessThan(before);
    expect(names(machine).filter((name) => name.endsWith(".snapshot"))).toEqual(["0000000002.snapshot"]);
    machine.disk.powerCut("everything");
    const { recovered } = open(machine);
    expect(recovered.snapshot).toEqual(snapshotAt(50));
    expect(recovered.entries).toEqual(entries(51, 60));
    expect(recovered.hardState).toEqual(hardState(1, 2, 60));
  });

  test("appends go on while a snapshot is being stored", () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: entries(2, 9), hardState: hardState(1, 1, 9) });
    const answers: string[] = [];
    storage.compact(snapshotAt(8), 9, () => answers.push("compacted"));
    for (let i = 10; i < 30; i++) {
      append(storage, answers, String(i), { entries: [entry(i)] });
      machine.step();
      machine.step();
    }
    machine.settle();
    expect(answers.length).toBe(21);
    expect(answers.indexOf("compacted")).toBeGreaterThan(2);
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual(entries(9, 29));
  });

  test("a snapshot from the leader replaces the log, with the entries and the hard state of the same write", () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: entries(2, 9) });
    const write = {
      snapshot: snapshotAt(40, 3),
      hardState: hardState(3, 0, 40),
      entries: entries(41, 42, 3),
    };
    expect(appendNow(machine, storage, write)).toBeUndefined();
    appendNow(machine, storage, { entries: [entry(43, 3)] });
    machine.disk.powerCut("everything");
    const { recovered } = open(machine);
    expect(recovered).toMatchObject({ snapshot: snapshotAt(40, 3), entries: entries(41, 43, 3) });
    expect(names(machine).filter((name) => name.endsWith(".snapshot")).length).toBe(1);
  });

  test("a snapshot from the leader is durable when answered, asked for or not, and raises the commit index", () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: entries(2, 9), hardState: hardState(2, 3, 9) });
    appendNow(machine, storage, { snapshot: snapshotAt(40, 2), sync: false });
    machine.disk.powerCut("everything");
    const { recovered } = open(machine);
    expect(recovered).toMatchObject({
      snapshot: snapshotAt(40, 2),
      entries: [],
      hardState: hardState(2, 3, 40),
    });
  });

  test("a snapshot of one's own that is overtaken by one from the leader never comes into force", () => {
    for (let seed = 0; seed < 40; seed++) {
      const machine = new SimulatedMachine(seed);
      create(machine);
      const storage = open(machine);
      appendNow(machine, storage, { entries: entries(2, 9), hardState: hardState(1, 1, 9) });
      const answers: string[] = [];
      storage.compact(snapshotAt(8), 9, (fault) => answers.push(`compacted ${fault?.kind}`));
      for (let i = machine.random(8); i > 0; i--) machine.step();
      append(storage, answers, "installed", { snapshot: snapshotAt(40), hardState: hardState(1, 1, 40) });
      machine.settle();
      expect(answers.sort()).toEqual(["compacted undefined", "installed"]);
      expect(names(machine).filter((name) => name.endsWith(".snapshot")).length).toBe(1);
      machine.disk.powerCut("everything");
      expect(open(machine).recovered).toMatchObject({ snapshot: snapshotAt(40), entries: [] });
    }
  });
});

describe("a disk that fails", () => {
  const fails = (call: DiskCall["call"], code: string) => {
    let on = false;
    const started_ = started((made) => (on && made.call === call ? code : undefined));
    return { ...started_, fail: (value: boolean) => (on = value) };
  };

  test("a failed sync is final: it is not tried again, and everything later gets the same answer", () => {
    const { machine, storage, fail } = fails("datasync", "EIO");
    const answers: string[] = [];
    append(storage, answers, "before", { entries: [entry(2)] });
    machine.settle();
    fail(true);
    append(storage, answers, "during", { entries: [entry(3)] });
    append(storage, answers, "waiting", { entries: [entry(4)] });
    machine.settle();
    fail(false);
    append(storage, answers, "later", { entries: [entry(5)] });
    storage.compact(snapshotAt(2), 3, (fault) => answers.push(`compact: ${fault?.kind}`));
    machine.settle();
    const failed = (name: string) => `${name}: sync-failed`;
    expect(answers).toEqual([
      "before",
      failed("during"),
      failed("waiting"),
      failed("later"),
      failed("compact"),
    ]);
    expect(machine.disk.calls.datasync).toBe(2);
  });

  test("any other failed write is final", () => {
    const { machine, storage, fail } = fails("write", "EIO");
    fail(true);
    expect(appendNow(machine, storage, { entries: [entry(2)] })).toMatchObject({ kind: "write-failed" });
    fail(false);
    expect(appendNow(machine, storage, { entries: [entry(2)] })).toMatchObject({ kind: "write-failed" });
  });

  test("a failed sync of a snapshot or of a directory is final too", () => {
    const { machine, storage, fail } = fails("syncDirectory", "EIO");
    appendNow(machine, storage, { entries: entries(2, 9) });
    fail(true);
    expect(compactNow(machine, storage, snapshotAt(5), 6)).toMatchObject({ kind: "sync-failed" });
    fail(false);
    expect(appendNow(machine, storage, { entries: [entry(10)] })).toMatchObject({ kind: "sync-failed" });
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual(entries(2, 9));
  });
});

describe("a full disk", () => {
  function filled() {
    const { machine, storage } = started();
    const stalls: boolean[] = [];
    storage.onStall((stalled) => stalls.push(stalled));
    appendNow(machine, storage, { entries: [entry(2)], hardState: hardState(1, 1, 2) });
    const used = machine.disk.paths().reduce((sum, path) => sum + machine.disk.readFileSync(path).length, 0);
    machine.disk.capacityBytes = used + 20;
    return { machine, storage, stalls };
  }

  test("is a stall: nothing is acknowledged until there is room, then everything is, in order", () => {
    const { machine, storage, stalls } = filled();
    const answers: string[] = [];
    for (const i of [3, 4, 5]) append(storage, answers, String(i), { entries: [entry(i)] });
    machine.settle();
    for (let i = 0; i < 5; i++) {
      machine.clock.advance(1000);
      machine.settle();
    }
    expect(answers).toEqual([]);
    expect(stalls).toEqual([true]);
    machine.disk.capacityBytes = Number.POSITIVE_INFINITY;
    machine.clock.advance(999);
    machine.settle();
    expect(answers).toEqual([]);
    machine.clock.advance(1);
    machine.settle();
    expect(answers).toEqual(["3", "4", "5"]);
    expect(stalls).toEqual([true, false]);
    machine.disk.powerCut("everything");
    expect(open(machine).recovered).toMatchObject({ entries: entries(2, 5), tornBytes: 0 });
  });

  test("loses nothing that was acknowledged when the machine goes down meanwhile", () => {
    const { machine, storage } = filled();
    append(storage, [], "3", { entries: [entry(3)] });
    machine.settle();
    machine.disk.powerCut("nothing");
    const { recovered } = open(machine);
    expect(recovered.entries).toEqual(entries(2, 2));
    expect(recovered.tornBytes).toBe(20);
  });

  test("keeps a compaction waiting without a stall, and its unfinished file takes no room", () => {
    const { machine, storage, stalls } = filled();
    const answers: string[] = [];
    storage.compact(snapshotAt(2), 3, (fault) => answers.push(`compacted ${fault?.kind}`));
    machine.settle();
    machine.clock.advance(3000);
    machine.settle();
    expect(answers).toEqual([]);
    expect(stalls).toEqual([]);
    expect(names(machine).filter((name) => name.endsWith(".unfinished"))).toEqual([]);
    machine.disk.capacityBytes = Number.POSITIVE_INFINITY;
    machine.clock.advance(1000);
    machine.settle();
    expect(answers).toEqual(["compacted undefined"]);
  });

  test("stalls a snapshot from the leader and the beginning of a segment like any append", () => {
    const { machine, storage, stalls } = filled();
    const answers: string[] = [];
    append(storage, answers, "installed", { snapshot: snapshotAt(40) });
    machine.settle();
    expect(stalls).toEqual([true]);
    machine.disk.capacityBytes = Number.POSITIVE_INFINITY;
    machine.clock.advance(1000);
    machine.settle();
    expect(answers).toEqual(["installed"]);
    expect(stalls).toEqual([true, false]);

    const small = new SimulatedMachine();
    create(small);
    const rotating = open(small, 100);
    const used = small.disk.paths().reduce((sum, path) => sum + small.disk.readFileSync(path).length, 0);
    small.disk.capacityBytes = used + 10;
    append(rotating, answers, "rotated", { entries: [entry(2)] });
    small.settle();
    expect(answers).toEqual(["installed"]);
    small.disk.capacityBytes = Number.POSITIVE_INFINITY;
    small.clock.advance(1000);
    small.settle();
    expect(answers).toEqual(["installed", "rotated"]);
    small.disk.powerCut("everything");
    expect(open(small, 100).recovered.entries).toEqual([entry(2)]);
  });

  test("does not keep the log from closing: what waits is answered as closed", async () => {
    const { machine, storage } = filled();
    const answers: string[] = [];
    append(storage, answers, "3", { entries: [entry(3)] });
    storage.compact(snapshotAt(2), 3, (fault) => answers.push(`compact: ${fault?.kind}`));
    machine.settle();
    await machine.settled(storage.close());
    expect(answers.sort()).toEqual(["3: closed", "compact: closed"]);
    expect(machine.clock.timers).toBe(0);
    const reopened = open(machine);
    expect(isOpenFault(reopened)).toBe(false);
    expect(reopened.recovered.entries).toEqual([entry(2)]);
  });
});

describe("closing", () => {
  test("finishes what was accepted, then refuses, in order", async () => {
    const { machine, storage } = started();
    const answers: string[] = [];
    append(storage, answers, "2", { entries: [entry(2)] });
    append(storage, answers, "3", { entries: [entry(3)], sync: false });
    const closed = storage.close();
    append(storage, answers, "late", { entries: [entry(4)] });
    await machine.settled(closed);
    append(storage, answers, "later", { entries: [entry(4)] });
    machine.settle();
    expect(answers).toEqual(["2", "3", "late: closed", "later: closed"]);
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual(entries(2, 3));
  });

  test("makes durable what was written without a sync, and may be repeated", async () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: [entry(2)], sync: false });
    await machine.settled(Promise.all([storage.close(), storage.close()]));
    await machine.settled(storage.close());
    machine.disk.powerCut("everything");
    expect(open(machine).recovered.entries).toEqual([entry(2)]);
  });

  test("finishes a compaction under way and drops those that wait", async () => {
    const { machine, storage } = started();
    appendNow(machine, storage, { entries: entries(2, 9), hardState: hardState(1, 1, 9) });
    const answers: (StorageFault["kind"] | undefined)[] = [];
    for (const index of [5, 6])
      storage.compact(snapshotAt(index), index, (fault) => answers.push(fault?.kind));
    await machine.settled(storage.close());
    expect(answers).toEqual([undefined, "closed"]);
    expect(open(machine).recovered.snapshot).toEqual(snapshotAt(5));
  });
});
