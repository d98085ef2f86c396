import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { directoryHolder, type LockKind, lockDirectory } from "./directory_lock";
import { isOpenFault } from "./faults";
import { isAlive, thisProcess } from "./process_identity";
import { ManualClock } from "./testing/simulated_machine";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const kinds: readonly LockKind[] = process.platform === "linux" ? ["socket", "file"] : ["file"];

let directory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "rollcall-lock-"));
});

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => ended(child, "SIGKILL")));
  fs.rmSync(directory, { recursive: true, force: true });
});

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  await exit;
}

/** A process that takes the lock and then lives until it is killed. */
async function holder(by: LockKind): Promise<ChildProcess> {
  const script = `
    import { lockDirectory } from ${JSON.stringify(path.join(HERE, "directory_lock.ts"))};
    const lock = await lockDirectory(${JSON.stringify(directory)}, { by: "${by}" });
    process.send(lock.kind);
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    cwd: HERE,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  children.push(child);
  const kind = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error("the holder ended early")));
  });
  expect(kind).toBe("lock");
  return child;
}

/** A clock on which every wait is over at once. */
class HastyClock extends ManualClock {
  override after(delayMs: number, run: () => void): () => void {
    const cancel = super.after(delayMs, run);
    setImmediate(() => this.advance(delayMs));
    return cancel;
  }
}

async function lock(by: LockKind, waitMs = 0) {
  return lockDirectory(directory, { by, waitMs, clock: new HastyClock() });
}

describe.each(kinds)("a directory's lock by %s", (by) => {
  test("is held by one at a time, and free again once released", async () => {
    expect(await directoryHolder(directory, by)).toBeUndefined();
    const first = await lock(by);
    if (isOpenFault(first)) throw new Error(first.message);
    expect(await directoryHolder(directory, by)).toEqual({ pid: process.pid });
    const second = await lock(by);
    expect(second).toMatchObject({ kind: "locked", path: directory, pid: process.pid });
    expect(isOpenFault(second) && second.message).toContain(`in use by process ${process.pid}`);
    await first.release();
    await first.release();
    expect(await directoryHolder(directory, by)).toBeUndefined();
    const third = await lock(by);
    if (isOpenFault(third)) throw new Error(third.message);
    await third.release();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test("names the process that holds it, and is free once that was killed", async () => {
    const child = await holder(by);
    expect(await lock(by)).toMatchObject({ kind: "locked", pid: child.pid });
    expect(await directoryHolder(directory, by)).toEqual({ pid: child.pid });
    await ended(child, "SIGKILL");
    expect(await directoryHolder(directory, by)).toBeUndefined();
    const mine = await lock(by);
    if (isOpenFault(mine)) throw new Error(mine.message);
    expect(await directoryHolder(directory, by)).toEqual({ pid: process.pid });
    await mine.release();
  });

  test("is held by a process that is frozen", async () => {
    const child = await holder(by);
    child.kill("SIGSTOP");
    expect(await lock(by)).toMatchObject({ kind: "locked", pid: child.pid });
    expect(await directoryHolder(directory, by)).toEqual({ pid: child.pid });
  });

  test("waits for a holder that is dying, five seconds and no longer", async () => {
    const first = await lock(by);
    if (isOpenFault(first)) throw new Error(first.message);
    const clock = new ManualClock();
    let waited = 0;
    const patient: ManualClock = Object.assign(clock, {
      after(delayMs: number, run: () => void) {
        waited += delayMs;
        if (waited === 4950) void first.release();
        setImmediate(() => {
          clock.advance(delayMs);
          run();
        });
        return () => undefined;
      },
    });
    const second = await lockDirectory(directory, { by, clock: patient });
    if (isOpenFault(second)) throw new Error(second.message);
    waited = 5000;
    const third = await lockDirectory(directory, { by, clock: patient });
    expect(third.kind).toBe("locked");
    expect(waited).toBe(10_000);
    await second.release();
  });

  test("of a directory that does not exist is a fault", async () => {
    fs.rmdirSync(directory);
    expect(await lock(by)).toMatchObject({ kind: "io", code: "ENOENT" });
    expect(await directoryHolder(directory, by)).toBeUndefined();
  });

  test("is not held by what an earlier process, or garbage, left in the file", async () => {
    const file = path.join(directory, "holder.json");
    for (const content of [
      JSON.stringify({ pid: process.pid, started: "long ago" }),
      "",
      "{",
      '{"pid":-1}',
    ]) {
      fs.writeFileSync(file, content);
      expect(await directoryHolder(directory, by)).toBeUndefined();
      const mine = await lock(by);
      if (isOpenFault(mine)) throw new Error(mine.message);
      expect(await directoryHolder(directory, by)).toEqual({ pid: process.pid });
      await mine.release();
    }
  });
});

describe("a process's identity", () => {
  test("is more than its pid", () => {
    expect(isAlive(thisProcess())).toBe(true);
    expect(isAlive({ ...thisProcess(), started: "another time" })).toBe(false);
  });

  test("of an ended process is not alive", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("exit", resolve));
    expect(isAlive({ pid: child.pid ?? 0, started: "" })).toBe(false);
  });
});
