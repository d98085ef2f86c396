/** Test support: entries, snapshots and a data directory on a simulated machine. */
import type { Entry, HardState, Snapshot } from "../../raft/types";
import { createData } from "../data_directory";
import { isOpenFault } from "../faults";
import { type NodeStorage, openData } from "../open_storage";
import type { LogStorage, LogWrite, StorageFault } from "../types";
import type { SimulatedMachine } from "./simulated_machine";

export const DATA_PATH = "/data";
export const MANIFEST = { clusterId: "cluster-a", nodeId: 1, uuid: "uuid-1", name: "node 1" };

const encoder = new TextEncoder();

export function snapshotAt(index: number, term = 1, data = `snapshot ${index}`): Snapshot {
  const confState = {
    voters: [1, 2, 3],
    learners: [],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
  return { metadata: { index, term, confState }, data: encoder.encode(data) };
}

export function entry(index: number, term = 1, text = `entry ${index}`): Entry {
  return { index, term, type: "normal", data: encoder.encode(text) };
}

/** Entries [first, last]. */
export function entries(first: number, last: number, term = 1): readonly Entry[] {
  return Array.from({ length: last - first + 1 }, (_, i) => entry(first + i, term));
}

export function logWrite(write: Partial<LogWrite>): LogWrite {
  return { entries: [], hardState: undefined, snapshot: undefined, sync: true, ...write };
}

export function hardState(term: number, vote: number, commit: number): HardState {
  return { term, vote, commit };
}

/** Creates the data of MANIFEST's node, bootstrapped at index 1. */
export function create(machine: SimulatedMachine): void {
  const fault = createData(machine.disk, DATA_PATH, {
    manifest: MANIFEST,
    snapshot: snapshotAt(1),
    files: new Map(),
  });
  if (fault !== undefined) throw new Error(fault.message);
}

/** Opens the data, which must be good. */
export function open(machine: SimulatedMachine, segmentBytes?: number): NodeStorage {
  const { disk: fs, clock } = machine;
  const opened = openData({ fs, clock, path: DATA_PATH, expected: {}, segmentBytes });
  if (isOpenFault(opened)) throw new Error(opened.message);
  return opened;
}

/** Appends and waits for the answer, with all that happens meanwhile. */
export function appendNow(
  machine: SimulatedMachine,
  storage: LogStorage,
  write: Partial<LogWrite>,
): StorageFault | undefined {
  const answers: (StorageFault | undefined)[] = [];
  storage.append(logWrite(write), (fault) => answers.push(fault));
  machine.settle();
  if (answers.length !== 1) throw new Error(`${answers.length} answers to one append`);
  return answers[0];
}

/** Compacts and waits for the answer, with all that happens meanwhile. */
export function compactNow(
  machine: SimulatedMachine,
  storage: LogStorage,
  snapshot: Snapshot,
  keepFrom: number,
): StorageFault | undefined {
  const answers: (StorageFault | undefined)[] = [];
  storage.compact(snapshot, keepFrom, (fault) => answers.push(fault));
  machine.settle();
  if (answers.length !== 1) throw new Error(`${answers.length} answers to one compaction`);
  return answers[0];
}
