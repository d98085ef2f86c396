import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { environment, program } from "./program_process";

const checkout = resolve(import.meta.dirname, "..");

/** Makes `npx --no-install rollcall` work in a folder, as it does in the checkout. */
export function installCommand(folder: string): void {
  const bin = join(folder, "node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(join(checkout, "server/cli/bin.mjs"), join(bin, "rollcall"));
}

/** A command line that goes on running in a shell, with everything it starts. */
export class ShellProcess {
  private readonly child: ChildProcess;
  private output = "";

  /** Runs a command line as typed. $NODE and $PROGRAM stand for the built program. */
  constructor(command: string, cwd: string) {
    const env = { ...environment, NODE: process.execPath, PROGRAM: program };
    this.child = spawn("bash", ["-c", command], { cwd, env, detached: true });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (bytes) => {
        this.output += String(bytes);
      });
    }
  }

  /** What it printed so far. */
  get printed(): string {
    return this.output;
  }

  /** Signals everything that the command line started, and waits until its shell is gone. */
  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const { child } = this;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    process.kill(-child.pid, signal);
    await gone;
  }
}
