import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownStretch } from "../server/testing/ports";
import { readPid } from "./console_api";
import { eventually } from "./eventually";
import { rollcall, signal } from "./local_cluster";
import { ShellProcess } from "./shell_process";

const names = ["n1", "n2", "n3"] as const;
type Name = (typeof names)[number];

/** Three `rollcall node` processes made by `rollcall plan`, as on three machines: nobody starts or stops them but the operator. */
export class NodeCluster {
  readonly folder: string;
  private readonly port: number;
  private readonly shells = new Map<string, ShellProcess>();

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  /** Plans and starts the three. */
  static async start(): Promise<NodeCluster> {
    const cluster = new NodeCluster(mkdtempSync(join(tmpdir(), "rollcall-e2e-")), await ownStretch());
    const addresses = names.map((_, at) => `127.0.0.1:${cluster.port + 100 + at}`);
    const planned = await rollcall(["plan", "--voters", addresses.join(",")], cluster.folder);
    if (planned.code !== 0) throw new Error(planned.err);
    for (const name of names) cluster.run(name);
    try {
      await Promise.all(names.map((name) => cluster.answers(name)));
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
    return cluster;
  }

  /** URL of a node's console. */
  urlOf(name: Name): string {
    return `http://127.0.0.1:${this.port + names.indexOf(name)}`;
  }

  /** Starts a node with the command line that made it. */
  run(name: Name): void {
    const port = this.port + names.indexOf(name);
    const command = `exec "$NODE" "$PROGRAM" node --data-dir ./${name} --bootstrap ${name}.json --port ${port}`;
    this.shells.set(name, new ShellProcess(command, this.folder));
  }

  /** Waits until a node's console answers; its pid. */
  answers(name: Name): Promise<number> {
    return eventually(`${name} answers`, () => readPid(this.urlOf(name)));
  }

  /** kill -9 by pid. */
  async kill(name: Name): Promise<void> {
    signal(await readPid(this.urlOf(name)), "SIGKILL");
  }

  /** Ends every process and removes the folder. */
  async dispose(): Promise<void> {
    for (const shell of this.shells.values()) await shell.end();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
