/**
 * One process at a time per data directory. On Linux the lock is an abstract Unix socket named after the directory's
 * device and inode: the kernel frees it with the process, however that ends. (It is one per network namespace: two
 * containers that share a volume do not see each other's.) Elsewhere it is the file holder.json, which names the
 * process by pid and start time. That file is there on Linux too, but only to tell who holds the directory.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import { z } from "zod";
import { type Clock, systemClock } from "./clock";
import { ioFault, isIoError, type OpenFault } from "./faults";
import { isAlive, type ProcessIdentity, thisProcess } from "./process_identity";

/** How long a holder that is on its way out is waited for. */
const LOCK_WAIT_MS = 5000;
const POLL_MS = 50;
const HOLDER_NAME = "holder.json";
const HOLDER_BYTES_MAX = 4096;

const holderSchema = z.object({ pid: z.int().min(1), started: z.string() });

/** A directory held by this process until released. Releasing twice is harmless. */
export interface DirectoryLock {
  readonly kind: "lock";
  release(): Promise<void>;
}

/** The live process that holds a directory; `pid` if it could be learned. */
export interface DirectoryHolder {
  readonly pid: number | undefined;
}

export interface LockOptions {
  readonly clock?: Clock;
  /** Milliseconds; LOCK_WAIT_MS when absent. */
  readonly waitMs?: number;
  /** Which kind of lock; this system's own when absent. */
  readonly by?: LockKind;
}

/** socket: an abstract Unix socket, which the system frees with its process. file: a file that names its holder. */
export type LockKind = "socket" | "file";

const SYSTEM_KIND: LockKind = process.platform === "linux" ? "socket" : "file";

/** Takes the lock of an existing directory, waiting for a holder that may be dying. Answers a fault instead of throwing. */
export async function lockDirectory(
  path: string,
  options: LockOptions = {},
): Promise<DirectoryLock | OpenFault> {
  const { clock = systemClock, waitMs = LOCK_WAIT_MS, by = SYSTEM_KIND } = options;
  const deadline = clock.now() + waitMs;
  try {
    for (;;) {
      const lock = by === "socket" ? await tryLockBySocket(path) : tryLockByFile(path);
      if (lock !== undefined) return lock;
      if (clock.now() >= deadline) return locked(path, (await directoryHolder(path, by))?.pid);
      await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    }
  } catch (error) {
    if (isIoError(error)) return ioFault(path, error);
    throw error;
  }
}

/** Who holds the directory; undefined: nobody, or there is no such directory. */
export async function directoryHolder(
  path: string,
  by: LockKind = SYSTEM_KIND,
): Promise<DirectoryHolder | undefined> {
  if (!fs.existsSync(path)) return undefined;
  const holder = readHolder(path);
  const alive = holder !== undefined && isAlive(holder);
  if (by === "file") return alive ? { pid: holder.pid } : undefined;
  if (!(await isListening(socketName(path)))) return undefined;
  return { pid: alive ? holder.pid : undefined };
}

function locked(path: string, pid: number | undefined): OpenFault {
  const holder = pid === undefined ? "another process" : `process ${pid}`;
  return {
    kind: "locked",
    path,
    pid,
    message: `${path} is in use by ${holder}: stop that node first, or choose another directory.`,
  };
}

function socketName(path: string): string {
  const { dev, ino } = fs.statSync(path, { bigint: true });
  return `\0rollcall-data-${dev}-${ino}`;
}

function tryLockBySocket(path: string): Promise<DirectoryLock | undefined> {
  const name = socketName(path);
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      writeHolder(path, thisProcess());
      resolve({
        kind: "lock",
        release: () =>
          new Promise((released) => {
            // The file goes first: after the socket it could be the next holder's.
            if (server.listening) fs.rmSync(holderPath(path), { force: true });
            server.close(() => released());
          }),
      });
    });
  });
}

/** Whether a socket of that name is bound by a live process, even one that is frozen. */
function isListening(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(name);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}

function tryLockByFile(path: string): DirectoryLock | undefined {
  const target = holderPath(path);
  const own = `${target}.${randomUUID()}`;
  const content = JSON.stringify(thisProcess());
  fs.writeFileSync(own, content, { mode: 0o600, flag: "wx" });
  try {
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) return undefined;
    if (fs.existsSync(target)) removeStale(target, holder);
    // A link, unlike a rename, fails if another process was faster.
    fs.linkSync(own, target);
  } catch (error) {
    if (isIoError(error) && (error.code === "EEXIST" || error.code === "ENOENT")) return undefined;
    throw error;
  } finally {
    fs.rmSync(own, { force: true });
  }
  let held = true;
  return {
    kind: "lock",
    release: async () => {
      if (held) fs.rmSync(target, { force: true });
      held = false;
    },
  };
}

/** Takes away the file of a holder that is gone - unless another process has put its own in its place just now. */
function removeStale(target: string, stale: ProcessIdentity | undefined): void {
  const aside = `${target}.${randomUUID()}`;
  fs.renameSync(target, aside);
  try {
    const moved = parseHolder(fs.readFileSync(aside, "utf8"));
    if (moved !== undefined && (moved.pid !== stale?.pid || moved.started !== stale.started)) {
      fs.linkSync(aside, target);
    }
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

function holderPath(path: string): string {
  return `${path}/${HOLDER_NAME}`;
}

/** Only tells who it is, so a disk that is full or read-only is no reason not to start. */
function writeHolder(path: string, holder: ProcessIdentity): void {
  const own = `${holderPath(path)}.${randomUUID()}`;
  try {
    fs.writeFileSync(own, JSON.stringify(holder), { mode: 0o600 });
    fs.renameSync(own, holderPath(path));
  } catch {
    fs.rmSync(own, { force: true });
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return parseHolder(fs.readFileSync(holderPath(path), "utf8"));
  } catch {
    return undefined;
  }
}

function parseHolder(text: string): ProcessIdentity | undefined {
  if (text.length > HOLDER_BYTES_MAX) return undefined;
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
