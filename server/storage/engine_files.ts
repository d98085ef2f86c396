import { dataPath, isEngineFileName } from "./data_directory";
import { type FileFault, storeFile } from "./durable_file";
import { isIoError } from "./faults";
import type { FileSystem } from "./file_system";
import { finalFault } from "./segment_writer";
import type { StorageFault, WriteDone } from "./types";

interface Store {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly done: WriteDone;
}

/** The engine's own small files in a data directory: facts that must survive beside the log, each replaced as a whole. */
export class EngineFiles {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #waiting: Store[] = [];
  #busy = false;
  #isClosed = false;
  #closed: (() => void) | undefined;

  constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.#directory = dataPath(path);
  }

  /** A file's content, or undefined if it was never stored. Synchronous; throws an IoError when the disk fails. */
  read(name: string): Uint8Array | undefined {
    checkName(name);
    try {
      return this.#fs.readFileSync(`${this.#directory}/${name}`);
    } catch (error) {
      if (isIoError(error) && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  /**
   * Replaces a file, or makes it; answers once that is durable, in the order of the calls. A fault, a full disk
   * included, concerns this file only: it still has its old content, or, after `sync-failed`, one of the two.
   */
  store(name: string, bytes: Uint8Array, done: WriteDone): void {
    checkName(name);
    if (this.#isClosed) {
      const fault: StorageFault = {
        kind: "closed",
        path: this.#directory,
        detail: "the directory is closed",
      };
      this.#fs.defer(() => done(fault));
      return;
    }
    this.#waiting.push({ name, bytes, done });
    this.#next();
  }

  /** Calls back once everything that was to be stored is stored; refuses what comes later. */
  close(closed: () => void): void {
    this.#isClosed = true;
    this.#closed = closed;
    this.#next();
  }

  #next(): void {
    if (this.#busy) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#idle();
      return;
    }
    this.#busy = true;
    storeFile(this.#fs, this.#directory, next.name, next.bytes, (fault) => {
      this.#busy = false;
      next.done(fault && storageFault(fault));
      this.#next();
    });
  }

  #idle(): void {
    const closed = this.#closed;
    this.#closed = undefined;
    closed?.();
  }
}

function checkName(name: string): void {
  if (!isEngineFileName(name)) throw new RangeError(`"${name}" cannot be the name of an engine's file`);
}

function storageFault({ step, path, error }: FileFault): StorageFault | undefined {
  return finalFault(step === "sync" ? "sync-failed" : "write-failed", path, error);
}
