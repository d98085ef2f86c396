import type { NodeId } from "../server/raft/types";
import type { DiskCall, Loss } from "../server/storage/testing/faulty_file_system";
import { Episodes } from "./episodes";
import type { Host } from "./host";
import type { Invariants } from "./invariants/invariants";
import { type LinkFaults, linkOf, type Network, WHOLE } from "./network";
import type { Action, Fault } from "./plan";
import type { Random } from "./random";
import { agreesIn } from "./reference_configuration";
import type { Workload } from "./workload";
import type { World } from "./world";

/** What a node can always come back from. Sectors written out of order may look like damage, and a node then rightly stops. */
const LOSSES: readonly Loss[] = ["nothing", "everything", "suffix", "suffix"];
const FAILING_CALLS: readonly DiskCall["call"][] = [
  "write",
  "datasync",
  "create",
  "rename",
  "unlink",
  "syncDirectory",
];

/** Does to the cluster what the plan says. Everything it breaks for a while it mends again; `heal` mends all at once. */
export class FaultInjector {
  private readonly world: World;
  private readonly network: Network;
  private readonly hosts: ReadonlyMap<NodeId, Host>;
  private readonly invariants: Invariants;
  private readonly workload: Workload;
  private readonly episodes: Episodes;
  private healed = false;

  constructor(
    world: World,
    network: Network,
    hosts: ReadonlyMap<NodeId, Host>,
    invariants: Invariants,
    workload: Workload,
  ) {
    this.world = world;
    this.network = network;
    this.hosts = hosts;
    this.invariants = invariants;
    this.workload = workload;
    this.episodes = new Episodes({
      world,
      network,
      hosts,
      workload,
      later: (delayMs, run) => this.later(delayMs, run),
    });
  }

  carryOut(action: Action): void {
    const { kind, random } = action;
    switch (kind) {
      case "write":
        this.workload.write(random);
        return;
      case "burst":
        this.workload.burst(random);
        return;
      case "read":
        this.workload.read(random);
        return;
      case "allocate":
        this.workload.allocate(random);
        return;
      case "change":
        this.workload.change(random);
        return;
      case "transfer":
        this.workload.transfer(random);
        return;
      case "storm":
        this.storm(random);
        return;
      case "drop":
      case "delay":
      case "duplicate":
      case "reorder":
        this.disturb(kind, random);
        return;
      case "late-request":
        this.disturb("lateRequest", random);
        return;
      case "early-append":
        this.disturb("earlyAppend", random);
        return;
      case "divergent-tail":
        this.episodes.divergentTail(random);
        return;
      case "newcomer-leads":
        this.episodes.newcomerLeads(random);
        return;
      case "split-joint":
        this.episodes.splitJoint(random);
        return;
      case "partition":
      case "one-way-partition":
        this.partition(kind, random);
        return;
      default:
        this.breakHost(kind, random);
        return;
    }
  }

  private later(delayMs: number, run: () => void): void {
    this.world.schedule(delayMs, "action", () => {
      if (!this.healed) run();
    });
  }

  private storm(random: Random): void {
    this.world.covers("storm");
    const count = 4 + random.below(8);
    for (let i = 0; i < count; i += 1) {
      const own = random.fork(i);
      this.later(random.unit() * 600, () => {
        if (own.chance(0.2)) this.workload.transfer(own);
        else this.workload.change(own);
      });
    }
  }

  private disturb(kind: Exclude<keyof LinkFaults, "delayMs">, random: Random): void {
    const { faults } = this.network;
    const strength = random.pick([0.02, 0.1, 0.3]) ?? 0.1;
    faults[kind] = strength;
    if (kind === "delay") faults.delayMs = random.pick([20, 200, 3000]) ?? 200;
    this.world.say(() => `network: ${kind} ${strength}`);
    this.later(random.between(200, 4000), () => {
      faults[kind] = 0;
    });
  }

  private partition(kind: "partition" | "one-way-partition", random: Random): void {
    const ids = [...this.hosts.keys()];
    const leader = ids.filter((id) => this.hosts.get(id)?.replica?.node.isLeader === true);
    const alone = random.chance(0.4)
      ? random.pick(random.chance(0.6) && leader.length > 0 ? leader : ids)
      : undefined;
    const left = alone === undefined ? ids.filter(() => random.chance(0.5)) : [alone];
    const right = ids.filter((id) => !left.includes(id));
    if (left.length === 0 || right.length === 0) return;
    this.world.covers(kind);
    const reverse = random.chance(0.5);
    const cut: number[] = [];
    for (const a of left)
      for (const b of right) {
        if (kind === "partition" || !reverse) cut.push(linkOf(a, b));
        if (kind === "partition" || reverse) cut.push(linkOf(b, a));
      }
    this.world.say(
      () =>
        `network: ${kind} ${left.join(",")} ${kind === "partition" ? "|" : reverse ? "<-x-" : "-x->"} ${right.join(",")}`,
    );
    for (const link of cut) this.network.cut.add(link);
    this.later(random.between(300, 6000), () => {
      for (const link of cut) this.network.cut.delete(link);
      this.world.say(() => `network: ${kind} of ${left.join(",")} ends`);
    });
  }

  private breakHost(kind: Fault, random: Random): void {
    const up = [...this.hosts.values()].filter((host) => host.state === "up");
    const leaders = up.filter((host) => host.replica?.node.isLeader === true);
    const host = random.pick(leaders.length > 0 && random.chance(0.35) ? leaders : up);
    if (host === undefined) return;
    switch (kind) {
      case "clock-skew":
        this.skew(host, random);
        return;
      case "pause":
        this.pause(host, random);
        return;
      case "slow-disk":
        this.world.covers(kind);
        host.slowness = random.pick([10, 60, 400]) ?? 10;
        this.later(random.between(300, 5000), () => {
          host.slowness = 1;
        });
        return;
      case "crash":
        this.crash(host, random);
        return;
      case "power-cut":
        this.powerCut(host, random);
        return;
      case "crash-in-recovery":
        host.powerCut(random.pick(LOSSES) ?? "suffix");
        host.disk.crashAfter(random.below(6));
        this.restart(host, random.between(50, 1000));
        return;
      case "io-error":
        host.failing = { call: random.pick(FAILING_CALLS) ?? "write", left: 1, code: "EIO" };
        return;
      case "full-disk":
        this.fill(host, random);
        return;
      case "bit-flip":
      case "lost-directory":
        this.lose(kind, host, random);
        return;
      default:
    }
  }

  private skew(host: Host, random: Random): void {
    this.world.covers("clock-skew");
    const rate = random.between(0.5, 2);
    host.setRate(rate);
    if (random.chance(0.3)) host.wallOffset = random.between(-60_000, 60_000);
    this.world.say(() => `n${host.id} clock runs at ${rate.toFixed(2)}`);
    this.later(random.between(1000, 10_000), () => host.setRate(1));
  }

  private pause(host: Host, random: Random): void {
    this.world.covers("pause");
    host.pausedUntil = this.world.now + random.between(50, 3500);
    this.world.say(() => `n${host.id} is stopped until ${(host.pausedUntil / 1000).toFixed(3)}`);
  }

  private crash(host: Host, random: Random): void {
    this.world.covers("crash");
    host.kill();
    this.restart(host, random.between(20, 4000));
  }

  private powerCut(host: Host, random: Random): void {
    const all = random.chance(0.12);
    const victims = all ? [...this.hosts.values()].filter((one) => one.state === "up") : [host];
    if (all) this.world.covers("power-cut-of-all");
    for (const victim of victims) {
      const sectors = !all && random.chance(0.3) && this.affordable(victim);
      victim.powerCut(sectors ? "sectors" : (random.pick(LOSSES) ?? "everything"));
      this.restart(victim, random.between(20, 3000));
    }
  }

  private fill(host: Host, random: Random): void {
    this.world.covers("full-disk");
    host.disk.capacityBytes = host.usedBytes() + random.below(600);
    this.world.say(() => `n${host.id} disk is full`);
    this.later(random.between(500, 6000), () => {
      host.disk.capacityBytes = Number.POSITIVE_INFINITY;
    });
  }

  /** Starts it again after a while, and again if it does not start. */
  restart(host: Host, delayMs: number): void {
    this.world.schedule(delayMs, "action", () => {
      if (host.state === "down" && !host.boot()) this.restart(host, 500);
    });
  }

  /** Ends an id for good, if the cluster can afford it whatever configuration is in force or on its way. */
  private lose(kind: "bit-flip" | "lost-directory", host: Host, random: Random): void {
    if (!this.affordable(host)) return;
    this.world.covers(kind);
    if (kind === "lost-directory") {
      host.end();
      return;
    }
    host.powerCut("nothing");
    const paths = host.disk.paths();
    const path = random.pick(paths);
    const length = path === undefined ? 0 : host.disk.readFileSync(path).length;
    if (path !== undefined && length > 0) {
      host.damaged = true;
      const position = random.below(length);
      host.disk.flip(path, position, 1 << random.below(8));
      this.world.say(() => `n${host.id} disk: a bit flips at ${position} of ${path}`);
    }
    this.restart(host, 50);
  }

  private affordable(host: Host): boolean {
    if (!this.workload.quiet) return false;
    const lives = (id: NodeId): boolean => id !== host.id && this.hosts.get(id)?.lasts !== false;
    for (const other of this.hosts.values()) {
      if (other.state === "ended" || other.state === "retired") continue;
      const { registry, appliedIndex } = other.replica?.node ?? {};
      if (registry === undefined || appliedIndex === undefined) return false;
      if (registry.configIndex > 0 && !agreesIn(registry.confState, lives)) return false;
      const log = other.ledger.accepted;
      for (let index = appliedIndex + 1; index <= log.lastIndex; index += 1) {
        const type = log.at(index)?.type;
        if (type !== undefined && type !== "normal") return false;
      }
    }
    return agreesIn(this.invariants.newestConfiguration.config, lives);
  }

  /** Mends everything and starts every node that can be started. */
  heal(): void {
    this.healed = true;
    Object.assign(this.network.faults, WHOLE);
    this.network.cut.clear();
    for (const host of this.hosts.values()) {
      host.slowness = 1;
      host.failing = undefined;
      host.disk.capacityBytes = Number.POSITIVE_INFINITY;
      host.pausedUntil = 0;
      host.setRate(1);
      if (host.state === "down") this.restart(host, 1);
    }
    this.world.say(() => "everything is healed");
  }
}
