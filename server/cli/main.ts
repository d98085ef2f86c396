import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import packageFile from "../../package.json" with { type: "json" };
import type { Surroundings } from "./command";
import { runProgram } from "./program";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// A reader that went away, such as `head`, is no reason to crash; there is nobody left to tell.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const surroundings: Surroundings = {
  cwd: process.cwd(),
  env: process.env,
  version: packageFile.version,
  self: { program: process.execPath, words: [...process.execArgv, fileURLToPath(import.meta.url)] },
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  errIsTerminal: process.stderr.isTTY,
  ask: process.stdin.isTTY && process.stderr.isTTY ? askAtTerminal : undefined,
  onSignal(call) {
    for (const signal of signals) process.on(signal, call);
    return () => {
      for (const signal of signals) process.off(signal, call);
    };
  },
};

/** Asks on standard error, so that standard output holds results only. Undefined: the input ended, or Ctrl-C. */
async function askAtTerminal(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      terminal.on("close", () => resolve(undefined));
      terminal.on("SIGINT", () => resolve(undefined));
      terminal.question(question).then((answer) => resolve(answer.trim()), reject);
    });
  } finally {
    terminal.close();
  }
}

const code = await runProgram(process.argv.slice(2), surroundings);
// What is still being written to a pipe gets out first.
process.exitCode = code;
process.stdout.write("", () => process.exit(code));
