import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createData, dataPath, isEngineFileName, makeDirectories, readManifest } from "./data_directory";
import { catchIo, isOpenFault } from "./faults";
import { decodeManifest, encodeManifest } from "./manifest";
import { openData } from "./open_storage";
import { SimulatedCrash } from "./testing/faulty_file_system";
import { create, MANIFEST, open, snapshotAt } from "./testing/log_fixture";
import { SimulatedMachine } from "./testing/simulated_machine";

const PATH = "/nodes/one";
const CREATION = {
  manifest: MANIFEST,
  snapshot: snapshotAt(1),
  files: new Map([["secret", Uint8Array.of(1, 2)]]),
};

function openAt(machine: SimulatedMachine, path = PATH, expected = {}) {
  return openData({ fs: machine.disk, clock: machine.clock, path, expected });
}

function expectComplete(machine: SimulatedMachine): void {
  const opened = openAt(machine);
  if (isOpenFault(opened)) throw new Error(opened.message);
  expect(opened.manifest).toEqual(MANIFEST);
  expect(opened.recovered).toMatchObject({ snapshot: CREATION.snapshot, entries: [], tornBytes: 0 });
  expect(opened.files.read("secret")).toEqual(Uint8Array.of(1, 2));
}

describe("creating a data directory", () => {
  test("cut off anywhere, whatever is lost: not created and safe to create again, or complete", () => {
    const whole = new SimulatedMachine();
    expect(createData(whole.disk, PATH, CREATION)).toBeUndefined();
    const calls = Object.values(whole.disk.calls).reduce((sum, count) => sum + count);
    let notCreated = 0;
    for (const loss of ["nothing", "everything", "suffix", "sectors"] as const) {
      for (let seed = 0; seed < 5; seed++) {
        for (let count = 0; count < calls; count++) {
          const machine = new SimulatedMachine(seed);
          machine.disk.crashAfter(count);
          expect(() => createData(machine.disk, PATH, CREATION)).toThrow(SimulatedCrash);
          machine.disk.powerCut(loss);
          const found = openAt(machine);
          if (isOpenFault(found)) {
            expect(found.kind).toBe("missing");
            expect(createData(machine.disk, PATH, CREATION)).toBeUndefined();
            notCreated++;
          }
          expectComplete(machine);
        }
      }
    }
    expect(notCreated).toBeGreaterThan(calls);
  });

  test("is durable once it is answered", () => {
    const machine = new SimulatedMachine();
    expect(createData(machine.disk, PATH, CREATION)).toBeUndefined();
    machine.disk.powerCut("everything");
    expectComplete(machine);
  });

  test("is refused where there is data already, and changes none of it", () => {
    const machine = new SimulatedMachine();
    createData(machine.disk, PATH, CREATION);
    const fault = createData(machine.disk, PATH, { ...CREATION, manifest: { ...MANIFEST, nodeId: 2 } });
    expect(fault).toMatchObject({ kind: "exists", path: PATH });
    expect(fault?.message).toMatch(/already holds the data of node 1 \(node 1\)/);
    expectComplete(machine);
    machine.disk.removeSync(`${dataPath(PATH)}/manifest.json`);
    expect(createData(machine.disk, PATH, CREATION)).toMatchObject({ kind: "exists" });
  });

  test("leaves alone what else is in the directory", () => {
    const machine = new SimulatedMachine();
    makeDirectories(machine.disk, PATH);
    machine.disk.createFileSync(`${PATH}/plan.json`, Uint8Array.of(9));
    expect(createData(machine.disk, PATH, CREATION)).toBeUndefined();
    expect(machine.disk.readFileSync(`${PATH}/plan.json`)).toEqual(Uint8Array.of(9));
  });

  test("on a full disk is a fault, and succeeds once there is room", () => {
    const machine = new SimulatedMachine();
    machine.disk.capacityBytes = 200;
    expect(createData(machine.disk, PATH, CREATION)).toMatchObject({ kind: "io", code: "ENOSPC" });
    machine.disk.capacityBytes = 2000;
    expect(createData(machine.disk, PATH, CREATION)).toBeUndefined();
    expectComplete(machine);
  });

  test("a learner-to-be begins at index 0", () => {
    const machine = new SimulatedMachine();
    createData(machine.disk, PATH, { ...CREATION, snapshot: snapshotAt(0, 0) });
    const opened = openAt(machine);
    if (isOpenFault(opened)) throw new Error(opened.message);
    expect(opened.recovered.hardState).toEqual({ term: 0, vote: 0, commit: 0 });
  });
});

describe("opening a data directory", () => {
  test("that does not exist, or holds no data, is refused with what to do", () => {
    const machine = new SimulatedMachine();
    const fault = openAt(machine, PATH, { nodeId: 3 });
    expect(fault).toMatchObject({ kind: "missing", path: PATH });
    expect(isOpenFault(fault) && fault.message).toMatch(/does not exist.*remove node 3 .* new id/);
    makeDirectories(machine.disk, PATH);
    const empty = openAt(machine);
    expect(isOpenFault(empty) && empty.message).toMatch(/holds no data/);
  });

  test("of another cluster, another node or another directory of the node is refused", () => {
    const machine = new SimulatedMachine();
    createData(machine.disk, PATH, CREATION);
    const fault = (expected: object) => {
      const answer = openAt(machine, PATH, expected);
      return isOpenFault(answer) ? [answer.kind, answer.message] : [];
    };
    expect(fault({ clusterId: "cluster-b" })).toEqual([
      "other-cluster",
      expect.stringMatching(/cluster-a, not to cluster-b/),
    ]);
    expect(fault({ nodeId: 2 })).toEqual(["other-node", expect.stringMatching(/node 1, not to node 2/)]);
    expect(fault({ uuid: "uuid-2" })).toEqual(["other-node", expect.stringMatching(/uuid-1, not uuid-2/)]);
    expect(fault({ clusterId: "cluster-a", nodeId: 1, uuid: "uuid-1" })).toEqual([]);
  });

  test("without its manifest, or with any byte of it changed, is refused", () => {
    const machine = new SimulatedMachine();
    createData(machine.disk, PATH, CREATION);
    const file = `${dataPath(PATH)}/manifest.json`;
    const { length } = machine.disk.readFileSync(file);
    for (let position = 0; position < length; position++) {
      for (const mask of [1, 2, 0x20, 0x80]) {
        machine.disk.flip(file, position, mask);
        const fault = openAt(machine);
        expect(isOpenFault(fault) && fault.kind).toMatch(/damaged|unknown-version/);
        machine.disk.flip(file, position, mask);
      }
    }
    machine.disk.removeSync(file);
    expect(openAt(machine)).toMatchObject({ kind: "damaged", path: file });
  });

  test("of a later version is refused as such", () => {
    const text = new TextDecoder().decode(encodeManifest(MANIFEST)).replace('"version":1', '"version":2');
    const fault = decodeManifest("/m", new TextEncoder().encode(text));
    expect(fault).toMatchObject({ kind: "unknown-version", path: "/m" });
    expect("message" in fault && fault.message).toMatch(/format version 2/);
  });

  test("that the system refuses to read is an io fault", () => {
    const machine = new SimulatedMachine(1, { fault: () => undefined });
    machine.disk.makeDirectorySync("/x");
    machine.disk.createFileSync("/x/raft", new Uint8Array(0));
    const fault = catchIo("/x", () => readManifest(machine.disk, "/x", {}));
    expect(fault).toMatchObject({ kind: "io", code: "ENOTDIR" });
  });
});

describe("a manifest", () => {
  test("is read back, whatever its strings hold", () => {
    const manifest = fc.record({
      clusterId: fc.string({ minLength: 1, unit: "binary" }),
      nodeId: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      uuid: fc.string({ minLength: 1 }),
      name: fc.string({ unit: "grapheme" }),
    });
    fc.assert(
      fc.property(manifest, (one) => {
        expect(decodeManifest("/m", encodeManifest(one))).toEqual(one);
      }),
    );
  });

  test("that anyone made up is refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(isOpenFault(decodeManifest("/m", new TextEncoder().encode(text)))).toBe(true);
      }),
    );
  });
});

describe("the engine's files", () => {
  test("are replaced as a whole: after a crash there is the old content or the new", () => {
    for (let seed = 0; seed < 60; seed++) {
      const machine = new SimulatedMachine(seed);
      create(machine);
      const { files } = open(machine);
      const answers: unknown[] = [];
      files.store("removed.json", Uint8Array.of(1), (fault) => answers.push(fault));
      machine.settle();
      expect(answers).toEqual([undefined]);
      files.store("removed.json", Uint8Array.of(2, 2), (fault) => answers.push(fault));
      machine.disk.crashAfter(seed % 8);
      machine.settle();
      machine.disk.powerCut("suffix");
      const found = open(machine).files.read("removed.json");
      if (answers.length === 2) expect(found).toEqual(Uint8Array.of(2, 2));
      else expect([[1], [2, 2]]).toContainEqual(Array.from(found ?? []));
      expect(machine.disk.paths().filter((path) => path.includes("unfinished"))).toEqual([]);
    }
  });

  test("that were never stored are absent, and names of the log's are not to be had", () => {
    const machine = new SimulatedMachine();
    create(machine);
    const { files } = open(machine);
    expect(files.read("removed.json")).toBeUndefined();
    for (const name of ["manifest.json", "0000000001.log", "../x", "", ".x", "a.unfinished", "a/b"]) {
      expect(isEngineFileName(name)).toBe(false);
      expect(() => files.store(name, Uint8Array.of(1), () => undefined)).toThrow(RangeError);
    }
  });

  test("a store that finds the disk full is answered so, and the log goes on", () => {
    const machine = new SimulatedMachine();
    create(machine);
    const { files } = open(machine);
    const kinds: unknown[] = [];
    machine.disk.capacityBytes = 0;
    files.store("removed.json", Uint8Array.of(1), (fault) => kinds.push(fault?.kind));
    machine.settle();
    machine.disk.capacityBytes = Number.POSITIVE_INFINITY;
    files.store("removed.json", Uint8Array.of(1), (fault) => kinds.push(fault?.kind));
    machine.settle();
    expect(kinds).toEqual(["write-failed", undefined]);
    files.close(() => kinds.push("all stored"));
    files.store("removed.json", Uint8Array.of(2), (fault) => kinds.push(fault?.kind));
    machine.settle();
    expect(kinds.slice(2)).toEqual(["all stored", "closed"]);
  });
});
