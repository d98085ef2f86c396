/** What storage relies on, asked of the real disk and of the simulated one alike. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { FileSystem, IoError, OpenFile } from "./file_system";
import { nodeFileSystem } from "./node_fs";
import { SimulatedMachine } from "./testing/simulated_machine";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "rollcall-fs-"));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const simulated = new SimulatedMachine();
simulated.disk.makeDirectorySync("/simulated");

interface Disk {
  readonly name: string;
  readonly disk: FileSystem;
  readonly root: string;
  readonly settled: <T>(promise: Promise<T>) => Promise<T>;
}

const disks: readonly Disk[] = [
  { name: "the real disk", disk: nodeFileSystem, root, settled: (promise) => promise },
  {
    name: "the simulated disk",
    disk: simulated.disk,
    root: "/simulated",
    settled: (promise) => simulated.settled(promise),
  },
];

const done = (call: (done: (error: IoError | undefined) => void) => void) =>
  new Promise<IoError | undefined>(call);

describe.each(disks)("$name", ({ disk, root: top, settled }) => {
  const file = (name: string) => `${top}/${name}`;
  const create = (name: string) =>
    settled(
      new Promise<OpenFile | IoError | undefined>((resolve) => {
        disk.create(file(name), (error, made) => resolve(error ?? made));
      }),
    );

  test("creates, writes at positions, syncs, and reads back", async () => {
    const made = await create("a");
    if (made === undefined || made instanceof Error) throw new Error("not made");
    const write = (bytes: Uint8Array, position: number) =>
      settled(
        new Promise((resolve) => made.write(bytes, position, (error, count) => resolve(error ?? count))),
      );
    expect(await write(Uint8Array.of(1, 2, 3), 0)).toBe(3);
    expect(await write(Uint8Array.of(9), 1)).toBe(1);
    expect(await write(Uint8Array.of(7), 5)).toBe(1);
    expect(await settled(done((answer) => made.datasync(answer)))).toBeUndefined();
    expect(await settled(done((answer) => made.close(answer)))).toBeUndefined();
    expect(Array.from(disk.readFileSync(file("a")))).toEqual([1, 9, 3, 0, 0, 7]);
    expect(await create("a")).toMatchObject({ code: "EEXIST" });
  });

  test("renames over what is there, unlinks, lists", async () => {
    disk.createFileSync(file("b"), Uint8Array.of(1));
    disk.createFileSync(file("c"), Uint8Array.of(2));
    expect(await settled(done((answer) => disk.rename(file("b"), file("c"), answer)))).toBeUndefined();
    expect(Array.from(disk.readFileSync(file("c")))).toEqual([1]);
    expect(await settled(done((answer) => disk.syncDirectory(top, answer)))).toBeUndefined();
    expect(await settled(done((answer) => disk.unlink(file("c"), answer)))).toBeUndefined();
    expect(await settled(done((answer) => disk.unlink(file("c"), answer)))).toMatchObject({ code: "ENOENT" });
    const gone = await settled(done((answer) => disk.rename(file("c"), file("d"), answer)));
    expect(gone).toMatchObject({ code: "ENOENT" });
    expect(disk.listSync(top)).not.toContain("c");
  });

  test("patches a file and lets it end there", () => {
    disk.createFileSync(file("p"), Uint8Array.of(1, 2, 3, 4, 5, 6));
    disk.patchFileSync(file("p"), 1, Uint8Array.of(8, 9));
    expect(Array.from(disk.readFileSync(file("p")))).toEqual([1, 8, 9]);
    disk.patchFileSync(file("p"), 3, Uint8Array.of());
    expect(Array.from(disk.readFileSync(file("p")))).toEqual([1, 8, 9]);
  });

  test("makes, renames and removes directories", () => {
    disk.makeDirectorySync(file("new"));
    expect(() => disk.makeDirectorySync(file("new"))).toThrow(/EEXIST/);
    expect(() => disk.makeDirectorySync(file("x/y"))).toThrow(/ENOENT/);
    disk.createFileSync(file("new/f"), Uint8Array.of(1));
    disk.syncDirectorySync(file("new"));
    disk.renameSync(file("new"), file("old"));
    expect(disk.listSync(file("old"))).toEqual(["f"]);
    disk.removeSync(file("old"));
    disk.removeSync(file("old"));
    expect(() => disk.listSync(file("old"))).toThrow(/ENOENT/);
    expect(() => disk.readFileSync(file("old/f"))).toThrow(/ENOENT/);
  });

  test("answers never from inside the call, and deferred calls in order", async () => {
    const order: number[] = [];
    const deferred = new Promise<void>((resolve) => {
      for (const i of [1, 2, 3]) disk.defer(() => order.push(i));
      disk.defer(resolve);
      order.push(0);
    });
    await settled(deferred);
    expect(order).toEqual([0, 1, 2, 3]);
  });
});
