import type { ConfState, Message, NodeId } from "../../server/raft/types";
import type { LogWrite } from "../../server/storage";
import type { Host } from "../host";
import type { ApplyListener } from "../key_value";
import type { LedgerListener, Place } from "../ledger";
import type { Endpoint } from "../network";
import type { Observer } from "../observer";
import type { World } from "../world";
import { Commits } from "./commits";
import { Configurations, type KnownConfiguration } from "./configurations";
import { Elections } from "./elections";
import { Logs } from "./logs";
import { messageLine } from "./message_line";
import { Publication } from "./publication";
import { StateMachines } from "./state_machines";
import { newView, unseenProcess, type View } from "./view";

/** Events between two full scans. */
const SCAN_EVENTS = 100;

/**
 * What must hold of all nodes together at every moment (Ongaro's dissertation, figure 3.2 and chapter 4, and the engine's contract).
 * Hears what hosts do as they do it, and looks at those that did something after each event; each subject has a file of its own.
 */
export class Invariants implements Observer {
  private readonly world: World;
  private readonly hosts: ReadonlyMap<NodeId, Host>;
  private readonly views = new Map<NodeId, View>();
  private readonly touched = new Set<Host>();
  private readonly commits: Commits;
  private readonly logs: Logs;
  private readonly elections: Elections;
  private readonly configurations: Configurations;
  private readonly publication: Publication;
  private readonly stateMachines: StateMachines;
  private nextScan = SCAN_EVENTS;

  constructor(world: World, hosts: ReadonlyMap<NodeId, Host>, first: ConfState) {
    this.world = world;
    this.hosts = hosts;
    this.commits = new Commits(world, hosts);
    this.logs = new Logs(world, this.commits);
    this.configurations = new Configurations(world, this.commits, first);
    this.elections = new Elections(world, this.commits, (id) => this.configurations.removedAt(id));
    this.publication = new Publication(world, this.configurations, first);
    this.stateMachines = new StateMachines(world);
  }

  // What the rest of the simulator asks.

  /** Values of writes, with the index at which they were applied. */
  get appliedWrites(): ReadonlyMap<number, number> {
    return this.stateMachines.writes;
  }

  /** The highest index that any node knows to be committed. */
  get committedMax(): number {
    return this.commits.max;
  }

  /** Where a request was applied; undefined: nowhere yet. */
  appliedAt(requestId: string): number | undefined {
    return this.configurations.appliedAt(requestId);
  }

  /** When an id was removed; undefined: it was not. */
  removedAt(id: NodeId): number | undefined {
    return this.configurations.removedAt(id);
  }

  /** The newest configuration that any node applied. */
  get newestConfiguration(): KnownConfiguration {
    return this.configurations.newest;
  }

  // What hosts tell.

  touch(host: Host, by: Endpoint | undefined): void {
    this.touched.add(host);
    this.view(host).by = by;
  }

  starting(host: Host): void {
    Object.assign(this.view(host), unseenProcess());
  }

  started(host: Host): void {
    this.touch(host, undefined);
  }

  stopping(host: Host): void {
    this.touched.delete(host);
  }

  private view(host: Host): View {
    let view = this.views.get(host.id);
    if (view === undefined) {
      view = newView();
      this.views.set(host.id, view);
    }
    return view;
  }

  ledgerOf(host: Host): LedgerListener {
    return {
      accepted: (write, replaced) => this.onWrite(host, write, replaced),
      taken: () => this.checkStable(host),
      outOfOrder: (detail) => this.world.breaks("writes are answered in order", `n${host.id}: ${detail}`),
    };
  }

  private onWrite(host: Host, write: LogWrite, replaced: Place | undefined): void {
    if (write.snapshot !== undefined) {
      this.view(host).jumped = true;
      this.world.covers("snapshot-installed");
    }
    this.logs.onWrite(host, write, replaced);
  }

  private checkStable(host: Host): void {
    const status = host.replica?.node.raft.status();
    if (status !== undefined) this.logs.checkStable(host, status);
  }

  stateMachineOf(host: Host): ApplyListener {
    return {
      applied: (index, write, digest) => this.stateMachines.onApplied(host, index, write, digest),
      restored: () => {
        this.view(host).jumped = true;
      },
    };
  }

  configured(host: Host): void {
    const { replica } = host;
    if (replica === undefined) return;
    const { registry } = replica.node;
    this.view(host).configs.push(registry.confState);
    this.configurations.onConfiguration(host, registry.configIndex, registry.confState);
  }

  sent(host: Host, message: Message): void {
    this.world.digest(message.type.length * 64 + host.id, message.to + message.index * 64 + message.term);
    this.world.say(() => messageLine(host.id, message));
    switch (message.type) {
      case "app":
      case "heartbeat":
      case "snap":
        this.elections.onLeader(message.term, host.id);
        return;
      case "vote":
      case "pre-vote":
        this.elections.onCampaign(host, message);
        return;
      case "vote-resp":
        if (message.reject) return;
        this.elections.onVote(host, message);
        this.elections.onGranted(host, message);
        return;
      case "pre-vote-resp":
        if (!message.reject) this.elections.onGranted(host, message);
        return;
      case "app-resp":
        if (!message.reject) this.logs.checkAcknowledgement(host, message);
        return;
      default:
    }
  }

  unaddressed(host: Host, message: Message): void {
    if (message.type.endsWith("-resp")) this.configurations.onUnanswered(host, message);
  }

  // After each event.

  /** Looks at every node that did something in this event. */
  afterEvent(): void {
    for (const host of this.touched) this.inspect(host);
    this.touched.clear();
    if (this.world.events < this.nextScan) return;
    this.nextScan = this.world.events + SCAN_EVENTS;
    this.fullScan();
  }

  private inspect(host: Host): void {
    const { replica } = host;
    if (replica === undefined) return;
    const { node } = replica;
    const view = this.view(host);
    const status = node.raft.status();
    const { term, vote, commit } = status.hardState;
    this.world.digest(host.id * 4096 + term, commit * 64 + vote);
    if (view.jumped) this.configured(host);
    view.configs.push(view.config, status.confState);
    this.elections.checkTerm(host, view, status);
    if (status.role === "leader" && (view.role !== "leader" || view.term !== term)) {
      this.elections.checkLeader(host, view, status);
      this.commits.checkLeader(host, term);
      this.logs.onLeader(host, term);
    }
    if (commit > view.commit) this.commits.checkCommits(host, view, status);
    this.logs.checkStable(host, status);
    this.publication.check(host, view);
    this.configurations.checkStanding(host, status);
    if (node.appliedIndex > commit)
      this.world.breaks(
        "only committed entries are applied",
        `n${host.id} applied ${node.appliedIndex} but ${commit} is committed`,
      );
    if (!view.jumped) this.configurations.checkLeaves(host, view, node.appliedIndex);
    Object.assign(view, {
      term,
      role: status.role,
      commit,
      applied: node.appliedIndex,
      config: status.confState,
      configs: [],
      jumped: false,
      by: undefined,
      votedTerm: term,
      vote,
    });
  }

  /** Everything at once: logs against each other, the core's memory against the disk's promises, states against states. */
  fullScan(): void {
    for (const host of this.hosts.values()) {
      if (host.replica?.node.running !== true) continue;
      this.logs.scan(host, this.view(host).commit);
      this.stateMachines.scan(host);
    }
  }
}
