import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseArguments } from "./arguments";
import { consoleOptions, consoleSettings, consoleWords } from "./console_options";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-tokens-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const token = "0123456789abcdefghij";

function parsed(words: readonly string[], env: Record<string, string> = {}) {
  const found = parseArguments({ options: consoleOptions, operands: [] }, words, env);
  if (found === "help" || "usage" in found) throw new Error(JSON.stringify(found));
  return found;
}

function settings(words: readonly string[], env: Record<string, string> = {}) {
  return consoleSettings(parsed(words, env), { cwd: folder, env });
}

test("nothing given: everybody who reaches the console is heard", () => {
  expect(settings([])).toEqual({ readOnly: false, allowUnsafe: false, credentials: [] });
});

test("tokens come from files, a name before each where there is one, or from the environment", () => {
  writeFileSync(join(folder, "operators"), `# who may act\nada ${token}\n\n${token}-2   # the team\n`);
  const found = settings(["--operator-token-file", "operators"], { ROLLCALL_VIEWER_TOKEN: `${token}-v\n` });
  expect(found).toMatchObject({
    credentials: [
      { role: "operator", actor: "ada", token },
      { role: "operator", actor: "operator", token: `${token}-2` },
      { role: "viewer", actor: "viewer", token: `${token}-v` },
    ],
  });
});

test("a token that is too short, a crowded line, and a file without one are each told by their place", () => {
  const fault = (text: string) => {
    writeFileSync(join(folder, "t"), text);
    const found = settings(["--viewer-token-file", "t"]);
    return "message" in found ? found.message : "";
  };
  expect(fault("short\n")).toMatch(/t, line 1: a token is 20 to 512 printable characters/);
  expect(fault(`a b ${token}`)).toContain("a line is TOKEN, or NAME TOKEN");
  expect(fault("# nothing\n")).toContain("holds no token");
  expect(fault("short\n")).not.toContain("short");
  const missing = settings(["--viewer-token-file", "none"]);
  expect("message" in missing && missing.message).toMatch(/^Cannot read the viewers' tokens/);
});

test("a public URL and a mount point are held against what they must be", () => {
  expect(settings(["--public-url", "https://ops.example/rollcall/"])).toMatchObject({
    basePath: "/rollcall",
  });
  expect(settings(["--public-url", "https://ops.example/rollcall", "--base-path", "/ops"])).toMatchObject({
    publicUrl: "https://ops.example/rollcall",
    basePath: "/ops",
  });
  for (const words of [
    ["--public-url", "ops.example"],
    ["--public-url", "https://ops.example/?x=1"],
    ["--base-path", "ops"],
    ["--base-path", "/ops/"],
    ["--base-path", "/../x"],
  ]) {
    expect(() => parsed(words)).toThrow(/must be/);
  }
});

test("other processes of this machine get the same settings, files by their whole path", () => {
  const words = ["--read-only", "--allow-unsafe-changes", "--base-path", "/ops", "--viewer-token-file", "v"];
  const given = parsed([...words, "--public-url", "https://ops.example"]);
  expect(consoleWords(given, folder)).toEqual([
    "--read-only",
    "--allow-unsafe-changes",
    "--viewer-token-file",
    join(folder, "v"),
    "--base-path",
    "/ops",
  ]);
});
