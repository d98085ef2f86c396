import { emptyConfState } from "../server/engine/configuration";
import { firstFiles, readRemoved, storeRemoved } from "../server/engine/directory_files";
import { Registry } from "../server/engine/registry";
import { Replica } from "../server/engine/replica";
import { joinSnapshotData } from "../server/engine/snapshot_data";
import type { MemberRecord, MembershipSnapshot, Receiver } from "../server/engine/types";
import type { NodeId, Snapshot } from "../server/raft/types";
import { type Clock, isOpenFault, type NodeStorage, openData } from "../server/storage";
import { createData } from "../server/storage/data_directory";
import {
  type DiskCall,
  FaultyFileSystem,
  type Loss,
  SimulatedCrash,
} from "../server/storage/testing/faulty_file_system";
import type { TransportHandler } from "../server/transport/types";
import { KeyValue } from "./key_value";
import { Ledger } from "./ledger";
import { addressOf, type Endpoint, type Network } from "./network";
import type { Observer } from "./observer";
import type { Random } from "./random";
import type { World } from "./world";

/** Milliseconds of one tick on a clock that runs true. */
export const TICK_MS = 50;
const CLUSTER_ID = "simulated";
const DIRECTORY = "/data";
const SECRET = "00".repeat(16);
const WALL_MS = 1_700_000_000_000;
/** Small, so that a run sees many segments, snapshots and limitss. */
const SEGMENT_BYTES = 6 * 1024;
const DISK_MS = { low: 0.05, high: 2 };

/**
 * `down`: may be started again. `ended`: its data is lost or damaged, the id must never come back. `retired`: it knows that it
 * was removed.
 */
export type HostState = "up" | "down" | "ended" | "retired";

/** How a node begins: one of the first voters, or a learner-to-be. */
export type Beginning =
  | { readonly voters: readonly MemberRecord[] }
  | { readonly contacts: readonly NodeId[] };

/** Limits of the engine that are small here, so that a short run meets them all. */
export interface EngineLimits {
  readonly snapshotEvery: number;
  readonly keepEntries: number;
  readonly messageBytesMax: number;
  readonly inflightMessagesMax: number;
}

/** One machine: a disk that outlives its processes, a clock that may run wrong, and at most one process of the engine. */
export class Host implements Endpoint {
  readonly id: NodeId;
  readonly uuid: string;
  readonly disk: FaultyFileSystem;
  readonly ledger = new Ledger();
  state: HostState = "down";
  replica: Replica | undefined;
  values: KeyValue | undefined;
  watcher: Receiver<MembershipSnapshot> | undefined;
  // What the network sees.
  process = 0;
  handler: TransportHandler | undefined;
  peers: ReadonlyMap<NodeId, string> = new Map();
  readonly heard = new Map<NodeId, number>();
  readonly met = new Map<NodeId, number>();
  pausedUntil = 0;
  // Faults in force.
  /** How much slower than usual the disk is. */
  slowness = 1;
  /** Calls of the disk that fail from now on, and with which code. */
  failing: { readonly call: DiskCall["call"]; left: number; readonly code: string } | undefined;
  /** An I/O error was injected into this process, so it may stop. */
  ioErrorSeen = false;
  /** Its disk may be unreadable: a durable byte flipped, or sectors were written out of order. */
  damaged = false;
  /** A directory's sync failed: a journaling file system takes no writes any more until the machine starts again. */
  private readOnly = false;
  /** It is `damaged` only by sectors out of order: if it starts, it is whole. */
  private torn = false;
  /** Local milliseconds per virtual one. */
  rate = 1;
  wallOffset = 0;
  private localBase = 0;
  private localSince = 0;
  private readonly world: World;
  private readonly network: Network;
  private readonly observer: Observer;
  private readonly random: Random;
  private readonly limits: EngineLimits;
  private readonly onDown: (host: Host) => void;

  constructor(
    id: NodeId,
    parts: {
      readonly world: World;
      readonly network: Network;
      readonly observer: Observer;
      readonly random: Random;
      readonly limits: EngineLimits;
      /** Its process ended by itself. */
      readonly onDown: (host: Host) => void;
    },
  ) {
    this.id = id;
    this.uuid = `u${id}`;
    this.world = parts.world;
    this.network = parts.network;
    this.observer = parts.observer;
    this.random = parts.random;
    this.limits = parts.limits;
    this.onDown = parts.onDown;
    const disk = this.random.fork(1);
    this.disk = new FaultyFileSystem({
      random: disk.below,
      schedule: (run) => this.scheduleDisk(run, disk),
      fault: (call) => this.diskFault(call),
      shortWrites: this.random.chance(0.2),
    });
    this.network.endpoints.set(id, this);
  }

  private scheduleDisk(run: () => void, random: Random): void {
    const answer = (): void => {
      if (this.pausedUntil > this.world.now) {
        this.world.schedule(this.pausedUntil - this.world.now, "disk", answer);
        return;
      }
      this.observer.touch(this, undefined);
      run();
    };
    this.world.schedule(random.between(DISK_MS.low, DISK_MS.high) * this.slowness, "disk", answer);
  }

  private diskFault(call: DiskCall): string | undefined {
    const { failing } = this;
    if (failing === undefined || failing.call !== call.call || failing.left === 0) return undefined;
    failing.left -= 1;
    if (call.call === "syncDirectory") this.readOnly = true;
    this.ioErrorSeen = true;
    this.world.covers("io-error");
    this.world.say(() => `n${this.id} disk: ${call.call} ${call.path} fails with ${failing.code}`);
    return failing.code;
  }

  /** Milliseconds on this machine's own clock. */
  now(): number {
    return this.localBase + (this.world.now - this.localSince) * this.rate;
  }

  /** Lets the clock run at another rate from now on. */
  setRate(rate: number): void {
    this.localBase = this.now();
    this.localSince = this.world.now;
    this.rate = rate;
  }

  /** Makes the data directory, durably. */
  form(beginning: Beginning): void {
    const contacts = "voters" in beginning ? beginning.voters.map(({ id }) => id) : beginning.contacts;
    const fault = createData(this.disk, DIRECTORY, {
      manifest: { clusterId: CLUSTER_ID, nodeId: this.id, uuid: this.uuid, name: `n${this.id}` },
      snapshot: firstSnapshot(beginning),
      files: firstFiles({
        address: addressOf(this.id),
        secret: SECRET,
        contacts: contacts.filter((id) => id !== this.id).map((id) => ({ id, address: addressOf(id) })),
      }),
    });
    if (fault !== undefined) throw new Error(`a new directory cannot be made: ${fault.message}`);
    this.contacts = new Map(contacts.filter((id) => id !== this.id).map((id) => [id, addressOf(id)]));
  }

  private contacts: ReadonlyMap<NodeId, string> = new Map();

  /** Starts a process on what the disk holds. False: it did not start this time. */
  boot(): boolean {
    if (this.state !== "down") return false;
    if (this.readOnly) this.disk.powerCut("suffix");
    this.readOnly = false;
    const opened = this.open();
    if (opened === undefined) return false;
    const removedAt = readRemoved(opened.files);
    if (removedAt === "damaged") {
      if (!this.damaged)
        this.world.breaks("a restart finds what was promised", `n${this.id}: removed.json is damaged`);
      this.end();
      return false;
    }
    this.disk.crashAfter(Number.POSITIVE_INFINITY);
    if (this.torn) this.damaged = false;
    this.torn = false;
    const { recovered } = opened;
    if (recovered.tornBytes > 0) this.world.covers("torn-tail");
    const fault = this.ledger.reopen(recovered);
    if (fault !== undefined) this.world.breaks("a restart finds what was promised", `n${this.id}: ${fault}`);
    this.state = "up";
    this.world.covers("restart");
    this.world.say(
      () =>
        `n${this.id} starts: term ${recovered.hardState.term} vote ${recovered.hardState.vote} commit ${recovered.hardState.commit} snapshot ${recovered.snapshot.metadata.index} last ${this.ledger.durable.lastIndex}`,
    );
    this.startProcess(opened, removedAt);
    return true;
  }

  private open(): NodeStorage | undefined {
    const { process } = this;
    const clock: Clock = {
      now: () => this.now(),
      after: (delayMs, run) => {
        let cancelled = false;
        this.world.schedule(delayMs / this.rate, "timer", () => {
          if (!cancelled && this.process === process) run();
        });
        return () => {
          cancelled = true;
        };
      },
    };
    try {
      const opened = openData({
        fs: this.disk,
        clock,
        path: DIRECTORY,
        expected: { clusterId: CLUSTER_ID, nodeId: this.id, uuid: this.uuid },
        segmentBytes: SEGMENT_BYTES,
      });
      if (!isOpenFault(opened)) return opened;
      this.world.say(() => `n${this.id} does not start: ${opened.kind}: ${opened.message}`);
      if (opened.kind === "io") return undefined;
      if (!this.damaged)
        this.world.breaks("a restart finds what was promised", `n${this.id}: ${opened.message}`);
      else this.world.covers("damage-found");
      this.end();
      return undefined;
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      this.world.covers("crash-in-recovery");
      this.disk.powerCut("suffix");
      return undefined;
    }
  }

  private startProcess(storage: NodeStorage, removedAt: number | undefined): void {
    const { process, world } = this;
    const alive = (): boolean => this.process === process;
    const random = this.random.fork(1000 + process);
    this.ioErrorSeen = false;
    this.values = new KeyValue(this.observer.stateMachineOf(this));
    this.observer.starting(this);
    this.replica = new Replica(
      {
        id: this.id,
        name: `n${this.id}`,
        uuid: this.uuid,
        clusterId: CLUSTER_ID,
        contacts: this.contacts,
        guard: undefined,
        secret: SECRET,
        tickMs: TICK_MS,
        ...this.limits,
        stateMachine: this.values,
        removedAt,
      },
      {
        storage: this.ledger.wrap(storage, this.observer.ledgerOf(this)),
        transport: this.network.transport(this),
        clock: { now: () => this.now(), wall: () => Math.floor(WALL_MS + this.wallOffset + this.now()) },
        random: random.below,
        randomBytes: (length) => Uint8Array.from({ length }, () => random.below(256)),
        defer: (run) => world.defer(() => alive() && run()),
        markRemoved: (index) => storeRemoved(storage.files, index, () => undefined),
        log: (level, text) => world.say(() => `n${this.id} ${level}: ${text}`),
        onFailure: (message) => this.onFailure(message),
      },
    );
    this.watcher = this.replica.node.membership.subscribe();
    this.replica.start();
    this.observer.started(this);
    this.scheduleTick(process, this.random.unit() * TICK_MS);
  }

  private onFailure(message: string): void {
    this.world.say(() => `n${this.id} fails: ${message}`);
    if (!this.ioErrorSeen) this.world.breaks("no unexpected failure", `n${this.id}: ${message}`);
    const { process } = this;
    this.world.defer(() => {
      if (this.process !== process) return;
      this.kill();
      this.onDown(this);
    });
  }

  private scheduleTick(process: number, delayMs: number): void {
    this.world.schedule(delayMs, "tick", () => {
      if (this.process !== process || this.replica === undefined) return;
      // Missed ticks are dropped, never made up for.
      if (this.pausedUntil <= this.world.now) {
        this.observer.touch(this, undefined);
        this.replica.tick();
      }
      this.scheduleTick(process, TICK_MS / this.rate);
    });
  }

  /** Ends the process; what it wrote stays in the system's cache. */
  kill(): void {
    if (this.state !== "up") return;
    if (this.ledger.unsynced > 0) this.world.covers("crash-before-sync");
    this.world.say(() => `n${this.id} is killed, ${this.ledger.unsynced} writes not synced`);
    this.stopProcess();
    this.disk.killProcess();
    this.state = "down";
  }

  /** Takes the power away: what was not synced is lost, or part of it. */
  powerCut(loss: Loss): void {
    const wasUp = this.state === "up";
    if (wasUp && this.ledger.unsynced > 0) this.world.covers(`power-cut-${loss}`);
    this.world.say(() => `n${this.id} loses power (${loss}), ${this.ledger.unsynced} writes not synced`);
    if (wasUp) {
      this.stopProcess();
      this.state = "down";
    }
    if (loss === "sectors" && !this.damaged) {
      this.torn = true;
      this.damaged = true;
    }
    this.disk.powerCut(loss);
  }

  /** Whether it can be counted on to come back. */
  get lasts(): boolean {
    return this.state !== "ended" && !this.damaged;
  }

  private stopProcess(): void {
    const { replica } = this;
    this.process += 1;
    this.replica = undefined;
    this.watcher = undefined;
    this.handler = undefined;
    this.peers = new Map();
    this.heard.clear();
    this.met.clear();
    this.pausedUntil = 0;
    this.observer.stopping(this);
    replica?.close();
  }

  /** Its data is gone or unreadable: the id never comes back. */
  end(): void {
    if (this.state === "up") this.stopProcess();
    this.disk.killProcess();
    this.state = "ended";
    this.world.say(() => `n${this.id} has ended for good`);
  }

  /** It knows that it was removed: its operator takes it away. */
  retire(): void {
    this.stopProcess();
    this.disk.killProcess();
    this.state = "retired";
  }

  /** Bytes of all files. */
  usedBytes(): number {
    return this.disk.paths().reduce((sum, path) => sum + this.disk.readFileSync(path).length, 0);
  }
}

function firstSnapshot(beginning: Beginning): Snapshot {
  const none = new Uint8Array();
  if ("voters" in beginning) {
    const registry = Registry.bootstrap(beginning.voters, WALL_MS, "simulation");
    const data = joinSnapshotData(registry.encode(), none);
    return { metadata: { index: 1, term: 1, confState: registry.confState }, data };
  }
  const data = joinSnapshotData(Registry.empty().encode(), none);
  return { metadata: { index: 0, term: 0, confState: emptyConfState }, data };
}
