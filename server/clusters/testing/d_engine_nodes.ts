import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ownPort } from "../../testing/ports";

/** The program of a real d-engine node; undefined where it was not built. */
export const dEngineProgram = builtProgram("d_engine_node");

/** A program that watches a membership with d-engine's own client and prints it; undefined where it was not built. */
export const dEngineWatch = builtProgram("d_engine_watch");

function builtProgram(name: string): string | undefined {
  const built = new URL(`../../../.cache/servers/d_engine_node/debug/${name}`, import.meta.url);
  return existsSync(built) ? fileURLToPath(built) : undefined;
}

/** Why tests on real d-engine nodes are skipped. */
export const D_ENGINE_MISSING = "no d-engine here: node e2e/servers/build_d_engine.mjs builds one";

/** How a node's own configuration file describes a node. */
export interface ConfiguredNode {
  readonly id: number;
  readonly address: string;
  /** 1 follower, 4 learner. */
  readonly role: 1 | 4;
  /** 1 promotable, 2 read-only, 3 active. */
  readonly status: 1 | 2 | 3;
}

interface Settings {
  /** After how many seconds a learner that waits for promotion is evicted; 300 is d-engine's own. */
  readonly evictAfterSeconds?: number;
}

/** Real d-engine nodes, one process each, on loopback; every process and file is gone after `end`. */
export class DEngineNodes {
  private readonly folder = mkdtempSync(join(tmpdir(), "rollcall-d-engine-"));
  private readonly processes = new Map<number, ChildProcess>();
  private readonly voters: ConfiguredNode[] = [];
  private readonly settings: Settings;

  private constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Starts a cluster of so many voters, 1 and up. Does not wait: a node answers once it reaches all of them. */
  static async start(voters: number, settings: Settings = {}): Promise<DEngineNodes> {
    const nodes = new DEngineNodes(settings);
    for (let id = 1; id <= voters; id += 1) {
      nodes.voters.push({ id, address: `127.0.0.1:${await ownPort()}`, role: 1, status: 3 });
    }
    for (const { id } of nodes.voters) nodes.configure(id, nodes.voters);
    for (const { id } of nodes.voters) nodes.run(id);
    return nodes;
  }

  /** Addresses of the first voters. */
  get addresses(): string[] {
    return this.voters.map(({ address }) => address);
  }

  /** Writes a learner's configuration file; once run it adds itself. Answers its address. */
  async prepareLearner(id: number, status: 1 | 2): Promise<string> {
    const address = `127.0.0.1:${await ownPort()}`;
    this.configure(id, [...this.voters, { id, address, role: 4, status }]);
    return address;
  }

  /** Writes a learner's configuration file from the `[cluster]` table that a console gave. */
  configureFrom(id: number, table: string): void {
    this.write(id, table);
  }

  /** Starts a node from its configuration file and whatever it has on disk. */
  run(id: number): void {
    if (dEngineProgram === undefined) throw new Error(D_ENGINE_MISSING);
    const log = openSync(join(this.folder, `${id}.log`), "a");
    const words = [this.configPath(id), join(this.folder, String(id))];
    this.processes.set(id, spawn(dEngineProgram, words, { stdio: ["ignore", log, log] }));
  }

  signal(id: number, name: NodeJS.Signals): void {
    this.processes.get(id)?.kill(name);
  }

  /** Kills a node and waits until it is gone; its files stay. What it did not write yet it applies again from its log. */
  kill(id: number): Promise<void> {
    return this.finish(id, "SIGKILL");
  }

  /** Lets a node end by itself, everything written: after the next start its membership is its configuration file's. */
  stop(id: number): Promise<void> {
    return this.finish(id, "SIGTERM");
  }

  private async finish(id: number, signal: NodeJS.Signals): Promise<void> {
    const process = this.processes.get(id);
    this.processes.delete(id);
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, "exit");
    process.kill(signal);
    await gone;
  }

  /** Waits until a node's process ends by itself; answers its exit code. */
  async exit(id: number): Promise<number | null> {
    const process = this.processes.get(id);
    if (process === undefined) return null;
    if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
    return process.exitCode;
  }

  /** What a node logged so far. */
  log(id: number): string {
    return readFileSync(join(this.folder, `${id}.log`), "utf8");
  }

  async end(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((id) => this.kill(id)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private configPath(id: number): string {
    return join(this.folder, `${id}.toml`);
  }

  private configure(id: number, cluster: readonly ConfiguredNode[]): void {
    const self = cluster.find((node) => node.id === id);
    const lines = cluster.map(
      (node) =>
        `  { id = ${node.id}, address = "${node.address}", role = ${node.role}, status = ${node.status} },`,
    );
    const table = ["[cluster]", `node_id = ${id}`, `listen_address = "${self?.address}"`];
    this.write(id, [...table, "initial_cluster = [", ...lines, "]"].join("\n"));
  }

  private write(id: number, table: string): void {
    const directory = join(this.folder, String(id));
    mkdirSync(directory, { recursive: true });
    const { evictAfterSeconds = 300 } = this.settings;
    const lines = [
      table,
      `db_root_dir = "${directory}"`,
      `log_dir = "${directory}"`,
      // Its deadlines are for fast networks and idle machines: 50 and 100 ms.
      "[raft]",
      "general_raft_timeout_duration_in_ms = 5000",
      "[raft.membership.promotion]",
      `stale_learner_threshold = { secs = ${evictAfterSeconds}, nanos = 0 }`,
      "[network.control]",
      "request_timeout_in_ms = 5000",
    ];
    writeFileSync(this.configPath(id), `${lines.join("\n")}\n`);
  }
}
