import { closeSync, openSync, writeSync } from "node:fs";
import { basename } from "node:path";
import type { FileSystem, IoDone, IoError, OpenFile } from "../server/storage/file_system";
import { nodeFileSystem } from "../server/storage/node_fs";
import type { DiskMode, FailingCall } from "./wire";

/**
 * The machine's real disk, made to fill up, slow down and fail on demand. It also keeps a journal, in a file that outlives
 * kill -9, of what a power cut would leave: `c` a name was made, `s` bytes up to a length are synced, `r` renamed, `u` unlinked,
 * `d` the directory is synced. A line stands there before the node hears of the success, so it never claims too little.
 */
export class FaultyDisk implements FileSystem {
  private mode: DiskMode = { kind: "sound" };
  private readonly journal: number;
  private readonly lies: boolean;

  constructor(journalPath: string, lies: boolean) {
    this.journal = openSync(journalPath, "a", 0o600);
    this.lies = lies;
  }

  set(mode: DiskMode): void {
    this.mode = mode;
  }

  close(): void {
    closeSync(this.journal);
  }

  private note(...words: readonly (string | number)[]): void {
    if (this.lies && words[0] === "s" && String(words[1]).endsWith(".log")) return;
    writeSync(this.journal, `${words.join(" ")}\n`);
  }

  /** The error this call is to end with, if any. */
  private fault(call: FailingCall): IoError | undefined {
    const { mode } = this;
    if (mode.kind === "full" && (call === "write" || call === "create")) return ioError("ENOSPC", call);
    if (mode.kind !== "fail" || mode.call !== call) return undefined;
    this.mode = { kind: "sound" };
    return ioError("EIO", call);
  }

  private wrap(file: OpenFile, length: number): OpenFile {
    let end = length;
    const { path } = file;
    return {
      path,
      write: (bytes, position, done) => {
        const fault = this.fault("write");
        // A disk that fills up, or breaks, has taken part of the bytes.
        const part = fault === undefined ? bytes : bytes.subarray(0, bytes.length >> 1);
        const answer = (error: IoError | undefined, written: number) => {
          end = Math.max(end, position + written);
          if (fault === undefined) done(error, written);
          else done(fault, 0);
        };
        if (part.length === 0) setImmediate(answer, undefined, 0);
        else file.write(part, position, answer);
      },
      datasync: (done) => {
        const covered = end;
        const fault = this.fault("datasync");
        if (fault !== undefined) return void setImmediate(done, fault);
        const sync = () =>
          file.datasync((error) => {
            if (error === undefined) this.note("s", basename(path), covered);
            done(error);
          });
        if (this.mode.kind === "slow") setTimeout(sync, this.mode.ms);
        else sync();
      },
      close: (done) => file.close(done),
    };
  }

  create(path: string, done: (error: IoError | undefined, file: OpenFile | undefined) => void): void {
    const fault = this.fault("create");
    if (fault !== undefined) return void setImmediate(done, fault, undefined);
    nodeFileSystem.create(path, (error, file) => {
      if (file !== undefined) this.note("c", basename(path));
      done(error, file && this.wrap(file, 0));
    });
  }

  rename(from: string, to: string, done: IoDone): void {
    nodeFileSystem.rename(from, to, (error) => {
      if (error === undefined) this.note("r", basename(from), basename(to));
      done(error);
    });
  }

  unlink(path: string, done: IoDone): void {
    nodeFileSystem.unlink(path, (error) => {
      if (error === undefined) this.note("u", basename(path));
      done(error);
    });
  }

  syncDirectory(path: string, done: IoDone): void {
    const fault = this.fault("syncDirectory");
    if (fault !== undefined) return void setImmediate(done, fault);
    nodeFileSystem.syncDirectory(path, (error) => {
      if (error === undefined) this.note("d");
      done(error);
    });
  }

  defer(run: () => void): void {
    nodeFileSystem.defer(run);
  }

  listSync(directory: string): readonly string[] {
    return nodeFileSystem.listSync(directory);
  }

  readFileSync(path: string): Uint8Array {
    return nodeFileSystem.readFileSync(path);
  }

  openSync(path: string): OpenFile {
    const { length } = nodeFileSystem.readFileSync(path);
    // A disk that lies begins to do so here: what was recovered stands.
    if (this.lies) writeSync(this.journal, `s ${basename(path)} ${length}\n`);
    return this.wrap(nodeFileSystem.openSync(path), length);
  }

  createFileSync(path: string, bytes: Uint8Array): void {
    nodeFileSystem.createFileSync(path, bytes);
    this.note("c", basename(path));
    this.note("s", basename(path), bytes.length);
  }

  patchFileSync(path: string, position: number, bytes: Uint8Array): void {
    nodeFileSystem.patchFileSync(path, position, bytes);
    this.note("s", basename(path), position + bytes.length);
  }

  makeDirectorySync(path: string): void {
    nodeFileSystem.makeDirectorySync(path);
  }

  renameSync(from: string, to: string): void {
    nodeFileSystem.renameSync(from, to);
    this.note("r", basename(from), basename(to));
  }

  removeSync(path: string): void {
    nodeFileSystem.removeSync(path);
    this.note("u", basename(path));
  }

  syncDirectorySync(path: string): void {
    nodeFileSystem.syncDirectorySync(path);
    this.note("d");
  }
}

function ioError(code: string, call: string): IoError {
  return Object.assign(new Error(`${code}: made to fail, ${call}`), { code, syscall: call });
}
