/** Takes in one message: first its term (dissertation 3.3), then what it says, by the role of this node. */
import { handleAppendResponse, handleHeartbeatResponse } from "./acknowledgements";
import { assert } from "./assert";
import { describeMessageType, describeNode } from "./describe";
import {
  becomeFollower,
  handleStalePreVoteResponse,
  handleVoteRequest,
  handleVoteResponse,
  refusedByLease,
  startElection,
} from "./election";
import { handleAppend, handleHeartbeat, handleSnapshot } from "./follower";
import { entriesSize, payloadSize } from "./log/entry_size";
import { appliedTo } from "./membership";
import { propose } from "./proposals";
import { newMessage, type Raft } from "./raft";
import { forwardReadIndex, handleReadIndex, handleReadIndexResponse } from "./reads";
import { forwardTransferLeader, handleTransferLeader } from "./transfer";
import { type Message, NONE, type Refusal, type Snapshot } from "./types";

/** Takes in a message from a peer, or an answer of a storage thread. Refused here: proposals, and what no correct node says. */
export function step(raft: Raft, message: Message): Refusal | undefined {
  if (message.term > raft.term) {
    if (refusedByLease(raft, message)) return undefined;
    followTerm(raft, message);
  } else if (message.term < raft.term && message.term !== 0) {
    stepStale(raft, message);
    return undefined;
  }
  switch (message.type) {
    case "vote":
    case "pre-vote":
      handleVoteRequest(raft, message);
      return undefined;
    case "storage-append-resp":
      if (message.index !== 0) raft.log.unstable.stableTo(message.index, message.logTerm);
      if (message.snapshot !== undefined) appliedSnapshot(raft, message.snapshot);
      return undefined;
    case "storage-apply-resp":
      appliedEntries(raft, message);
      return undefined;
    case "prop":
      return stepProposal(raft, message);
    default:
      if (raft.role === "leader") return stepLeader(raft, message);
      if (raft.role === "follower") stepFollower(raft, message);
      else stepCandidate(raft, message);
      return undefined;
  }
}

/** A higher term makes a follower of this node, except that of pre-votes, which nobody has entered yet. */
function followTerm(raft: Raft, message: Message): void {
  const { type } = message;
  if (type === "pre-vote" || (type === "pre-vote-resp" && !message.reject)) return;
  raft.note("INFO", () => {
    return `${describeMessageType(type)} of ${describeNode(message.from)} has the higher term ${message.term}`;
  });
  const fromLeader = type === "app" || type === "heartbeat" || type === "snap";
  becomeFollower(raft, message.term, fromLeader ? message.from : NONE);
}

/** A message of an old term is ignored, but its sender may have to learn of the new term. */
function stepStale(raft: Raft, message: Message): void {
  const { type, from } = message;
  const { checkQuorum, preVote } = raft.config;
  if ((checkQuorum || preVote) && (type === "heartbeat" || type === "app")) {
    // This node may be stuck at a term that its votes cannot spread: the answer makes the old leader step down.
    raft.send(newMessage("app-resp", from));
  } else if (type === "pre-vote") {
    // Without an answer a candidate with a longer log and a lower term, and its voters, could wait for each other forever.
    const response = newMessage("pre-vote-resp", from);
    response.term = raft.term;
    response.reject = true;
    raft.send(response);
  } else if (type === "pre-vote-resp") {
    handleStalePreVoteResponse(raft, message);
  } else if (type === "storage-append-resp" && message.snapshot !== undefined) {
    // Entries may have been overwritten since their write began; a snapshot holds committed state whatever the term.
    appliedSnapshot(raft, message.snapshot);
  }
}

function appliedSnapshot(raft: Raft, snapshot: Snapshot): void {
  raft.log.unstable.stableSnapshotTo(snapshot.metadata.index);
  appliedTo(raft, snapshot.metadata.index, 0);
}

function appliedEntries(raft: Raft, message: Message): void {
  const last = message.entries[message.entries.length - 1];
  if (last === undefined) return;
  appliedTo(raft, last.index, entriesSize(message.entries));
  raft.uncommittedBytes = Math.max(0, raft.uncommittedBytes - payloadSize(message.entries));
}

function stepProposal(raft: Raft, message: Message): Refusal | undefined {
  if (message.entries.length === 0) return undefined;
  const outcome = propose(raft, message.entries);
  return outcome.kind === "appended" || outcome.kind === "forwarded" ? undefined : outcome;
}

function stepLeader(raft: Raft, message: Message): Refusal | undefined {
  switch (message.type) {
    case "app-resp":
      return handleAppendResponse(raft, message);
    case "heartbeat-resp":
      handleHeartbeatResponse(raft, message);
      return undefined;
    case "read-index":
      handleReadIndex(raft, message);
      return undefined;
    case "transfer-leader":
      handleTransferLeader(raft, message.from);
      return undefined;
    case "app":
    case "heartbeat":
      assert(false, () => `${describeNode(message.from)} leads term ${raft.term} as well`);
  }
  return undefined;
}

function stepCandidate(raft: Raft, message: Message): void {
  switch (message.type) {
    case "app":
    case "heartbeat":
    case "snap":
      // Somebody else won this term.
      becomeFollower(raft, raft.term, message.from);
      stepFollower(raft, message);
      return;
    case "vote-resp":
    case "pre-vote-resp":
      handleVoteResponse(raft, message);
      return;
  }
}

function stepFollower(raft: Raft, message: Message): void {
  switch (message.type) {
    case "app":
      hearLeader(raft, message);
      handleAppend(raft, message);
      return;
    case "heartbeat":
      hearLeader(raft, message);
      handleHeartbeat(raft, message);
      return;
    case "snap":
      hearLeader(raft, message);
      handleSnapshot(raft, message);
      return;
    case "transfer-leader":
      forwardTransferLeader(raft, message.from);
      return;
    case "timeout-now":
      // The leader asked for it: no pre-vote, nobody is being disturbed.
      startElection(raft, "transfer");
      return;
    case "read-index":
      forwardReadIndex(raft, message);
      return;
    case "read-index-resp":
      handleReadIndexResponse(raft, message);
      return;
  }
}

function hearLeader(raft: Raft, message: Message): void {
  raft.electionElapsed = 0;
  raft.leader = message.from;
}
