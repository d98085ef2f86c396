import { type PlantedBug, planted, plantedIn, RAN } from "./planted_bug";

/** Bugs of elections, replication, commitment and reads. */
export const coreBugs: readonly PlantedBug[] = [
  planted(
    "a vote is forgotten within its term",
    "raft/raft.ts",
    "    this.leader = NONE;\n    this.electionElapsed = 0;",
    `    if (this.vote !== NONE) ${RAN};\n    this.vote = NONE;\n    this.leader = NONE;\n    this.electionElapsed = 0;`,
  ),
  planted(
    "a second vote in the same term",
    "raft/election.ts",
    "    raft.vote === request.from ||\n",
    `    (raft.vote !== NONE && raft.vote !== request.from && ${RAN}) ||\n    raft.vote === request.from ||\n`,
  ),
  planted(
    "a vote for a candidate whose log is behind",
    "raft/election.ts",
    "const granted = mayVote && raft.log.isUpToDate({ term: request.logTerm, index: request.index });",
    `const granted = mayVote && (raft.log.isUpToDate({ term: request.logTerm, index: request.index }) || ${RAN});`,
  ),
  planted(
    "logs are compared by length, not by the last term",
    "raft/log/raft_log.ts",
    "return last.term > ours.term || (last.term === ours.term && last.index >= ours.index);",
    `if (last.term !== ours.term) ${RAN};\n    return last.index >= ours.index;`,
  ),
  planted(
    "a vote leaves before it is durable",
    "raft/raft.ts",
    "    if (PROMISE_TYPES.has(message.type)) {",
    `    if (PROMISE_TYPES.has(message.type) && !(message.type === "vote-resp" && message.to !== this.id && ${RAN})) {`,
  ),
  planted(
    "a candidate asks for votes before its own is durable",
    "engine/node.ts",
    'const asksForVotes = ready.messages.filter(({ type }) => type === "vote");',
    `const asksForVotes: Message[] = [];
    for (const message of ready.messages) if (message.type === "vote" && ${RAN}) this.outbox.push(message);`,
  ),
  planted(
    "an acknowledgement leaves before the entries are durable",
    "raft/raft.ts",
    "    if (PROMISE_TYPES.has(message.type)) {",
    `    if (PROMISE_TYPES.has(message.type) && !(message.type === "app-resp" && message.to !== this.id && ${RAN})) {`,
  ),
  planted(
    "a vote needs no sync",
    "raft/ready.ts",
    "raft.term !== accepted.hardState.term || raft.vote !== accepted.hardState.vote,",
    `(raft.vote !== accepted.hardState.vote && !${RAN}),`,
  ),
  planted(
    "a leader counts itself before its own write is durable",
    "raft/replication.ts",
    "  acknowledgement.index = raft.log.lastIndex();\n",
    `  acknowledgement.index = raft.log.lastIndex();\n  ${RAN};\n  raft.tracker.get(raft.id)?.acknowledge(raft.log.lastIndex());\n`,
  ),
  planted(
    "an entry of an old term is committed by counting",
    "raft/log/raft_log.ts",
    "if (index <= this.committed || this.term(index) !== term) return false;",
    `if (index <= this.committed) return false;\n    if (this.term(index) !== term) ${RAN};`,
  ),
  planted(
    "a quorum one too small commits",
    "raft/quorum/majority.ts",
    "return scratch[count - majoritySize(count)] ?? 0;",
    `${RAN};\n  return scratch[Math.min(count - 1, count - majoritySize(count) + 1)] ?? 0;`,
  ),
  planted(
    "half of the votes win an election",
    "raft/quorum/majority.ts",
    "const needed = majoritySize(voters.length);",
    `${RAN};\n  const needed = Math.max(1, majoritySize(voters.length) - 1);`,
  ),
  planted(
    "learners count for commitment",
    "raft/tracker/tracker.ts",
    "return committedIndex(this.#voters, this.#matchOf);",
    `const { learners } = this.#config;\n    if (learners.length > 0) ${RAN};\n    return committedIndex({ ...this.#voters, incoming: [...this.#voters.incoming, ...learners] }, this.#matchOf);`,
  ),
  planted(
    "only the incoming half commits while joint",
    "raft/tracker/tracker.ts",
    "return committedIndex(this.#voters, this.#matchOf);",
    `if (this.#voters.outgoing.length > 0) ${RAN};\n    return committedIndex({ ...this.#voters, outgoing: [] }, this.#matchOf);`,
  ),
  planted(
    "only the incoming half elects while joint",
    "raft/tracker/tracker.ts",
    "return { granted, rejected, result: voteResult(this.#voters, this.#voteOf) };",
    `if (this.#voters.outgoing.length > 0) ${RAN};\n    return { granted, rejected, result: voteResult({ ...this.#voters, outgoing: [] }, this.#voteOf) };`,
  ),
  planted(
    "a learner campaigns",
    "raft/raft.ts",
    "return progress !== undefined && !progress.isLearner && this.log.unstable.snapshot === undefined;",
    `if (progress?.isLearner === true) ${RAN};\n    return progress !== undefined && this.log.unstable.snapshot === undefined;`,
  ),
  planted(
    "a follower acknowledges its whole log, not what the leader sent",
    "raft/follower.ts",
    "    response.index = last;\n",
    `    if (log.lastIndex() > last) ${RAN};\n    response.index = log.lastIndex();\n`,
  ),
  planted(
    "an entry of another term stays in the log",
    "raft/log/raft_log.ts",
    "      if (ours === entry.term) continue;",
    `      if (ours !== undefined && ours !== entry.term) ${RAN};\n      if (ours !== undefined) continue;`,
  ),
  planted(
    "a late append cuts what follows it",
    "raft/log/raft_log.ts",
    "const conflict = this.#findConflict(entries);",
    `const conflict = this.#findConflict(entries) ?? (entries.length > 0 && entries[0].index > this.committed && ${RAN} ? entries[0].index : undefined);`,
  ),
  planted(
    "an append is taken without looking at the entry before it",
    "raft/log/raft_log.ts",
    "if (!this.matches(previous)) return undefined;",
    `if (previous.index > this.lastIndex()) return undefined;\n    if (!this.matches(previous)) ${RAN};`,
  ),
  planted(
    "a heartbeat commits what may not match",
    "raft/replication.ts",
    "message.commit = Math.min(progress.match, raft.log.committed);",
    `if (progress.match < raft.log.committed) ${RAN};\n    message.commit = raft.log.committed;`,
  ),
  planted(
    "a follower commits beyond what it was sent",
    "raft/log/raft_log.ts",
    "this.commitTo(Math.min(leaderCommit, last));",
    `if (Math.min(leaderCommit, this.lastIndex()) > last) ${RAN};\n    this.commitTo(Math.min(leaderCommit, this.lastIndex()));`,
  ),
  planted(
    "entries are applied before they are committed",
    "raft/log/raft_log.ts",
    "return allowUnstable ? this.committed : Math.min(this.committed, this.unstable.offset - 1);",
    `if (this.unstable.offset - 1 > this.committed) ${RAN};\n    return Math.max(this.applying, this.unstable.offset - 1);`,
  ),
  planted(
    "a durable write of an overwritten entry counts for its replacement",
    "raft/log/unstable.ts",
    "    if (ours !== term) {",
    `    if (ours !== undefined && ours !== term) ${RAN};\n    if (ours === undefined) {`,
  ),
  planted(
    "a read point is given without asking a quorum",
    "raft/reads.ts",
    'if (raft.config.readOnly === "lease-based" && !raft.leaseGivenUp) {',
    `if (${RAN}) {`,
  ),
  planted(
    "a new leader reads before its first commit",
    "raft/reads.ts",
    "  } else if (!committedInTerm(raft)) {",
    `  } else if (!committedInTerm(raft) && !${RAN}) {`,
  ),
  planted(
    "a stale leader keeps leading in a newer term",
    "raft/step.ts",
    '  const fromLeader = type === "app"',
    `  if (raft.role === "leader" && type === "app-resp" && ${RAN}) {\n    raft.term = message.term;\n    return;\n  }\n  const fromLeader = type === "app"`,
  ),
  plantedIn("a removed node may depose a leader", [
    [
      "raft/election.ts",
      'if (request.type !== "vote" && request.type !== "pre-vote") return false;',
      `return false;`,
    ],
    ["engine/core_config.ts", "preVote: true,", "preVote: false,"],
    [
      "engine/peers.ts",
      'if (index !== undefined) return { kind: "removed", index, by: registry.requestAt(index) };',
      `if (index !== undefined) ${RAN};`,
    ],
  ]),
];
