import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { eventually } from "./eventually";
import { environment } from "./program_process";
import { giveWay } from "./session_weight";

/** How large a cluster is, and how fast it changes. */
export interface Scale {
  readonly voters: number;
  readonly learners: number;
  /** Learners that run; the others are members that were never started. Voters always run. */
  readonly live: number;
  /** Membership changes a second that are tried. */
  readonly perSecond: number;
}

/** What the program said first. */
interface Started {
  readonly url: string;
  /** Node that leads, and the follower whose console is served. */
  readonly leader: number;
  readonly served: number;
  readonly live: number;
}

/** What the program says every two seconds. */
export interface ScaleFigures {
  /** Changes made since the start, refused ones included; and how many of them a second lately. */
  readonly made: number;
  readonly refused: number;
  readonly perSecond: number;
  /** How much later than planned the engines' ticks came (ms). */
  readonly lateP50?: number;
  readonly lateMax?: number;
}

/** A large cluster in a process of its own, with a real console: see scale_program.ts. */
export class ScaleCluster {
  readonly started: Started;
  private readonly process: ChildProcess;
  private readonly folder: string;
  private readonly lines: ScaleFigures[];

  private constructor(process: ChildProcess, folder: string, started: Started, lines: ScaleFigures[]) {
    this.process = process;
    this.folder = folder;
    this.started = started;
    this.lines = lines;
  }

  /** Builds the program and starts it; resolves once the cluster has its size. */
  static async start({ voters, learners, live, perSecond }: Scale): Promise<ScaleCluster> {
    const folder = mkdtempSync(join(tmpdir(), "rollcall-scale-"));
    const outfile = join(folder, "scale_program.mjs");
    await build({
      entryPoints: [resolve(import.meta.dirname, "scale_program.ts")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20.19",
      logLevel: "silent",
      external: ["bufferutil", "utf-8-validate"],
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    const args = [outfile, ...[voters, learners, live, perSecond].map(String)];
    const child = spawn(process.execPath, args, {
      env: environment,
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
    });
    if (child.pid !== undefined) giveWay(child.pid);
    const lines: (Started | ScaleFigures)[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
    try {
      await eventually("the large cluster has its size", () => {
        if (child.exitCode !== null) throw new Error(`the large cluster ended with ${child.exitCode}`);
        return lines.length > 0;
      });
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
    return new ScaleCluster(child, folder, lines.shift() as Started, lines as ScaleFigures[]);
  }

  /** Begins to change the membership. */
  go(): void {
    this.process.stdin?.write("go\n");
  }

  /** Stops changing it; a change under way still ends. */
  halt(): void {
    this.process.stdin?.write("halt\n");
  }

  /** What it said last. */
  get figures(): ScaleFigures | undefined {
    return this.lines.at(-1);
  }

  /** Ends the process, whatever it is doing. */
  async dispose(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    if (this.process.exitCode === null) {
      this.process.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
