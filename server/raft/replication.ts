/** The leader's side of replication: sending entries, snapshots and heartbeats, and committing (dissertation 3.5). */
import { describeNode, describeProgress } from "./describe";
import { payloadSize } from "./log/entry_size";
import { newMessage, type Raft } from "./raft";
import type { Progress } from "./tracker/progress";
import type { Entry, EntryType, NodeId } from "./types";

const NO_ENTRIES: readonly Entry[] = [];

/** An entry that has no place in the log yet. */
export interface Proposal {
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/**
 * Appends to this leader's own log. False when the bound on uncommitted bytes refuses it; an empty log tail takes any
 * size, and entries without data are never refused. The leader's own acknowledgement waits until the write is durable.
 */
export function appendToLog(raft: Raft, proposals: readonly Proposal[]): boolean {
  const last = raft.log.lastIndex();
  const entries = proposals.map(({ type, data }, i) => ({
    term: raft.term,
    index: last + 1 + i,
    type,
    data,
  }));
  const bytes = payloadSize(entries);
  if (raft.uncommittedBytes > 0 && bytes > 0 && raft.uncommittedBytes + bytes > raft.uncommittedBytesMax) {
    raft.note("WARN", () => `dropping a proposal: ${raft.uncommittedBytes} bytes are uncommitted already`);
    return false;
  }
  raft.uncommittedBytes += bytes;
  raft.log.append(entries);
  const acknowledgement = newMessage("app-resp", raft.id);
  acknowledgement.index = raft.log.lastIndex();
  raft.send(acknowledgement);
  return true;
}

/** Commits what the voters hold by now, if it is of this term. Whether anything was committed. */
export function maybeCommit(raft: Raft): boolean {
  return raft.log.maybeCommit(raft.tracker.committed(), raft.term);
}

/** Sends an append to every other member that may be sent one. */
export function broadcastAppend(raft: Raft): void {
  for (const id of raft.tracker.ids) {
    if (id !== raft.id) maybeSendAppend(raft, id, true);
  }
}

/**
 * Sends a member its next entries, or a snapshot when they are gone from the log. `evenIfEmpty`: also without entries,
 * for the sake of the commit index. Whether anything was sent.
 */
export function maybeSendAppend(raft: Raft, to: NodeId, evenIfEmpty: boolean): boolean {
  const progress = raft.tracker.get(to);
  if (progress === undefined || progress.paused) return false;
  const { log } = raft;
  const previous = progress.next - 1;
  const previousTerm = log.term(previous);
  if (previousTerm === undefined) return maybeSendSnapshot(raft, to, progress);
  // With a full window only an empty append goes out: if everything under way was lost, its rejection restarts the flow.
  const full = progress.state === "replicate" && progress.inflights.full;
  const entries = full ? NO_ENTRIES : log.entriesFrom(progress.next, raft.messageBytesMax);
  if (entries === "compacted") return maybeSendSnapshot(raft, to, progress);
  if (entries.length === 0 && !evenIfEmpty) return false;
  const message = newMessage("app", to);
  message.index = previous;
  message.logTerm = previousTerm;
  message.entries = entries;
  message.commit = log.committed;
  raft.send(message);
  progress.sentEntries(entries.length, payloadSize(entries));
  progress.sentCommit(log.committed);
  return true;
}

/** Sends the newest snapshot (dissertation 5.3). Not to a member that was silent lately: it would be wasted. */
function maybeSendSnapshot(raft: Raft, to: NodeId, progress: Progress): boolean {
  if (!progress.recentActive) {
    raft.note("DEBUG", () => `sending no snapshot to ${describeNode(to)}, which was not heard from`);
    return false;
  }
  const snapshot = raft.log.snapshot();
  if (snapshot === "unavailable") {
    raft.note("DEBUG", () => `no snapshot for ${describeNode(to)} yet`);
    return false;
  }
  progress.becomeSnapshot(snapshot.metadata.index);
  raft.note("DEBUG", () => {
    return `sending ${describeNode(to)} a snapshot at ${snapshot.metadata.index} [${describeProgress(progress.view(to))}]`;
  });
  const message = newMessage("snap", to);
  message.snapshot = snapshot;
  raft.send(message);
  return true;
}

/** A heartbeat to every other member, with the context of the newest round of reads, if any waits. */
export function broadcastHeartbeat(raft: Raft): void {
  const { context } = raft.reads;
  for (const id of raft.tracker.ids) {
    const progress = raft.tracker.get(id);
    if (id === raft.id || progress === undefined) continue;
    const message = newMessage("heartbeat", id);
    // Never beyond what is known to match: the rest of the follower's log may be another one.
    message.commit = Math.min(progress.match, raft.log.committed);
    message.context = context;
    raft.send(message);
    progress.sentCommit(message.commit);
  }
}
