import { describe, expect, test } from "vitest";
import { InvariantError } from "./assert";
import { decodeConfChange, isMalformed } from "./codec";
import { parseChanges } from "./confchange/notation";
import { Cluster, type NodeOptions } from "./conformance/cluster";
import { Output } from "./conformance/output";
import { MemoryLog } from "./memory_log";
import { newMessage } from "./raft";
import { RawNode } from "./raw_node";
import {
  type Appended,
  type ConfChangeV2,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  NO_LIMIT,
  type NodeId,
  type RaftConfig,
  type Snapshot,
} from "./types";

const OPTIONS: NodeOptions = {
  electionTick: 10,
  heartbeatTick: 1,
  asyncStorageWrites: false,
  maxSizePerMsg: NO_LIMIT,
  maxCommittedSizePerReady: NO_LIMIT,
  maxUncommittedEntriesSize: 0,
  maxInflightMsgs: 256,
  maxInflightBytes: 0,
  checkQuorum: true,
  preVote: true,
  readOnly: "safe",
  disableProposalForwarding: true,
  disableConfChangeValidation: false,
  stepDownOnRemoval: true,
};

const bytes = (text: string) => new TextEncoder().encode(text);

function bootstrap(voters: readonly NodeId[], learners: readonly NodeId[] = []): Snapshot {
  const confState = { voters, learners, votersOutgoing: [], learnersNext: [], autoLeave: false };
  return { metadata: { index: 2, term: 1, confState }, data: new Uint8Array(0) };
}

function change(text: string, transition: ConfChangeV2["transition"] = "auto"): ConfChangeV2 {
  const changes = parseChanges(text);
  if (typeof changes === "string") throw new Error(changes);
  return { transition, changes, context: new Uint8Array(0) };
}

/** A cluster of `count` voters, node 1 leading. */
function clusterOf(count: number, options: Partial<NodeOptions> = {}): Cluster {
  const output = new Output();
  output.level = "none";
  let next = 0;
  const cluster = new Cluster(output, (bound) => next++ % bound);
  const voters = Array.from({ length: count }, (_, i) => i + 1);
  for (let i = 0; i < count; i++) cluster.addNode({ ...OPTIONS, ...options }, bootstrap(voters));
  cluster.raft(1).campaign();
  cluster.stabilize(cluster.ids);
  expect(cluster.raft(1).status().role).toBe("leader");
  return cluster;
}

function appended(outcome: ReturnType<RawNode["propose"]>): Appended {
  if (outcome.kind !== "appended") throw new Error(`not appended: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** A node of its own, without a cluster. */
function nodeOf(log: MemoryLog, config: Partial<RaftConfig> = {}): RawNode {
  const snapshot = log.snapshot();
  return new RawNode({
    ...OPTIONS,
    id: 1,
    storage: log,
    applied: snapshot === "unavailable" ? 0 : snapshot.metadata.index,
    random: () => 0,
    logger: { log: () => {}, enabled: () => false },
    ...config,
  });
}

function logOf(snapshot: Snapshot): MemoryLog {
  const log = new MemoryLog();
  log.applySnapshot(snapshot);
  log.setHardState({ term: 1, vote: 0, commit: snapshot.metadata.index });
  return log;
}

function message(fields: Partial<Message> & Pick<Message, "type" | "from">): Message {
  return { ...newMessage(fields.type, 1), ...fields };
}

describe("elections", () => {
  test("silence makes a pre-candidate, and its term stays as it is", () => {
    const node = nodeOf(logOf(bootstrap([1, 2, 3])));
    for (let i = 0; i < 9; i++) node.tick();
    expect(node.status().role).toBe("follower");
    node.tick();
    expect(node.status()).toMatchObject({ role: "pre-candidate", hardState: { term: 1 } });
  });

  test("the random source alone decides how long a node waits", () => {
    const node = nodeOf(logOf(bootstrap([1, 2, 3])), { random: (bound) => bound - 1 });
    for (let i = 0; i < 18; i++) node.tick();
    expect(node.status().role).toBe("follower");
    node.tick();
    expect(node.status().role).toBe("pre-candidate");
  });

  test("a random source outside its bound is a broken invariant", () => {
    expect(() => nodeOf(logOf(bootstrap([1])), { random: (bound) => bound })).toThrow(InvariantError);
  });

  test("a learner never campaigns, but may grant a vote", () => {
    const node = nodeOf(logOf(bootstrap([2, 3], [1])));
    for (let i = 0; i < 40; i++) node.tick();
    node.campaign();
    expect(node.status().role).toBe("follower");
    node.step(message({ type: "vote", from: 2, term: 2, logTerm: 1, index: 2 }));
    expect(node.ready().messages).toMatchObject([{ type: "vote-resp", to: 2, reject: false }]);
  });

  test("the vote of a learner is not counted", () => {
    const node = nodeOf(logOf(bootstrap([1, 2, 3], [4])), { preVote: false });
    node.campaign();
    node.ready();
    node.advance();
    node.step(message({ type: "vote-resp", from: 4, term: 2 }));
    expect(node.status().role).toBe("candidate");
    node.step(message({ type: "vote-resp", from: 2, term: 2 }));
    expect(node.status().role).toBe("leader");
  });

  test("with a committed configuration to apply a node does not campaign", () => {
    const node = nodeOf(logOf(bootstrap([1, 2])), { preVote: false });
    const data = new Uint8Array(0);
    const entries = [{ term: 1, index: 3, type: "conf-change-v2", data }] as const;
    node.step(message({ type: "app", from: 2, term: 1, logTerm: 1, index: 2, entries, commit: 3 }));
    node.campaign();
    expect(node.status().role).toBe("follower");
  });

  test("a candidate in a joint configuration that is left already learns so from a granted vote", () => {
    const confState = {
      voters: [1, 2],
      learners: [],
      votersOutgoing: [3, 4],
      learnersNext: [],
      autoLeave: true,
    };
    const joint: Snapshot = { metadata: { index: 2, term: 1, confState }, data: new Uint8Array(0) };
    const leave = [{ term: 1, index: 3, type: "conf-change-v2", data: new Uint8Array(0) }] as const;
    const granter = nodeOf(logOf(joint), { id: 2 });
    const append = { type: "app", from: 3, term: 1, logTerm: 1, index: 2, entries: leave } as const;
    granter.step({ ...message({ ...append, commit: 3 }), to: 2 });
    granter.forgetLeader();
    const candidate = nodeOf(logOf(joint));
    candidate.step(message(append));
    candidate.campaign();
    // Nobody of the outgoing half is there to vote any more.
    granter.step({
      ...message({ type: "pre-vote", from: 1, term: 2, logTerm: 1, index: 3 }),
      to: 2,
    });
    const granted = granter.ready().messages.find(({ type }) => type === "pre-vote-resp");
    if (granted === undefined) throw new Error("no answer to the pre-vote");
    expect(granted.reject).toBe(false);
    candidate.step(granted);
    expect(candidate.status()).toMatchObject({ role: "follower", hardState: { commit: 3 } });
  });

  test("a candidate whose term has run ahead learns from a refusal of an older term, too, what is committed", () => {
    const demotion = { term: 1, index: 3, type: "conf-change-v2", data: new Uint8Array(0) } as const;
    const more = { term: 1, index: 4, type: "normal", data: bytes("x") } as const;
    const append = { type: "app", from: 3, term: 1, logTerm: 1, index: 2 } as const;
    const demoted = nodeOf(logOf(bootstrap([1, 2])), { id: 2 });
    demoted.step({ ...message({ ...append, entries: [demotion, more], commit: 3 }), to: 2 });
    demoted.forgetLeader();
    const log = logOf(bootstrap([1, 2]));
    log.append([demotion]);
    log.setHardState({ term: 5, vote: 1, commit: 2 });
    const candidate = nodeOf(log);
    candidate.campaign();
    demoted.step({ ...message({ type: "pre-vote", from: 1, term: 6, logTerm: 1, index: 3 }), to: 2 });
    const refused = demoted.ready().messages.find(({ type }) => type === "pre-vote-resp");
    if (refused === undefined) throw new Error("no answer to the pre-vote");
    expect(refused).toMatchObject({ reject: true, term: 1 });
    candidate.step(refused);
    expect(candidate.status()).toMatchObject({ role: "follower", hardState: { term: 5, commit: 3 } });
  });

  test("a leader that hears from no quorum steps down", () => {
    const cluster = clusterOf(3);
    const leader = cluster.raft(1);
    for (let i = 0; i < 10; i++) leader.tick();
    expect(leader.status().role).toBe("leader");
    for (let i = 0; i < 10; i++) leader.tick();
    expect(leader.status()).toMatchObject({ role: "follower", leader: 0 });
  });

  test("while a leader is heard from, a vote request neither raises the term nor gets an answer", () => {
    const cluster = clusterOf(3);
    for (const id of cluster.ids) {
      const before = cluster.raft(id).status().hardState;
      cluster.raft(id).step(message({ type: "vote", from: 9, to: id, term: 99, logTerm: 99, index: 99 }));
      expect(cluster.raft(id).status().hardState).toEqual(before);
      expect(cluster.raft(id).hasReady()).toBe(false);
    }
  });

  test("a second leader of one term is a broken invariant", () => {
    const cluster = clusterOf(3);
    const { term } = cluster.raft(1).status().hardState;
    expect(() => cluster.raft(1).step(message({ type: "heartbeat", from: 2, term }))).toThrow(InvariantError);
  });
});

describe("proposals", () => {
  test("say where they landed", () => {
    const cluster = clusterOf(3);
    const first = appended(cluster.raft(1).propose(bytes("a")));
    const second = appended(cluster.raft(1).propose(bytes("b")));
    expect([first.term, second.index - first.index, first.replaced]).toEqual([
      cluster.raft(1).status().hardState.term,
      1,
      false,
    ]);
    cluster.stabilize(cluster.ids);
    expect(cluster.log(3).entries(second.index, second.index + 1, NO_LIMIT)).toMatchObject([
      { data: bytes("b") },
    ]);
  });

  test("on a follower are refused where forwarding is disabled, and forwarded where it is not", () => {
    expect(clusterOf(3).raft(2).propose(bytes("a"))).toEqual({
      kind: "proposal-dropped",
      reason: "not-leader",
    });
    const forwarding = clusterOf(3, { disableProposalForwarding: false });
    expect(forwarding.raft(2).propose(bytes("a"))).toEqual({ kind: "forwarded" });
    forwarding.stabilize(forwarding.ids);
    expect(forwarding.raft(1).status().lastIndex).toBe(4);
  });

  test("without a leader, while transferring, and beyond the bound of uncommitted bytes are refused", () => {
    const alone = nodeOf(logOf(bootstrap([1, 2, 3])));
    expect(alone.propose(bytes("a"))).toEqual({ kind: "proposal-dropped", reason: "no-leader" });
    const cluster = clusterOf(3, { maxUncommittedEntriesSize: 4 });
    appended(cluster.raft(1).propose(bytes("too long, but the first")));
    const refused = { kind: "proposal-dropped", reason: "too-much-uncommitted" };
    expect(cluster.raft(1).propose(bytes("x"))).toEqual(refused);
    expect(cluster.raft(1).proposeConfChange(change("l4"))).toEqual(refused);
    cluster.stabilize(cluster.ids);
    // The refused change must not count as pending.
    expect(appended(cluster.raft(1).proposeConfChange(change("l4"))).replaced).toBe(false);
    cluster.stabilize(cluster.ids);
    cluster.raft(1).transferLeader(2);
    expect(cluster.raft(1).propose(bytes("x"))).toEqual({ kind: "proposal-dropped", reason: "transferring" });
  });
});

describe("configuration changes", () => {
  test("take effect when they are applied, not when they are appended", () => {
    const cluster = clusterOf(1);
    const node = cluster.raft(1);
    expect(appended(node.proposeConfChange(change("v2"))).replaced).toBe(false);
    expect(node.status().confState.voters).toEqual([1]);
    const ready = node.ready();
    cluster.log(1).append(ready.entries);
    node.advance();
    const next = node.ready();
    expect(next.committedEntries.map(({ type }) => type)).toEqual(["conf-change-v2"]);
    expect(node.status().confState.voters).toEqual([1]);
    expect(node.applyConfChange(change("v2")).voters).toEqual([1, 2]);
    node.advance();
  });

  test("one at a time: a second is replaced by an empty entry while the first is not applied", () => {
    const cluster = clusterOf(3);
    const leader = cluster.raft(1);
    const first = appended(leader.proposeConfChange(change("l4")));
    const second = appended(leader.proposeConfChange(change("l5")));
    expect([first.replaced, second.replaced]).toEqual([false, true]);
    expect(leader.status().pendingConfIndex).toBe(first.index);
    cluster.stabilize(cluster.ids);
    expect(leader.status().confState.learners).toEqual([4]);
    const entries = cluster.log(2).entries(second.index, second.index + 1, NO_LIMIT);
    expect(entries).toMatchObject([{ type: "normal", data: new Uint8Array(0) }]);
    expect(appended(leader.proposeConfChange(change("l5"))).replaced).toBe(false);
  });

  test("a new leader takes one only after all it inherited is applied", () => {
    const cluster = clusterOf(3);
    cluster.raft(1).transferLeader(2);
    cluster.stabilize(cluster.ids);
    const leader = cluster.raft(2);
    expect(leader.status().role).toBe("leader");
    expect(appended(leader.proposeConfChange(change("l4"))).replaced).toBe(false);
    const restarted = clusterOf(1);
    restarted.raft(1).propose(bytes("x"));
    restarted.processReady(1);
    restarted.restart(1);
    restarted.raft(1).campaign();
    restarted.processReady(1);
    restarted.processReady(1);
    expect(restarted.raft(1).status().role).toBe("leader");
    expect(appended(restarted.raft(1).proposeConfChange(change("l4"))).replaced).toBe(true);
  });

  test("one that cannot be applied is replaced at once, since applying it would stop every node", () => {
    const cluster = clusterOf(3);
    const leader = cluster.raft(1);
    for (const invalid of [change("r1 r2 r3"), change(""), change("", "joint-explicit")]) {
      expect(leader.checkConfChange(invalid)).toBeDefined();
      expect(appended(leader.proposeConfChange(invalid)).replaced).toBe(true);
    }
    expect(() => leader.applyConfChange(change("r1 r2 r3"))).toThrow(InvariantError);
  });

  test("checking one changes nothing", () => {
    const leader = clusterOf(3).raft(1);
    const before = JSON.stringify(leader.status());
    expect(leader.checkConfChange(change("v4 r1"))).toBeUndefined();
    expect(leader.checkConfChange(change("r1 r2 r3"))).toBe("removed all voters");
    expect(JSON.stringify(leader.status())).toBe(before);
    expect(leader.hasReady()).toBe(false);
  });

  test("the entry that leaves a joint configuration by itself is an empty change", () => {
    const cluster = clusterOf(3);
    const { index } = appended(cluster.raft(1).proposeConfChange(change("v4 r3")));
    cluster.stabilize(cluster.ids);
    const entries = cluster.log(1).entries(index + 1, index + 2, NO_LIMIT);
    expect(entries).toMatchObject([{ type: "conf-change-v2", data: new Uint8Array(0) }]);
    const [entry] = typeof entries === "string" ? [] : entries;
    const decoded = decodeConfChange(entry?.data ?? bytes("none"));
    expect(isMalformed(decoded) ? decoded : decoded.changes).toEqual([]);
  });

  test("a leader that is removed or demoted steps down once that is applied", () => {
    for (const text of ["r1", "l1"]) {
      const cluster = clusterOf(3);
      cluster.raft(1).proposeConfChange(change(text));
      cluster.stabilize(cluster.ids);
      expect(cluster.raft(1).status()).toMatchObject({ role: "follower", leader: 0 });
      cluster.raft(1).campaign();
      expect(cluster.raft(1).status().role).toBe("follower");
    }
  });

  test("a node that is being added takes a snapshot from before it was, and learns of itself from the log", () => {
    const cluster = clusterOf(1);
    cluster.addNode(OPTIONS, undefined);
    const before = cluster.log(1).snapshot();
    const { index } = appended(cluster.raft(1).proposeConfChange(change("l2")));
    cluster.stabilize([1]);
    if (before === "unavailable") throw new Error("a bootstrapped node has a snapshot");
    const joining = cluster.raft(2);
    const { term } = cluster.raft(1).status().hardState;
    joining.step(message({ type: "snap", from: 1, to: 2, term, snapshot: before }));
    expect(joining.status()).toMatchObject({ lastIndex: before.metadata.index, confState: { voters: [1] } });
    for (let i = 0; i < 5; i++) cluster.raft(1).tick();
    cluster.stabilize(cluster.ids);
    expect(joining.status()).toMatchObject({ applied: index, confState: { voters: [1], learners: [2] } });
  });
});

describe("snapshots", () => {
  test("are not sent to a member that was not heard from, and are once it is", () => {
    const cluster = clusterOf(3);
    const leader = cluster.raft(1);
    for (let i = 0; i < 10; i++) leader.tick();
    cluster.stabilize([1, 2]);
    for (let i = 0; i < 10; i++) leader.tick();
    expect(leader.status().progress[2]?.recentActive).toBe(false);
    const { index } = appended(leader.propose(bytes("x")));
    cluster.stabilize([1, 2]);
    cluster.deliver([{ id: 3, drop: true }], undefined);
    cluster.log(1).compact(index + 1);
    leader.reportUnreachable(3);
    leader.propose(bytes("y"));
    expect(leader.ready().messages.filter(({ to }) => to === 3)).toEqual([]);
    leader.advance();
    const { term } = leader.status().hardState;
    leader.step(message({ type: "heartbeat-resp", from: 3, term }));
    expect(leader.ready().messages).toMatchObject([{ type: "snap", to: 3 }]);
  });
});

describe("leaving a joint configuration on request", () => {
  test("does nothing unless leading, joint, and with nothing pending", () => {
    const cluster = clusterOf(3);
    expect(cluster.raft(1).proposeLeaveJoint()).toBeUndefined();
    cluster.raft(1).proposeConfChange(change("l3", "joint-explicit"));
    expect(cluster.raft(1).proposeLeaveJoint()).toBeUndefined();
    cluster.stabilize(cluster.ids);
    expect(cluster.raft(2).proposeLeaveJoint()).toBeUndefined();
    expect(cluster.raft(1).proposeLeaveJoint()).toMatchObject({ kind: "appended", replaced: false });
    expect(cluster.raft(1).proposeLeaveJoint()).toBeUndefined();
    cluster.stabilize(cluster.ids);
    expect(cluster.raft(1).status().confState).toMatchObject({
      voters: [1, 2],
      learners: [3],
      votersOutgoing: [],
    });
  });

  test("retries an automatic leave that a failed transfer dropped", () => {
    const cluster = clusterOf(3);
    const leader = cluster.raft(1);
    leader.proposeConfChange(change("l3", "joint-implicit"));
    cluster.processReady(1);
    cluster.deliver([{ id: 2, drop: false }], undefined);
    cluster.processReady(2);
    leader.transferLeader(3);
    cluster.deliver([{ id: 1, drop: false }], undefined);
    cluster.processReady(1);
    expect(leader.status().confState.votersOutgoing).toEqual([1, 2, 3]);
    expect(leader.proposeLeaveJoint()).toEqual({ kind: "proposal-dropped", reason: "transferring" });
    for (let i = 0; i < 10; i++) leader.tick();
    expect(leader.status().leadTransferee).toBe(0);
    expect(leader.proposeLeaveJoint()).toMatchObject({ kind: "appended", replaced: false });
  });
});

describe("giving up leadership", () => {
  test("makes a follower of the same term, with no leader; elsewhere it does nothing", () => {
    const cluster = clusterOf(3);
    const { term } = cluster.raft(1).status().hardState;
    cluster.raft(2).stepDown();
    expect(cluster.raft(2).status().leader).toBe(1);
    cluster.raft(1).stepDown();
    expect(cluster.raft(1).status()).toMatchObject({ role: "follower", leader: 0, hardState: { term } });
    expect(cluster.raft(1).propose(bytes("x"))).toEqual({ kind: "proposal-dropped", reason: "no-leader" });
    cluster.raft(1).forgetLeader();
    cluster.raft(2).forgetLeader();
    cluster.raft(3).forgetLeader();
    cluster.raft(2).campaign();
    cluster.stabilize(cluster.ids);
    expect(cluster.raft(2).status().role).toBe("leader");
  });
});

describe("what comes from outside", () => {
  test("local messages, answers of strangers, and votes without a term are refused", () => {
    const leader = clusterOf(3).raft(1);
    const local = { kind: "local-message" };
    for (const type of [
      "hup",
      "beat",
      "unreachable",
      "snap-status",
      "check-quorum",
      "storage-append",
    ] as const) {
      expect(leader.step(message({ type, from: 2 })), type).toEqual(local);
    }
    expect(leader.step(message({ type: "storage-append-resp", from: 2, index: 99 }))).toEqual(local);
    expect(leader.step(message({ type: "vote", from: 2 }))).toEqual(local);
    expect(leader.step(message({ type: "app-resp", from: 7, term: 99 }))).toEqual({ kind: "peer-not-found" });
    expect(leader.hasReady()).toBe(false);
  });

  test("an acknowledgement of what does not exist is refused, and contexts of no read are ignored", () => {
    const cluster = clusterOf(3);
    const leader = cluster.raft(1);
    const { term, commit } = leader.status().hardState;
    leader.propose(bytes("x"));
    const lie = leader.step(message({ type: "app-resp", from: 2, term, index: 999 }));
    expect(lie).toMatchObject({ kind: "impossible", detail: expect.stringContaining("acknowledges 999") });
    leader.step(message({ type: "heartbeat-resp", from: 2, term, context: bytes("no round") }));
    leader.step(message({ type: "heartbeat-resp", from: 2, term, context: new Uint8Array([200, 1]) }));
    leader.step(message({ type: "read-index", from: 2 }));
    leader.step(message({ type: "prop", from: 2 }));
    expect(leader.status().hardState.commit).toBe(commit);
    expect(leader.ready().readStates).toEqual([]);
  });

  test("a stored commit or applied index beyond the log says that the log is lost", () => {
    const log = logOf(bootstrap([1]));
    expect(() => nodeOf(log, { applied: 9 })).toThrow(/log lost/);
    log.setHardState({ term: 1, vote: 0, commit: 9 });
    expect(() => nodeOf(log)).toThrow(/log lost/);
  });

  test("a stored commit behind the snapshot is caught up from it", () => {
    const log = logOf(bootstrap([1]));
    log.setHardState({ term: 1, vote: 0, commit: 0 });
    expect(nodeOf(log).status()).toMatchObject({ applied: 2, hardState: { commit: 2 } });
  });
});

describe("asynchronous storage writes", () => {
  const async = { asyncStorageWrites: true, preVote: false };

  /** A node and its first Ready as candidate, its own vote not durable yet. */
  function candidate(voters: readonly NodeId[]): { node: RawNode; write: Message; sent: readonly Message[] } {
    const node = nodeOf(logOf(bootstrap(voters)), async);
    node.campaign();
    const { messages } = node.ready();
    const write = messages.find(({ to }) => to === LOCAL_APPEND_THREAD);
    if (write === undefined) throw new Error("a candidate writes its vote");
    return { node, write, sent: messages.filter(({ to }) => to !== LOCAL_APPEND_THREAD) };
  }

  test("a candidate counts its own vote when it is durable", () => {
    const { node, write } = candidate([1]);
    expect(node.status().role).toBe("candidate");
    expect(write.responses).toMatchObject([{ type: "vote-resp", to: 1 }]);
    for (const response of write.responses) node.step(response);
    expect(node.status().role).toBe("leader");
  });

  test("a leader sends entries at once and acknowledges them to itself when they are durable", () => {
    const cluster = clusterOf(3, async);
    cluster.raft(1).propose(bytes("x"));
    const { messages } = cluster.raft(1).ready();
    expect(messages.map(({ type, to }) => [type, to])).toEqual([
      ["app", 2],
      ["app", 3],
      ["storage-append", LOCAL_APPEND_THREAD],
    ]);
    const { commit } = cluster.raft(1).status().hardState;
    const self = cluster.raft(1).status().progress[0];
    expect(self?.match).toBe(commit);
    for (const response of messages[2]?.responses ?? []) cluster.raft(1).step(response);
    expect(cluster.raft(1).status().progress[0]?.match).toBe(commit + 1);
  });

  test("a write that was handed out without promises takes none later", () => {
    const cluster = clusterOf(3, async);
    const leader = cluster.raft(1);
    const { term, commit } = leader.status().hardState;
    leader.propose(bytes("x"));
    const first = leader.ready();
    cluster.log(1).append(first.entries);
    for (const { responses } of first.messages) for (const response of responses) leader.step(response);
    leader.step(message({ type: "app-resp", from: 2, term, index: commit + 1 }));
    const commitWrite = leader.ready().messages.find(({ to }) => to === LOCAL_APPEND_THREAD);
    expect(commitWrite).toMatchObject({ commit: commit + 1, responses: [] });
    leader.propose(bytes("y"));
    expect(commitWrite?.responses).toEqual([]);
  });

  test("committed entries are handed out to be applied when they are durable here", () => {
    const cluster = clusterOf(3, async);
    const follower = cluster.raft(2);
    const { term, commit } = follower.status().hardState;
    const entries = [{ term, index: commit + 1, type: "normal", data: bytes("x") }] as const;
    const append = message({ type: "app", from: 1, to: 2, term, index: commit, logTerm: term, entries });
    follower.step({ ...append, commit: commit + 1 });
    const first = follower.ready();
    expect(first.committedEntries).toEqual([]);
    const write = first.messages.find(({ to }) => to === LOCAL_APPEND_THREAD);
    expect(write?.responses.map(({ type }) => type)).toEqual(["app-resp", "storage-append-resp"]);
    cluster.log(2).append(first.entries);
    for (const response of write?.responses ?? []) if (response.to === 2) follower.step(response);
    const second = follower.ready();
    expect(second.committedEntries).toEqual(entries);
    expect(second.messages.some(({ to }) => to === LOCAL_APPLY_THREAD)).toBe(true);
  });

  test("a vote request claims only what is durable: it leaves before the write does", () => {
    const cluster = clusterOf(3, async);
    const follower = cluster.raft(2);
    const { term, commit } = follower.status().hardState;
    const entries = [{ term, index: commit + 1, type: "normal", data: bytes("x") }] as const;
    follower.step(message({ type: "app", from: 1, to: 2, term, index: commit, logTerm: term, entries }));
    follower.ready();
    follower.campaign();
    const requests = follower.ready().messages.filter(({ type }) => type === "vote");
    expect(requests).toMatchObject([
      { to: 1, index: commit },
      { to: 3, index: commit },
    ]);
  });

  test("advance() belongs to the other mode", () => {
    expect(() => candidate([1]).node.advance()).toThrow(InvariantError);
    const sync = nodeOf(logOf(bootstrap([1])));
    sync.campaign();
    sync.ready();
    expect(() => sync.ready()).toThrow(InvariantError);
  });
});

describe("a Ready", () => {
  test("must be durable exactly when it has entries or another term or vote", () => {
    const cluster = clusterOf(1, { preVote: false });
    const node = cluster.raft(1);
    node.propose(bytes("x"));
    const written = node.ready();
    expect([written.mustSync, written.hardState]).toEqual([true, undefined]);
    cluster.log(1).append(written.entries);
    node.advance();
    const committed = node.ready();
    expect([committed.mustSync, committed.hardState?.commit]).toEqual([false, 4]);
    node.advance();
    expect(node.hasReady()).toBe(false);
  });

  test("does not change after it was handed out", () => {
    const cluster = clusterOf(3);
    const leader = cluster.raft(1);
    leader.readIndex(bytes("r"));
    const ready = leader.ready();
    const before = JSON.stringify(ready);
    leader.propose(bytes("x"));
    leader.tick();
    leader.readIndex(bytes("s"));
    expect(JSON.stringify(ready)).toBe(before);
  });
});

describe("status", () => {
  test("shows progress on the leader only, ascending", () => {
    const cluster = clusterOf(3);
    expect(
      cluster
        .raft(1)
        .status()
        .progress.map(({ id, match, state }) => [id, match, state]),
    ).toEqual([
      [1, 3, "replicate"],
      [2, 3, "replicate"],
      [3, 3, "replicate"],
    ]);
    expect(cluster.raft(2).status().progress).toEqual([]);
    cluster.raft(1).reportUnreachable(2);
    cluster.raft(1).reportUnreachable(9);
    expect(cluster.raft(1).status().progress[1]?.state).toBe("probe");
  });
});
