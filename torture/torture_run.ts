import { mkdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { EngineStatus } from "../server/engine/types";
import { Cluster, type TorturedNode } from "./cluster";
import { CommandLoad } from "./command_load";
import { type FaultKind, Faults } from "./faults";
import { type FinalCounts, judgeFinalState } from "./final_state";
import { Ledger } from "./ledger";
import { MembershipChurn } from "./membership_churn";
import { Random } from "./random";

const VOTERS = 3;
const CLIENTS = 10;
/** Kill and restart cycles between two times of rest, in which the cluster must come to agree. */
const ROUND_CYCLES = 20;
const FAULT_PAUSE_MS_MIN = 20;
const FAULT_PAUSE_MS_MAX = 200;
/** Most faults wait (ms, at most) until the cluster has acknowledged this many commands since the last one: they shall hit one that works. */
const WORK_MS = 1500;
const WORK_COMMANDS = 8;
const FAULTS_ON_TOP = 0.25;
/** A cluster without faults that does not agree within this time (ms) has lost its liveness. */
const AGREEMENT_MS = 180_000;
/** Client number of the run's own commands. */
const RUN_CLIENT = 0xffff;

/** What to torture, and how long. */
export interface TortureOptions {
  readonly folder: string;
  /** The bundled node process. */
  readonly program: string;
  readonly seed: number;
  readonly cycles: number;
  /** Only for the test of this torture: disks that answer syncs and make nothing durable. It must not pass. */
  readonly liesAboutSync?: boolean;
  readonly onProgress?: (progress: TortureProgress) => void;
}

export interface TortureProgress {
  readonly cycles: number;
  readonly acknowledged: number;
  readonly violations: number;
}

/** What was done and seen. The run passed if `violationCount` is 0. */
export interface TortureReport {
  readonly seed: number;
  readonly cycles: number;
  readonly seconds: number;
  readonly processes: typeof Cluster.prototype.counts;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly membership: typeof MembershipChurn.prototype.counts;
  readonly seen: typeof Ledger.prototype.counts;
  readonly terms: number;
  readonly configurations: number;
  readonly rests: number;
  readonly slowestRestMs: number;
  readonly final: FinalCounts | undefined;
  readonly violations: readonly string[];
  readonly violationCount: number;
}

/** One run: rounds of faults under load, each followed by a rest in which all must agree, and a judgement at the end. */
export class TortureRun {
  private readonly options: TortureOptions;
  private readonly random: Random;
  private readonly ledger = new Ledger();
  private readonly cluster: Cluster;
  private readonly faults: Faults;
  private readonly membership = {
    applied: 0,
    refused: 0,
    unknown: 0,
    settled: 0,
    joins: 0,
    removals: 0,
    joint: 0,
    transfers: 0,
  };
  private rests = 0;
  private slowestRestMs = 0;
  private barriers = 0;

  constructor(options: TortureOptions) {
    const { folder, program, seed, liesAboutSync = false } = options;
    this.options = options;
    this.random = new Random(seed);
    mkdirSync(folder, { recursive: true });
    const random = this.random.fork(1);
    this.cluster = new Cluster({ folder, program, random, ledger: this.ledger, liesAboutSync });
    this.faults = new Faults(this.cluster, this.random.fork(2));
  }

  /** Runs to the end; every process it started has ended when it resolves. Rejects only for a bug of its own. */
  async run(): Promise<TortureReport> {
    const began = performance.now();
    let final: FinalCounts | undefined;
    try {
      await this.cluster.bootstrap(VOTERS);
      let members = await this.rest();
      for (let round = 0; members !== undefined && this.faults.cycles < this.options.cycles; round += 1) {
        members = await this.round(round);
        if (this.ledger.violationCount > 0) break;
      }
      if (members !== undefined) final = await judgeFinalState(this.cluster, this.ledger, members);
    } finally {
      await this.cluster.dispose();
    }
    return this.report(final, performance.now() - began);
  }

  /** Ends every process at once, frozen ones included; for a run that is interrupted. */
  abandon(): void {
    this.cluster.killAll();
  }

  private async round(round: number): Promise<readonly TorturedNode[] | undefined> {
    const { cluster, ledger, faults, random } = this;
    const load = new CommandLoad(cluster, ledger, random.fork(10 + 2 * round), round * CLIENTS, CLIENTS);
    const churn = new MembershipChurn(cluster, ledger, random.fork(11 + 2 * round));
    const until = Math.min(this.options.cycles, faults.cycles + ROUND_CYCLES);
    while (faults.cycles < until && ledger.violationCount === 0) {
      if (!random.chance(FAULTS_ON_TOP)) await this.work();
      await faults.strike();
      await delay(random.between(FAULT_PAUSE_MS_MIN, FAULT_PAUSE_MS_MAX));
      this.options.onProgress?.({
        cycles: faults.cycles,
        acknowledged: ledger.counts.acknowledged,
        violations: ledger.violationCount,
      });
    }
    await Promise.all([load.stop(), churn.stop(), faults.over()]);
    for (const key of Object.keys(this.membership) as (keyof typeof this.membership)[])
      this.membership[key] += churn.counts[key];
    return this.rest(churn);
  }

  private async work(): Promise<void> {
    const enough = this.ledger.counts.acknowledged + WORK_COMMANDS;
    for (const until = performance.now() + WORK_MS; performance.now() < until; ) {
      if (this.ledger.counts.acknowledged >= enough) return;
      await delay(10);
    }
  }

  /**
   * No more faults: the cluster must settle what is in doubt, take a command, and all members must come to hold the same. Members
   * that were removed end here. Undefined: it did not happen in time.
   */
  private async rest(churn?: MembershipChurn): Promise<readonly TorturedNode[] | undefined> {
    const began = performance.now();
    let last = "nobody answers";
    while (performance.now() - began < AGREEMENT_MS && this.ledger.violationCount === 0) {
      const outcome = await this.tryToAgree(churn);
      if (typeof outcome !== "string") {
        this.rests += 1;
        this.slowestRestMs = Math.max(this.slowestRestMs, performance.now() - began);
        for (const node of this.cluster.all()) this.cluster.readTrace(node);
        return outcome;
      }
      last = outcome;
      await delay(50);
    }
    if (this.ledger.violationCount > 0) return undefined;
    this.ledger.violate(
      `without faults the cluster did not come to agree within ${AGREEMENT_MS / 1000} s: ${last}`,
    );
    return undefined;
  }

  private async tryToAgree(churn: MembershipChurn | undefined): Promise<readonly TorturedNode[] | string> {
    const { cluster, ledger } = this;
    const via = await this.anyMember();
    if (via === undefined) return "no node knows a leader";
    if (churn !== undefined && !(await churn.settleAll(via))) return "a change in doubt could not be settled";
    const sequence = ++this.barriers;
    const asked = { op: "propose" as const, client: RUN_CLIENT, sequence, bytes: 0, timeoutMs: 5000 };
    const barrier = await via.process?.ask(asked);
    const outcome = barrier?.kind ?? "unknown";
    ledger.command({
      client: RUN_CLIENT,
      sequence,
      outcome,
      index: barrier?.kind === "applied" ? barrier.index : 0,
    });
    if (barrier?.kind !== "applied") return `a command was ${outcome}`;
    const view = (await via.process?.ask({ op: "status" }))?.membership;
    if (view === undefined) return "a node ended";
    const unborn = view.learners.find((id) => !cluster.nodes.has(id));
    if (unborn !== undefined) {
      const options = { actor: "torture", timeoutMs: 5000 };
      await via.process?.ask({ op: "change", changes: [{ kind: "remove", id: unborn }], options });
      return `learner ${unborn} was never started`;
    }
    const ids = [...view.members, ...view.learners];
    for (const node of cluster.alive()) if (!ids.includes(node.id)) await cluster.kill(node, false);
    const members = ids.flatMap((id) => cluster.nodes.get(id) ?? []);
    for (const node of members) if (node.process?.alive !== true) return `node ${node.id} does not run`;
    for (const node of members) {
      const status = await node.process?.ask({ op: "status" });
      if (status === undefined || disagrees(status, view, barrier.index))
        return `node ${node.id} is at ${status?.appliedIndex} of ${barrier.index} with ${JSON.stringify(status?.membership)}`;
    }
    return members;
  }

  private async anyMember(): Promise<TorturedNode | undefined> {
    for (const node of this.cluster.awake()) {
      const status = await node.process?.ask({ op: "status" });
      if (status?.standing === "member" && status.leader.leader !== undefined) return node;
    }
    return undefined;
  }

  private report(final: FinalCounts | undefined, ms: number): TortureReport {
    const { ledger, cluster, faults } = this;
    return {
      seed: this.options.seed,
      cycles: faults.cycles,
      seconds: Math.round(ms / 100) / 10,
      processes: cluster.counts,
      faults: faults.counts,
      membership: this.membership,
      seen: ledger.counts,
      terms: ledger.terms,
      configurations: ledger.configurations,
      rests: this.rests,
      slowestRestMs: Math.round(this.slowestRestMs),
      final,
      violations: ledger.violations,
      violationCount: ledger.violationCount,
    };
  }
}

function disagrees(status: EngineStatus, view: EngineStatus["membership"], index: number): boolean {
  return status.appliedIndex < index || JSON.stringify(status.membership) !== JSON.stringify(view);
}
