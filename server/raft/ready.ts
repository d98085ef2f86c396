/** Composes what a node wants done, and notes that it was handed out. */
import { entriesSize } from "./log/entry_size";
import { newMessage, type Raft } from "./raft";
import {
  type Entry,
  type HardState,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  type ReadState,
  type Ready,
  type Snapshot,
  type StateRole,
} from "./types";

const NO_READ_STATES: readonly ReadState[] = [];
const NO_MESSAGES: readonly Message[] = [];

/** The states that were handed out last: only changes are handed out again. */
export interface AcceptedState {
  softState: { readonly leader: number; readonly role: StateRole };
  hardState: HardState;
}

/** Whether a Ready would hold anything. Takes constant time. */
export function hasReady(raft: Raft, accepted: AcceptedState, async: boolean): boolean {
  return (
    raft.messages.length > 0 ||
    raft.messagesAfterAppend.length > 0 ||
    raft.log.unstable.hasNextEntries ||
    raft.log.hasNextCommitted(!async) ||
    raft.log.unstable.nextSnapshot() !== undefined ||
    raft.readStates.length > 0 ||
    softStateChanged(raft, accepted) ||
    hardStateChanged(raft, accepted)
  );
}

function softStateChanged({ leader, role }: Raft, { softState }: AcceptedState): boolean {
  return leader !== softState.leader || role !== softState.role;
}

function hardStateChanged({ term, vote, log }: Raft, { hardState }: AcceptedState): boolean {
  return term !== hardState.term || vote !== hardState.vote || log.committed !== hardState.commit;
}

/** Everything there is to do, without noting that it was handed out. */
export function composeReady(raft: Raft, accepted: AcceptedState, async: boolean): Ready {
  const entries = raft.log.unstable.nextEntries();
  const hardState = hardStateChanged(raft, accepted) ? raft.hardState : undefined;
  const ready = {
    softState: softStateChanged(raft, accepted) ? raft.softState : undefined,
    hardState,
    readStates: raft.readStates.length > 0 ? raft.readStates : NO_READ_STATES,
    entries,
    snapshot: raft.log.unstable.nextSnapshot(),
    committedEntries: raft.log.nextCommitted(!async),
    mustSync:
      entries.length > 0 || raft.term !== accepted.hardState.term || raft.vote !== accepted.hardState.vote,
  };
  return { ...ready, messages: async ? asyncMessages(raft, ready) : syncMessages(raft) };
}

/** The queue itself, unless it is empty: an empty one stays in use, and what it takes later is not of this Ready. */
function queued(queue: readonly Message[]): readonly Message[] {
  return queue.length > 0 ? queue : NO_MESSAGES;
}

/** The caller writes before it sends: promises may follow the rest directly. */
function syncMessages(raft: Raft): readonly Message[] {
  if (raft.messagesAfterAppend.length === 0) return queued(raft.messages);
  const messages = raft.messages.slice();
  for (const message of raft.messagesAfterAppend) {
    if (message.to !== raft.id) messages.push(message);
  }
  return messages;
}

/** Everything to write and to apply goes as messages to the storage threads; promises wait there for the write. */
function asyncMessages(raft: Raft, ready: Omit<Ready, "messages">): readonly Message[] {
  const { hardState, entries, snapshot, committedEntries } = ready;
  const messages = queued(raft.messages);
  const promises = queued(raft.messagesAfterAppend);
  const writes =
    entries.length > 0 || hardState !== undefined || snapshot !== undefined || promises.length > 0;
  if (!writes && committedEntries.length === 0) return messages;
  const all = messages.slice();
  if (writes) {
    const append = newMessage("storage-append", LOCAL_APPEND_THREAD);
    append.from = raft.id;
    append.entries = entries;
    if (hardState !== undefined) {
      append.term = hardState.term;
      append.vote = hardState.vote;
      append.commit = hardState.commit;
    }
    append.snapshot = snapshot;
    // The node's own promises come before the news that its entries are stable: it then commits in one go.
    const response = appendResponse(raft, snapshot);
    append.responses = response === undefined ? promises : [...promises, response];
    all.push(append);
  }
  if (committedEntries.length > 0) {
    const apply = newMessage("storage-apply", LOCAL_APPLY_THREAD);
    apply.from = raft.id;
    apply.entries = committedEntries;
    apply.responses = [applyResponse(raft, committedEntries)];
    all.push(apply);
  }
  return all;
}

/**
 * What the append thread answers when this write, and all before it, are durable; undefined when the node need not know.
 * It names the last entry also if that was handed out earlier: after a change of term only an answer of the new term is
 * believed, since an older one may speak of entries that were overwritten meanwhile.
 */
export function appendResponse(raft: Raft, snapshot: Snapshot | undefined): Message | undefined {
  const hasEntries = raft.log.unstable.length > 0;
  if (!hasEntries && snapshot === undefined) return undefined;
  const response = newMessage("storage-append-resp", raft.id);
  response.from = LOCAL_APPEND_THREAD;
  response.term = raft.term;
  if (hasEntries) {
    const last = raft.log.lastEntry();
    response.index = last.index;
    response.logTerm = last.term;
  }
  response.snapshot = snapshot;
  return response;
}

/** What the apply thread answers when these entries are applied. */
export function applyResponse(raft: Raft, entries: readonly Entry[]): Message {
  const response = newMessage("storage-apply-resp", raft.id);
  response.from = LOCAL_APPLY_THREAD;
  response.entries = entries;
  return response;
}

/** Notes that a Ready was handed out. */
export function acceptReady(raft: Raft, accepted: AcceptedState, ready: Ready, async: boolean): void {
  if (ready.softState !== undefined) accepted.softState = ready.softState;
  if (ready.hardState !== undefined) accepted.hardState = ready.hardState;
  if (ready.readStates.length > 0) raft.readStates = [];
  if (raft.messages.length > 0) raft.messages = [];
  if (raft.messagesAfterAppend.length > 0) raft.messagesAfterAppend = [];
  raft.log.unstable.acceptInProgress();
  const last = ready.committedEntries[ready.committedEntries.length - 1];
  if (last !== undefined) raft.log.acceptApplying(last.index, entriesSize(ready.committedEntries), !async);
}
