/**
 * The disk as storage sees it: a port, so that the same log runs over node:fs and over a simulated disk that loses and
 * tears what was not synced. A running node uses only the calls that answer by callback; opening and creating a directory
 * is synchronous, because nothing else of the node runs yet.
 */

/** A failed call: `code` is the system's name for the error (ENOSPC, EIO, ...). */
export type IoError = NodeJS.ErrnoException;

/** Answers a call: undefined once it succeeded. Never called from inside the call itself. */
export type IoDone = (error: IoError | undefined) => void;

/** A file open for writing at given positions. */
export interface OpenFile {
  readonly path: string;
  /** Writes at `position` and may write fewer bytes than given (`written`). `bytes` must not change before the answer. */
  write(
    bytes: Uint8Array,
    position: number,
    done: (error: IoError | undefined, written: number) => void,
  ): void;
  /** Answers once every byte written before this call, and the file's length, would survive a power cut. */
  datasync(done: IoDone): void;
  close(done: IoDone): void;
}

/** What storage asks of a disk. Files are made with mode 0600, directories with 0700. */
export interface FileSystem {
  /** Makes a file that must not exist yet. Its name survives a power cut only after `syncDirectory`. */
  create(path: string, done: (error: IoError | undefined, file: OpenFile | undefined) => void): void;
  /** Replaces `to` if it exists, atomically; both names must be in one directory. */
  rename(from: string, to: string, done: IoDone): void;
  unlink(path: string, done: IoDone): void;
  /** Makes the names in a directory as durable as `datasync` makes a file's bytes. */
  syncDirectory(path: string, done: IoDone): void;
  /** Runs `run` soon, after the calling function has returned; in the order of the calls. */
  defer(run: () => void): void;

  // Synchronous calls throw an IoError.
  /** Names in a directory, sorted. */
  listSync(directory: string): readonly string[];
  readFileSync(path: string): Uint8Array;
  openSync(path: string): OpenFile;
  /** Makes a file that must not exist yet, with this content, synced. */
  createFileSync(path: string, bytes: Uint8Array): void;
  /** Writes at `position`, lets the file end right after, and syncs it. */
  patchFileSync(path: string, position: number, bytes: Uint8Array): void;
  makeDirectorySync(path: string): void;
  renameSync(from: string, to: string): void;
  /** Removes a file, or a directory with everything in it; a missing one is no error. */
  removeSync(path: string): void;
  syncDirectorySync(path: string): void;
}

/** Whether an error means that there is no room now, and the same call may succeed later. */
export function isDiskFull(error: IoError): boolean {
  return error.code === "ENOSPC" || error.code === "EDQUOT";
}
