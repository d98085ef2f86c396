/** Terms, roles and votes (dissertation 3.4, 9.6 for pre-vote, 6.2 for check-quorum). */
import { assert } from "./assert";
import { describeMessageType, describeNode } from "./describe";
import { newMessage, type Raft } from "./raft";
import { appendToLog, broadcastAppend, broadcastHeartbeat } from "./replication";
import { type Message, NONE, type NodeId } from "./types";
import { WireReader } from "./wire_reader";
import { WireWriter } from "./wire_writer";

/** Pre-election asks whether an election could be won; a transfer was ordered by the leader and ignores its lease. */
export type Campaign = "pre-election" | "election" | "transfer";

const TRANSFER_CONTEXT = new TextEncoder().encode("CampaignTransfer");
const NO_DATA = new Uint8Array(0);

/** Follows `leader`, or nobody yet (NONE), at `term`. The vote is forgotten only if the term is another one (3.4). */
export function becomeFollower(raft: Raft, term: number, leader: NodeId): void {
  raft.reset(term);
  raft.leader = leader;
  raft.role = "follower";
  raft.note("INFO", () => `follower at term ${term} of ${describeNode(leader)}`);
}

function becomeCandidate(raft: Raft): void {
  assert(raft.role !== "leader", "a leader does not become candidate");
  raft.reset(raft.term + 1);
  raft.vote = raft.id;
  raft.role = "candidate";
  raft.note("INFO", () => `candidate at term ${raft.term}`);
}

/** Changes nothing but the role: neither term nor vote, so that a node that cannot win disturbs nobody. */
function becomePreCandidate(raft: Raft): void {
  assert(raft.role !== "leader", "a leader does not become pre-candidate");
  raft.tracker.resetVotes();
  raft.leader = NONE;
  raft.role = "pre-candidate";
  raft.note("INFO", () => `pre-candidate at term ${raft.term}`);
}

function becomeLeader(raft: Raft): void {
  assert(raft.role === "candidate", "only a candidate becomes leader");
  raft.reset(raft.term);
  raft.leader = raft.id;
  raft.role = "leader";
  const progress = raft.tracker.get(raft.id);
  assert(progress !== undefined, "a leader is a member");
  progress.becomeReplicate();
  progress.recentActive = true;
  // There may be a configuration entry anywhere in the tail; waiting until all of it is applied is cheaper than looking.
  raft.pendingConfIndex = raft.log.lastIndex();
  raft.termStartIndex = raft.log.lastIndex() + 1;
  const accepted = appendToLog(raft, [{ type: "normal", data: NO_DATA }]);
  assert(accepted, "an empty entry is never refused");
  raft.note("INFO", () => `leader at term ${raft.term}`);
}

/** Starts an election, unless this node leads, may not lead, or has a configuration to apply first. */
export function startElection(raft: Raft, campaign: Campaign): void {
  if (raft.role === "leader") return;
  if (!raft.promotable) {
    raft.note("WARN", () => "not campaigning: not a voter, or installing a snapshot");
    return;
  }
  if (hasUnappliedConfChange(raft)) {
    raft.note("WARN", () => "not campaigning: a committed configuration is not applied yet");
    return;
  }
  raft.note("INFO", () => `starting an election at term ${raft.term}`);
  runCampaign(raft, campaign);
}

/** An election must be held in the newest committed configuration, or two halves could both win one. */
function hasUnappliedConfChange({ log }: Raft): boolean {
  for (let low = log.applied + 1; low <= log.committed; ) {
    const page = log.slice(low, log.committed + 1, 1 << 20);
    assert(page !== "compacted", "entries that were not applied are still in the log");
    if (page.some((entry) => entry.type !== "normal")) return true;
    low += page.length;
  }
  return false;
}

function runCampaign(raft: Raft, campaign: Campaign): void {
  if (campaign === "pre-election") becomePreCandidate(raft);
  else becomeCandidate(raft);
  const preVote = campaign === "pre-election";
  const term = preVote ? raft.term + 1 : raft.term;
  // With asynchronous writes the request leaves before the write: claiming entries that a crash could take back would
  // let a vote that was given for them elect this node without them.
  const last = raft.config.asyncStorageWrites ? raft.log.lastStableEntry() : raft.log.lastEntry();
  for (const id of raft.tracker.voterIds) {
    if (id === raft.id) {
      // Its own vote counts once it is durable, like everyone's.
      const response = newMessage(preVote ? "pre-vote-resp" : "vote-resp", id);
      response.term = term;
      raft.send(response);
      continue;
    }
    const request = newMessage(preVote ? "pre-vote" : "vote", id);
    request.term = term;
    request.index = last.index;
    request.logTerm = last.term;
    if (campaign === "transfer") request.context = TRANSFER_CONTEXT;
    raft.send(request);
  }
}

/** Whether a vote request comes while the leader's lease holds: the sender may be a removed or a partitioned node. */
export function refusedByLease(raft: Raft, request: Message): boolean {
  if (request.type !== "vote" && request.type !== "pre-vote") return false;
  const { checkQuorum, electionTick } = raft.config;
  const inLease = checkQuorum && raft.leader !== NONE && raft.electionElapsed < electionTick;
  if (!inLease || isTransfer(request.context)) return false;
  raft.note("INFO", () => {
    return `ignoring ${describeMessageType(request.type)} of ${describeNode(request.from)}: the leader was heard from`;
  });
  return true;
}

function isTransfer(context: Uint8Array | undefined): boolean {
  if (context === undefined || context.length !== TRANSFER_CONTEXT.length) return false;
  return context.every((byte, i) => byte === TRANSFER_CONTEXT[i]);
}

/**
 * Answers a request for a vote or pre-vote. Learners answer too: one that was promoted may not know it yet, and the
 * election may hang on its vote. The answer carries the request's term, since a pre-vote's is ahead of ours.
 */
export function handleVoteRequest(raft: Raft, request: Message): void {
  const isPreVote = request.type === "pre-vote";
  const mayVote =
    raft.vote === request.from ||
    (raft.vote === NONE && raft.leader === NONE) ||
    (isPreVote && request.term > raft.term);
  const granted = mayVote && raft.log.isUpToDate({ term: request.logTerm, index: request.index });
  raft.note("INFO", () => {
    const verdict = granted ? "granting" : "rejecting";
    return `${verdict} ${describeMessageType(request.type)} of ${describeNode(request.from)} at term ${request.term}`;
  });
  const response = newMessage(isPreVote ? "pre-vote-resp" : "vote-resp", request.from);
  response.term = granted ? request.term : raft.term;
  response.reject = !granted;
  response.context = encodeCommit(raft);
  raft.send(response);
  if (granted && !isPreVote) {
    raft.electionElapsed = 0;
    raft.vote = request.from;
  }
}

/** Counts an answer to this (pre-)candidate's request. Answers to the other kind of request are late and ignored. */
export function handleVoteResponse(raft: Raft, response: Message): void {
  const expected = raft.role === "pre-candidate" ? "pre-vote-resp" : "vote-resp";
  if (response.type !== expected) return;
  if (learnCommit(raft, response.context)) return;
  raft.tracker.recordVote(response.from, !response.reject);
  const { granted, rejected, result } = raft.tracker.tally();
  raft.note("INFO", () => `${granted} votes and ${rejected} rejections at term ${raft.term}`);
  if (result === "lost") becomeFollower(raft, raft.term, NONE);
  if (result !== "won") return;
  if (raft.role === "pre-candidate") {
    runCampaign(raft, "election");
  } else {
    becomeLeader(raft);
    broadcastAppend(raft);
  }
}

/**
 * A pre-vote refused by a node of an older term: no vote for this one, but what it knows to be committed is so in every term. It may
 * be all that tells a candidate whose term has run ahead that nobody votes in its configuration any more.
 */
export function handleStalePreVoteResponse(raft: Raft, response: Message): void {
  if (raft.role === "pre-candidate" || raft.role === "candidate") learnCommit(raft, response.context);
}

/** The last entry this node knows to be committed, as the context of its answer. */
function encodeCommit({ log }: Raft): Uint8Array | undefined {
  const term = log.term(log.committed);
  if (term === undefined) return undefined;
  const writer = new WireWriter(16);
  writer.varint(term);
  writer.varint(log.committed);
  return writer.finish();
}

/**
 * An answer says what its sender knows to be committed. A candidate may need that: when a leader has removed itself and
 * is gone before everyone learned of the commit, those who stay would still ask for votes in a configuration that is gone:
 * of a node that will never campaign, or of an outgoing half that has left. True if the candidacy ends because a
 * configuration was found to be committed, which must be applied first.
 */
function learnCommit(raft: Raft, context: Uint8Array | undefined): boolean {
  if (context === undefined) return false;
  const reader = new WireReader(context);
  const committed = { term: reader.varint(), index: reader.varint() };
  if (reader.fault !== undefined || !raft.log.matches(committed)) return false;
  raft.log.commitTo(committed.index);
  if (!hasUnappliedConfChange(raft)) return false;
  becomeFollower(raft, raft.term, NONE);
  return true;
}

/** One tick of the clock: campaigns after a silent election timeout; a leader sends heartbeats and checks its quorum. */
export function tick(raft: Raft): void {
  if (raft.role === "leader") tickLeader(raft);
  else tickElection(raft);
}

function tickElection(raft: Raft): void {
  raft.electionElapsed++;
  if (raft.electionElapsed < raft.randomizedElectionTimeout || !raft.promotable) return;
  raft.electionElapsed = 0;
  startElection(raft, raft.config.preVote ? "pre-election" : "election");
}

function tickLeader(raft: Raft): void {
  raft.heartbeatElapsed++;
  raft.electionElapsed++;
  if (raft.electionElapsed >= raft.config.electionTick) {
    raft.electionElapsed = 0;
    if (raft.config.checkQuorum) checkQuorum(raft);
    // A transfer that did not happen within an election timeout is called off, so that proposals are taken again.
    raft.leadTransferee = NONE;
    if (raft.role !== "leader") return;
  }
  if (raft.heartbeatElapsed < raft.config.heartbeatTick) return;
  raft.heartbeatElapsed = 0;
  broadcastHeartbeat(raft);
}

/** Steps down when less than a quorum was heard from during the last election timeout (dissertation 6.2). */
function checkQuorum(raft: Raft): void {
  if (!raft.tracker.quorumActive()) {
    raft.note("WARN", () => "stepping down: no quorum was heard from");
    becomeFollower(raft, raft.term, NONE);
  }
  raft.tracker.markInactive(raft.id);
}
