import { setTimeout as delay } from "node:timers/promises";
import type { ClusterStatus } from "../../protocol/status";
import { systemTimers } from "../clusters/timers";
import { formNode } from "../engine/form";
import type { LeaderInfo, Receiver } from "../engine/types";
import type { Logger } from "../gateway/log";
import { launchDetached } from "../local/launch";
import { lastLine } from "../local/log_file";
import { consoleUrl, type PlannedNode } from "../local/plan";
import type { PreparedCluster } from "../local/prepare_cluster";
import { LocalProcessHost } from "../local/process_host";
import { logPath } from "../local/process_table";
import { wayOut } from "../local/start_checks";
import { atMost } from "./at_most";
import type { Surroundings } from "./command";
import type { ConsoleSettings } from "./console_options";
import { listenAt, listenOfNode } from "./d_engine_listen";
import { fileLog, humanLog, type NodeLog, streamLog } from "./node_log";
import { followMembership, type NodeRuntime, startNode } from "./node_runtime";

/** All nodes must be gone this long (ms) after they were asked to stop. */
const stopMsMax = 4800;
/** Children get this long (ms) before they are killed. */
const childGraceMs = 4300;
/** Nodes that are started get this long (ms) to answer, or to end with a reason, before `up` goes on; a busy machine takes seconds. */
const arrivalMsMax = 10_000;

/** The name of a cluster that `up` runs. */
export const LOCAL_CLUSTER_NAME = "local";

const nothing = new Uint8Array();

/** One node as `up` names it. */
export interface NodeView {
  readonly id: number;
  readonly name: string;
  readonly pid: number | null;
  readonly console: string;
  /** It ran before this process did. */
  readonly adopted: boolean;
}

export interface LocalClusterOptions {
  readonly prepared: PreparedCluster;
  readonly surroundings: Surroundings;
  readonly restart: boolean;
  readonly settings: ConsoleSettings;
  /** The flags that give the consoles of the other nodes the same settings. */
  readonly consoleWords: readonly string[];
  /** Where node 1 serves d-engine's client interface, the others on the ports after it; absent: none does. */
  readonly dEngineListen?: string;
  /** What is told about nodes and leaders comes as JSON lines. */
  readonly jsonLog: boolean;
}

/** A running local cluster: one node in this process, the others as processes of this machine. */
export class LocalCluster {
  /** Resolves when the node in this process cannot go on. */
  readonly failed: Promise<{ readonly kind: "failed"; readonly message: string }>;
  private readonly prepared: PreparedCluster;
  private readonly surroundings: Surroundings;
  private readonly options: LocalClusterOptions;
  private readonly host: LocalProcessHost;
  private readonly nodeLog: NodeLog;
  private readonly say: Logger;
  private fail: (message: string) => void = () => {};
  private runtime: NodeRuntime | undefined;
  private status: Receiver<ClusterStatus> | undefined;
  private readonly startedHere: number[] = [];
  private stopping: Promise<void> | undefined;
  /** What happens until the first lines is in the log only: those lines, or the fault, say it all. */
  private announced = false;

  constructor(options: LocalClusterOptions) {
    const { prepared, surroundings, restart } = options;
    this.options = options;
    this.prepared = prepared;
    this.surroundings = surroundings;
    this.failed = new Promise((resolve) => {
      this.fail = (message) => resolve({ kind: "failed", message });
    });
    const { planFile, run, host } = prepared;
    this.nodeLog = fileLog(logPath(planFile, host));
    const told = options.jsonLog ? streamLog(surroundings.err) : humanLog(surroundings.err);
    this.say = (level, text, fields) => {
      this.nodeLog.write(level, text, fields);
      if (this.announced) told.write(level, text);
    };
    this.host = new LocalProcessHost({
      planFile,
      run,
      self: host.id,
      restart,
      consolePath: options.settings.basePath ?? "",
      launch: (node) => this.launch(node),
      timers: systemTimers,
      log: this.say,
      form: formNode,
      status: () => this.status?.borrow(),
      propose: async () =>
        (await this.runtime?.engine.propose(nothing)) ?? {
          kind: "refused",
          detail: "This node is starting.",
        },
    });
  }

  /** Starts the other nodes and, at the same time, the one of this process. A fault ends what was started here. */
  async start(): Promise<{ readonly message: string } | undefined> {
    try {
      return await this.startAll();
    } catch (error) {
      await this.undo({ message: "" });
      throw error;
    }
  }

  private async startAll(): Promise<{ readonly message: string } | undefined> {
    const { prepared, surroundings } = this;
    const { env, version } = surroundings;
    for (const { node, identity, answers } of prepared.running) this.host.adopt(node.id, identity, answers);
    for (const node of prepared.toStart) {
      if (this.stops) return this.undo({ message: "" });
      const refused = await this.host.start(node.id);
      if (refused !== undefined) return this.undo({ message: refused.detail });
      this.startedHere.push(node.id);
    }
    const dEngine = this.options.dEngineListen;
    const runtime = await startNode({
      dataDir: prepared.planFile.pathOf(prepared.host),
      consolePort: prepared.planFile.current.port,
      pages: env.ROLLCALL_PAGE,
      trustedOrigins: env.ROLLCALL_TRUSTED_ORIGINS?.split(","),
      settings: this.options.settings,
      clusterName: LOCAL_CLUSTER_NAME,
      version,
      // The engine's own log is for the file; what is fatal comes by onFailure.
      log: this.nodeLog.write,
      dEngineListen: dEngine === undefined ? undefined : listenAt(listenOfNode(dEngine, prepared.host.id)),
      host: this.host,
      onFailure: (message) => this.fail(message),
    });
    if ("message" in runtime) return this.undo({ message: `${runtime.message}${this.wayOutOf(runtime)}` });
    this.runtime = runtime;
    const dead = await this.deadOnArrival();
    if (dead !== undefined) return this.undo(dead);
    this.status = runtime.cluster.watchStatus();
    const members = runtime.cluster.watchMembership();
    void followMembership(members, ({ snapshot }) => this.host.observe(snapshot));
    return undefined;
  }

  /** Resolves true once there is a leader, false after `ms`. */
  async waitForLeader(ms: number): Promise<boolean> {
    return (await this.runtime?.engine.waitReady(ms)) ?? false;
  }

  /** What there is to announce. */
  view(): {
    readonly url: string;
    readonly leader: string | null;
    readonly term: number;
    readonly nodes: readonly NodeView[];
  } {
    const { planFile, running } = this.prepared;
    const adopted = new Set(running.map(({ node }) => node.id));
    const { leader, term } = this.runtime?.engine.leaderInfo() ?? { leader: undefined, term: 0 };
    const nodes = this.host.table.view().map((row) => ({
      id: Number(row.id),
      name: row.name,
      pid: row.pid,
      console: row.console ?? "",
      adopted: adopted.has(Number(row.id)),
    }));
    const url = this.runtime?.gateway.url ?? consoleUrl(this.prepared.host);
    return {
      url,
      leader: leader === undefined ? null : (planFile.node(leader)?.name ?? `id ${leader}`),
      term,
      nodes,
    };
  }

  /** From now on says what happens to nodes and leadership. */
  follow(): void {
    this.announced = true;
    const changes = this.runtime?.engine.leaderChanges();
    if (changes !== undefined) void this.tellLeaders(changes);
  }

  /** It was asked to stop. */
  get stops(): boolean {
    return this.stopping !== undefined;
  }

  /** Stops all nodes at the same time; 5 s at most, whatever they do. A second call waits for the first. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  /** Ends all other processes at once. */
  async kill(): Promise<void> {
    await this.host.table.killAll();
    this.prepared.run.clear();
  }

  /** This process goes, the others stay. */
  async abandon(): Promise<void> {
    this.host.close();
    await atMost(stopMsMax, Promise.resolve(this.runtime?.stop()));
  }

  private async end(): Promise<void> {
    await atMost(stopMsMax, Promise.all([this.host.stopAll(childGraceMs), this.runtime?.stop()]));
    await this.host.table.killAll();
    this.host.close();
    this.prepared.run.clear();
    this.nodeLog.close();
  }

  private wayOutOf(fault: object): string {
    const { planFile, host } = this.prepared;
    const lost = "kind" in fault && (fault.kind === "damaged" || fault.kind === "missing-directory");
    return lost ? wayOut(planFile, host) : "";
  }

  /** A node that ends as soon as it is started has something to say; one that takes long does not keep the others waiting. */
  private async deadOnArrival(): Promise<{ readonly message: string } | undefined> {
    const { planFile } = this.prepared;
    const deadline = performance.now() + arrivalMsMax;
    const nodes = planFile.current.nodes.filter((node) => this.startedHere.includes(node.id));
    while (performance.now() < deadline) {
      const states = nodes.map((node) => this.host.table.of(node).state);
      const dead = nodes[states.indexOf("exited")];
      if (dead !== undefined) {
        const words = lastLine(logPath(planFile, dead)) ?? "It said nothing.";
        return { message: `${dead.name} did not start. ${words}${wayOut(planFile, dead)}` };
      }
      if (!states.includes("starting")) return undefined;
      await this.host.table.poll();
      await delay(10);
    }
    return undefined;
  }

  private async undo(fault: { readonly message: string }): Promise<{ readonly message: string }> {
    const others = this.startedHere.map((id) => this.host.table.stop(id, childGraceMs));
    await atMost(stopMsMax, Promise.all([...others, this.runtime?.stop()]));
    this.host.close();
    return fault;
  }

  private launch(node: PlannedNode) {
    const { planFile } = this.prepared;
    const path = planFile.pathOf(node);
    const log = logPath(planFile, node);
    const place = ["node", "--data-dir", path, "--port", String(node.consolePort), "--log-file", log];
    const { dEngineListen, consoleWords } = this.options;
    const also =
      dEngineListen === undefined ? [] : ["--d-engine-listen", listenOfNode(dEngineListen, node.id)];
    const words = [...place, ...consoleWords, ...also];
    return launchDetached(this.surroundings.self, words, log);
  }

  private async tellLeaders(changes: Receiver<LeaderInfo>): Promise<void> {
    const { planFile } = this.prepared;
    let last = changes.borrowAndUpdate();
    while ((await changes.changed()) === "changed") {
      const next = changes.borrowAndUpdate();
      if (next.leader !== undefined && (next.leader !== last.leader || next.term !== last.term)) {
        this.say(
          "info",
          `${planFile.node(next.leader)?.name ?? `id ${next.leader}`} leads term ${next.term}.`,
        );
      } else if (next.leader === undefined && last.leader !== undefined) {
        this.say("info", "No leader; electing one.");
      }
      last = next;
    }
  }
}
