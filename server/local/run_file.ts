import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ProcessIdentity } from "./process_facts";

const identity = z.object({ pid: z.number().int().positive(), born: z.string() });

const runSchema = z.object({
  up: identity.optional(),
  nodes: z.record(z.string(), identity),
});

/**
 * run.json: which processes were started for a plan. A hint that outlives its writer, never believed alone: whoever reads it
 * compares the start time, so a recycled pid is no match. Lost or damaged, it is empty; the consoles' answers remain.
 */
export class RunFile {
  private readonly path: string;

  constructor(directory: string) {
    this.path = join(directory, "run.json");
  }

  /** The process of the last `up`. */
  up(): ProcessIdentity | undefined {
    return this.read().up;
  }

  /** The process last started for a node. */
  node(id: number): ProcessIdentity | undefined {
    return this.read().nodes[String(id)];
  }

  recordUp(up: ProcessIdentity): void {
    this.write({ ...this.read(), up });
  }

  recordNode(id: number, process: ProcessIdentity): void {
    const run = this.read();
    this.write({ ...run, nodes: { ...run.nodes, [String(id)]: process } });
  }

  /** Forgets everything: nothing runs any more. */
  clear(): void {
    rmSync(this.path, { force: true });
  }

  private read(): z.infer<typeof runSchema> {
    try {
      return runSchema.parse(JSON.parse(readFileSync(this.path, "utf8")));
    } catch {
      return { nodes: {} };
    }
  }

  private write(run: z.infer<typeof runSchema>): void {
    const temporary = `${this.path}.${process.pid}.new`;
    try {
      writeFileSync(temporary, `${JSON.stringify(run)}\n`, { mode: 0o600 });
      renameSync(temporary, this.path);
    } catch {
      // A full disk keeps nothing from being started: a hint that is missing is made up for by the consoles' answers.
      rmSync(temporary, { force: true, recursive: true });
    }
  }
}
