import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownStretch } from "../server/testing/ports";
import { readPid } from "./console_api";
import { eventually } from "./eventually";
import { rollcall, signal } from "./local_cluster";
import { ShellProcess } from "./shell_process";
import { TcpProxy } from "./tcp_proxy";

/** Names of its nodes, by id. */
export const nodeNames = ["n1", "n2", "n3"] as const;
export type Name = (typeof nodeNames)[number];

/**
 * Three `rollcall node` processes made by `rollcall plan`, as on three machines: nobody starts or stops them but the operator, and
 * the network between them can be cut.
 */
export class NodeCluster {
  readonly folder: string;
  private readonly port: number;
  private readonly shells = new Map<string, ShellProcess>();
  private readonly frozen = new Map<Name, number>();
  /** What the peers of each node dial to reach it. */
  private readonly links = new Map<Name, TcpProxy>();

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  /** Plans and starts the three. */
  static async start(): Promise<NodeCluster> {
    const cluster = new NodeCluster(mkdtempSync(join(tmpdir(), "rollcall-e2e-")), await ownStretch());
    for (const name of nodeNames) {
      cluster.links.set(name, await TcpProxy.listen({ host: "127.0.0.1", port: cluster.peerPort(name) }));
    }
    const addresses = [...cluster.links.values()].map(({ address }) => address);
    const planned = await rollcall(["plan", "--voters", addresses.join(",")], cluster.folder);
    if (planned.code !== 0) throw new Error(planned.err);
    for (const name of nodeNames) cluster.run(name);
    try {
      await Promise.all(nodeNames.map((name) => cluster.answers(name)));
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
    return cluster;
  }

  private peerPort(name: Name): number {
    return this.port + 100 + nodeNames.indexOf(name);
  }

  /** The way on which the others reach a node; cut, it hears nobody, and is still heard. */
  inbound(name: Name): TcpProxy {
    const link = this.links.get(name);
    if (link === undefined) throw new Error(`no link to ${name}`);
    return link;
  }

  /** URL of a node's console. */
  urlOf(name: Name): string {
    return `http://127.0.0.1:${this.port + nodeNames.indexOf(name)}`;
  }

  /** Starts a node with the command line that made it. */
  run(name: Name): void {
    const port = this.port + nodeNames.indexOf(name);
    const listen = `127.0.0.1:${this.peerPort(name)}`;
    const command = `exec "$NODE" "$PROGRAM" node --data-dir ./${name} --bootstrap ${name}.json --listen ${listen} --port ${port}`;
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

  /** Stops a node's clocks; dispose() thaws it if nothing else does. */
  async freeze(name: Name): Promise<void> {
    const pid = await readPid(this.urlOf(name));
    this.frozen.set(name, pid);
    signal(pid, "SIGSTOP");
  }

  thaw(name: Name): void {
    const pid = this.frozen.get(name);
    this.frozen.delete(name);
    if (pid !== undefined) signal(pid, "SIGCONT");
  }

  /** Ends every process and removes the folder. */
  async dispose(): Promise<void> {
    for (const name of nodeNames) this.thaw(name);
    for (const shell of this.shells.values()) await shell.end();
    for (const link of this.links.values()) await link.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
