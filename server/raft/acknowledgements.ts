/** What a leader learns of its members' logs (dissertation 3.5, 10.2 for flow control). */
import { describeNode, describeProgress } from "./describe";
import type { Raft } from "./raft";
import { confirmReads, releasePostponedReads } from "./reads";
import { broadcastAppend, maybeCommit, maybeSendAppend } from "./replication";
import type { Progress } from "./tracker/progress";
import { continueTransfer } from "./transfer";
import type { Message, NodeId, Refusal } from "./types";

/**
 * An answer to an append or a snapshot; also the leader's own, once its write is durable. Refused: an acknowledgement of what this
 * leader's log does not hold, which would count towards a commit.
 */
export function handleAppendResponse(raft: Raft, response: Message): Refusal | undefined {
  const progress = raft.tracker.get(response.from);
  if (progress === undefined) return undefined;
  const last = raft.log.lastIndex();
  if (!response.reject && response.index > last)
    return { kind: "impossible", detail: `acknowledges ${response.index}, the log ends at ${last}` };
  progress.recentActive = true;
  if (response.reject) handleRejection(raft, response, progress);
  else handleAcknowledgement(raft, response, progress);
  return undefined;
}

/**
 * The member's log does not hold the entry before what was sent. Its hint is where its log may still match; our own log
 * may show that this is not far enough back, since terms never fall within a log.
 */
function handleRejection(raft: Raft, response: Message, progress: Progress): void {
  const { from, index, rejectHint, logTerm } = response;
  const hint = logTerm > 0 ? raft.log.findConflictByTerm(rejectHint, logTerm).index : rejectHint;
  if (!progress.reject(index, hint)) return;
  if (progress.state === "replicate") progress.becomeProbe();
  raft.note(
    "DEBUG",
    () => `${describeNode(from)} rejected ${index} [${describeProgress(progress.view(from))}]`,
  );
  maybeSendAppend(raft, from, true);
}

function handleAcknowledgement(raft: Raft, response: Message, progress: Progress): void {
  const { from, index } = response;
  // A probe that confirms what is known already still ends the probing.
  const probed = progress.state === "probe" && progress.match === index;
  if (!progress.acknowledge(index) && !probed) return;
  advanceState(raft, from, progress);
  if (maybeCommit(raft)) {
    releasePostponedReads(raft);
    broadcastAppend(raft);
  } else if (from !== raft.id && progress.canBumpCommit(raft.log.committed)) {
    maybeSendAppend(raft, from, true);
  }
  if (from === raft.id) return;
  // The window may have room for several messages now.
  while (maybeSendAppend(raft, from, false));
  continueTransfer(raft, from, progress.match);
}

function advanceState(raft: Raft, id: NodeId, progress: Progress): void {
  if (progress.state === "probe") {
    progress.becomeReplicate();
  } else if (progress.state === "replicate") {
    progress.inflights.freeTo(progress.match);
  } else if (progress.match + 1 >= raft.log.firstIndex()) {
    // Whatever snapshot it installed, and wherever from: the log can take over.
    progress.becomeProbe();
    progress.becomeReplicate();
    raft.note("DEBUG", () => `${describeNode(id)} needs no snapshot any more`);
  }
}

/** The member is alive; if it lacks entries, or is being probed, it is sent the next append. */
export function handleHeartbeatResponse(raft: Raft, response: Message): void {
  const progress = raft.tracker.get(response.from);
  if (progress === undefined) return;
  progress.recentActive = true;
  progress.flowPaused = false;
  if (progress.match < raft.log.lastIndex() || progress.state === "probe") {
    maybeSendAppend(raft, response.from, true);
  }
  confirmReads(raft, response);
}

/** The transport could not reach a member: what is under way to it is probably lost. */
export function handleUnreachable(raft: Raft, id: NodeId): void {
  const progress = raft.tracker.get(id);
  if (raft.role !== "leader" || progress === undefined) return;
  if (progress.state === "replicate") progress.becomeProbe();
  raft.note("DEBUG", () => `${describeNode(id)} is unreachable [${describeProgress(progress.view(id))}]`);
}

/** The transport has sent a snapshot, or failed to. Either way the next append waits: for its answer, or for a heartbeat. */
export function handleSnapshotStatus(raft: Raft, id: NodeId, failed: boolean): void {
  const progress = raft.tracker.get(id);
  if (raft.role !== "leader" || progress === undefined || progress.state !== "snapshot") return;
  if (failed) progress.pendingSnapshot = 0;
  progress.becomeProbe();
  progress.flowPaused = true;
  raft.note("DEBUG", () => {
    return `snapshot to ${describeNode(id)} ${failed ? "failed" : "sent"} [${describeProgress(progress.view(id))}]`;
  });
}
