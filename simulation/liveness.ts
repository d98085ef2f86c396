import type { MemberChange } from "../server/engine/types";
import type { NodeId } from "../server/raft/types";
import type { Host } from "./host";
import type { Invariants } from "./invariants/invariants";
import { encodeWrite } from "./key_value";
import { addressOf } from "./network";
import { agreesIn } from "./reference_configuration";
import type { World } from "./world";

/** Once nothing is broken any more, each step below must succeed within this time (ms). */
const SETTLE_MS = 60_000;
const RETRY_MS = 1000;
/** A register nobody else writes. */
const OWN_KEY = 0xffff_0000;
const OWN_VALUE = 0xffff_0000;

/** The end of a run: with nothing broken any more the cluster must come to one leader, equal logs, and take a change. */
export class Liveness {
  private readonly world: World;
  private readonly hosts: ReadonlyMap<NodeId, Host>;
  private readonly invariants: Invariants;
  private readonly run: { readonly step: () => Promise<boolean>; readonly add: () => Host | undefined };
  private writes = 0;

  constructor(
    world: World,
    hosts: ReadonlyMap<NodeId, Host>,
    invariants: Invariants,
    run: { readonly step: () => Promise<boolean>; readonly add: () => Host | undefined },
  ) {
    this.world = world;
    this.hosts = hosts;
    this.invariants = invariants;
    this.run = run;
  }

  async check(): Promise<void> {
    const { config } = this.invariants.newestConfiguration;
    if (!agreesIn(config, (id) => this.hosts.get(id)?.state !== "ended")) {
      this.world.covers("beyond-tolerance");
      return;
    }
    if (
      !(await this.until(
        "one leader, and a configuration that is not joint",
        () => this.leader() !== undefined,
      ))
    )
      return;
    if (!(await this.accepts("a write", (host) => this.write(host)))) return;
    if (!(await this.until("equal logs", () => this.logsEqual()))) return;
    if (!(await this.changes())) return;
    await this.until("equal logs after a change", () => this.logsEqual());
  }

  /** The one leader that every living voter of its configuration agrees on. */
  private leader(): Host | undefined {
    const leaders = [...this.hosts.values()].filter((host) => host.replica?.node.leadsWithOwnTerm === true);
    const [leader] = leaders;
    if (leader?.replica === undefined || leaders.length !== 1) return undefined;
    const { confState } = leader.replica.node.registry;
    if (confState.votersOutgoing.length > 0) return undefined;
    const agreed = confState.voters.every((id) => {
      const host = this.hosts.get(id);
      return host?.state === "ended" || host?.replica?.node.leader.current.leader === leader.id;
    });
    return agreed ? leader : undefined;
  }

  private logsEqual(): boolean {
    const leader = this.leader();
    if (leader?.replica === undefined) return false;
    const { confState } = leader.replica.node.registry;
    const { commit } = leader.replica.node.raft.status().hardState;
    if (leader.ledger.durable.lastIndex !== commit) return false;
    return [...confState.voters, ...confState.learners].every((id) => {
      const host = this.hosts.get(id);
      if (host === undefined || host.state === "ended") return true;
      const { node } = host.replica ?? {};
      return (
        node !== undefined &&
        node.appliedIndex === commit &&
        node.log.lastIndex() === commit &&
        host.ledger.durable.lastIndex === commit
      );
    });
  }

  private async until(what: string, holds: () => boolean): Promise<boolean> {
    const deadline = this.world.now + SETTLE_MS;
    while (!holds()) {
      if (this.world.now > deadline) {
        this.world.breaks(
          "liveness",
          `not reached within ${SETTLE_MS / 1000} s: ${what}; ${this.describe()}`,
        );
        return false;
      }
      if (!(await this.run.step())) return false;
    }
    return true;
  }

  /** Asks again and again until it is done. */
  private async accepts(what: string, ask: (leader: Host) => Promise<boolean>): Promise<boolean> {
    let done = false;
    let nextAt = this.world.now;
    return this.until(`${what} accepted`, () => {
      const leader = this.leader();
      if (!done && leader !== undefined && this.world.now >= nextAt) {
        nextAt = this.world.now + RETRY_MS;
        void ask(leader).then((ok) => {
          done ||= ok;
        });
      }
      return done;
    });
  }

  private async write(leader: Host): Promise<boolean> {
    const { replica } = leader;
    if (replica === undefined) return false;
    this.writes += 1;
    const outcome = await replica.propose(
      encodeWrite({ key: OWN_KEY, value: OWN_VALUE + this.writes }),
      RETRY_MS,
    );
    return outcome.kind === "applied";
  }

  private async changes(): Promise<boolean> {
    const learner = this.run.add();
    if (learner === undefined) return this.accepts("a write", (host) => this.write(host));
    const { id } = learner;
    const steps: MemberChange[] = [
      { kind: "add-learner", id, address: addressOf(id), name: `n${id}` },
      { kind: "promote", id },
      { kind: "remove", id },
    ];
    for (const change of steps) {
      const voters = this.leader()?.replica?.node.registry.confState.voters.length ?? 0;
      if (change.kind === "promote" && voters >= 7) continue;
      const done = await this.accepts(`${change.kind} ${id}`, (host) => this.change(host, change));
      if (!done) return false;
    }
    return true;
  }

  private async change(leader: Host, change: MemberChange): Promise<boolean> {
    const { replica } = leader;
    if (replica === undefined) return false;
    const { registry } = replica.node;
    const already: Record<MemberChange["kind"], boolean> = {
      "add-learner": registry.confState.learners.includes(change.id),
      promote: registry.confState.voters.includes(change.id),
      demote: registry.confState.learners.includes(change.id),
      remove: registry.retiredAt(change.id) !== undefined,
    };
    if (already[change.kind]) return true;
    const outcome = await replica.change([change], { timeoutMs: 3 * RETRY_MS });
    this.world.say(() => `operator: n${leader.id} ${change.kind} ${change.id}: ${JSON.stringify(outcome)}`);
    return outcome.kind === "applied";
  }

  private describe(): string {
    const nodes = [...this.hosts.values()].map((host) => {
      const { node } = host.replica ?? {};
      if (node === undefined) return `n${host.id} ${host.state}`;
      const { role, hardState, lastIndex, leader } = node.raft.status();
      return `n${host.id} ${node.standing.kind} ${role} t${hardState.term} leader ${leader} commit ${hardState.commit} applied ${node.appliedIndex} last ${lastIndex}`;
    });
    return `configuration ${this.invariants.newestConfiguration.line} at ${this.invariants.newestConfiguration.index}; ${nodes.join("; ")}`;
  }
}
