/** What a follower does with its leader's messages (dissertation 3.5, 5.3). */
import { assert } from "./assert";
import { checkConfig } from "./confchange/changer";
import { describeNode } from "./describe";
import { switchToConfig } from "./membership";
import { newMessage, type Raft } from "./raft";
import type { Message, Snapshot } from "./types";

/** Appends the leader's entries, or answers where the logs may still match. */
export function handleAppend(raft: Raft, message: Message): void {
  const { log } = raft;
  const response = newMessage("app-resp", message.from);
  if (message.index < log.committed) {
    response.index = log.committed;
    raft.send(response);
    return;
  }
  const previous = { term: message.logTerm, index: message.index };
  const last = log.maybeAppend(previous, message.entries, message.commit);
  if (last !== undefined) {
    response.index = last;
    raft.send(response);
    return;
  }
  const hint = log.findConflictByTerm(Math.min(message.index, log.lastIndex()), message.logTerm);
  raft.note("DEBUG", () => {
    return `rejecting entries of ${describeNode(message.from)} after ${message.logTerm}/${message.index}`;
  });
  response.index = message.index;
  response.reject = true;
  response.rejectHint = hint.index;
  response.logTerm = hint.term;
  raft.send(response);
}

/** Commits what the heartbeat says, which the leader has cut to what this log is known to match; the answer carries its context (6.4). */
export function handleHeartbeat(raft: Raft, message: Message): void {
  raft.log.commitTo(message.commit);
  const response = newMessage("heartbeat-resp", message.from);
  response.context = message.context;
  raft.send(response);
}

/** Installs a snapshot, unless this log already holds what it covers. The answer tells the leader how far the log is. */
export function handleSnapshot(raft: Raft, message: Message): void {
  const { snapshot } = message;
  const restored = snapshot !== undefined && restore(raft, snapshot);
  const response = newMessage("app-resp", message.from);
  response.index = restored ? raft.log.lastIndex() : raft.log.committed;
  raft.send(response);
}

/**
 * Whether the snapshot was taken; not when it is old. It need not name this node: one that is being added may be sent a
 * snapshot from before, and reads of its coming in the entries after it. Ignoring such a snapshot would keep it out forever.
 */
function restore(raft: Raft, snapshot: Snapshot): boolean {
  const { index, term, confState } = snapshot.metadata;
  if (index <= raft.log.committed) return false;
  assert(raft.role === "follower", "only a follower installs a snapshot");
  const fault = checkConfig(confState);
  if (fault !== undefined) {
    raft.note("WARN", () => `ignoring the snapshot at ${index}: ${fault}`);
    return false;
  }
  if (raft.log.matches({ term, index })) {
    raft.note("INFO", () => `the log already reaches the snapshot at ${index}`);
    raft.log.commitTo(index);
    return false;
  }
  raft.log.restore(snapshot);
  raft.tracker.resetVotes();
  switchToConfig(raft, {
    kind: "changed",
    config: confState,
    fresh: [...confState.voters, ...confState.learners, ...confState.votersOutgoing],
  });
  return true;
}
