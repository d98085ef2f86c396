import type { MemberChange } from "../server/engine/types";
import type { NodeId } from "../server/raft/types";
import type { Host } from "./host";
import { linkOf, type Network } from "./network";
import type { Random } from "./random";
import type { Workload } from "./workload";
import type { World } from "./world";

/** How slow a disk gets while a tail is written that will be overwritten; the last: it hardly answers at all. */
const SLOWNESS = [1, 60, 400, 3000];
/** How often an episode looks for a successor of its leader (ms), and for a joint configuration, and that at most how often. */
const SUCCESSOR_MS = 50;
const JOINT_MS = 1;
const JOINT_LOOKS_MAX = 100;
/** How often an episode looks for a removal to be applied (ms), and that at most how often. */
const REMOVAL_MS = 5;
const REMOVAL_LOOKS_MAX = 100;
/** How long a leader is cut off at most (ms). */
const APART_MS_MAX = 6000;

/** What an episode may do, and what mends it again when the run ends. */
export interface Stage {
  readonly world: World;
  readonly network: Network;
  readonly hosts: ReadonlyMap<NodeId, Host>;
  readonly workload: Workload;
  /** Runs unless everything was healed meanwhile. */
  readonly later: (delayMs: number, run: () => void) => void;
}

/**
 * Faults that hurt only in a certain order. Chance alone finds these orders once in hundreds of runs; an episode goes through one
 * of them, with everything else still left to chance.
 */
export class Episodes {
  private readonly stage: Stage;
  /** One tail at a time: a second cut would leave nobody to elect. */
  private busyUntil = 0;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /**
   * A leader cut off, alone or with a few, goes on appending what will never be committed, often to a disk that hardly answers; the
   * others elect and commit. When they meet again, tails of several terms are overwritten, some while their write is under way.
   */
  divergentTail(random: Random): void {
    const { world, hosts, workload, later } = this.stage;
    const leader = this.leader();
    if (leader === undefined || world.now < this.busyUntil) return;
    const voters = this.voters(leader);
    const others = voters.filter((id) => id !== leader.id);
    const spare = Math.max(0, others.length - (voters.length >> 1) - 1);
    const left = [leader.id, ...others.filter(() => random.chance(0.25)).slice(0, spare)];
    const right = [...hosts.keys()].filter((id) => !left.includes(id));
    if (right.length === 0) return;
    world.covers("divergent-tail");
    world.say(() => `episode: divergent tail at ${left.join(",")}`);
    const slowness = random.pick(SLOWNESS) ?? 1;
    const slow = left.flatMap((id) => hosts.get(id) ?? []);
    const mend = this.cut(left, right);
    this.busyUntil = world.now + APART_MS_MAX;
    for (let burst = random.below(3); burst >= 0; burst -= 1) {
      const own = random.fork(burst);
      later(own.unit() * 900, () => {
        for (const host of slow) host.slowness = slowness;
        if (leader.replica?.node.isLeader !== true) return;
        this.write(leader, 1 + own.below(4), own);
        if (own.chance(0.5)) workload.readAt(leader, own);
      });
    }
    // A slow clock takes itself for the leader's for longer.
    if (random.chance(0.3)) leader.setRate(0.5);
    this.whenSucceeded(leader, (successor) => {
      if (successor !== undefined) {
        this.write(successor, random.below(16), random);
        // Whoever asks the old one must not be told what was true before.
        later(random.between(10, 60), () => workload.readAt(leader, random));
        if (random.chance(0.5)) this.wantBack(leader, successor, random);
        // Those who were cut off have the longer log now, and not the better one.
        if (random.chance(0.3)) successor.pausedUntil = world.now + random.between(500, 4000);
      }
      later(random.between(60, 400), () => {
        leader.setRate(1);
        this.meetAgain(left, slow, mend, random);
      });
    });
  }

  /** The successor removes a learner; the one before it, which may not know yet that it is deposed, is asked to add it. */
  private wantBack(old: Host, successor: Host, random: Random): void {
    const { workload } = this.stage;
    const id = random.pick(old.replica?.node.registry.confState.learners ?? []);
    if (id === undefined || !workload.ask(random, successor, [{ kind: "remove", id }])) return;
    this.whenRemoved(successor, id, REMOVAL_LOOKS_MAX, () => workload.addAgain(random, old, id));
  }

  private whenRemoved(host: Host, id: NodeId, looks: number, run: () => void): void {
    const { replica } = host;
    if (replica === undefined || looks === 0) return;
    if (replica.node.registry.retiredAt(id) !== undefined) run();
    else this.stage.later(REMOVAL_MS, () => this.whenRemoved(host, id, looks - 1, run));
  }

  /** Looks again and again for another leader that can commit; without one in time, for nobody. */
  private whenSucceeded(leader: Host, run: (successor: Host | undefined) => void): void {
    const successor = this.leader();
    if (this.stage.world.now >= this.busyUntil) run(undefined);
    else if (successor !== leader && successor?.replica?.node.leadsWithOwnTerm === true) run(successor);
    else this.stage.later(SUCCESSOR_MS, () => this.whenSucceeded(leader, run));
  }

  private meetAgain(left: readonly NodeId[], slow: readonly Host[], mend: () => void, random: Random): void {
    const { world, network, later } = this.stage;
    mend();
    this.busyUntil = world.now;
    network.faults.earlyAppend = random.pick([0, 0.5, 1]) ?? 0;
    world.say(() => `episode: ${left.join(",")} meets the others again`);
    later(random.between(20, 2500), () => {
      for (const host of slow) host.slowness = 1;
      network.faults.earlyAppend = 0;
    });
  }

  /** A voter is away while another node comes in, is promoted and made leader; and then is led by one that it never heard of. */
  newcomerLeads(random: Random): void {
    const { world, hosts, workload, later } = this.stage;
    const leader = this.leader();
    if (leader === undefined) return;
    const away = random.pick(this.voters(leader).filter((id) => id !== leader.id));
    if (away === undefined || this.voters(leader).length < 3) return;
    world.covers("newcomer-leads");
    world.say(() => `episode: a newcomer leads while n${away} is away`);
    const mend = this.cut(
      [away],
      [...hosts.keys()].filter((id) => id !== away),
    );
    // Machines that are made later are not in that cut: the newcomer's links are cut once it exists.
    let mendNewcomer = (): void => undefined;
    let newcomer: NodeId | undefined;
    const step = (run: (now: Host) => void): void => {
      const now = this.leader();
      if (now !== undefined) run(now);
    };
    step((now) => {
      newcomer = workload.introduce(random, now);
      if (newcomer !== undefined) mendNewcomer = this.cut([away], [newcomer]);
    });
    const promote = random.between(1200, 2500);
    later(promote, () =>
      step((now) => {
        if (newcomer !== undefined) workload.ask(random, now, [{ kind: "promote", id: newcomer }]);
      }),
    );
    const transfer = promote + random.between(400, 1500);
    later(transfer, () =>
      step((now) => {
        if (newcomer !== undefined) workload.transferTo(now, newcomer);
      }),
    );
    later(transfer + random.between(300, 3000), () => {
      mend();
      mendNewcomer();
      world.say(() => `episode: n${away} is back`);
    });
  }

  /** While a joint configuration is in force, the leader keeps a majority of the incoming half and loses that of the outgoing one. */
  splitJoint(random: Random): void {
    const { world, workload, later } = this.stage;
    const leader = this.leader();
    if (leader?.replica === undefined) return;
    const { confState } = leader.replica.node.registry;
    const others = confState.voters.filter((id) => id !== leader.id);
    if (others.length < 2 || confState.votersOutgoing.length > 0) return;
    world.covers("split-joint");
    world.say(() => `episode: a joint configuration is split, n${leader.id} leads`);
    const leaving = Math.max(2, (confState.voters.length + 1) >> 1);
    const changes = others
      .slice(0, leaving)
      .map((id): MemberChange => ({ kind: random.chance(0.5) ? "demote" : "remove", id }));
    if (!workload.ask(random, leader, changes)) return;
    this.whenJoint(leader, JOINT_LOOKS_MAX, () => {
      const { voters } = leader.replica?.node.registry.confState ?? { voters: [] };
      const left = [...new Set([...voters, leader.id])];
      const right = [...this.stage.hosts.keys()].filter((id) => !left.includes(id));
      const mend = this.cut(left, right);
      this.write(leader, 1 + random.below(4), random);
      later(random.between(300, 4000), mend);
    });
  }

  /** Looks again and again, a while, for this node's configuration to be joint. */
  private whenJoint(host: Host, looks: number, run: () => void): void {
    const { replica } = host;
    if (replica === undefined || looks === 0) return;
    if (replica.node.registry.confState.votersOutgoing.length > 0) run();
    else this.stage.later(JOINT_MS, () => this.whenJoint(host, looks - 1, run));
  }

  private write(host: Host, writes: number, random: Random): void {
    for (let left = writes; left > 0; left -= 1) this.stage.workload.writeAt(host, random);
  }

  /** The leader of the newest term that anyone knows of. */
  private leader(): Host | undefined {
    const leading = [...this.stage.hosts.values()].filter((host) => host.replica?.node.isLeader === true);
    const termOf = (host: Host): number => host.replica?.node.leader.current.term ?? 0;
    return leading.sort((a, b) => termOf(b) - termOf(a))[0];
  }

  private voters({ replica }: Host): readonly NodeId[] {
    return replica?.node.registry.confState.voters ?? [];
  }

  /** Cuts all links between two groups; the answer mends them. */
  private cut(left: readonly NodeId[], right: readonly NodeId[]): () => void {
    const links = left.flatMap((a) => right.flatMap((b) => [linkOf(a, b), linkOf(b, a)]));
    for (const link of links) this.stage.network.cut.add(link);
    return () => {
      for (const link of links) this.stage.network.cut.delete(link);
    };
  }
}
