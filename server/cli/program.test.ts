import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { exitCodes } from "./exit_codes";
import { commands, runProgram } from "./program";
import { recorded } from "./testing/surroundings";

test("every command has help that names its words and flags", async () => {
  for (const command of commands) {
    const record = recorded(tmpdir());
    expect(await runProgram([command.name, "--help"], record.surroundings)).toBe(exitCodes.done);
    const help = record.out();
    expect(help).toContain(`Usage: rollcall ${command.name}`);
    for (const name of Object.keys(command.options)) expect(help).toContain(`--${name}`);
    for (const { name } of command.operands) expect(help).toContain(name);
    expect(help).toContain("Exit codes: 0 done; 1 refused or failed; 2 wrong command line");
    expect(help.split("\n").every((line) => line.length <= 110)).toBe(true);
  }
});

test("the program's help lists every command; without a command it is an error", async () => {
  const asked = recorded(tmpdir());
  expect(await runProgram(["--help"], asked.surroundings)).toBe(exitCodes.done);
  for (const command of commands) expect(asked.out()).toContain(`  ${command.name} `);
  const bare = recorded(tmpdir());
  expect(await runProgram([], bare.surroundings)).toBe(exitCodes.usage);
  expect(bare.err()).toBe(asked.out());
});

test("an unknown command suggests the nearest, and a flag is no command", async () => {
  const record = recorded(tmpdir());
  expect(await runProgram(["promot", "n4"], record.surroundings)).toBe(exitCodes.usage);
  expect(record.err()).toContain("did you mean promote?");
  expect(await runProgram(["--port", "1"], record.surroundings)).toBe(exitCodes.usage);
  expect(record.err()).toContain("--port is no command");
});

test("a wrong flag ends before anything is done, and names itself", async () => {
  const record = recorded(tmpdir());
  expect(await runProgram(["up", "--voters", "zero"], record.surroundings)).toBe(exitCodes.usage);
  expect(record.err()).toContain("--voters must be a whole number from 1 to 9");
  expect(record.out()).toBe("");
});

test("a console that is not there is told apart from a refusal", async () => {
  const record = recorded(tmpdir());
  const words = ["members", "--console", "http://127.0.0.1:1"];
  expect(await runProgram(words, record.surroundings)).toBe(exitCodes.unreachable);
  expect(record.err()).toBe("No console answers: http://127.0.0.1:1: nothing listens there.\n");
});
