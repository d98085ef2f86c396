import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { PATIENCE_MS } from "./eventually";

/** The built program; playwright.config.ts has it built first. */
export const program = resolve(import.meta.dirname, "../dist/rollcall.mjs");
/** What its processes find in their environment. */
export const environment = { ...process.env, ROLLCALL_PAGE: resolve(import.meta.dirname, "../out") };

/** Exit code, or the signal that ended it. */
export type Ended = number | NodeJS.Signals | null;

/** One run of the built program that goes on until it is ended. */
export class ProgramProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<Ended>;
  private output = "";
  private look: () => void = () => {};

  constructor(words: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [program, ...words], { cwd, env: { ...environment, ...env } });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (bytes) => {
        this.output += String(bytes);
        this.look();
      });
    }
    this.ended = new Promise((done) => this.child.once("exit", (code, signal) => done(code ?? signal)));
  }

  /** What it printed so far. */
  get printed(): string {
    return this.output;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("the program did not start");
    return this.child.pid;
  }

  /** Waits until it has printed something; throws as soon as it ends without. */
  async prints(text: string): Promise<void> {
    const said = new Promise<"said">((done) => {
      this.look = () => this.output.includes(text) && done("said");
      this.look();
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((done) => {
      timer = setTimeout(() => done("late"), PATIENCE_MS);
    });
    const how = await Promise.race([said, late, this.ended]);
    clearTimeout(timer);
    if (how !== "said") throw new Error(`it did not print ${text} (${how}): ${this.output}`);
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}
