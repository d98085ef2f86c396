import { setTimeout as delay } from "node:timers/promises";
import type { Cluster, TorturedNode } from "./cluster";
import type { Random } from "./random";
import type { FailingCall } from "./wire";

/** How long a call that was set to fail may take to come (ms) before its node is killed instead. */
const FAILURE_WAIT_MS = 2000;
const FAILING_CALLS: readonly FailingCall[] = ["write", "datasync", "datasync", "create", "syncDirectory"];

const WEIGHTS = {
  kill: 6,
  "kill the leader": 3,
  "kill two": 2,
  "kill all": 0.5,
  pause: 3,
  "disk full": 2,
  "slow disk": 3,
  "disk fails": 3,
};
/** The faults there are. */
export type FaultKind = keyof typeof WEIGHTS;

/** Chooses faults and does them. Each ends by itself: what is taken away comes back, so that the run only has to wait. */
export class Faults {
  readonly counts: Record<FaultKind, number> = {
    kill: 0,
    "kill the leader": 0,
    "kill two": 0,
    "kill all": 0,
    pause: 0,
    "disk full": 0,
    "slow disk": 0,
    "disk fails": 0,
  };
  /** Nodes that came back after they were killed or their disk failed. */
  cycles = 0;
  private readonly cluster: Cluster;
  private readonly random: Random;
  private readonly pending = new Set<Promise<void>>();

  constructor(cluster: Cluster, random: Random) {
    this.cluster = cluster;
    this.random = random;
  }

  /** Begins one more fault. */
  async strike(): Promise<void> {
    const { random, cluster } = this;
    const kind = random.weighted(WEIGHTS);
    const ready = cluster.awake().filter((node) => !node.condemned && !node.returning);
    const victim = random.pick(ready);
    if (victim === undefined) return;
    this.counts[kind] += 1;
    switch (kind) {
      case "kill":
        return this.begin(this.crash(victim));
      case "kill the leader":
        return this.begin(this.crash((await this.leader(ready)) ?? victim));
      case "kill two":
        for (const node of new Set([victim, random.pick(ready) ?? victim])) this.begin(this.crash(node));
        return;
      case "kill all":
        for (const node of ready) this.begin(this.crash(node));
        return;
      case "pause":
        return this.begin(this.freeze(victim));
      case "disk full":
        return this.begin(this.spoil(victim, { kind: "full" }, random.between(200, 1500)));
      case "slow disk":
        return this.begin(
          this.spoil(victim, { kind: "slow", ms: random.between(10, 120) }, random.between(300, 1500)),
        );
      case "disk fails":
        return this.begin(this.breakDisk(victim));
    }
  }

  /** Resolves once every fault under way is over. */
  async over(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  private begin(fault: Promise<void>): void {
    const tracked = fault.finally(() => this.pending.delete(tracked));
    this.pending.add(tracked);
  }

  private async leader(among: readonly TorturedNode[]): Promise<TorturedNode | undefined> {
    const asked = this.random.pick(among);
    const status = await asked?.process?.ask({ op: "status" });
    return among.find((node) => node.id === status?.leader.leader);
  }

  private async crash(node: TorturedNode): Promise<void> {
    const tears = this.random.chance(0.6);
    const pauseMs = this.random.between(0, 400);
    if (node.returning) return;
    node.returning = true;
    await this.cluster.kill(node, tears);
    await delay(pauseMs);
    await this.comeBack(node);
  }

  private async comeBack(node: TorturedNode): Promise<void> {
    if (await this.cluster.start(node)) this.cycles += 1;
    node.returning = false;
  }

  private async freeze(node: TorturedNode): Promise<void> {
    const forMs = this.random.between(100, 1200);
    this.cluster.pause(node);
    await delay(forMs);
    this.cluster.resume(node);
  }

  private async spoil(
    node: TorturedNode,
    mode: { kind: "full" } | { kind: "slow"; ms: number },
    forMs: number,
  ): Promise<void> {
    const { process } = node;
    this.cluster.setDisk(node, mode);
    await delay(forMs);
    // Another incarnation has a sound disk already.
    if (node.process === process && !node.condemned) this.cluster.setDisk(node, { kind: "sound" });
  }

  /** An I/O error: the node must end by itself, and what it had not synced may be gone. */
  private async breakDisk(node: TorturedNode): Promise<void> {
    const call = this.random.pick(FAILING_CALLS) ?? "datasync";
    const tears = this.random.chance(0.7);
    const pauseMs = this.random.between(0, 400);
    if (node.returning) return;
    node.returning = true;
    this.cluster.setDisk(node, { kind: "fail", call });
    const gone = await Promise.race([node.process?.ended.then(() => true), delay(FAILURE_WAIT_MS, false)]);
    if (gone === true) await this.cluster.bury(node, tears);
    else await this.cluster.kill(node, tears);
    await delay(pauseMs);
    await this.comeBack(node);
  }
}
