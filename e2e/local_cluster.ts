import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryEntry } from "../protocol/api";
import type { MembershipView } from "../protocol/membership";
import type { ClusterStatus } from "../protocol/status";
import { ownStretch } from "../server/testing/ports";
import { type Leader, readHistory, readLeader, readMembership, readPid, readStatus } from "./console_api";
import { eventually, PATIENCE_MS } from "./eventually";
import { type Ended, environment, ProgramProcess, program } from "./program_process";
import { TcpProxy } from "./tcp_proxy";

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the rollcall command to its end. Never rejects. */
export function rollcall(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, env: { ...environment, ...env }, timeout: PATIENCE_MS },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        done({ code, out, err });
      },
    );
  });
}

/** A node as the plan of a local cluster lists it. */
export interface PlannedNode {
  readonly id: number;
  readonly name: string;
  readonly url: string;
}

/** A cluster made by `rollcall up` in a folder of its own, with everything a test may do to it. */
export class LocalCluster {
  readonly folder: string;
  readonly port: number;
  /** URL of the console that `up` serves. */
  readonly url: string;
  private process: ProgramProcess | undefined;
  private readonly frozen = new Set<number>();
  private readonly links: TcpProxy[] = [];

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Makes and starts a cluster; `flags` and `env` go to `rollcall up`. */
  static async up(
    flags: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<LocalCluster> {
    const cluster = new LocalCluster(mkdtempSync(join(tmpdir(), "rollcall-e2e-")), await ownStretch());
    try {
      await cluster.start(flags, env);
    } catch (error) {
      await cluster.dispose();
      throw error;
    }
    return cluster;
  }

  /** Starts `rollcall up` (again) and waits until it has printed its address. */
  async start(flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.process = new ProgramProcess(["up", "--port", String(this.port), ...flags], this.folder, env);
    await this.process.prints(`Rollcall: ${this.url}`);
  }

  /** What `up` printed since it was started. */
  get printed(): string {
    return this.process?.printed ?? "";
  }

  /** Pid of the process that serves the page and embeds node 1. */
  get pid(): number {
    if (this.process === undefined) throw new Error("rollcall up is not running");
    return this.process.pid;
  }

  /** Sends a signal to `up` and waits until it is gone; its exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    return this.process === undefined ? null : this.process.end(signal);
  }

  /** The nodes of the plan. Console ports go up from the page's. */
  nodes(): PlannedNode[] {
    const plan: { nodes: { id: number; name: string; consolePort: number }[] } = JSON.parse(
      readFileSync(join(this.folder, ".rollcall/plan.json"), "utf8"),
    );
    return plan.nodes.map(({ id, name, consolePort }) => ({
      id,
      name,
      url: `http://127.0.0.1:${consolePort}`,
    }));
  }

  /** URL of a node's console. */
  urlOf(name: string): string {
    const node = this.nodes().find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`${name} is not in the plan`);
    return node.url;
  }

  /** Pid of the process that a console runs in. */
  pidOf(url: string): Promise<number> {
    return readPid(url);
  }

  /** Pid of the process of a member that is not in the plan, by its own console, once the cluster says where that is. */
  pidOfMember(id: string): Promise<number> {
    return eventually(`the console of id ${id}`, async () => {
      const { members } = await this.status();
      const url = members.find((member) => member.id === id)?.console;
      return url === undefined || url === null ? undefined : readPid(url);
    });
  }

  /** The newest membership as a console has it. */
  membership(url = this.url): Promise<MembershipView> {
    return readMembership(url);
  }

  status(url = this.url): Promise<ClusterStatus> {
    return readStatus(url);
  }

  history(url = this.url): Promise<readonly HistoryEntry[]> {
    return readHistory(url);
  }

  /** Who leads, once a console knows that. */
  leader(url = this.url): Promise<Leader> {
    return readLeader(url);
  }

  /** Makes a node the leader, unless it is; the term in which it leads. A target that is busy does not take over in time: it is asked again. */
  ledBy(name: string): Promise<number> {
    return eventually(`${name} leads`, async () => {
      if ((await this.leader()).name !== name) {
        const { code, err } = await this.command("transfer", name, "--yes");
        if (code !== 0) throw new Error(`no transfer to ${name}: ${err}`);
      }
      const leader = await this.leader();
      return leader.name === name ? leader.term : undefined;
    });
  }

  /**
   * A link to a node's console that a test can freeze and cut. It has the console's own port, on another loopback address: a
   * console answers to no other port than its own.
   */
  async link(name = "n1"): Promise<{ readonly proxy: TcpProxy; readonly url: string }> {
    const port = Number(new URL(this.urlOf(name)).port);
    const proxy = await TcpProxy.listen({ host: "127.0.0.1", port }, port, "127.0.0.2");
    this.links.push(proxy);
    return { proxy, url: `http://${proxy.address}` };
  }

  /** Stops the clocks of a process; dispose() thaws it if nothing else does. */
  freeze(pid: number): void {
    this.frozen.add(pid);
    process.kill(pid, "SIGSTOP");
  }

  thaw(pid: number): void {
    this.frozen.delete(pid);
    signal(pid, "SIGCONT");
  }

  /** Runs a rollcall command in the cluster's folder. */
  command(...args: string[]): Promise<CommandResult> {
    return rollcall(args, this.folder);
  }

  /** Ends every process and removes the folder, whatever state the test left behind. */
  async dispose(): Promise<void> {
    for (const proxy of this.links) await proxy.close();
    for (const pid of this.frozen) this.thaw(pid);
    const nodes = await Promise.all(
      this.safeNodes().map(({ url }) => this.pidOf(url).catch(() => undefined)),
    );
    await rollcall(["down"], this.folder);
    await this.end("SIGKILL");
    for (const pid of nodes) if (pid !== undefined) signal(pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private safeNodes(): PlannedNode[] {
    try {
      return this.nodes();
    } catch {
      return [];
    }
  }
}

/** Signals a process that may be gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone: what was wanted.
  }
}
