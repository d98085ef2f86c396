import type { Entry, HardState, Message, NodeId, Snapshot } from "../../raft/types";
import type { LogStorage, LogWrite, Recovered, StorageFault, WriteDone } from "../../storage/types";
import type { PeerIdentity, RequestFault, Transport, TransportHandler } from "../../transport/types";
import { emptyConfState } from "../configuration";
import { Registry } from "../registry";
import { Replica, type ReplicaOptions } from "../replica";
import { joinSnapshotData } from "../snapshot_data";
import type { MemberRecord } from "../types";

/** Milliseconds of one tick in virtual time. */
const TICK_MS = 50;

/** What a node's disk holds for certain, and its writes under way. */
class VirtualDisk {
  hardState: HardState = { term: 0, vote: 0, commit: 0 };
  snapshot: Snapshot;
  entries: Entry[] = [];
  /** While true no write is answered. */
  held = false;
  /** What every write is answered with from now on, instead of being done. */
  fault: StorageFault | undefined;
  syncs = 0;
  removedAt: number | undefined;
  private queue: { readonly run: () => void; readonly done: WriteDone }[] = [];
  private tellStall: (stalled: boolean) => void = () => undefined;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
    this.hardState = { term: snapshot.metadata.term, vote: 0, commit: snapshot.metadata.index };
  }

  storage(): LogStorage {
    const recovered: Recovered = {
      hardState: this.hardState,
      snapshot: this.snapshot,
      entries: [...this.entries],
      tornBytes: 0,
    };
    return {
      recovered,
      append: (write, done) => this.queue.push({ run: () => this.write(write), done }),
      compact: (snapshot, keepFrom, done) =>
        this.queue.push({ run: () => this.compact(snapshot, keepFrom), done }),
      onStall: (listener) => {
        this.tellStall = listener;
      },
      close: () => Promise.resolve(),
    };
  }

  /** A full disk takes no write, and says so. */
  setFull(full: boolean): void {
    this.held = full;
    this.tellStall(full);
  }

  /** Writes not answered yet. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Writes what waits, then answers it, in order. */
  flush(): boolean {
    if (this.held || this.queue.length === 0) return false;
    const queue = this.queue;
    this.queue = [];
    const { fault } = this;
    if (fault === undefined) for (const { run } of queue) run();
    for (const { done } of queue) done(fault);
    return true;
  }

  /** A crash: what was not written is lost. */
  loseUnwritten(): void {
    this.queue = [];
  }

  private write(write: LogWrite): void {
    if (write.sync) this.syncs += 1;
    if (write.snapshot !== undefined) {
      this.snapshot = write.snapshot;
      this.entries = [];
    }
    const from = write.entries[0]?.index;
    if (from !== undefined)
      this.entries = [...this.entries.filter((entry) => entry.index < from), ...write.entries];
    if (write.hardState !== undefined) this.hardState = write.hardState;
  }

  private compact(snapshot: Snapshot, keepFrom: number): void {
    this.snapshot = snapshot;
    const from = Math.max(keepFrom, snapshot.metadata.index + 1);
    this.entries = this.entries.filter((entry) => entry.index >= from);
  }
}

interface Host {
  readonly id: NodeId;
  readonly uuid: string;
  readonly disk: VirtualDisk;
  replica: Replica | undefined;
  handler: TransportHandler | undefined;
  peers: ReadonlyMap<NodeId, string>;
  readonly heard: Map<NodeId, number>;
  /** How far this host's wall clock is ahead (ms). */
  wallOffsetMs: number;
}

/** A linear congruential generator: the same seed, the same numbers. */
export function seededRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/**
 * A cluster of real replicas in one process under a virtual clock, for tests: messages and disk writes take effect between ticks,
 * in a fixed order; nothing waits on real time.
 */
export class VirtualCluster {
  readonly hosts = new Map<NodeId, Host>();
  /** Links that lose everything, as "from>to". */
  readonly cut = new Set<string>();
  /** What nodes stopped for, where a broken invariant shall end them in order. */
  readonly failures = new Map<NodeId, string>();
  private now = 0;
  private queue: (() => void)[] = [];
  private readonly random: (bound: number) => number;
  private readonly overrides: Partial<ReplicaOptions>;

  constructor(
    voters: number,
    options: {
      readonly seed?: number;
      readonly replica?: Partial<ReplicaOptions>;
    } = {},
  ) {
    this.random = seededRandom(options.seed ?? 1);
    this.overrides = options.replica ?? {};
    const records: MemberRecord[] = [];
    for (let id = 1; id <= voters; id += 1)
      records.push({ id, name: `n${id}`, address: `h${id}:1`, uuid: `u${id}` });
    const ids = records.map((record) => record.id);
    const data = joinSnapshotData(Registry.bootstrap(records, 0, "test").encode(), new Uint8Array());
    const metadata = { index: 1, term: 1, confState: { ...emptyConfState, voters: ids } };
    for (const id of ids) this.place(id, { metadata, data });
    for (const id of ids) this.boot(id);
  }

  /** A host for a learner-to-be: an empty directory that knows its peers. */
  addHost(id: NodeId): void {
    const data = joinSnapshotData(Registry.empty().encode(), new Uint8Array());
    this.place(id, { metadata: { index: 0, term: 0, confState: emptyConfState }, data });
    this.boot(id);
  }

  private place(id: NodeId, snapshot: Snapshot): void {
    const disk = new VirtualDisk(snapshot);
    const host = {
      id,
      uuid: `u${id}`,
      disk,
      replica: undefined,
      handler: undefined,
      peers: new Map(),
      heard: new Map(),
      wallOffsetMs: 0,
    };
    this.hosts.set(id, host);
  }

  host(id: NodeId): Host {
    const host = this.hosts.get(id);
    if (host === undefined) throw new Error(`no host ${id}`);
    return host;
  }

  replica(id: NodeId): Replica {
    const { replica } = this.host(id);
    if (replica === undefined) throw new Error(`node ${id} is down`);
    return replica;
  }

  /** Starts a node on what its disk holds. */
  boot(id: NodeId): Replica {
    const host = this.host(id);
    const contacts = new Map(
      [...this.hosts.keys()].filter((other) => other !== id).map((other) => [other, `h${other}:1`]),
    );
    const options: ReplicaOptions = {
      id,
      name: `n${id}`,
      uuid: host.uuid,
      clusterId: "virtual",
      contacts,
      guard: undefined,
      secret: "secret",
      tickMs: TICK_MS,
      snapshotEvery: 1_000_000,
      stateMachine: undefined,
      removedAt: host.disk.removedAt,
      ...this.overrides,
    };
    host.replica = new Replica(options, {
      storage: host.disk.storage(),
      transport: this.transport(host),
      clock: { now: () => this.now, wall: () => 1_000_000 + this.now + host.wallOffsetMs },
      random: this.random,
      randomBytes: (length) => Uint8Array.from({ length }, () => this.random(256)),
      defer: (run) => this.queue.push(run),
      markRemoved: (index) => {
        host.disk.removedAt = index;
      },
      log: () => undefined,
      onFailure: (message) => {
        if (this.overrides.brokenInvariants !== "fail") throw new Error(message);
        this.failures.set(id, message);
      },
    });
    host.replica.start();
    return host.replica;
  }

  /** Kills a node: what its disk had not written is gone. */
  kill(id: NodeId): void {
    const host = this.host(id);
    host.disk.loseUnwritten();
    host.replica?.close();
    host.replica = undefined;
    host.handler = undefined;
  }

  /** Loses every message between the two groups. */
  partition(left: readonly NodeId[], right: readonly NodeId[]): void {
    for (const a of left) {
      for (const b of right) {
        this.cut.add(`${a}>${b}`);
        this.cut.add(`${b}>${a}`);
      }
    }
  }

  heal(): void {
    this.cut.clear();
  }

  /** Advances virtual time by `ticks` ticks; promises of this process get their turn after each. */
  async run(ticks: number): Promise<void> {
    for (let i = 0; i < ticks; i += 1) {
      this.pass(TICK_MS);
      this.tick();
      await this.drain();
    }
  }

  /** Moves the clock on; for who drives the cluster by a real one, with `tick` and `round`. */
  pass(ms: number): void {
    this.now += ms;
  }

  /** One tick of every node. */
  tick(): void {
    for (const host of this.hosts.values()) host.replica?.tick();
  }

  /** Delivers and writes what is under way, but not what that leads to. Whether there was anything. */
  round(): boolean {
    let busy = this.queue.length > 0;
    const queue = this.queue;
    this.queue = [];
    for (const run of queue) run();
    for (const host of this.hosts.values()) if (host.replica !== undefined && host.disk.flush()) busy = true;
    return busy;
  }

  /** Runs until `holds`; fails after `ticksMax` ticks. */
  async until(what: string, holds: () => boolean, ticksMax = 2000): Promise<void> {
    for (let i = 0; i < ticksMax; i += 1) {
      if (holds()) return;
      await this.run(1);
    }
    throw new Error(`not reached in ${ticksMax} ticks: ${what}`);
  }

  /** Runs until the promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const noted = promise.finally(() => {
      settled = true;
    });
    await this.until("a settled promise", () => settled);
    return noted;
  }

  /** The id of the one leader that a majority of live nodes agrees on, once there is one. */
  async leader(): Promise<NodeId> {
    const leading = (): NodeId | undefined => {
      const live = [...this.hosts.values()].filter((host) => host.replica !== undefined);
      return live.find((host) => host.replica?.node.leadsWithOwnTerm)?.id;
    };
    await this.until("a leader", () => leading() !== undefined);
    return leading() ?? 0;
  }

  /** Delivers and writes until nothing is under way; readers of this process get their turn after every round. */
  private async drain(): Promise<void> {
    for (let busy = true; busy; ) {
      busy = this.round();
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
      busy ||= this.queue.length > 0;
    }
  }

  /** Hands something from one node to another between events, if both live and the link is whole. */
  private deliver(from: NodeId, to: NodeId, run: (handler: TransportHandler) => void): boolean {
    if (this.cut.has(`${from}>${to}`)) return false;
    const target = this.hosts.get(to);
    const sender = this.hosts.get(from);
    if (target?.handler === undefined || sender === undefined) return false;
    const identity: PeerIdentity = {
      clusterId: "virtual",
      nodeId: from,
      uuid: sender.uuid,
      address: `h${from}:1`,
      console: `http://h${from}:2`,
    };
    const verdict = target.handler.judge(identity);
    if (verdict.kind !== "accept") {
      this.queue.push(() => sender.handler?.onVerdict(to, verdict));
      return false;
    }
    if (!target.heard.has(from)) this.queue.push(() => target.handler?.onPeer(identity));
    target.heard.set(from, this.now);
    this.queue.push(() => {
      if (target.handler !== undefined) run(target.handler);
    });
    return true;
  }

  private transport(host: Host): Transport {
    const sendTo = (message: Message): void => {
      if (!host.peers.has(message.to)) return;
      const sent = this.deliver(host.id, message.to, (handler) => handler.onMessage(host.id, message));
      if (message.type === "snap") this.queue.push(() => host.handler?.onSnapshotSent(message.to, sent));
      else if (!sent) this.queue.push(() => host.handler?.onUnreachable(message.to));
    };
    return {
      address: `h${host.id}:1`,
      start: (handler) => {
        host.handler = handler;
      },
      setPeers: (peers) => {
        host.peers = peers;
      },
      send: (messages) => messages.forEach(sendTo),
      sendReport: (report, audience) => {
        for (const to of audience ?? host.peers.keys())
          if (host.peers.has(to)) this.deliver(host.id, to, (handler) => handler.onReport(host.id, report));
      },
      request: (to, body, _timeoutMs, done) => {
        const lost = (kind: RequestFault["kind"]): void => {
          this.queue.push(() => done({ kind, detail: "lost" }));
        };
        const sent = this.deliver(host.id, to, (handler) => {
          handler.onRequest(host.id, body, (answer) => {
            if (this.cut.has(`${to}>${host.id}`)) lost("unanswered");
            else this.queue.push(() => done(answer));
          });
        });
        if (!sent) lost("unsent");
      },
      lastHeardMs: (id) => {
        const at = host.heard.get(id);
        return at === undefined ? undefined : this.now - at;
      },
      close: () => Promise.resolve(),
    };
  }
}
