/**
 * A node's data directory:
 *
 *     PATH/holder.json        the process that has it open (directory_lock.ts)
 *     PATH/raft/              complete from the moment it has this name
 *         manifest.json       whose it is
 *         0000000001.log      segments of the log
 *         0000000001.snapshot the snapshot in force
 *         ...                 small files of the engine
 *
 * It is built as raft.unfinished and renamed once all of it is durable, so that a crash leaves it either not created,
 * and safe to create again, or complete. What has the name raft is never created again, however little is left in it.
 */
import type { Snapshot } from "../raft/types";
import { ByteWriter } from "./byte_buffer";
import { catchIo, damaged, isIoError, type OpenFault } from "./faults";
import type { FileSystem } from "./file_system";
import { parseNumberedFile, segmentPath, snapshotPath, UNFINISHED_SUFFIX } from "./layout";
import { LogState } from "./log_state";
import { decodeManifest, directoryTag, encodeManifest, MANIFEST_NAME, type Manifest } from "./manifest";
import { writeSegmentBeginning } from "./segment";
import { encodeSnapshotFile } from "./snapshot_file";

const DATA_NAME = "raft";
const FIRST_NUMBER = 1;
const ENGINE_FILE = /^[a-z][a-z0-9-]*(\.[a-z]+)?$/;

/** What a new data directory begins with. */
export interface Creation {
  readonly manifest: Manifest;
  /** In force from the start: index 1 and term 1 for a bootstrapped voter by convention, 0 and 0 for a learner-to-be. */
  readonly snapshot: Snapshot;
  /** Small files of the engine, by name, to be there from the start. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Whose directory the caller means to open; what is absent is not checked. */
export interface ExpectedIdentity {
  readonly clusterId?: string;
  readonly nodeId?: number;
  readonly uuid?: string;
}

/** Where the log and the engine's files of the data directory `path` stand. */
export function dataPath(path: string): string {
  return `${path}/${DATA_NAME}`;
}

/** Whether the engine may use this name for a file of its own. */
export function isEngineFileName(name: string): boolean {
  return (
    ENGINE_FILE.test(name) &&
    name !== MANIFEST_NAME &&
    !name.endsWith(UNFINISHED_SUFFIX) &&
    parseNumberedFile(name) === undefined
  );
}

/** Makes `path` and what is missing above it, each name durable. */
export function makeDirectories(fs: FileSystem, path: string): void {
  const parent = parentOf(path);
  try {
    fs.makeDirectorySync(path);
  } catch (error) {
    if (isIoError(error) && error.code === "EEXIST") return;
    if (!isIoError(error) || error.code !== "ENOENT" || parent === path) throw error;
    makeDirectories(fs, parent);
    fs.makeDirectorySync(path);
  }
  fs.syncDirectorySync(parent);
}

/** Creates the data of a node in `path`. Synchronous; the caller holds the directory's lock. Undefined: done, and durable. */
export function createData(fs: FileSystem, path: string, creation: Creation): OpenFault | undefined {
  return catchIo(path, () => {
    makeDirectories(fs, path);
    const directory = dataPath(path);
    if (fs.listSync(path).includes(DATA_NAME)) return alreadyThere(fs, path);
    const unfinished = directory + UNFINISHED_SUFFIX;
    fs.removeSync(unfinished);
    fs.makeDirectorySync(unfinished);
    writeContent(fs, unfinished, creation);
    fs.syncDirectorySync(unfinished);
    fs.renameSync(unfinished, directory);
    fs.syncDirectorySync(path);
    return undefined;
  });
}

function writeContent(fs: FileSystem, directory: string, { manifest, snapshot, files }: Creation): void {
  const tag = directoryTag(manifest);
  const file = encodeSnapshotFile(snapshot, FIRST_NUMBER, tag);
  const segment = new ByteWriter(256);
  writeSegmentBeginning(segment, LogState.of(file.reference), tag);
  fs.createFileSync(snapshotPath(directory, FIRST_NUMBER), file.bytes);
  fs.createFileSync(segmentPath(directory, FIRST_NUMBER), segment.written());
  for (const [name, bytes] of files) {
    if (!isEngineFileName(name)) throw new RangeError(`"${name}" cannot be the name of an engine's file`);
    fs.createFileSync(`${directory}/${name}`, bytes);
  }
  fs.createFileSync(`${directory}/${MANIFEST_NAME}`, encodeManifest(manifest));
}

function alreadyThere(fs: FileSystem, path: string): OpenFault {
  const manifest = readManifest(fs, path, {});
  const whose = "kind" in manifest ? "data" : `the data of node ${manifest.nodeId} (${manifest.name})`;
  return {
    kind: "exists",
    path,
    message: `${path} already holds ${whose}: start the node from it, or choose another directory.`,
  };
}

/** Reads the manifest and checks that it is the one that is meant. Throws IoErrors other than "no such file". */
export function readManifest(fs: FileSystem, path: string, expected: ExpectedIdentity): Manifest | OpenFault {
  const names = listIfThere(fs, path);
  if (names === undefined || !names.includes(DATA_NAME)) return missing(path, names !== undefined, expected);
  const file = `${dataPath(path)}/${MANIFEST_NAME}`;
  if (!fs.listSync(dataPath(path)).includes(MANIFEST_NAME))
    return damaged(file, 0, "the manifest is missing");
  const manifest = decodeManifest(file, fs.readFileSync(file));
  return "kind" in manifest ? manifest : (mismatch(path, manifest, expected) ?? manifest);
}

function listIfThere(fs: FileSystem, path: string): readonly string[] | undefined {
  try {
    return fs.listSync(path);
  } catch (error) {
    if (isIoError(error) && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function missing(path: string, there: boolean, { nodeId }: ExpectedIdentity): OpenFault {
  const node = nodeId === undefined ? "the node" : `node ${nodeId}`;
  return {
    kind: "missing",
    path,
    message:
      `${there ? `${path} holds no data` : `${path} does not exist`}: check the path. If the data of ${node} ` +
      `was lost, remove ${node} from the cluster and add a new node with a new id; it must not come back empty.`,
  };
}

function mismatch(path: string, manifest: Manifest, expected: ExpectedIdentity): OpenFault | undefined {
  const { clusterId, nodeId, uuid } = expected;
  if (clusterId !== undefined && clusterId !== manifest.clusterId) {
    return {
      kind: "other-cluster",
      path,
      message: `${path} belongs to cluster ${manifest.clusterId}, not to ${clusterId}: choose the directory of this cluster's node.`,
    };
  }
  if (nodeId !== undefined && nodeId !== manifest.nodeId) {
    return {
      kind: "other-node",
      path,
      message: `${path} belongs to node ${manifest.nodeId}, not to node ${nodeId}: choose the directory of node ${nodeId}.`,
    };
  }
  if (uuid !== undefined && uuid !== manifest.uuid) {
    return {
      kind: "other-node",
      path,
      message: `${path} is another directory of node ${manifest.nodeId} (${manifest.uuid}, not ${uuid}): choose the one the cluster knows.`,
    };
  }
  return undefined;
}

function parentOf(path: string): string {
  const cut = path.replace(/\/+$/, "").lastIndexOf("/");
  return cut > 0 ? path.slice(0, cut) : cut === 0 ? "/" : ".";
}
