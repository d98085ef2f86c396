import { ByteWriter } from "./byte_buffer";
import { writeFully } from "./durable_file";
import type { FileSystem, IoError, OpenFile } from "./file_system";
import type { FullDiskRetry, RetryOutcome } from "./full_disk_retry";
import { encodeGroup, type Pending } from "./group";
import { segmentPath } from "./layout";
import type { LogState } from "./log_state";
import { writeSegmentBeginning } from "./segment";
import type { StorageFault } from "./types";

/** Groups are gathered into one write up to this size; a larger group is written alone. */
const WRITE_BYTES = 4 * 1024 * 1024;
/** Memory of the write buffer that is kept from one write to the next. */
const BUFFER_KEEP_BYTES = 256 * 1024;

type Done = (fault: StorageFault | undefined) => void;

/** Where and how segments are written. */
export interface SegmentWriterOptions {
  readonly fs: FileSystem;
  readonly directory: string;
  /** Identifies the data directory; stands in every file of the log. */
  readonly tag: number;
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytes: number;
  readonly retry: FullDiskRetry;
}

/**
 * The end of the log: one open segment, written strictly forwards. One call at a time; each answers with a fault that is
 * final, or undefined. A full disk is waited for, with the same bytes going to the same place.
 * Invariant: 0 <= durable <= offset; a segment is only begun when the one before it is durable to its end.
 */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #state: LogState;
  readonly #buffer = new ByteWriter(BUFFER_KEEP_BYTES);
  #file: OpenFile;
  #offset: number;
  #durable: number;
  #hasGroups = true;

  /** Goes on at `offset` of the state's current segment, which is durable up to there. Throws if it cannot be opened. */
  constructor(state: LogState, offset: number, options: SegmentWriterOptions) {
    this.#options = options;
    this.#state = state;
    this.#offset = offset;
    this.#durable = offset;
    this.#file = options.fs.openSync(segmentPath(options.directory, state.currentSegment));
  }

  /** A segment with nothing in it but its beginning is never full. */
  get isFull(): boolean {
    return this.#offset >= this.#options.segmentBytes && this.#hasGroups;
  }

  get isDurable(): boolean {
    return this.#durable === this.#offset;
  }

  /**
   * Writes groups from the front of `waiting` in one go, at least one and as many as fit, and answers how many it took;
   * `done` comes once the system has them.
   */
  write(waiting: readonly Pending[], done: Done): number {
    this.#buffer.reset(BUFFER_KEEP_BYTES);
    let taken = 0;
    for (const pending of waiting) {
      if (taken > 0 && this.#buffer.length >= WRITE_BYTES) break;
      encodeGroup(this.#buffer, this.#state, pending, this.#durable);
      taken++;
    }
    const bytes = this.#buffer.written();
    this.#writeAt(this.#file, bytes, this.#offset, (fault) => {
      if (fault === undefined && bytes.length > 0) {
        this.#offset += bytes.length;
        this.#hasGroups = true;
      }
      done(fault);
    });
    return taken;
  }

  /** Makes everything written so far durable. Not repeated after a failure: the system may already have dropped the bytes. */
  sync(done: Done): void {
    const file = this.#file;
    const offset = this.#offset;
    file.datasync((error) => {
      if (error === undefined) this.#durable = offset;
      done(finalFault("sync-failed", file.path, error));
    });
  }

  /**
   * Begins the next segment once the current one is durable, and makes its name durable before anything else is written
   * to it. Its first bytes become durable with the first group that is synced there.
   */
  beginNext(done: Done): void {
    if (this.isDurable) this.#createNext(done);
    else this.sync((fault) => (fault === undefined ? this.#createNext(done) : done(fault)));
  }

  #createNext(done: Done): void {
    const { fs, directory, tag, retry } = this.#options;
    this.#buffer.reset(BUFFER_KEEP_BYTES);
    writeSegmentBeginning(this.#buffer, this.#state, tag);
    const bytes = this.#buffer.written();
    const path = segmentPath(directory, this.#state.currentSegment);
    let created: OpenFile | undefined;
    const create = (answer: (error: IoError | undefined) => void) =>
      fs.create(path, (error, file) => {
        created = file;
        answer(error);
      });
    retry.run(create, (outcome) => {
      const file = created;
      if (file === undefined) return done(finalFault("write-failed", path, outcome ?? new Error("no file")));
      this.#writeAt(file, bytes, 0, (fault) => {
        if (fault !== undefined) return file.close(() => done(fault));
        this.#adopt(file, bytes.length, done);
      });
    });
  }

  #adopt(file: OpenFile, length: number, done: Done): void {
    const { fs, directory } = this.#options;
    const previous = this.#file;
    this.#file = file;
    this.#offset = length;
    this.#durable = 0;
    this.#hasGroups = false;
    previous.close(() => {
      fs.syncDirectory(directory, (error) => done(finalFault("sync-failed", directory, error)));
    });
  }

  /** Closes the file; what was written without a sync stays so. */
  close(done: () => void): void {
    this.#file.close(() => done());
  }

  #writeAt(file: OpenFile, bytes: Uint8Array, position: number, done: Done): void {
    if (bytes.length === 0) {
      this.#options.fs.defer(() => done(undefined));
      return;
    }
    this.#options.retry.run(
      (answer) => writeFully(file, bytes, position, answer),
      (outcome) => done(finalFault("write-failed", file.path, outcome)),
    );
  }
}

/** The fault that an outcome amounts to, if any. */
export function finalFault(
  kind: "sync-failed" | "write-failed",
  path: string,
  outcome: RetryOutcome,
): StorageFault | undefined {
  if (outcome === undefined) return undefined;
  if (outcome === "given-up") return { kind: "closed", path, detail: "closed while the disk was full" };
  return { kind, path, detail: outcome.message };
}
