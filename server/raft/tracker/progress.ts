import { assert } from "../assert";
import type { NodeId, ProgressState, ProgressView } from "../types";
import type { Inflights } from "./inflights";

/**
 * What the leader knows about one peer's log, and how it may send to it.
 *
 * - probe: the peer's log is unknown; one message, then wait for an answer or a heartbeat.
 * - replicate: the log matches; messages follow each other up to the window.
 * - snapshot: a snapshot is under way; nothing else is sent.
 */
export class Progress {
  /** Up to here the peer's log is known to equal the leader's. */
  match: number;
  /** The next entry to send. Invariant: match < next. Entries between are under way. */
  next: number;
  state: ProgressState = "probe";
  /** Index of the snapshot under way; 0 unless in state snapshot. */
  pendingSnapshot = 0;
  /** Heard from since the last check-quorum round. */
  recentActive: boolean;
  /** Sending waits for an answer or a heartbeat: a probe is out, or the window is full. */
  flowPaused = false;
  isLearner: boolean;
  readonly inflights: Inflights;
  /** The highest commit index the peer was told, as far as it can have followed. Invariant: below next, once told. */
  #sentCommit = 0;

  constructor(next: number, isLearner: boolean, recentActive: boolean, inflights: Inflights) {
    this.match = 0;
    this.next = next;
    this.isLearner = isLearner;
    this.recentActive = recentActive;
    this.inflights = inflights;
  }

  get paused(): boolean {
    return this.state === "snapshot" || this.flowPaused;
  }

  /** Starts over with the next entry unknown: after the last match, or after the snapshot that was sent. */
  becomeProbe(): void {
    const pendingSnapshot = this.state === "snapshot" ? this.pendingSnapshot : 0;
    this.#enter("probe");
    this.next = Math.max(this.match + 1, pendingSnapshot + 1);
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.#enter("replicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.#enter("snapshot");
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.#sentCommit = index;
  }

  /** Notes an append message with this many consecutive entries, from `next` on. */
  sentEntries(count: number, bytes: number): void {
    assert(this.state !== "snapshot", "an append was sent while a snapshot is under way");
    if (this.state === "probe") {
      if (count > 0) this.flowPaused = true;
      return;
    }
    if (count > 0) {
      this.next += count;
      this.inflights.add(this.next - 1, bytes);
    }
    this.flowPaused = this.inflights.full;
  }

  /** Whether telling the peer this commit index could move its own. */
  canBumpCommit(index: number): boolean {
    return index > this.#sentCommit && this.#sentCommit < this.next - 1;
  }

  sentCommit(commit: number): void {
    this.#sentCommit = commit;
  }

  /** The peer acknowledged `index`. False if that is old news. */
  acknowledge(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.flowPaused = false;
    return true;
  }

  /**
   * The peer rejected an append after `rejected` and suggests `hint` as the last entry that may match. False if the
   * rejection is stale, as after a reordering; else `next` is lowered.
   */
  reject(rejected: number, hint: number): boolean {
    if (this.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
    } else {
      // One probe at a time: a rejection of another one is stale.
      if (this.next - 1 !== rejected) return false;
      this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);
      this.flowPaused = false;
    }
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
    return true;
  }

  view(id: NodeId): ProgressView {
    return {
      id,
      match: this.match,
      next: this.next,
      state: this.state,
      isLearner: this.isLearner,
      recentActive: this.recentActive,
      paused: this.paused,
      pendingSnapshot: this.pendingSnapshot,
      inflight: this.inflights.count,
      inflightFull: this.inflights.full,
    };
  }

  #enter(state: ProgressState): void {
    assert(this.match < this.next, "match is below next");
    this.state = state;
    this.flowPaused = false;
    this.pendingSnapshot = 0;
    this.inflights.reset();
  }
}
