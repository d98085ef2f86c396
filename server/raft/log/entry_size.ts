import { type Entry, NO_LIMIT } from "../types";
import { varintLength } from "../wire_writer";

/**
 * Bytes of an entry as the limits count them: those of its protocol-buffer form in etcd-io/raft, which differ by a few
 * from what the codec writes, so that limits mean the same in the conformance suite.
 */
export function entrySize(entry: Entry): number {
  const data = entry.data.length;
  return (
    4 + varintLength(entry.term) + varintLength(entry.index) + (data > 0 ? 1 + varintLength(data) + data : 0)
  );
}

/** Bytes of all of them, each as `entrySize` counts it. */
export function entriesSize(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entrySize(entry);
  return bytes;
}

/** Bytes of data alone: what a leader counts against the bound on uncommitted entries. Empty entries count nothing. */
export function payloadSize(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.data.length;
  return bytes;
}

/** How many of entries[from, to) fit in `bytesMax`: at least one, if there is one. */
export function countWithin(entries: readonly Entry[], from: number, to: number, bytesMax: number): number {
  if (bytesMax >= NO_LIMIT || to - from <= 1) return to - from;
  let bytes = 0;
  for (let i = from; i < to; i++) {
    const entry = entries[i];
    if (entry !== undefined) bytes += entrySize(entry);
    if (bytes > bytesMax) return Math.max(1, i - from);
  }
  return to - from;
}
