/** The real disk, and a process that is killed while it writes. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isOpenFault } from "./faults";
import { createDataDirectory, openLogStorage } from "./open_storage";
import { entry, MANIFEST, snapshotAt } from "./testing/log_fixture";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROUNDS = 4;
const ANSWERS_A_ROUND = 150;

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "rollcall-killed-"));
});

afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

/** Appends without end, several at a time, a compaction now and then; tells each answer. */
const WRITER = `
  import { openLogStorage } from ${JSON.stringify(path.join(HERE, "open_storage.ts"))};
  import { entry, hardState, logWrite, snapshotAt } from ${JSON.stringify(path.join(HERE, "testing", "log_fixture.ts"))};
  const storage = await openLogStorage({ path: process.argv[1], expected: {} });
  const { recovered } = storage;
  let next = (recovered.entries.at(-1)?.index ?? recovered.snapshot.metadata.index) + 1;
  function append() {
    const index = next++;
    storage.append(logWrite({ entries: [entry(index)], hardState: hardState(1, 1, index - 1) }), (fault) => {
      if (fault !== undefined) throw new Error(fault.detail);
      process.send(index);
      if (index % 60 === 0) storage.compact(snapshotAt(index), index - 5, () => undefined);
      append();
    });
  }
  for (let i = 0; i < 5; i++) append();
`;

/** Runs the writer until it has told enough answers, kills it, and says what the last answer was. */
async function writeUntilKilled(): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", WRITER, directory], {
    cwd: HERE,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let last = 0;
  let answers = 0;
  const exited = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("exit", (_, signal) => resolve(signal)),
  );
  child.on("message", (index) => {
    last = Math.max(last, Number(index));
    answers++;
    if (answers === ANSWERS_A_ROUND) child.kill("SIGKILL");
  });
  expect(await exited).toBe("SIGKILL");
  return last;
}

test("everything acknowledged before a kill is there after it, and nothing else but what followed", async () => {
  const created = await createDataDirectory(directory, {
    manifest: MANIFEST,
    snapshot: snapshotAt(1),
    files: new Map(),
  });
  expect(created).toBeUndefined();
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await writeUntilKilled();
    const storage = await openLogStorage({ path: directory, expected: {} });
    if (isOpenFault(storage)) throw new Error(storage.message);
    const { snapshot, entries } = storage.recovered;
    const first = snapshot.metadata.index + 1;
    expect(snapshot).toEqual(snapshotAt(first - 1));
    expect(entries).toEqual(entries.map((_, i) => entry(first + i)));
    expect(first + entries.length - 1).toBeGreaterThanOrEqual(acknowledged);
    expect(acknowledged).toBeGreaterThanOrEqual(ANSWERS_A_ROUND * (round + 1));
    await storage.close();
  }
});
