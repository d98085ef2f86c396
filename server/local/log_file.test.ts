import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LogFile, lastLine } from "./log_file";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-log-"));
  path = join(directory, "node.log");
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test("two files of about the bound hold the newest lines, however much is written", () => {
  const log = new LogFile(path, 1000);
  for (let at = 0; at < 500; at += 1) log.write(`line ${at}`);
  log.close();
  expect(statSync(path).size).toBeLessThan(1100);
  expect(statSync(`${path}.1`).size).toBeLessThan(1100);
  const kept = readFileSync(`${path}.1`, "utf8") + readFileSync(path, "utf8");
  expect(kept.endsWith("line 499\n")).toBe(true);
  const lines = kept
    .trimEnd()
    .split("\n")
    .map((line) => Number(line.slice(5)));
  expect(lines).toEqual(lines.map((_, at) => (lines[0] ?? 0) + at));
});

test("what somebody else appends stays in line after the file began anew", () => {
  const log = new LogFile(path, 50);
  log.write("x".repeat(80));
  log.write("after");
  appendFileSync(path, "crash\n");
  log.write("last");
  log.close();
  expect(readFileSync(path, "utf8")).toBe("after\ncrash\nlast\n");
});

test("the last line is the text of a JSON line, or the line itself", () => {
  expect(lastLine(path)).toBeUndefined();
  appendFileSync(path, `${JSON.stringify({ level: "error", text: "the disk is gone" })}\n\n`);
  expect(lastLine(path)).toBe("the disk is gone");
  appendFileSync(path, "Error: boom\n");
  expect(lastLine(path)).toBe("Error: boom");
  appendFileSync(path, `{"text": ${"y".repeat(9000)}\n`);
  expect(lastLine(path)?.length).toBe(300);
});
