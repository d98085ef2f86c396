import { randomBytes, randomInt } from "node:crypto";
import { isOpenFault, type NodeStorage, openLogStorage, type TestDisk } from "../storage";
import { isBadAddress, parseAddress } from "../transport/address";
import { TcpTransport } from "../transport/tcp_transport";
import { type ClusterFile, readClusterFile, readRemoved, storeRemoved } from "./directory_files";
import { fromListenFault, fromOpenFault, isStartFault } from "./faults";
import { Replica } from "./replica";
import { ReplicaEngine } from "./replica_engine";
import { UnreadableSnapshot } from "./snapshot_data";
import type { EngineConfig, StartFault } from "./types";

/** Milliseconds of one tick: heartbeats every 100 ms, elections after 1 to 2 s without one. */
const TICK_MS = 50;
/** Entries applied between two log snapshots. */
const SNAPSHOT_EVERY = 10_000;

interface Opened {
  readonly config: EngineConfig;
  readonly storage: NodeStorage;
  readonly transport: TcpTransport;
  readonly file: ClusterFile;
  readonly removedAt: number | undefined;
}

/**
 * A Raft node inside this process: the engine over real files, sockets and time. Made by `start`; a directory is made before by
 * `formNode` or `redeemJoinToken`.
 */
export class EmbeddedEngine extends ReplicaEngine {
  /** UUID of the data directory. */
  readonly uuid: string;
  /** host:port where this node listens for its peers. */
  readonly address: string;
  private readonly replica: Replica;
  private readonly opened: Opened;
  private readonly timer: NodeJS.Timeout;
  private stopping: Promise<void> | undefined;

  private constructor(opened: Opened) {
    const { config, storage, file } = opened;
    const { manifest } = storage;
    const replica = replicaOver(opened);
    super(manifest.nodeId, manifest.clusterId, replica);
    this.replica = replica;
    this.opened = opened;
    this.uuid = manifest.uuid;
    this.address = file.address;
    // A timer that fires late fires once: missed ticks are dropped, never made up for in a burst.
    this.timer = setInterval(() => this.replica.tick(), config.tickMs ?? TICK_MS);
  }

  /** Opens the data directory, replays it and joins the network. Resolves once everything this node knew is applied again. */
  static start(config: EngineConfig | string): Promise<EmbeddedEngine | StartFault> {
    return EmbeddedEngine.startOn(undefined, typeof config === "string" ? { dataDir: config } : config);
  }

  /**
   * `start` over another disk, so that tests can make a real node's disk fill up and fail; undefined: the machine's own.
   * @internal
   */
  static async startOn(
    disk: TestDisk | undefined,
    config: EngineConfig,
  ): Promise<EmbeddedEngine | StartFault> {
    const opened = await open(disk, config);
    if (isStartFault(opened)) return opened;
    let engine: EmbeddedEngine;
    try {
      engine = new EmbeddedEngine(opened);
    } catch (error) {
      await Promise.all([opened.transport.close(), opened.storage.close()]);
      // Anything else is a defect here or in the caller's state machine: it must not advise to give up a sound directory.
      if (!(error instanceof UnreadableSnapshot)) throw error;
      const message = `${opened.config.dataDir} cannot be replayed: ${error.message}. Remove this node from the cluster and add a new one.`;
      return { kind: "damaged", message };
    }
    engine.introduce();
    return engine;
  }

  private introduce(): void {
    const { transport, file, config } = this.opened;
    const { console = "" } = config;
    const identity = {
      clusterId: this.clusterId,
      nodeId: this.nodeId,
      uuid: this.uuid,
      address: file.address,
      console,
    };
    transport.setIdentity(identity, Buffer.from(file.secret, "hex"));
    this.replica.setConsole(console);
    this.replica.start();
  }

  /** Tells the peers where this node's console is, once that is known. */
  setConsole(url: string): void {
    this.replica.setConsole(url);
  }

  /** Tells the peers at which host:port this node serves d-engine's client interface. */
  setDEngineApi(address: string): void {
    this.replica.setDEngineApi(address);
  }

  protected get stopped(): boolean {
    return this.stopping !== undefined;
  }

  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    clearInterval(this.timer);
    this.replica.close();
    await this.opened.transport.close();
    await this.opened.storage.close();
  }
}

/** The replica of a data directory, over the machine's own time and randomness. */
function replicaOver({ config, storage, transport, file, removedAt }: Opened): Replica {
  const { manifest } = storage;
  const log = config.log ?? (() => undefined);
  return new Replica(
    {
      id: manifest.nodeId,
      name: manifest.name,
      uuid: manifest.uuid,
      clusterId: manifest.clusterId,
      contacts: new Map(file.contacts.map((contact) => [contact.id, contact.address])),
      guard: config.guard,
      secret: file.secret,
      tickMs: config.tickMs ?? TICK_MS,
      snapshotEvery: config.snapshotEvery ?? SNAPSHOT_EVERY,
      stateMachine: config.stateMachine,
      removedAt,
      brokenInvariants: "fail",
    },
    {
      storage,
      transport,
      clock: { now: () => performance.now(), wall: () => Date.now() },
      random: (bound) => randomInt(bound),
      randomBytes: (length) => randomBytes(length),
      defer: (run) => queueMicrotask(run),
      markRemoved: (index) =>
        storeRemoved(storage.files, index, (detail) =>
          log("error", `the removal could not be recorded: ${detail}`),
        ),
      log,
      onFailure: (message) => config.onFailure?.(message),
    },
  );
}

/** Everything that can fail for a reason of the outside, in the order that leaves nothing half open. */
async function open(disk: TestDisk | undefined, config: EngineConfig): Promise<Opened | StartFault> {
  const storage = await openLogStorage({ path: config.dataDir, expected: {}, disk });
  if (isOpenFault(storage)) return fromOpenFault(storage);
  const opened = await openOver(storage, config);
  if (isStartFault(opened)) await storage.close();
  return opened;
}

async function openOver(storage: NodeStorage, config: EngineConfig): Promise<Opened | StartFault> {
  const file = readClusterFile(storage.files);
  const removedAt = readRemoved(storage.files);
  if (file === undefined || removedAt === "damaged") {
    const advice =
      "Remove this node from the cluster and add a new one with a new id and an empty directory.";
    return {
      kind: "damaged",
      message: `${config.dataDir} lacks a readable record of its cluster. ${advice}`,
    };
  }
  const address = config.listen ?? file.address;
  const listen = parseAddress(address);
  if (isBadAddress(listen))
    return { kind: "bad-address", message: `${address} is no address to listen at: ${listen.detail}.` };
  const transport = await TcpTransport.listen({ host: listen.host, port: listen.port, log: config.log });
  if (!(transport instanceof TcpTransport)) return fromListenFault(transport);
  return { config, storage, transport, file, removedAt };
}
