import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemReason, writeDurably } from "./durable_file";
import { RunFile } from "./run_file";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-durable-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test("a file that finds no room for all of its text keeps its old content", () => {
  const path = join(directory, "plan.json");
  writeFileSync(path, "old");
  const module_ = fileURLToPath(new URL("durable_file.ts", import.meta.url));
  const script = `import { writeDurably } from ${JSON.stringify(module_)};
    process.on("SIGXFSZ", () => {});
    try { writeDurably(${JSON.stringify(path)}, "x".repeat(4096)); console.log("written"); }
    catch (error) { console.log(error.code); }`;
  // A file of at most 1,024 bytes: the system then takes a part of the text, as on a disk that is nearly full.
  const run = spawnSync(
    "bash",
    ["-c", 'ulimit -f 1; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, script],
    {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      // Its cache is shared, and would keep files that were cut off.
      env: { ...process.env, TSX_DISABLE_CACHE: "1" },
    },
  );
  expect([run.stdout.trim(), readFileSync(path, "utf8")]).toEqual(["EFBIG", "old"]);
});

test("a note of what runs that cannot be written keeps nothing from running", () => {
  const run = new RunFile(directory);
  mkdirSync(join(directory, `run.json.${process.pid}.new`));
  run.recordNode(2, { pid: 1, born: "a" });
  expect(run.node(2)).toBeUndefined();
  expect(readdirSync(directory)).toEqual([]);
});

test("what the file system refuses has words an operator knows", () => {
  const tooLong = join(directory, "x".repeat(300));
  let thrown: unknown;
  try {
    writeDurably(tooLong, "");
  } catch (error) {
    thrown = error;
  }
  expect(systemReason(thrown)).toBe("the name is too long");
});
