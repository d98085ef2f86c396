import { randomBytes, randomUUID } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { formNode, redeemJoinToken } from "../server/engine/index";
import type { MemberRecord, StartFault } from "../server/engine/types";
import { ownPort } from "../server/testing/ports";
import type { Ledger } from "./ledger";
import { NodeProcess } from "./node_process";
import { powerCut } from "./power_cut";
import type { Random } from "./random";
import { parseTraceLine } from "./trace";
import { type DiskMode, EXIT_DISK_FAILED, type NodeSettings } from "./wire";

/** What all nodes of a run have in common. */
export interface ClusterOptions {
  readonly folder: string;
  readonly program: string;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly liesAboutSync: boolean;
}

const TICK_MS = 10;
const SNAPSHOT_EVERY = 500;
const SEGMENT_BYTES = 64 * 1024;

/** One node, through all its incarnations. */
export interface TorturedNode {
  readonly id: number;
  readonly settings: NodeSettings;
  process: NodeProcess | undefined;
  paused: boolean;
  /** A call on its disk was set to fail: it may end itself. */
  condemned: boolean;
  /** A restart is on its way. */
  returning: boolean;
  /** It was removed from the cluster: it runs until the next rest, and nothing more is asked of it. */
  retired: boolean;
  traceOffset: number;
}

/** The processes of one cluster, what happens to them, and what they left on the disk. */
export class Cluster {
  readonly nodes = new Map<number, TorturedNode>();
  readonly counts = { kills: 0, restarts: 0, diskDeaths: 0, torn: 0, tornBytes: 0, tornNames: 0 };
  private readonly options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.options = options;
  }

  /** Makes the directories of the first voters and starts them. */
  async bootstrap(size: number): Promise<void> {
    const voters: MemberRecord[] = [];
    for (let id = 1; id <= size; id += 1) {
      voters.push({ id, name: `n${id}`, address: await this.freeAddress(), uuid: randomUUID() });
    }
    const shared = { clusterId: randomUUID(), secret: randomBytes(32).toString("hex") };
    const start = { kind: "bootstrap" as const, voters, time: Date.now(), actor: "torture" };
    for (const voter of voters) {
      const fault = await formNode({ ...shared, ...voter, dataDir: this.dataDir(voter.id), start });
      if (fault !== undefined) throw new Error(fault.message);
      this.adopt(voter.id);
    }
    await Promise.all(this.all().map((node) => this.start(node)));
  }

  /** Makes the directory of a joining learner from its token; undefined: done. */
  async join(id: number, contact: string, token: string): Promise<StartFault | undefined> {
    const joined = await redeemJoinToken({ dataDir: this.dataDir(id), contact, token });
    if ("message" in joined) return joined;
    this.adopt(id);
    return undefined;
  }

  private dataDir(id: number): string {
    return join(this.options.folder, `n${id}`);
  }

  private adopt(id: number): void {
    const { folder, liesAboutSync } = this.options;
    const settings: NodeSettings = {
      dataDir: this.dataDir(id),
      tracePath: join(folder, `n${id}.trace`),
      journalPath: join(folder, `n${id}.journal`),
      tickMs: TICK_MS,
      snapshotEvery: SNAPSHOT_EVERY,
      segmentBytes: SEGMENT_BYTES,
      liesAboutSync,
    };
    this.nodes.set(id, {
      id,
      settings,
      process: undefined,
      paused: false,
      condemned: false,
      returning: false,
      retired: false,
      traceOffset: 0,
    });
  }

  all(): TorturedNode[] {
    return [...this.nodes.values()];
  }

  /** Nodes whose process runs, paused ones included. */
  alive(): TorturedNode[] {
    return this.all().filter((node) => node.process?.alive === true);
  }

  /** Members that can answer. */
  awake(): TorturedNode[] {
    return this.alive().filter((node) => !node.paused && !node.retired);
  }

  /** Not a choice of the seed: which ports are free is the machine's. */
  async freeAddress(): Promise<string> {
    return `127.0.0.1:${await ownPort()}`;
  }

  /** Starts a node's next incarnation; resolves once it has replayed its log. */
  async start(node: TorturedNode): Promise<boolean> {
    const process = new NodeProcess(this.options.program, node.settings);
    node.process = process;
    node.paused = false;
    node.condemned = false;
    void process.ended.then(({ code, signal, stderr }) => {
      if (signal === "SIGKILL" || code === 0) return;
      if (code === EXIT_DISK_FAILED && node.condemned) {
        this.counts.diskDeaths += 1;
        return;
      }
      this.options.ledger.violate(`node ${node.id} ended by itself with ${code ?? signal}: ${stderr.trim()}`);
    });
    const up = await process.started;
    if (up) this.counts.restarts += 1;
    return up;
  }

  /** kill -9; afterwards, sometimes, what a power cut would have taken is gone too. */
  async kill(node: TorturedNode, tears: boolean): Promise<void> {
    if (node.process?.alive !== true) return;
    this.counts.kills += 1;
    node.process.signal("SIGKILL");
    await this.bury(node, tears);
  }

  /** Waits until the process is gone, reads what it wrote down, and tears its files if asked to. */
  async bury(node: TorturedNode, tears: boolean): Promise<void> {
    await node.process?.ended;
    this.readTrace(node);
    if (!tears) return;
    const torn = powerCut(
      join(node.settings.dataDir, "raft"),
      node.settings.journalPath,
      this.options.random,
    );
    this.counts.torn += torn.files;
    this.counts.tornBytes += torn.bytes;
    this.counts.tornNames += torn.names;
  }

  pause(node: TorturedNode): void {
    node.paused = true;
    node.process?.signal("SIGSTOP");
  }

  resume(node: TorturedNode): void {
    node.process?.signal("SIGCONT");
    node.paused = false;
  }

  setDisk(node: TorturedNode, mode: DiskMode): void {
    if (mode.kind === "fail") node.condemned = true;
    void node.process?.ask({ op: "disk", mode });
  }

  /** Hands what a node wrote down since the last look to the ledger. */
  readTrace(node: TorturedNode): void {
    const file = openSync(node.settings.tracePath, "a+");
    const chunk = Buffer.alloc(1024 * 1024);
    let text = "";
    for (let at = node.traceOffset; ; ) {
      const read = readSync(file, chunk, 0, chunk.length, at);
      if (read === 0) break;
      text += chunk.toString("latin1", 0, read);
      at += read;
    }
    closeSync(file);
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    node.traceOffset += whole.length;
    for (const line of whole.split("\n")) {
      if (line !== "") this.options.ledger.trace(node.id, parseTraceLine(line));
    }
  }

  /** Sends every process, also a frozen one, the signal that it cannot hold off. */
  killAll(): void {
    for (const node of this.alive()) node.process?.signal("SIGKILL");
  }

  /** Ends every process, whatever state it is in; resolves once they are gone. */
  async dispose(): Promise<void> {
    this.killAll();
    await Promise.all(this.all().map((node) => node.process?.ended));
  }
}
