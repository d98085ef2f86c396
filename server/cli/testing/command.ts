import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processFacts } from "../../local/process_facts";
import { directoryHolder } from "../../storage";
import { bundlePath, ensureBuilt } from "../build.mjs";

/** A command that runs, or has ended. */
export interface Run {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly out: () => string;
  readonly err: () => string;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Resolves once standard output has this text; rejects if the command ends before. */
  readonly says: (text: string) => Promise<void>;
}

/** A folder of its own for one test, in which the real command is run; `cleanUp` leaves no process and no file. */
export class Workplace {
  readonly directory = mkdtempSync(join(tmpdir(), "rollcall-cli-"));
  private readonly runs: Run[] = [];

  /** Makes the bundle that the commands run. */
  static async prepare(): Promise<void> {
    await ensureBuilt("backend");
  }

  /** Runs `rollcall WORDS`, in a process group of its own. */
  start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
    const child = spawn(process.execPath, [bundlePath, ...words], {
      cwd: this.directory,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, ROLLCALL_PAGE: undefined, ...env },
    });
    let out = "";
    let err = "";
    const watchers = new Set<() => void>();
    const hear = (take: (text: string) => void) => (piece: Buffer) => {
      take(piece.toString());
      for (const watcher of watchers) watcher();
    };
    child.stdout.on(
      "data",
      hear((text) => (out += text)),
    );
    child.stderr.on(
      "data",
      hear((text) => (err += text)),
    );
    const ended = new Promise<number | string>((resolve) => {
      child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
    });
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!out.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void ended.then((how) => reject(new Error(`it ended (${how}) without ${text}: ${out}${err}`)));
      });
    const run = { child, pid: child.pid ?? 0, out: () => out, err: () => err, ended, says };
    this.runs.push(run);
    return run;
  }

  /** Runs a command to its end. */
  async run(
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number | string; readonly out: string; readonly err: string }> {
    const run = this.start(words, env);
    const code = await run.ended;
    return { code, out: run.out(), err: run.err() };
  }

  path(...parts: readonly string[]): string {
    return join(this.directory, ...parts);
  }

  /** Ends every command, and every process that one of them started for a directory below this one. */
  async cleanUp(): Promise<void> {
    for (const run of this.runs) kill(run.pid);
    await Promise.all(this.runs.map((run) => run.ended));
    // Nobody starts another one by now; one that was started a moment ago may not hold its directory yet.
    const started = [...(await holdersBelow(this.directory)), ...startedFor(this.directory)];
    for (const pid of started) kill(pid);
    await until(async () => (await Promise.all(started.map(exists))).every((there) => !there));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Whether a process with this pid runs; one that only waits to be collected does not. */
export async function exists(pid: number): Promise<boolean> {
  return (await processFacts(pid)) !== undefined;
}

/** Waits until something holds. The test's own time limit ends it otherwise. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 25));
}

function kill(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

/** Pids of those who hold a directory below this one. */
async function holdersBelow(directory: string): Promise<number[]> {
  const below = readdirSync(directory, { withFileTypes: true, recursive: true });
  const paths = below
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const holders = await Promise.all(paths.map((path) => directoryHolder(path)));
  return holders.flatMap((holder) => holder?.pid ?? []);
}

/** Pids of processes with this directory in their command line; none where the system does not list them as files. */
function startedFor(directory: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(directory) ? Number(name) : [];
    } catch {
      return [];
    }
  });
}
