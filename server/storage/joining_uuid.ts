/**
 * The UUID under which a directory joins a cluster, made before the directory holds anything. A join token is bound to it when it is
 * redeemed, so it must outlive a power cut: else the token would count as used by another directory.
 */
import { randomUUID } from "node:crypto";
import { makeDirectories } from "./data_directory";
import { isIoError } from "./faults";
import type { FileSystem } from "./file_system";
import { UNFINISHED_SUFFIX } from "./layout";
import { nodeFileSystem } from "./node_fs";

const NAME = "joining-uuid";
const UUID = /^[0-9a-f-]{36}$/;

/** The UUID kept from an earlier attempt, or a new one; durable now. Makes `directory`. Throws an IoError. */
export function joiningUuid(directory: string, fs: FileSystem = nodeFileSystem): string {
  makeDirectories(fs, directory);
  const path = `${directory}/${NAME}`;
  const kept = readIfThere(fs, path);
  const isKept = kept !== undefined && UUID.test(kept);
  const uuid = isKept ? kept : randomUUID();
  if (!isKept) {
    const unfinished = path + UNFINISHED_SUFFIX;
    fs.removeSync(unfinished);
    fs.createFileSync(unfinished, new TextEncoder().encode(`${uuid}\n`));
    fs.renameSync(unfinished, path);
  }
  // One that is kept, too: the process that made it may have been killed before this.
  fs.syncDirectorySync(directory);
  return uuid;
}

function readIfThere(fs: FileSystem, path: string): string | undefined {
  try {
    return new TextDecoder().decode(fs.readFileSync(path)).trim();
  } catch (error) {
    if (isIoError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}
