/** Linearizable reads without a log entry (dissertation 6.4): a commit index, proven to be current when it was asked for. */
import { describeNode } from "./describe";
import { committedIndex } from "./quorum/index";
import { newMessage, type Raft } from "./raft";
import { READS_WAITING_MAX } from "./read_queue";
import { broadcastHeartbeat } from "./replication";
import { type Message, NONE } from "./types";

/** A request for a read point at the leader: answered at once, after a round of heartbeats, or after its first commit. */
export function handleReadIndex(raft: Raft, request: Message): void {
  if (request.entries.length !== 1) return;
  if (raft.reads.waiting >= READS_WAITING_MAX) {
    raft.note("WARN", () => "dropping a read request: too many wait");
  } else if (!committedInTerm(raft)) {
    raft.reads.postpone(request);
  } else if (raft.tracker.isSingleton && raft.tracker.isVoter(raft.id)) {
    answer(raft, request, raft.log.committed);
  } else {
    prove(raft, [request]);
  }
}

/** A follower passes a request on to the leader; without one it is dropped, and the caller asks again. */
export function forwardReadIndex(raft: Raft, request: Message): void {
  if (raft.leader === NONE) {
    raft.note("INFO", () => "dropping a read request: no leader");
    return;
  }
  const forwarded = newMessage("read-index", raft.leader);
  forwarded.from = request.from;
  forwarded.entries = request.entries;
  raft.send(forwarded);
}

/** The leader's answer to a request that this node passed on. */
export function handleReadIndexResponse(raft: Raft, response: Message): void {
  const [entry] = response.entries;
  if (entry === undefined || response.entries.length !== 1) return;
  raft.readStates.push({ index: response.index, requestContext: entry.data });
}

/** Requests that came before the leader's first commit can be served now, all by one round. */
export function releasePostponedReads(raft: Raft): void {
  if (raft.reads.waiting === 0 || !committedInTerm(raft)) return;
  prove(raft, raft.reads.takePostponed());
}

/** A heartbeat came back with a round of reads: answers those that a quorum has confirmed. */
export function confirmReads(raft: Raft, response: Message): void {
  const { context } = response;
  if (context === undefined || context.length === 0) return;
  if (raft.reads.acknowledge(response.from, context)) answerConfirmed(raft);
}

function answerConfirmed(raft: Raft): void {
  const round = committedIndex(raft.tracker.voters, raft.reads.ackedRound);
  for (const read of raft.reads.takeConfirmed(round)) answer(raft, read.request, read.index);
}

/** A lease stands for a round of heartbeats, but not after another node was told to campaign within it. */
function prove(raft: Raft, requests: readonly Message[]): void {
  if (requests.length === 0) return;
  if (raft.config.readOnly === "lease-based" && !raft.leaseGivenUp) {
    for (const request of requests) answer(raft, request, raft.log.committed);
    return;
  }
  for (const request of requests) raft.reads.add(request, raft.log.committed, raft.id);
  broadcastHeartbeat(raft);
  // The leader may be the only voter of both halves.
  answerConfirmed(raft);
}

function answer(raft: Raft, request: Message, index: number): void {
  const [entry] = request.entries;
  if (entry === undefined) return;
  if (request.from === NONE || request.from === raft.id) {
    raft.readStates.push({ index, requestContext: entry.data });
    return;
  }
  raft.note("DEBUG", () => `read point ${index} for ${describeNode(request.from)}`);
  const response = newMessage("read-index-resp", request.from);
  response.index = index;
  response.entries = request.entries;
  raft.send(response);
}

/**
 * Until a leader has committed an entry of its own term it may not know the newest commit index. Not even the only voter: what it
 * told its clients before it was started again may be committed beyond the commit index that it had made durable.
 */
function committedInTerm({ log, termStartIndex }: Raft): boolean {
  return log.committed >= termStartIndex;
}
