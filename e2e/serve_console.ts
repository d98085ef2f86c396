import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterStatus, clusterStatusSchema } from "../protocol/status";
import { ownPort } from "../server/testing/ports";
import { eventually } from "./eventually";
import { type CommandResult, rollcall } from "./local_cluster";
import { type Ended, ProgramProcess } from "./program_process";

/** `rollcall serve` in a folder of its own: the console alone, for clusters that somebody else runs. */
export class ServeConsole {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-serve-"));
  readonly url: string;
  private readonly port: number;
  private readonly words: readonly string[];
  private process: ProgramProcess | undefined;

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
    this.process = new ProgramProcess(["serve", "--port", String(this.port), ...this.words], this.folder);
    await this.process.prints(`Rollcall: ${this.url}`);
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

  /** Waits until `rollcall members` says something of a cluster: on a busy machine a voter may be missed for a moment. */
  async membersSay(cluster: string, words: string): Promise<void> {
    await eventually(`rollcall members says ${words}`, async () => {
      const { out, err } = await this.command(cluster, "members");
      if (!out.includes(words)) throw new Error(`${out}${err}`);
      return true;
    });
  }

  /** Sends a signal and waits for the end; the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    return this.process === undefined ? null : this.process.end(signal);
  }

  async dispose(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
