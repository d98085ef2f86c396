import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { directoryHolder } from "./directory_lock";
import { isOpenFault } from "./faults";
import { createDataDirectory, inspectDataDirectory, type NodeStorage, openLogStorage } from "./open_storage";
import { entries, entry, hardState, logWrite, MANIFEST, snapshotAt } from "./testing/log_fixture";
import type { LogWrite } from "./types";

let root: string;
let directory: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "rollcall-storage-"));
  directory = path.join(root, "clusters", "node-1");
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const CREATION = {
  manifest: MANIFEST,
  snapshot: snapshotAt(1),
  files: new Map([["secret", Uint8Array.of(7)]]),
};

async function opened(): Promise<NodeStorage> {
  const storage = await openLogStorage({ path: directory, expected: { clusterId: "cluster-a", nodeId: 1 } });
  if (isOpenFault(storage)) throw new Error(storage.message);
  return storage;
}

const append = (storage: NodeStorage, write: Partial<LogWrite>) =>
  new Promise((resolve) => storage.append(logWrite(write), resolve));

describe("a data directory on this machine's disk", () => {
  test("is created, written, closed and read back", async () => {
    expect(await createDataDirectory(directory, CREATION)).toBeUndefined();
    const storage = await opened();
    expect(storage.recovered.entries).toEqual([]);
    expect(await append(storage, { entries: entries(2, 9), hardState: hardState(2, 3, 5) })).toBeUndefined();
    expect(await append(storage, { entries: [entry(6, 2)] })).toBeUndefined();
    expect(await new Promise((resolve) => storage.compact(snapshotAt(4), 4, resolve))).toBeUndefined();
    expect(await append(storage, { entries: [entry(7, 2)], sync: false })).toBeUndefined();
    await new Promise((resolve) => storage.files.store("removed.json", Uint8Array.of(1), resolve));
    await storage.close();
    const again = await opened();
    expect(again.manifest).toEqual(MANIFEST);
    expect(again.recovered).toEqual({
      hardState: hardState(2, 3, 5),
      snapshot: snapshotAt(4),
      entries: [entry(5), entry(6, 2), entry(7, 2)],
      tornBytes: 0,
    });
    expect(Array.from(again.files.read("removed.json") ?? [])).toEqual([1]);
    expect(Array.from(again.files.read("secret") ?? [])).toEqual([7]);
    const installed = {
      snapshot: snapshotAt(70, 3),
      hardState: hardState(3, 0, 70),
      entries: entries(71, 72, 3),
    };
    expect(await append(again, installed)).toBeUndefined();
    await again.close();
    const last = await opened();
    expect(last.recovered).toMatchObject({ snapshot: snapshotAt(70, 3), entries: entries(71, 72, 3) });
    await last.close();
  });

  test("is for its owner only", async () => {
    await createDataDirectory(directory, CREATION);
    const storage = await opened();
    await append(storage, { entries: entries(2, 3) });
    await new Promise((resolve) => storage.compact(snapshotAt(2), 3, resolve));
    const modes = fs
      .readdirSync(root, { recursive: true, encoding: "utf8" })
      .map((name) => fs.statSync(path.join(root, name)))
      .map((stat) => [stat.isDirectory() ? "directory" : "file", (stat.mode & 0o777).toString(8)].join(" "));
    expect([...new Set(modes)].sort()).toEqual(["directory 700", "file 600"]);
    await storage.close();
  });

  test("is open once at a time, and free again after close", async () => {
    await createDataDirectory(directory, CREATION);
    const storage = await opened();
    const clock = { now: () => Date.now(), after: () => () => undefined };
    const second = await openLogStorage({ path: directory, expected: {}, lock: { waitMs: 0, clock } });
    expect(second).toMatchObject({ kind: "locked", pid: process.pid });
    expect(await createDataDirectory(directory, CREATION, { waitMs: 0 })).toMatchObject({ kind: "locked" });
    expect(inspectDataDirectory(directory)).toEqual(MANIFEST);
    await storage.close();
    expect(await directoryHolder(directory)).toBeUndefined();
    await (await opened()).close();
  });

  test("that cannot be opened is not kept locked", async () => {
    await createDataDirectory(directory, CREATION);
    const segment = path.join(directory, "raft", "0000000001.log");
    const bytes = fs.readFileSync(segment);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    fs.writeFileSync(segment, bytes);
    expect(await openLogStorage({ path: directory, expected: {} })).toMatchObject({
      kind: "damaged",
      path: segment,
    });
    expect(await directoryHolder(directory)).toBeUndefined();
  });

  test("that is missing is refused and not made", async () => {
    expect(await openLogStorage({ path: directory, expected: {} })).toMatchObject({ kind: "missing" });
    expect(inspectDataDirectory(directory)).toMatchObject({ kind: "missing" });
    expect(fs.existsSync(directory)).toBe(false);
  });

  test("in a place that is no directory is an io fault", async () => {
    fs.writeFileSync(path.join(root, "clusters"), "");
    expect(await createDataDirectory(directory, CREATION)).toMatchObject({ kind: "io", code: "ENOTDIR" });
    expect(await openLogStorage({ path: directory, expected: {} })).toMatchObject({ kind: "io" });
  });
});
