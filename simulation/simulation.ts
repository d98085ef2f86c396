import type { MemberRecord } from "../server/engine/types";
import type { ConfState, Message, NodeId } from "../server/raft/types";
import { earlierAppend } from "./early_append";
import { FaultInjector } from "./fault_injector";
import { History } from "./history";
import { type EngineLimits, Host } from "./host";
import { Invariants } from "./invariants/invariants";
import { Liveness } from "./liveness";
import { addressOf, type Endpoint, Network } from "./network";
import { FAULTS, type Fault, Plan } from "./plan";
import type { Random } from "./random";
import { Workload } from "./workload";
import { type Violation, World } from "./world";

/** One run. The same options give the same run. */
export interface RunOptions {
  readonly seed: number;
  /** Events before the cluster is healed: messages, answers of disks, timers, steps of the plan; not ticks of clocks. */
  readonly events: number;
  /** Initial voters, 1 to 7; 3 to 7 by chance when absent. */
  readonly nodes?: number | undefined;
  /** All when absent. */
  readonly faults?: readonly Fault[] | undefined;
  /** Only these steps of the plan are carried out, by number; all when absent. */
  readonly keep?: ReadonlySet<number> | undefined;
  readonly tracing?: boolean | undefined;
}

/** What a run showed. */
export interface RunResult {
  readonly seed: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly violation: Violation | undefined;
  /** Digest of everything that happened. */
  readonly hash: number;
  readonly coverage: ReadonlyMap<string, number>;
  /** Steps of the plan that were carried out, by number. */
  readonly actions: readonly number[];
  readonly trace: readonly string[];
}

/** Initial voters, by chance: mostly few, since each makes messages and a run has only so many. */
const VOTERS = [3, 3, 3, 4, 4, 5, 5, 6, 7];
/** Machines of one run, at most. */
const HOSTS_MAX = 14;
/** Events that the end of a run may take. */
const SETTLE_EVENTS_MAX = 150_000;
/** Turns that promises get after each event; chains in the engine are shorter. */
const PROMISE_TURNS = 12;

/** A whole cluster in one process, from one seed. */
class Simulation {
  private readonly world: World;
  private readonly hosts = new Map<NodeId, Host>();
  private readonly network: Network;
  private readonly invariants: Invariants;
  private readonly history: History;
  private readonly workload: Workload;
  private readonly injector: FaultInjector;
  private readonly plan: Plan;
  private readonly options: RunOptions;
  private readonly random: Random;
  /** For appends that begin earlier than they had to. */
  private readonly earlier: Random;
  private readonly limits: EngineLimits;
  private readonly actions: number[] = [];
  private planning = true;

  constructor(options: RunOptions) {
    this.options = options;
    this.world = new World(options.seed, options.tracing === true);
    this.random = this.world.random.fork(1);
    this.earlier = this.world.random.fork(3);
    const nodes = options.nodes ?? this.random.pick(VOTERS) ?? 3;
    this.limits = {
      snapshotEvery: this.random.pick([15, 40, 120]) ?? 40,
      keepEntries: this.random.pick([2, 10, 60]) ?? 10,
      messageBytesMax: this.random.pick([0, 60, 400, 1024 * 1024]) ?? 0,
      inflightMessagesMax: this.random.pick([1, 4, 256]) ?? 4,
    };
    const ids = Array.from({ length: nodes }, (_, i) => i + 1);
    const first: ConfState = {
      voters: ids,
      votersOutgoing: [],
      learners: [],
      learnersNext: [],
      autoLeave: false,
    };
    this.invariants = new Invariants(this.world, this.hosts, first);
    this.network = new Network(this.world, this.random.fork(2), {
      sent: (from: Endpoint, message: Message) =>
        this.withHost(from, (host) => this.invariants.sent(host, message)),
      touching: (endpoint, by) => this.withHost(endpoint, (host) => this.invariants.touch(host, by)),
      unaddressed: (from, message) =>
        this.withHost(from, (host) => this.invariants.unaddressed(host, message)),
      earlierAppend: (from, message) => {
        const log = this.hosts.get(from.id)?.ledger.accepted;
        return log && earlierAppend(log, message, this.earlier);
      },
      peersNamed: (endpoint) => this.withHost(endpoint, (host) => this.invariants.configured(host)),
    });
    this.history = new History(this.world, this.invariants);
    this.workload = new Workload(this.world, this.history, this.invariants, {
      hosts: this.hosts,
      add: () => this.addHost(),
      votersMax: 7,
      underWay: (requestId) => this.network.carries(`"requestId":"${requestId}"`),
    });
    this.injector = new FaultInjector(this.world, this.network, this.hosts, this.invariants, this.workload);
    this.plan = new Plan(options.seed, options.faults ?? FAULTS);
    const voters = ids.map(
      (id): MemberRecord => ({ id, name: `n${id}`, address: addressOf(id), uuid: `u${id}` }),
    );
    for (const id of ids) this.makeHost(id).form({ voters });
  }

  private withHost(endpoint: Endpoint, run: (host: Host) => void): void {
    const host = this.hosts.get(endpoint.id);
    if (host !== undefined) run(host);
  }

  private makeHost(id: NodeId): Host {
    const { world, network, limits } = this;
    const host = new Host(id, {
      world,
      network,
      observer: this.invariants,
      random: this.random.fork(100 + id),
      limits,
      onDown: (down) => this.injector.restart(down, 400),
    });
    this.hosts.set(id, host);
    return host;
  }

  private addHost(): Host | undefined {
    const living = [...this.hosts.values()].filter((host) => host.state === "up" || host.state === "down");
    if (this.hosts.size >= HOSTS_MAX || living.length >= 9) return undefined;
    const host = this.makeHost(Math.max(...this.hosts.keys()) + 1);
    host.form({ contacts: living.map(({ id }) => id) });
    host.boot();
    return host;
  }

  private scheduleNextAction(): void {
    const action = this.plan.next();
    this.world.schedule(action.at - this.world.now, "action", () => {
      if (!this.planning) return;
      if (this.options.keep?.has(action.number) !== false) {
        this.actions.push(action.number);
        this.world.digest(action.number, 1);
        this.injector.carryOut(action);
      }
      this.scheduleNextAction();
    });
  }

  /** Lets one event happen and looks at what it did. False: it is over. */
  private async step(): Promise<boolean> {
    const { world } = this;
    if (world.violation !== undefined || !world.step()) return false;
    if (world.events > this.options.events + SETTLE_EVENTS_MAX)
      world.breaks("liveness", "the cluster does not come to rest");
    // Before clients hear of it: a broken commit is named as such, not as a wrong answer.
    this.invariants.afterEvent();
    do {
      for (let turn = 0; turn < PROMISE_TURNS; turn += 1) await Promise.resolve();
    } while (world.runDeferred());
    this.invariants.afterEvent();
    return world.violation === undefined;
  }

  /** Runs it to its end, or to the first broken invariant. */
  async run(): Promise<RunResult> {
    const { world, options } = this;
    for (const host of this.hosts.values()) host.boot();
    this.scheduleNextAction();
    while (world.events < options.events && (await this.step()));
    const { events } = world;
    if (world.violation === undefined) {
      this.planning = false;
      this.injector.heal();
      const liveness = new Liveness(world, this.hosts, this.invariants, {
        step: () => this.step(),
        add: () => this.addHost(),
      });
      await liveness.check();
      this.invariants.fullScan();
      this.history.check();
      this.workload.check();
    }
    world.digest(this.history.completed, this.workload.changesApplied);
    if (this.workload.changesApplied > 0) world.covers("changes-applied");
    return {
      seed: options.seed,
      events,
      virtualMs: Math.round(world.now),
      violation: world.violation,
      hash: world.hash,
      coverage: world.coverage,
      actions: this.actions,
      trace: world.trace ?? [],
    };
  }
}

/** Carries out one run. */
export function runSeed(options: RunOptions): Promise<RunResult> {
  return new Simulation(options).run();
}
