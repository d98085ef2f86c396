import type { Machine, ProcessAction } from "../../protocol/machine";
import type { MembershipSnapshot } from "../../protocol/membership";
import { type Problem, problem } from "../../protocol/problem";
import type { ClusterStatus } from "../../protocol/status";
import type { ProcessHost } from "../clusters/cluster";
import type { FormOptions, ProposeOutcome, Receiver, StartFault } from "../engine/types";
import { Watch } from "../engine/watch";
import { systemReason } from "./durable_file";
import { retireNode } from "./learner_retire";
import { type LearnerWish, type PreparedLearner, prepareLearner } from "./learner_start";
import { guessNextPorts } from "./ports";
import type { ProcessIdentity } from "./process_facts";
import { ProcessTable, type ProcessTableOptions } from "./process_table";
import { quorumLoss } from "./quorum_guard";
import { WriteLoad } from "./write_load";

/** Processes are looked at this often (ms). */
const pollMs = 500;
/** The view is published at least this often (ms): the ages in it are those of its making. */
const publishMs = 1000;

export interface ProcessHostOptions extends Omit<ProcessTableOptions, "onChange"> {
  /** Makes a data directory. */
  readonly form: (options: FormOptions) => Promise<StartFault | undefined>;
  /** What the cluster's own records say now; undefined while nothing is known. */
  readonly status: () => ClusterStatus | undefined;
  /** Replicates one no-op entry. */
  readonly propose: () => Promise<ProposeOutcome>;
}

/** Runs the nodes of a plan as processes of this machine, next to the one that this process embeds. */
export class LocalProcessHost implements ProcessHost {
  readonly table: ProcessTable;
  private readonly options: ProcessHostOptions;
  private readonly load: WriteLoad;
  private readonly frames: Watch<Machine>;
  private readonly cancels: (() => void)[];
  /** Preparing a learner reads free ports and writes the plan: one at a time. */
  private turn: Promise<unknown> = Promise.resolve();
  private polling = false;
  /** A membership that the plan does not know yet. */
  private newest: MembershipSnapshot | undefined;
  /** That the plan cannot be written was told. */
  private planFailed = false;

  constructor(options: ProcessHostOptions) {
    this.options = options;
    this.table = new ProcessTable({ ...options, onChange: () => this.publish() });
    this.load = new WriteLoad(options.propose, options.timers);
    this.frames = new Watch(this.view());
    this.cancels = [
      options.timers.every(pollMs, () => void this.poll()),
      options.timers.every(publishMs, () => this.publish()),
    ];
  }

  watch(): Receiver<Machine> {
    return this.frames.subscribe();
  }

  /** Starts a planned node's process. */
  async start(id: number): Promise<Problem | undefined> {
    const node = this.options.planFile.node(id);
    if (node === undefined) return problem("not-found", `No node ${id} is planned on this machine.`);
    return this.table.of(node).start();
  }

  /** Takes over a node's process that runs already. */
  adopt(id: number, identity: ProcessIdentity, answers: boolean): void {
    const node = this.options.planFile.node(id);
    if (node !== undefined) this.table.of(node).adopt(identity, answers);
  }

  async act(id: string, action: ProcessAction, confirmQuorumLoss: boolean): Promise<Problem | undefined> {
    const node = this.options.planFile.node(Number(id));
    if (node === undefined || !(node.id === this.options.self || this.table.has(node.id))) {
      return problem("not-found", `No process of member ${id} is run by this console.`);
    }
    if (node.id === this.options.self) {
      const what =
        action === "start" || action === "thaw" ? "It runs already." : "Stopping it closes this page.";
      return problem(
        "process-state",
        `${node.name} serves this page. ${what} From a shell: kill ${process.pid}`,
      );
    }
    if (action === "start" && node.removed) {
      return problem(
        "process-state",
        `${node.name} was removed from the cluster; its process is not started again.`,
      );
    }
    const takesAway = action === "stop" || action === "kill" || action === "freeze";
    const status = this.options.status();
    if (takesAway && !confirmQuorumLoss && status !== undefined) {
      const loss = quorumLoss(status, id, node.name, (member) => this.table.isDown(Number(member)));
      if (loss !== undefined) return problem("would-stop-quorum", loss);
    }
    return this.table.of(node)[action]();
  }

  setLoad(ratePerSecond: 0 | 100 | 1000): Problem | undefined {
    this.load.set(ratePerSecond, () => this.publish());
    this.publish();
    return undefined;
  }

  nextAddress(): string | null {
    return `127.0.0.1:${guessNextPorts(this.options.planFile.current).peer}`;
  }

  prepareLearner(wish: LearnerWish): Promise<PreparedLearner | Problem> {
    const prepared = this.turn.then(() => prepareLearner(this.options, this.table, wish));
    this.turn = prepared.catch(() => undefined);
    return prepared;
  }

  async retire(id: string): Promise<void> {
    await retireNode(this.options, this.table, Number(id));
    this.publish();
  }

  /** Learns from a committed membership who of the planned nodes is a member, and who no longer is. */
  observe(snapshot: MembershipSnapshot): void {
    this.newest = snapshot;
    this.bringPlanUpToDate();
    this.publish();
  }

  /** A plan that cannot be written now, on a full disk, must not end a voter: it is tried again with every look. */
  private bringPlanUpToDate(): void {
    try {
      if (this.newest !== undefined) this.note(this.newest);
      this.newest = undefined;
      this.noteOwnRemoval();
      this.planFailed = false;
    } catch (error) {
      if (this.planFailed) return;
      this.planFailed = true;
      const { planFile, log } = this.options;
      const detail = `The plan in ${planFile.directory} cannot be written: ${systemReason(error)}; it is tried again until it can.`;
      log("error", detail);
    }
  }

  private note(snapshot: MembershipSnapshot): void {
    const present = new Set([...snapshot.members, ...snapshot.learners]);
    const { planFile, log } = this.options;
    for (const node of planFile.current.nodes) {
      const { committedIndex } = snapshot;
      if (present.has(String(node.id))) {
        // The first time only: the plan is no log of indexes.
        if (node.seenAt > 0) continue;
        planFile.update(node.id, { seenAt: Math.max(1, committedIndex) });
        // Its admission was still in doubt when this process began.
        if (!this.table.has(node.id)) void this.start(node.id);
        continue;
      }
      if (node.removed || node.seenAt === 0 || committedIndex <= node.seenAt) continue;
      planFile.update(node.id, { removed: true });
      log("info", `${node.name} was removed from the cluster at index ${committedIndex}.`);
    }
  }

  /** Ends all processes at the same time; resolves when all are gone. */
  async stopAll(graceMs: number): Promise<void> {
    this.load.set(0);
    await this.table.stopAll(graceMs);
  }

  /** Stops watching; the processes go on. */
  close(): void {
    this.load.set(0);
    this.table.release();
    for (const cancel of this.cancels) cancel();
    this.frames.close();
  }

  /** A node told of its removal by its peers gets no membership any more that would show it. */
  private noteOwnRemoval(): void {
    const { planFile, self, status, log } = this.options;
    const standing = status()?.self;
    const node = planFile.node(self);
    if (standing?.standing !== "removed" || node === undefined || node.removed) return;
    planFile.update(self, { removed: true });
    log(
      "info",
      `${node.name} was removed from the cluster${standing.index === null ? "" : ` at index ${standing.index}`}.`,
    );
    this.publish();
  }

  private view(): Machine {
    return { processes: this.table.view(), load: this.load.view };
  }

  private publish(): void {
    this.frames.send(this.view());
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      await this.table.poll();
      this.bringPlanUpToDate();
    } finally {
      this.polling = false;
    }
  }
}
