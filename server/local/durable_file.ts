import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/**
 * Replaces a file's content so that after a crash, of the process or the machine, either the old or the new content is
 * there, whole. Owner-only (0600). Throws what the file system throws.
 */
export function writeDurably(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    const file = openSync(temporary, "w", 0o600);
    try {
      // Not `writeSync`, which on a full disk may write a part, and says so only in what it returns.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/**
 * Makes a directory, owner-only, with its parents; durable. Existing ones are left as they are. (Not `recursive`: where a file
 * system takes no directories, as in /proc, Node 20 then tries forever.)
 */
export function makeDirectory(path: string): void {
  const parent = dirname(path);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (hasCode(error, "EEXIST") && statSync(path).isDirectory()) return;
    if (!hasCode(error, "ENOENT") || parent === path) throw error;
    makeDirectory(parent);
    mkdirSync(path, { mode: 0o700 });
  }
  syncDirectory(parent);
}

/** Whether an error is the file system's, of this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Makes names created, renamed or removed in a directory durable. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The file system's own words for an error it threw, e.g. "no space left on device (ENOSPC)". */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const words: Record<string, string> = {
    EACCES: "permission denied",
    EPERM: "not permitted",
    EROFS: "the file system is read-only",
    ENOSPC: "no space is left on the device",
    ENOTDIR: "a part of the path is not a directory",
    ENOENT: "it does not exist",
    EEXIST: "a file of that name is in the way",
    EISDIR: "it is a directory",
    ENAMETOOLONG: "the name is too long",
    ELOOP: "its symbolic links lead round in a circle",
    EDQUOT: "the user's disk quota is used up",
    EMFILE: "too many files are open",
  };
  return code === undefined ? error.message : (words[code] ?? `${error.message}`);
}
