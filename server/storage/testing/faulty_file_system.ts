/** Test support: a disk in memory that loses, tears, flips, fills up and fails on demand. */

import type { FileSystem, IoDone, IoError, OpenFile } from "../file_system";
import { DiskDirectory, DiskFile, type Loss, type Random } from "./disk_image";

export type { Loss } from "./disk_image";

/** The machine goes down in the middle of a synchronous call. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";
}

/** A call that changes the disk or makes it durable. */
export interface DiskCall {
  readonly call: "create" | "write" | "datasync" | "rename" | "unlink" | "syncDirectory" | "makeDirectory";
  readonly path: string;
}

export interface FaultyFileSystemOptions {
  readonly random: Random;
  /** Delivers an answer: runs it later, never at once. */
  readonly schedule: (run: () => void) => void;
  /** Decides before each call: undefined to let it pass, or the code of the error it fails with. */
  readonly fault?: (call: DiskCall) => string | undefined;
  /** Writes may take fewer bytes than given. */
  readonly shortWrites?: boolean;
}

/**
 * A FileSystem whose state survives in one object through power cuts and killed processes. Deterministic: all it does
 * follows from the calls, from `random` and from the order in which `schedule` runs the answers.
 */
export class FaultyFileSystem implements FileSystem {
  /** Bytes that all files together may have. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Calls made so far, by kind. */
  readonly calls: Record<DiskCall["call"], number> = {
    create: 0,
    write: 0,
    datasync: 0,
    rename: 0,
    unlink: 0,
    syncDirectory: 0,
    makeDirectory: 0,
  };
  readonly #options: FaultyFileSystemOptions;
  readonly #root = new DiskDirectory();
  /** Answers of an earlier process are not delivered. */
  #process = 0;
  #deferred: (() => void)[] = [];
  #callsLeft = Number.POSITIVE_INFINITY;

  constructor(options: FaultyFileSystemOptions) {
    this.#options = options;
  }

  /** From here on, `count` more calls work; the next one takes the machine down (SimulatedCrash, or no answer). */
  crashAfter(count: number): void {
    this.#callsLeft = count;
  }

  get hasCrashed(): boolean {
    return this.#callsLeft < 0;
  }

  /** Ends the process: its open files and unanswered calls are gone, what it wrote is still visible. */
  killProcess(): void {
    this.#process++;
    this.#deferred = [];
    this.#callsLeft = Number.POSITIVE_INFINITY;
  }

  /** Ends the process and takes the power away. */
  powerCut(loss: Loss): void {
    this.killProcess();
    this.#root.powerCut(loss, this.#options.random);
  }

  /** Every file's path, sorted. */
  paths(): readonly string[] {
    return [...walk(this.#root, "")].map(([path]) => path).sort();
  }

  /** Damages one byte that is already durable. */
  flip(path: string, position: number, mask: number): void {
    this.#file(path).flip(position, mask);
  }

  // Asynchronous calls.

  create(path: string, done: (error: IoError | undefined, file: OpenFile | undefined) => void): void {
    this.#async(
      { call: "create", path },
      done,
      () => this.#createFile(path),
      (error, file) => done(error, file && this.#open(path, file)),
    );
  }

  rename(from: string, to: string, done: IoDone): void {
    this.#async(
      { call: "rename", path: to },
      done,
      () => this.#rename(from, to),
      (error) => done(error),
    );
  }

  unlink(path: string, done: IoDone): void {
    this.#async(
      { call: "unlink", path },
      done,
      () => this.#unlink(path),
      (error) => done(error),
    );
  }

  syncDirectory(path: string, done: IoDone): void {
    this.#sync({ call: "syncDirectory", path }, () => this.#directory(path).beginSync(), done);
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
    this.#deliver(() => this.#deferred.shift()?.());
  }

  // Synchronous calls.

  listSync(directory: string): readonly string[] {
    return [...this.#directory(directory).names.keys()].sort();
  }

  readFileSync(path: string): Uint8Array {
    return this.#file(path).read();
  }

  openSync(path: string): OpenFile {
    return this.#open(path, this.#file(path));
  }

  createFileSync(path: string, bytes: Uint8Array): void {
    this.#now({ call: "create", path }, () => this.#createFile(path));
    this.#patch(path, 0, bytes);
  }

  patchFileSync(path: string, position: number, bytes: Uint8Array): void {
    this.#patch(path, position, bytes);
  }

  makeDirectorySync(path: string): void {
    this.#now({ call: "makeDirectory", path }, () => {
      const { parent, name } = this.#parent(path);
      if (parent.names.has(name)) throw ioError("EEXIST", path);
      parent.change({ removed: undefined, added: { name, node: new DiskDirectory() } });
    });
  }

  renameSync(from: string, to: string): void {
    this.#now({ call: "rename", path: to }, () => this.#rename(from, to));
  }

  removeSync(path: string): void {
    this.#now({ call: "unlink", path }, () => {
      const { parent, name } = this.#parent(path);
      if (parent.names.has(name)) parent.change({ removed: name, added: undefined });
    });
  }

  syncDirectorySync(path: string): void {
    this.#syncNow({ call: "syncDirectory", path }, this.#directory(path));
  }

  // What the calls have in common.

  /** Runs `run` when the schedule says so, unless the process has ended by then. */
  #deliver(run: () => void): void {
    const process = this.#process;
    this.#options.schedule(() => {
      if (process === this.#process && !this.hasCrashed) run();
    });
  }

  /** Counts a call. False: the machine goes down with it. Throws what it is to fail with. */
  #enter(call: DiskCall): boolean {
    if (this.#callsLeft <= 0) {
      this.#callsLeft = -1;
      return false;
    }
    this.#callsLeft--;
    this.calls[call.call]++;
    const code = this.#options.fault?.(call);
    if (code !== undefined) throw ioError(code, call.path);
    return true;
  }

  #now<T>(call: DiskCall, action: () => T): T {
    if (!this.#enter(call)) throw new SimulatedCrash(`${call.call} ${call.path}`);
    return action();
  }

  #async<T>(
    call: DiskCall,
    failed: (error: IoError, nothing: undefined) => void,
    action: () => T,
    done: (error: undefined, value: T) => void,
  ): void {
    const answer = attempt(() => (this.#enter(call) ? { value: action() } : undefined));
    if (answer === undefined) return;
    this.#deliver(() =>
      answer instanceof Error ? failed(answer, undefined) : done(undefined, answer.value),
    );
  }

  #sync(call: DiskCall, begin: () => (ok: boolean) => void, done: IoDone): void {
    const error = attempt(() => (this.#enter(call) ? "passed" : undefined));
    if (error === undefined) return;
    const end = begin();
    this.#deliver(() => {
      end(!(error instanceof Error));
      done(error instanceof Error ? error : undefined);
    });
  }

  #syncNow(call: DiskCall, node: DiskFile | DiskDirectory): void {
    const end = node.beginSync();
    try {
      this.#now(call, () => end(true));
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) end(false);
      throw error;
    }
  }

  #open(path: string, file: DiskFile): OpenFile {
    return {
      path,
      write: (bytes, position, done) => {
        const write = () => this.#write(file, path, bytes, position);
        this.#async({ call: "write", path }, (error) => done(error, 0), write, done);
      },
      datasync: (done) => this.#sync({ call: "datasync", path }, () => file.beginSync(), done),
      close: (done) => this.#deliver(() => done(undefined)),
    };
  }

  #write(file: DiskFile, path: string, bytes: Uint8Array, position: number): number {
    const grows = Math.max(0, position + bytes.length - file.length);
    const room = this.#room();
    let count = grows > room ? bytes.length - (grows - room) : bytes.length;
    if (count <= 0 && bytes.length > 0) throw ioError("ENOSPC", path);
    if (this.#options.shortWrites && count > 1) count = 1 + this.#options.random(count);
    file.write(position, bytes.subarray(0, count));
    return count;
  }

  #patch(path: string, position: number, bytes: Uint8Array): void {
    const file = this.#file(path);
    this.#now({ call: "write", path }, () => {
      if (position + bytes.length - file.length > this.#room()) throw ioError("ENOSPC", path);
      file.write(position, bytes);
      file.resize(position + bytes.length);
    });
    this.#syncNow({ call: "datasync", path }, file);
  }

  #room(): number {
    if (this.capacityBytes === Number.POSITIVE_INFINITY) return this.capacityBytes;
    let used = 0;
    for (const [, file] of walk(this.#root, "")) used += file.length;
    return Math.max(0, this.capacityBytes - used);
  }

  #createFile(path: string): DiskFile {
    const { parent, name } = this.#parent(path);
    if (parent.names.has(name)) throw ioError("EEXIST", path);
    const file = new DiskFile();
    parent.change({ removed: undefined, added: { name, node: file } });
    return file;
  }

  #rename(from: string, to: string): void {
    const source = this.#parent(from);
    const target = this.#parent(to);
    const node = source.parent.names.get(source.name);
    if (node === undefined) throw ioError("ENOENT", from);
    if (source.parent !== target.parent) throw ioError("EXDEV", to);
    source.parent.change({ removed: source.name, added: { name: target.name, node } });
  }

  #unlink(path: string): void {
    const { parent, name } = this.#parent(path);
    if (!parent.names.has(name)) throw ioError("ENOENT", path);
    parent.change({ removed: name, added: undefined });
  }

  #parent(path: string): { readonly parent: DiskDirectory; readonly name: string } {
    const cut = path.lastIndexOf("/");
    return { parent: this.#directory(path.slice(0, cut)), name: path.slice(cut + 1) };
  }

  #directory(path: string): DiskDirectory {
    let directory = this.#root;
    for (const name of path.split("/")) {
      const node = name === "" ? directory : directory.names.get(name);
      if (node === undefined) throw ioError("ENOENT", path);
      if (node.kind !== "directory") throw ioError("ENOTDIR", path);
      directory = node;
    }
    return directory;
  }

  #file(path: string): DiskFile {
    const { parent, name } = this.#parent(path);
    const node = parent.names.get(name);
    if (node === undefined) throw ioError("ENOENT", path);
    if (node.kind !== "file") throw ioError("EISDIR", path);
    return node;
  }
}

/** An error of the system as a value; anything else that is thrown passes. */
function attempt<T>(action: () => T): T | (IoError & { code: string }) {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") {
      return error as IoError & { code: string };
    }
    throw error;
  }
}

function ioError(code: string, path: string): IoError {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code, path, syscall: "simulated" });
}

function* walk(directory: DiskDirectory, path: string): Generator<[string, DiskFile]> {
  for (const [name, node] of directory.names) {
    if (node.kind === "file") yield [`${path}/${name}`, node];
    else yield* walk(node, `${path}/${name}`);
  }
}
