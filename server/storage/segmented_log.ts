import { assert } from "../raft/assert";
import type { Snapshot } from "../raft/types";
import type { Clock } from "./clock";
import type { FileSystem } from "./file_system";
import { FullDiskRetry } from "./full_disk_retry";
import { checkWrite, type Pending } from "./group";
import { numberedName } from "./layout";
import type { LogState } from "./log_state";
import type { SnapshotReference } from "./record";
import type { RecoveredLog } from "./recovery";
import { SegmentWriter } from "./segment_writer";
import { SnapshotStore } from "./snapshot_store";
import type { LogStorage, LogWrite, Recovered, StorageFault, WriteDone } from "./types";

/** What a log needs besides what was recovered. */
export interface SegmentedLogOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly directory: string;
  /** Identifies the data directory; stands in every file of the log. */
  readonly tag: number;
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytes: number;
}

interface Compaction {
  readonly snapshot: Snapshot;
  readonly keepFrom: number;
  readonly done: WriteDone;
}

/**
 * The log of one node in numbered segments. Two lanes: the log's own, where groups wait in `#queue` and all that wait
 * share the next write and sync; and the compactions', which store a snapshot beside it and then queue one record that
 * brings it into force. A file is removed only after the record that makes it superfluous is durable.
 */
export class SegmentedLog implements LogStorage {
  readonly recovered: Recovered;
  readonly #options: SegmentedLogOptions;
  readonly #fs: FileSystem;
  readonly #state: LogState;
  readonly #writer: SegmentWriter;
  readonly #snapshots: SnapshotStore;
  readonly #stallListeners: ((stalled: boolean) => void)[] = [];
  readonly #logRetry: FullDiskRetry;
  /** A snapshot of one's own that finds no room waits without a stall: nothing that was promised depends on it. */
  readonly #compactionRetry: FullDiskRetry;

  #queue: Pending[] = [];
  /** Being written or synced: no longer in the queue, not yet answered. */
  #underWay: readonly Pending[] = [];
  #logBusy = false;
  #compactions: Compaction[] = [];
  #compactionBusy = false;
  /** Files being removed. */
  #removals = 0;
  #fault: StorageFault | undefined;
  /** The log's end and snapshot once everything that was accepted is written. */
  #acceptedLast: number;
  #acceptedSnapshot: number;
  #closing: Promise<void> | undefined;
  /** Ends close(); undefined before it and once it has begun to close the file. */
  #resolveClose: (() => void) | undefined;
  /** Calls that came after close(), to be answered after those before it. */
  #late: WriteDone[] = [];

  /** Goes on where recovery ended. Throws if the segment cannot be opened for writing. */
  constructor(log: RecoveredLog, options: SegmentedLogOptions) {
    const { fs, clock, directory, tag } = options;
    this.recovered = log.recovered;
    this.#options = options;
    this.#fs = fs;
    this.#state = log.state;
    this.#acceptedLast = log.state.lastIndex;
    this.#acceptedSnapshot = log.state.snapshot.index;
    this.#logRetry = new FullDiskRetry(clock, (stalled) => {
      for (const listener of this.#stallListeners) listener(stalled);
    });
    this.#compactionRetry = new FullDiskRetry(clock, () => undefined);
    this.#writer = new SegmentWriter(log.state, log.offset, { ...options, retry: this.#logRetry });
    this.#snapshots = new SnapshotStore(fs, directory, tag, log.nextSnapshot);
  }

  onStall(listener: (stalled: boolean) => void): void {
    this.#stallListeners.push(listener);
  }

  append(write: LogWrite, done: WriteDone): void {
    if (this.#refuse(done)) return;
    checkWrite(write, this.#acceptedSnapshot, this.#acceptedLast);
    if (write.snapshot !== undefined) {
      this.#acceptedSnapshot = write.snapshot.metadata.index;
      this.#acceptedLast = this.#acceptedSnapshot;
    }
    this.#acceptedLast = write.entries.at(-1)?.index ?? this.#acceptedLast;
    const sync = write.sync || write.snapshot !== undefined;
    this.#queue.push({ kind: "append", write, sync, done, installed: undefined });
    this.#pump();
  }

  compact(snapshot: Snapshot, keepFrom: number, done: WriteDone): void {
    if (this.#refuse(done)) return;
    const { index } = snapshot.metadata;
    assert(index <= this.#acceptedLast, "a snapshot was taken of what is not in the log");
    assert(keepFrom <= index + 1, "a compaction would forget what its snapshot does not hold");
    this.#acceptedSnapshot = Math.max(this.#acceptedSnapshot, index);
    this.#compactions.push({ snapshot, keepFrom, done });
    this.#compactNext();
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#resolveClose = resolve;
      // Not from inside this call: giving up a wait for room answers the writes that wait.
      this.#fs.defer(() => {
        this.#late.unshift(...this.#compactions.splice(0).map(({ done }) => done));
        this.#logRetry.giveUp();
        this.#compactionRetry.giveUp();
        this.#closeIfIdle();
      });
    });
    return this.#closing;
  }

  /** Sees to the answer of a call that comes too late, if it does. */
  #refuse(done: WriteDone): boolean {
    if (this.#resolveClose !== undefined) this.#late.push(done);
    else if (this.#closing !== undefined || this.#fault !== undefined) {
      this.#fs.defer(() => done(this.#refusal()));
    } else return false;
    return true;
  }

  #refusal(): StorageFault {
    return this.#fault ?? { kind: "closed", path: this.#options.directory, detail: "the log is closed" };
  }

  // The log's lane.

  #pump(): void {
    if (this.#logBusy || this.#fault !== undefined) return;
    const head = this.#queue[0];
    if (head === undefined) return;
    this.#logBusy = true;
    if (isUnstored(head)) this.#storeInstalled(head);
    else if (this.#writer.isFull) this.#writer.beginNext((fault) => this.#continue(fault));
    else this.#writeBatch();
  }

  /** The lane is free again, unless the log has failed. */
  #continue(fault: StorageFault | undefined): void {
    this.#logBusy = false;
    if (fault !== undefined) this.#fail(fault);
    this.#pump();
    this.#closeIfIdle();
  }

  #storeInstalled(head: UnstoredInstall): void {
    this.#snapshots.store(head.write.snapshot, this.#logRetry, (stored) => {
      if (stored.kind === "stored") head.installed = stored.reference;
      this.#continue(stored.kind === "failed" ? stored.fault : undefined);
    });
  }

  #writeBatch(): void {
    const end = this.#queue.findIndex(isUnstored);
    const ready = end < 0 ? this.#queue : this.#queue.slice(0, end);
    const taken = this.#writer.write(ready, (fault) => {
      if (fault !== undefined || this.#fault !== undefined) return this.#continue(fault);
      const firstSync = this.#underWay.findIndex(({ sync }) => sync);
      if (firstSync < 0) return this.#answerAll();
      this.#writer.sync((syncFault) => {
        if (syncFault !== undefined || this.#fault !== undefined) return this.#continue(syncFault);
        this.#removeRetired();
        this.#answerAll();
      });
      const unsynced = this.#underWay.slice(0, firstSync);
      this.#underWay = this.#underWay.slice(firstSync);
      for (const { done } of unsynced) done(undefined);
    });
    this.#underWay = this.#queue.splice(0, taken);
  }

  /** What callers append from inside their answers waits for the next write together. */
  #answerAll(): void {
    const answered = this.#underWay;
    this.#underWay = [];
    for (const { done } of answered) done(undefined);
    this.#continue(undefined);
  }

  /** Ends the log: nothing that is not answered yet is known to be durable, and nothing is accepted any more. */
  #fail(fault: StorageFault): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    const unanswered = [...this.#underWay, ...this.#queue, ...this.#compactions];
    this.#underWay = [];
    this.#queue = [];
    this.#compactions = [];
    for (const { done } of unanswered) done(fault);
  }

  // The compactions' lane.

  #compactNext(): void {
    if (this.#compactionBusy || this.#fault !== undefined) return;
    const next = this.#compactions.shift();
    if (next === undefined) return;
    this.#compactionBusy = true;
    this.#snapshots.store(next.snapshot, this.#compactionRetry, (stored) => {
      if (stored.kind === "failed") return this.#compacted(next, undefined, stored.fault);
      if (this.#fault !== undefined) return this.#compacted(next, undefined, this.#fault);
      this.#queue.push({
        kind: "compaction",
        sync: true,
        taken: stored.reference,
        keepFrom: next.keepFrom,
        done: (fault) => this.#compacted(next, stored.reference, fault),
      });
      this.#pump();
    });
  }

  #compacted(
    { done }: Compaction,
    taken: SnapshotReference | undefined,
    fault: StorageFault | undefined,
  ): void {
    this.#compactionBusy = false;
    // A newer snapshot was installed meanwhile: this one never came into force.
    if (taken !== undefined && fault === undefined && taken.number !== this.#state.snapshot.number) {
      this.#remove(numberedName({ kind: "snapshot", number: taken.number }));
    }
    done(fault);
    if (fault !== undefined) this.#fail(fault);
    this.#compactNext();
    this.#closeIfIdle();
  }

  #removeRetired(): void {
    for (const file of this.#state.takeRetired()) this.#remove(numberedName(file));
  }

  /** A file that cannot be removed now is removed when the directory is opened the next time. */
  #remove(name: string): void {
    this.#removals++;
    this.#fs.unlink(`${this.#options.directory}/${name}`, () => {
      this.#removals--;
      this.#closeIfIdle();
    });
  }

  #closeIfIdle(): void {
    const resolve = this.#resolveClose;
    if (resolve === undefined || this.#logBusy || this.#compactionBusy || this.#removals > 0) return;
    if (this.#queue.length > 0) return;
    this.#resolveClose = undefined;
    const late = this.#late;
    this.#late = [];
    for (const done of late) done(this.#refusal());
    const finish = () => this.#writer.close(resolve);
    if (this.#fault !== undefined || this.#writer.isDurable) finish();
    else this.#writer.sync(finish);
  }
}

type UnstoredInstall = Extract<Pending, { readonly kind: "append" }> & {
  readonly write: { readonly snapshot: Snapshot };
};

/** Whether the group brings a snapshot whose file is not stored yet. */
function isUnstored(pending: Pending): pending is UnstoredInstall {
  return pending.kind === "append" && pending.write.snapshot !== undefined && pending.installed === undefined;
}
