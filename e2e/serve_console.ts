import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterStatus, clusterStatusSchema } from "../protocol/status";
import { ownPort } from "../server/testing/ports";
import { eventually } from "./eventually";
import { type CommandResult, environment, program, rollcall } from "./local_cluster";

/** `rollcall serve` in a folder of its own: the console alone, for clusters that somebody else runs. */
export class ServeConsole {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-serve-"));
  readonly url: string;
  private readonly port: number;
  private readonly words: readonly string[];
  private process: ChildProcess | undefined;
  private output = "";

  private constructor(port: number, words: readonly string[]) {
    this.port = port;
    this.words = words;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts a console with these flags, or with a configuration file, and waits for its address. */
  static async start(words: readonly string[], config?: unknown): Promise<ServeConsole> {
    const console = new ServeConsole(await ownPort(), words);
    if (config !== undefined) console.configure(config);
    try {
      await console.run();
    } catch (error) {
      await console.dispose();
      throw error;
    }
    return console;
  }

  configure(config: unknown): void {
    writeFileSync(join(this.folder, "rollcall.config.json"), JSON.stringify(config, null, 2));
  }

  /** Starts it (again) in the same folder. */
  async run(): Promise<void> {
    this.output = "";
    const child = spawn(process.execPath, [program, "serve", "--port", String(this.port), ...this.words], {
      cwd: this.folder,
      env: environment,
    });
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes) => {
        this.output += String(bytes);
      });
    }
    await eventually("rollcall serve prints its address", () => {
      if (child.exitCode !== null) throw new Error(`rollcall serve ended: ${this.output}`);
      return this.output.includes(`Rollcall: ${this.url}`);
    });
  }

  /** Address of a cluster's live page. */
  page(cluster: string): string {
    return `${this.url}/cluster/?c=${cluster}`;
  }

  async status(cluster: string): Promise<ClusterStatus> {
    const answer = await fetch(`${this.url}/api/clusters/${cluster}/status`);
    return clusterStatusSchema.parse(await answer.json());
  }

  /** Runs a rollcall command against this console. */
  command(cluster: string, ...args: string[]): Promise<CommandResult> {
    return rollcall([...args, "--console", this.url, "--cluster", cluster], this.folder);
  }

  /** Sends a signal and waits for the end; the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const child = this.process;
    if (child === undefined) return null;
    const ended = new Promise<number | NodeJS.Signals | null>((done) => {
      if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode ?? child.signalCode);
      else child.once("exit", (code, by) => done(code ?? by));
    });
    child.kill(signal);
    return ended;
  }

  async dispose(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
