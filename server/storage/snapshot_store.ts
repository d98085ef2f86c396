import type { Snapshot } from "../raft/types";
import { type FileFault, storeFile } from "./durable_file";
import type { FileSystem } from "./file_system";
import type { FullDiskRetry } from "./full_disk_retry";
import { numberedName } from "./layout";
import type { SnapshotReference } from "./record";
import { finalFault } from "./segment_writer";
import { encodeSnapshotFile } from "./snapshot_file";
import type { StorageFault } from "./types";

/** How storing a snapshot ended. */
export type SnapshotStored =
  | { readonly kind: "stored"; readonly reference: SnapshotReference }
  | { readonly kind: "failed"; readonly fault: StorageFault };

/** Puts snapshots on the disk beside the log, each in a file of its own that nothing refers to yet. */
export class SnapshotStore {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #tag: number;
  #nextNumber: number;

  constructor(fs: FileSystem, directory: string, tag: number, nextNumber: number) {
    this.#fs = fs;
    this.#directory = directory;
    this.#tag = tag;
    this.#nextNumber = nextNumber;
  }

  /** Answers once the file and its name are durable. Waits for room on a full disk, holding none of it meanwhile. */
  store(snapshot: Snapshot, retry: FullDiskRetry, done: (stored: SnapshotStored) => void): void {
    const number = this.#nextNumber++;
    const { bytes, reference } = encodeSnapshotFile(snapshot, number, this.#tag);
    const name = numberedName({ kind: "snapshot", number });
    let last: FileFault | undefined;
    retry.run(
      (answer) =>
        storeFile(this.#fs, this.#directory, name, bytes, (fault) => {
          last = fault;
          answer(fault?.error);
        }),
      (outcome) => {
        const kind = last?.step === "sync" ? "sync-failed" : "write-failed";
        const fault = finalFault(kind, last?.path ?? name, outcome);
        done(fault === undefined ? { kind: "stored", reference } : { kind: "failed", fault });
      },
    );
  }
}
