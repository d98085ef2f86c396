import type { MemoryLog } from "../raft/memory_log";
import type { Snapshot } from "../raft/types";
import type { LogStorage, StorageFault } from "../storage/types";
import type { Applier } from "./applier";
import type { NodeOptions } from "./node_ports";

/** Entries kept behind a snapshot unless told otherwise, so that a peer a little behind needs no snapshot. */
const KEEP_ENTRIES = 1000;

/** Takes log snapshots of what is applied here, one at a time, and forgets the log before them. */
export class Compaction {
  private snapshotIndex: number;
  private underWay = false;
  private readonly every: number;
  private readonly keepEntries: number;
  private readonly storage: LogStorage;
  private readonly log: MemoryLog;
  private readonly applier: Applier;

  constructor(
    { snapshotEvery, keepEntries = KEEP_ENTRIES }: NodeOptions,
    storage: LogStorage,
    log: MemoryLog,
    applier: Applier,
  ) {
    this.snapshotIndex = storage.recovered.snapshot.metadata.index;
    this.every = snapshotEvery;
    this.keepEntries = keepEntries;
    this.storage = storage;
    this.log = log;
    this.applier = applier;
  }

  /** A snapshot of the leader came in. */
  installed(index: number): void {
    this.snapshotIndex = index;
  }

  /** Takes a snapshot if it is time. `done` hears of its end, and runs what is then to be done to the log. */
  takeIfDue(done: (fault: StorageFault | undefined, forget: () => void) => void): void {
    const { index } = this.applier;
    if (this.underWay || index - this.snapshotIndex < this.every) return;
    const term = this.log.term(index);
    if (typeof term !== "number") return;
    this.underWay = true;
    const { confState } = this.applier.registry;
    const data = this.applier.snapshotData();
    const snapshot: Snapshot = { metadata: { index, term, confState }, data };
    const keepFrom = Math.max(this.log.firstIndex(), index - this.keepEntries + 1);
    this.storage.compact(snapshot, keepFrom, (fault) => {
      this.underWay = false;
      done(fault, () => {
        // A snapshot of the leader may have come in between; then the log begins after it already.
        if (index <= this.snapshotIndex) return;
        this.snapshotIndex = index;
        this.log.createSnapshot(index, confState, data);
        this.log.compact(keepFrom);
      });
    });
  }
}
