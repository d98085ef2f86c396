import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  BOOTSTRAP_MS_MAX,
  bootstrapFiles,
  bootstrapForm,
  consumeBootstrapFile,
  readBootstrapFile,
  writeBootstrapFiles,
} from "./bootstrap_file";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-bootstrap-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const wishes = [
  { name: "n1", address: "10.0.0.1:7500" },
  { name: "blue", address: "10.0.0.2:7500" },
];

function write(): readonly string[] {
  const paths = writeBootstrapFiles(directory, bootstrapFiles(wishes, 1000));
  if ("message" in paths) throw new Error(paths.message);
  return paths;
}

test("each voter gets a file of its own, readable by its owner only", () => {
  const paths = write();
  expect(paths).toEqual([join(directory, "n1.json"), join(directory, "blue.json")]);
  for (const path of paths) expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("the nodes made from them are of one cluster and start alike", () => {
  const forms = write().map((path) => {
    const file = readBootstrapFile(path, 1000);
    if ("message" in file) throw new Error(file.message);
    return bootstrapForm(file, "/data", "root");
  });
  expect(forms.map((form) => [form.id, form.name, form.address])).toEqual([
    [1, "n1", "10.0.0.1:7500"],
    [2, "blue", "10.0.0.2:7500"],
  ]);
  expect(
    new Set(forms.map(({ clusterId, secret, start }) => JSON.stringify({ clusterId, secret, start }))).size,
  ).toBe(1);
  expect(new Set(forms.map((form) => form.uuid)).size).toBe(2);
});

test("an existing file is never overwritten, and a failed attempt leaves none behind", () => {
  writeFileSync(join(directory, "blue.json"), "mine");
  const failed = writeBootstrapFiles(directory, bootstrapFiles(wishes, 1000));
  expect("message" in failed && failed.message).toContain("a file of that name is in the way");
  expect(readFileSync(join(directory, "blue.json"), "utf8")).toBe("mine");
  expect(existsSync(join(directory, "n1.json"))).toBe(false);
});

test("a file that was used, is too old or is not one makes no node", () => {
  const [path = ""] = write();
  const old = readBootstrapFile(path, 1000 + BOOTSTRAP_MS_MAX + 1);
  expect("message" in old && old.message).toContain("more than 24 hours ago");
  consumeBootstrapFile(path);
  const gone = readBootstrapFile(path, 1000);
  expect("message" in gone && gone.message).toContain("makes its node once");
  writeFileSync(path, "{}");
  const other = readBootstrapFile(path, 1000);
  expect("message" in other && other.message).toContain("is not a bootstrap file");
});
