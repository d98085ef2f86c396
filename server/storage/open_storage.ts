import { resolve as resolvePath } from "node:path";
import { type Clock, systemClock } from "./clock";
import {
  type Creation,
  createData,
  dataPath,
  type ExpectedIdentity,
  makeDirectories,
  readManifest,
} from "./data_directory";
import { type LockOptions, lockDirectory } from "./directory_lock";
import { EngineFiles } from "./engine_files";
import { catchIo, isOpenFault, type OpenFault } from "./faults";
import type { FileSystem } from "./file_system";
import { directoryTag, type Manifest } from "./manifest";
import { nodeFileSystem } from "./node_fs";
import { recoverLog } from "./recovery";
import { SegmentedLog } from "./segmented_log";
import type { LogStorage, Recovered } from "./types";

/** A segment that has reached this size is followed by a new one. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;

/** How to open a data directory over any disk. */
export interface OpenDataOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly path: string;
  readonly expected: ExpectedIdentity;
  /** SEGMENT_BYTES when absent. */
  readonly segmentBytes?: number;
  /** Called at the end of close(): gives the directory back. */
  readonly release?: () => Promise<void>;
}

/** How to open a data directory of this machine. */
export interface OpenStorageOptions {
  readonly path: string;
  readonly expected: ExpectedIdentity;
  readonly lock?: LockOptions;
  /** For tests: another disk than this machine's own. The lock is always the machine's. */
  readonly disk?: TestDisk;
}

/** A disk that fails on demand, under a real node. */
export interface TestDisk {
  readonly fs: FileSystem;
  /** SEGMENT_BYTES when absent. */
  readonly segmentBytes?: number;
}

/** The open data directory of one node: its log, whose it is, and the engine's own files. */
export class NodeStorage implements LogStorage {
  readonly manifest: Manifest;
  readonly files: EngineFiles;
  readonly #log: SegmentedLog;
  readonly #release: (() => Promise<void>) | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    manifest: Manifest,
    log: SegmentedLog,
    files: EngineFiles,
    release: (() => Promise<void>) | undefined,
  ) {
    this.manifest = manifest;
    this.files = files;
    this.#log = log;
    this.#release = release;
  }

  get recovered(): Recovered {
    return this.#log.recovered;
  }

  append(...args: Parameters<LogStorage["append"]>): void {
    this.#log.append(...args);
  }

  compact(...args: Parameters<LogStorage["compact"]>): void {
    this.#log.compact(...args);
  }

  onStall(listener: (stalled: boolean) => void): void {
    this.#log.onStall(listener);
  }

  /** Finishes the writes under way - but waits for no room on a full disk - and releases the directory. Repeatable. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#log.close(), new Promise<void>((closed) => this.files.close(closed))]);
    await this.#release?.();
  }
}

/**
 * Opens a data directory that the caller has to itself, over any disk: what a simulator uses. Synchronous.
 * What it recovered is durable when it returns.
 */
export function openData(options: OpenDataOptions): NodeStorage | OpenFault {
  const { fs, clock, path, expected, release, segmentBytes = SEGMENT_BYTES } = options;
  return catchIo(path, () => {
    const manifest = readManifest(fs, path, expected);
    if (isOpenFault(manifest)) return manifest;
    const directory = dataPath(path);
    const tag = directoryTag(manifest);
    const recovered = recoverLog(fs, directory, tag);
    if (isOpenFault(recovered)) return recovered;
    const log = new SegmentedLog(recovered, { fs, clock, directory, tag, segmentBytes });
    return new NodeStorage(manifest, log, new EngineFiles(fs, path), release);
  });
}

/** Locks and opens the data directory of a node on this machine. Creates nothing. Everything expected that goes wrong is a fault. */
export async function openLogStorage(options: OpenStorageOptions): Promise<NodeStorage | OpenFault> {
  const path = resolvePath(options.path);
  const fs = options.disk?.fs ?? nodeFileSystem;
  const segmentBytes = options.disk?.segmentBytes;
  const identity = catchIo(path, () => readManifest(fs, path, options.expected));
  if (isOpenFault(identity)) return identity;
  const lock = await lockDirectory(path, options.lock);
  if (isOpenFault(lock)) return lock;
  const clock = options.lock?.clock ?? systemClock;
  let opened: NodeStorage | OpenFault | undefined;
  try {
    opened = openData({ fs, clock, path, segmentBytes, expected: options.expected, release: lock.release });
    return opened;
  } finally {
    if (opened === undefined || isOpenFault(opened)) await lock.release();
  }
}

/**
 * Creates the data of a new node in `path`, which may be missing or hold other things, but no node's data. Only for an
 * explicit request: a node whose data was lost must not begin again under its old id. Undefined: created, and durable.
 */
export async function createDataDirectory(
  path: string,
  creation: Creation,
  lockOptions?: LockOptions,
): Promise<OpenFault | undefined> {
  const absolute = resolvePath(path);
  const made = catchIo(absolute, () => makeDirectories(nodeFileSystem, absolute));
  if (isOpenFault(made)) return made;
  const lock = await lockDirectory(absolute, lockOptions);
  if (isOpenFault(lock)) return lock;
  try {
    return createData(nodeFileSystem, absolute, creation);
  } finally {
    await lock.release();
  }
}

/** Whose data `path` holds, without opening or locking it. */
export function inspectDataDirectory(path: string, expected: ExpectedIdentity = {}): Manifest | OpenFault {
  const absolute = resolvePath(path);
  return catchIo(absolute, () => readManifest(nodeFileSystem, absolute, expected));
}
