import fs from "node:fs";
import type { FileSystem, IoDone, IoError, OpenFile } from "./file_system";

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** Windows cannot open a directory to sync it, and journals names by itself. */
const DIRECTORIES_SYNC = process.platform !== "win32";

class NodeFile implements OpenFile {
  readonly path: string;
  readonly #fd: number;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  write(
    bytes: Uint8Array,
    position: number,
    done: (error: IoError | undefined, written: number) => void,
  ): void {
    fs.write(this.#fd, bytes, 0, bytes.length, position, (error, written) => {
      done(error ?? undefined, error ? 0 : written);
    });
  }

  datasync(done: IoDone): void {
    fs.fdatasync(this.#fd, (error) => done(error ?? undefined));
  }

  close(done: IoDone): void {
    fs.close(this.#fd, (error) => done(error ?? undefined));
  }
}

/** Runs `action` on a descriptor that is closed afterwards in any case. */
function withDescriptor(path: string, flags: string, action: (fd: number) => void): void {
  const fd = fs.openSync(path, flags, FILE_MODE);
  try {
    action(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function writeFullySync(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += fs.writeSync(fd, bytes, at, bytes.length - at, position + at);
  }
}

/** The disk of this machine, over node:fs. Asynchronous calls run on libuv's threads, so a slow disk stalls no heartbeat. */
export const nodeFileSystem: FileSystem = {
  create(path, done) {
    fs.open(path, "wx", FILE_MODE, (error, fd) => {
      if (error) done(error, undefined);
      else done(undefined, new NodeFile(path, fd));
    });
  },
  rename(from, to, done) {
    fs.rename(from, to, (error) => done(error ?? undefined));
  },
  unlink(path, done) {
    fs.unlink(path, (error) => done(error ?? undefined));
  },
  syncDirectory(path, done) {
    if (!DIRECTORIES_SYNC) return setImmediate(done, undefined);
    fs.open(path, "r", (error, fd) => {
      if (error) return done(error);
      fs.fsync(fd, (syncError) => {
        fs.close(fd, (closeError) => done(syncError ?? closeError ?? undefined));
      });
    });
  },
  defer(run) {
    setImmediate(run);
  },
  listSync: (directory) => fs.readdirSync(directory).sort(),
  readFileSync(path) {
    // A Buffer's slice() shares memory; callers expect what a Uint8Array does.
    const { buffer, byteOffset, length } = fs.readFileSync(path);
    return new Uint8Array(buffer, byteOffset, length);
  },
  openSync: (path) => new NodeFile(path, fs.openSync(path, "r+")),
  createFileSync(path, bytes) {
    withDescriptor(path, "wx", (fd) => {
      writeFullySync(fd, bytes, 0);
      fs.fsyncSync(fd);
    });
  },
  patchFileSync(path, position, bytes) {
    withDescriptor(path, "r+", (fd) => {
      writeFullySync(fd, bytes, position);
      fs.ftruncateSync(fd, position + bytes.length);
      fs.fsyncSync(fd);
    });
  },
  makeDirectorySync(path) {
    fs.mkdirSync(path, { mode: DIRECTORY_MODE });
  },
  renameSync: (from, to) => fs.renameSync(from, to),
  removeSync: (path) => fs.rmSync(path, { recursive: true, force: true }),
  syncDirectorySync(path) {
    if (DIRECTORIES_SYNC) withDescriptor(path, "r", (fd) => fs.fsyncSync(fd));
  },
};
