/** Handing leadership to a chosen voter (dissertation 3.10). */
import { describeNode } from "./describe";
import { newMessage, type Raft } from "./raft";
import { maybeSendAppend } from "./replication";
import { NONE, type NodeId } from "./types";

/**
 * Starts to transfer leadership: the target is brought up to date, then told to campaign at once. Until then, for at most
 * an election timeout, proposals are refused. Learners and strangers are no targets; a new target replaces the one before.
 */
export function handleTransferLeader(raft: Raft, target: NodeId): void {
  const progress = raft.tracker.get(target);
  if (progress === undefined || progress.isLearner || raft.leadTransferee === target) {
    raft.note("DEBUG", () => `not transferring leadership to ${describeNode(target)}`);
    return;
  }
  raft.leadTransferee = NONE;
  if (target === raft.id) return;
  raft.note("INFO", () => `transferring leadership to ${describeNode(target)} at term ${raft.term}`);
  raft.electionElapsed = 0;
  raft.leadTransferee = target;
  if (progress.match === raft.log.lastIndex()) sendTimeoutNow(raft, target);
  else maybeSendAppend(raft, target, true);
}

/** A follower passes the wish on to the leader; the message then comes from the target, not from the follower. */
export function forwardTransferLeader(raft: Raft, target: NodeId): void {
  if (raft.leader === NONE) {
    raft.note("INFO", () => "dropping a leadership transfer: no leader");
    return;
  }
  const message = newMessage("transfer-leader", raft.leader);
  message.from = target;
  raft.send(message);
}

/** A member has caught up: if leadership waits for that, it is told to campaign. */
export function continueTransfer(raft: Raft, id: NodeId, match: number): void {
  if (raft.leadTransferee === id && match === raft.log.lastIndex()) sendTimeoutNow(raft, id);
}

function sendTimeoutNow(raft: Raft, to: NodeId): void {
  raft.leaseGivenUp = true;
  raft.send(newMessage("timeout-now", to));
}
