/**
 * What a node finds on its disk. Reads the segments in order, checks them against each other, and repairs the only two
 * things that a crash may leave behind: a torn end of the last segment, which is cut, and files that nothing refers to.
 *
 * Before it answers, everything it read is durable: the last segment is written again from the offset up to which a sync
 * is known to have succeeded, then synced. A sync alone would do after a killed process, whose last writes the node is
 * about to promise to others. It would not do after a failed sync: the system may take the lost pages for clean and
 * answer the next sync with success, though they never reached the disk.
 */
import { catchIo, damaged, isOpenFault, type OpenFault } from "./faults";
import type { FileSystem } from "./file_system";
import { parseNumberedFile, segmentPath, snapshotPath, UNFINISHED_SUFFIX } from "./layout";
import type { LogState } from "./log_state";
import { Replay } from "./replay";
import { type SegmentScan, scanSegment } from "./segment";
import { decodeSnapshotFile } from "./snapshot_file";
import type { Recovered } from "./types";

/** A log read back, and where its writer goes on. */
export interface RecoveredLog {
  readonly kind: "recovered";
  readonly recovered: Recovered;
  readonly state: LogState;
  /** Offset of the next frame in the current segment. */
  readonly offset: number;
  /** Number for the next snapshot file. */
  readonly nextSnapshot: number;
}

interface Files {
  /** Ascending. */
  readonly segments: readonly number[];
  readonly snapshots: readonly number[];
  readonly unfinished: readonly string[];
}

interface LastSegment {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly scan: SegmentScan;
}

/** Reads the log in `directory` and repairs its end. Errors of the disk and damage are values. Synchronous. */
export function recoverLog(fs: FileSystem, directory: string, tag: number): RecoveredLog | OpenFault {
  return catchIo(directory, () => recover(fs, directory, tag));
}

function recover(fs: FileSystem, directory: string, tag: number): RecoveredLog | OpenFault {
  const files = listFiles(fs, directory);
  const run = contiguousRun(files.segments);
  const replay = new Replay();
  const read = readSegments(fs, directory, tag, run, replay);
  if (isOpenFault(read)) return read;
  const state = replay.state;
  if (state === undefined || read === undefined) return damaged(directory, 0, "it holds no segment of a log");
  const missing = (run[0] ?? 0) - 1;
  if (missing >= replay.firstSegment) {
    return damaged(segmentPath(directory, missing), 0, "the segment is missing");
  }
  const entries = replay.finish(state);
  const lastPath = segmentPath(directory, read.last.number);
  if (typeof entries === "string") return damaged(lastPath, read.last.scan.end, entries);
  const snapshot = readSnapshot(fs, directory, tag, files, state);
  if (isOpenFault(snapshot)) return snapshot;
  const { end, durable } = read.last.scan;
  fs.patchFileSync(lastPath, durable, read.last.bytes.subarray(durable, end));
  removeLeftovers(fs, directory, files, state, replay.firstSegment);
  state.takeRetired();
  fs.syncDirectorySync(directory);
  const { term, vote, commit } = state.hardState;
  const hardState = { term, vote, commit: Math.max(commit, snapshot.metadata.index) };
  return {
    kind: "recovered",
    recovered: { hardState, snapshot, entries, tornBytes: read.tornBytes },
    state,
    offset: end,
    nextSnapshot: Math.max(0, ...files.snapshots) + 1,
  };
}

function listFiles(fs: FileSystem, directory: string): Files {
  const segments: number[] = [];
  const snapshots: number[] = [];
  const unfinished: string[] = [];
  for (const name of fs.listSync(directory)) {
    const file = parseNumberedFile(name);
    if (file !== undefined) (file.kind === "log" ? segments : snapshots).push(file.number);
    else if (name.endsWith(UNFINISHED_SUFFIX)) unfinished.push(name);
  }
  segments.sort((a, b) => a - b);
  return { segments, snapshots, unfinished };
}

/** The numbers without gaps that end with the highest one: what lies before a gap was forgotten, if all is well. */
function contiguousRun(ascending: readonly number[]): readonly number[] {
  let start = ascending.length - 1;
  while (start > 0 && ascending[start - 1] === (ascending[start] ?? 0) - 1) start--;
  return ascending.slice(Math.max(start, 0));
}

/**
 * Plays all segments. A last one whose beginning is incomplete was being made when the node stopped, before anything
 * was written to it: it is removed, and the one before it, which was synced first, must be whole.
 */
function readSegments(
  fs: FileSystem,
  directory: string,
  tag: number,
  numbers: readonly number[],
  replay: Replay,
): { readonly last: LastSegment; readonly tornBytes: number } | OpenFault | undefined {
  let last: LastSegment | undefined;
  for (const number of numbers) {
    const path = segmentPath(directory, number);
    const bytes = fs.readFileSync(path);
    let opening = true;
    const scan = scanSegment(
      { directory, number, tag, last: number === numbers.at(-1), bytes },
      (sequence, records) => {
        const objection = replay.group(number, opening, sequence, records);
        opening = false;
        return objection;
      },
    );
    if (isOpenFault(scan)) return scan;
    if (scan.end === 0) {
      if (last === undefined) return damaged(path, 0, "the only segment of the log is incomplete");
      fs.removeSync(path);
      return { last, tornBytes: bytes.length };
    }
    last = { number, bytes, scan };
  }
  return last && { last, tornBytes: last.bytes.length - last.scan.end };
}

function readSnapshot(fs: FileSystem, directory: string, tag: number, files: Files, state: LogState) {
  const path = snapshotPath(directory, state.snapshot.number);
  if (!files.snapshots.includes(state.snapshot.number)) {
    return damaged(path, 0, "the snapshot that the log refers to is missing");
  }
  return decodeSnapshotFile(path, fs.readFileSync(path), state.snapshot, tag);
}

function removeLeftovers(
  fs: FileSystem,
  directory: string,
  files: Files,
  state: LogState,
  firstSegment: number,
): void {
  for (const name of files.unfinished) fs.removeSync(`${directory}/${name}`);
  for (const number of files.snapshots) {
    if (number !== state.snapshot.number) fs.removeSync(snapshotPath(directory, number));
  }
  for (const number of files.segments) {
    if (number < firstSegment) fs.removeSync(segmentPath(directory, number));
  }
}
