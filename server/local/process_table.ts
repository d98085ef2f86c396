import { join } from "node:path";
import type { LocalProcess } from "../../protocol/machine";
import type { Timers } from "../clusters/timers";
import { inspectDataDirectory, isOpenFault } from "../storage";
import { askIdentity } from "./livez";
import { lastLine } from "./log_file";
import { type LaunchedProcess, NodeProcess } from "./node_process";
import { consoleUrl, type PlannedNode } from "./plan";
import type { PlanFile } from "./plan_file";
import { RestartDelay } from "./restart_delay";
import type { RunFile } from "./run_file";

const answerTimeoutMs = 400;

/** How long (ms) a process that never became a member may take to stop. */
export const STOP_FAST_MS = 1500;

export interface ProcessTableOptions {
  readonly planFile: PlanFile;
  readonly run: RunFile;
  /** The node this process embeds; it has no process of its own. */
  readonly self: number;
  /** Start again what ended by itself with an error. */
  readonly restart: boolean;
  readonly launch: (node: PlannedNode) => LaunchedProcess | string;
  readonly timers: Timers;
  readonly log: (level: "info" | "warn" | "error", text: string) => void;
  readonly onChange: () => void;
  /** Where the nodes' consoles are mounted, e.g. "/rollcall"; at the root when absent. */
  readonly consolePath?: string;
}

interface Row {
  readonly process: NodeProcess;
  readonly delay: RestartDelay;
  cancelRestart: (() => void) | undefined;
}

/** The processes of a plan's nodes on this machine, by id; all but the one embedded here. */
export class ProcessTable {
  private readonly options: ProcessTableOptions;
  private readonly rows = new Map<number, Row>();
  private readonly startedAt: number;
  private closing = false;

  constructor(options: ProcessTableOptions) {
    this.options = options;
    this.startedAt = options.timers.now();
  }

  /** The process of a node; made, not started, at first. */
  of(node: PlannedNode): NodeProcess {
    const known = this.rows.get(node.id);
    if (known !== undefined) return known.process;
    const { planFile, run, timers, log, onChange } = this.options;
    const delay = new RestartDelay();
    const process = new NodeProcess({
      name: node.name,
      launch: () => this.launch(node.id),
      answers: () => this.answersAsItself(node.id),
      lastWords: () => lastLine(logPath(planFile, node)),
      timers,
      onStarted: (identity) => run.recordNode(node.id, identity),
      onChange,
      onExit: (asked, code) => {
        const how = process.exit ?? "nobody saw how";
        if (asked) log("info", `${node.name} stopped${code === 0 || code === null ? "" : ` (${how})`}.`);
        else log("warn", `${node.name} exited (${how}).`);
        if (!asked && code !== 0) this.restartLater(node.id);
      },
    });
    this.rows.set(node.id, { process, delay, cancelRestart: undefined });
    return process;
  }

  has(id: number): boolean {
    return this.rows.has(id);
  }

  /** Whether a node's process runs here and is seen not to work now. */
  isDown(id: number): boolean {
    const state = this.rows.get(id)?.process.state;
    return state === "exited" || state === "stopping" || state === "frozen";
  }

  forget(id: number): void {
    this.rows.get(id)?.cancelRestart?.();
    this.rows.delete(id);
    this.options.onChange();
  }

  /** Looks at every process again. */
  async poll(): Promise<void> {
    await Promise.all([...this.rows.values()].map((row) => row.process.poll()));
  }

  /** One row per node of the plan that runs, or may run, here; ascending by id. */
  view(): LocalProcess[] {
    const nodes = this.options.planFile.current.nodes;
    return nodes
      .filter((node) => node.id === this.options.self || this.rows.has(node.id))
      .sort((a, b) => a.id - b.id)
      .map((node) => this.rowOf(node));
  }

  /** Ends every process at the same time: SIGTERM, and SIGKILL after `graceMs`. Resolves when all are gone. */
  async stopAll(graceMs: number): Promise<void> {
    this.closing = true;
    await Promise.all([...this.rows.values()].map((row) => this.end(row, graceMs)));
  }

  /** Ends every process at once. */
  async killAll(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.rows.values()].map((row) => row.process.kill()));
  }

  /** Ends one process and waits until it is gone. */
  async stop(id: number, graceMs: number): Promise<void> {
    const row = this.rows.get(id);
    if (row !== undefined) await this.end(row, graceMs);
  }

  /** No restart any more; processes go on. */
  release(): void {
    this.closing = true;
    for (const row of this.rows.values()) row.cancelRestart?.();
  }

  private async end(row: Row, graceMs: number): Promise<void> {
    row.cancelRestart?.();
    while (row.process.state !== "exited") {
      await row.process.stop(graceMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await row.process.poll();
    }
  }

  private launch(id: number): LaunchedProcess | string {
    const { planFile, launch } = this.options;
    const node = planFile.node(id);
    if (node === undefined) return "it is not in the plan any more.";
    return directoryFault(planFile, node) ?? launch(node);
  }

  private async answersAsItself(id: number): Promise<boolean> {
    const { planFile } = this.options;
    const node = planFile.node(id);
    if (node === undefined) return false;
    return isNode(await askIdentity(node.consolePort, answerTimeoutMs), node, planFile.current.clusterId);
  }

  private restartLater(id: number): void {
    const row = this.rows.get(id);
    const node = this.options.planFile.node(id);
    if (row === undefined || node === undefined || !this.options.restart) return;
    if (this.closing || node.removed) return;
    const { timers, log } = this.options;
    const waitMs = row.delay.next(timers.now());
    log("info", `${node.name} starts again in ${waitMs / 1000} s.`);
    row.cancelRestart = timers.after(waitMs, () => {
      const removed = this.options.planFile.node(id)?.removed ?? true;
      if (this.closing || removed || row.process.state !== "exited") return;
      row.delay.started(timers.now());
      void row.process.start();
    });
  }

  private rowOf(node: PlannedNode): LocalProcess {
    const row = this.rows.get(node.id)?.process;
    const self = node.id === this.options.self;
    return {
      id: String(node.id),
      name: node.name,
      state: row?.state ?? "running",
      pid: row === undefined ? process.pid : row.pid,
      sinceMs: row?.sinceMs ?? this.options.timers.now() - this.startedAt,
      exit: row?.exit ?? null,
      console: `${consoleUrl(node)}${this.options.consolePath ?? ""}`,
      servesPage: self,
      member: !node.removed,
    };
  }
}

/** Where a node's process writes its log. */
export function logPath(planFile: PlanFile, node: Pick<PlannedNode, "directory">): string {
  return join(planFile.pathOf(node), "node.log");
}

/** Why a node's data directory cannot be its own: missing, of another cluster or node, damaged. Undefined: it is. */
export function directoryFault(planFile: PlanFile, node: PlannedNode): string | undefined {
  const expected = { clusterId: planFile.current.clusterId, nodeId: node.id, uuid: node.uuid };
  const found = inspectDataDirectory(planFile.pathOf(node), expected);
  return isOpenFault(found) ? found.message : undefined;
}

/** Whether a console's answer is that of this very node, of this very directory. */
export function isNode(
  answer: Awaited<ReturnType<typeof askIdentity>>,
  node: Pick<PlannedNode, "id" | "uuid">,
  clusterId: string,
): boolean {
  if (typeof answer === "string") return false;
  return answer.clusterId === clusterId && answer.nodeId === String(node.id) && answer.uuid === node.uuid;
}
