import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { writeDurably } from "./durable_file";

/** A disk that is nearly full may take a part of a write and say how much; it is no error. */
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, writeSync: (file: number, text: string) => fs.writeSync(file, text.slice(0, 3)) };
});

const directory = mkdtempSync(join(tmpdir(), "rollcall-durable-"));

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a file is replaced by all of its new content, also where one write takes only a part", () => {
  const path = join(directory, "plan.json");
  writeDurably(path, "the first plan");
  writeDurably(path, "the second plan");
  expect(readFileSync(path, "utf8")).toBe("the second plan");
  expect(readdirSync(directory)).toEqual(["plan.json"]);
});
