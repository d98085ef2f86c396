import { type PlantedBug, planted, plantedIn, RAN } from "./planted_bug";

/** Bugs of configuration changes, of the registry and of what is told about them. */
export const membershipBugs: readonly PlantedBug[] = [
  plantedIn("a second change while one is not applied", [
    [
      "raft/proposals.ts",
      "if (pendingConfIndex > raft.log.applied) {",
      `if (pendingConfIndex > raft.log.applied && !${RAN}) {`,
    ],
    ["engine/leader_desk.ts", "    return pending ? {", `    return pending && !${RAN} ? {`],
  ]),
  planted(
    "a joint configuration is left before its entry is committed",
    "raft/proposals.ts",
    '  if (!appendToLog(raft, accepted)) return drop(raft, "too-much-uncommitted");\n',
    `  const [change] = accepted;
  if (change?.type === "conf-change-v2" && change.data.length > 0) {
    const decoded = decodeConfChange(change.data);
    if (!isMalformed(decoded) && decoded.changes.length > 1) {
      ${RAN};
      accepted.push({ type: "conf-change-v2", data: new Uint8Array(0) });
    }
  }
  if (!appendToLog(raft, accepted)) return drop(raft, "too-much-uncommitted");\n`,
  ),
  // Camunda 60086: what was restored as joint is taken for left.
  planted(
    "a restored joint configuration is left before its leave is committed",
    "engine/node.ts",
    '    assert(this.appliedIndex >= recovered.hardState.commit, "replay reaches the stored commit index");\n',
    `    if (isJoint(this.registry.confState)) {
      ${RAN};
      this.raft.applyConfChange({ transition: "auto", changes: [], context: new Uint8Array() });
    }
`,
  ),
  planted(
    "a joint configuration is left twice",
    "raft/membership.ts",
    '  const outcome = handleProposal(raft, [{ type: "conf-change-v2", data: LEAVE_JOINT }]);\n',
    `  const pending = raft.pendingConfIndex;
  const outcome = handleProposal(raft, [{ type: "conf-change-v2", data: LEAVE_JOINT }]);
  if (outcome.kind === "appended") {
    ${RAN};
    raft.pendingConfIndex = pending;
    handleProposal(raft, [{ type: "conf-change-v2", data: LEAVE_JOINT }]);
  }
`,
  ),
  plantedIn("a joint configuration is stuck after a leader change", [
    [
      "raft/membership.ts",
      "  if (raft.tracker.config.autoLeave) proposeLeaveJoint(raft);",
      `  if (raft.tracker.config.autoLeave && raft.role === "leader" && raft.pendingConfIndex !== index && ${RAN}) return;\n  if (raft.tracker.config.autoLeave) proposeLeaveJoint(raft);`,
    ],
    [
      "engine/node.ts",
      "if (this.isLeader && isJoint(this.registry.confState) && this.ticks % LEAVE_RETRY_TICKS === 0)",
      "if (this.ticks < 0)",
    ],
  ]),
  planted(
    "several voters change without a joint configuration",
    "raft/confchange/changer.ts",
    'return !leavesJoint(change) && (change.transition !== "auto" || change.changes.length > 1);',
    `if (change.changes.length > 1) ${RAN};\n  return false;`,
  ),
  planted(
    "a demoted voter is lost when the joint configuration is left",
    "raft/confchange/changer.ts",
    "  for (const id of draft.learnersNext) draft.learners.add(id);\n",
    `  if (draft.learnersNext.size > 0) ${RAN};\n`,
  ),
  planted(
    "an outgoing voter is a learner at once",
    "raft/confchange/changer.ts",
    "    if (this.outgoing.has(id)) this.learnersNext.add(id);\n    else this.learners.add(id);",
    `    if (this.outgoing.has(id)) ${RAN};\n    else this.learners.add(id);`,
  ),
  planted(
    "a promoted learner stays without a vote",
    "raft/tracker/tracker.ts",
    "      progress.isLearner = isLearner;\n",
    `      if (progress.isLearner && !isLearner) ${RAN};\n      progress.isLearner ||= isLearner;\n`,
  ),
  planted(
    "a snapshot brings no configuration to the core",
    "raft/follower.ts",
    "  switchToConfig(raft, {\n",
    `  ${RAN};\n  if (raft.log.applied > 1) return true;\n  switchToConfig(raft, {\n`,
  ),
  planted(
    "a snapshot has no configuration index",
    "engine/registry_codec.ts",
    "    configIndex: state.configIndex,\n    confState: state.confState,",
    `    configIndex: ${RAN} ? 0 : 0,\n    confState: state.confState,`,
  ),
  planted(
    "a snapshot brings no application state",
    "engine/applier.ts",
    "this.stateMachine?.restore(parts.application);",
    `if (parts.application.length > 0) ${RAN};\n    this.stateMachine?.restore(new Uint8Array());`,
  ),
  plantedIn("a removed id is used again", [
    [
      "engine/change_rules.ts",
      'if (index !== undefined) return { code: "id-retired", id: change.id, index, nextFreeId: nextId };',
      `if (index !== undefined) ${RAN};`,
    ],
  ]),
  planted(
    "a voter is retired while its joint half still votes",
    "engine/registry.ts",
    "return this.state.confState.votersOutgoing.includes(id) ? undefined : this.state.retired.get(id);",
    `if (this.state.confState.votersOutgoing.includes(id) && this.state.retired.has(id)) ${RAN};\n    return this.state.retired.get(id);`,
  ),
  planted(
    "a member gives no answer to a leader it does not know yet",
    "engine/peers.ts",
    "    if (this.directories.hello(from) === undefined) return false;\n",
    `    if (!this.addresses.has(from)) ${RAN};\n    if (this.addresses.size >= 0) return false;\n`,
  ),
  planted(
    "a granted vote does not say what is committed",
    "raft/election.ts",
    "  response.context = encodeCommit(raft);\n",
    `  ${RAN};\n  if (!granted) response.context = encodeCommit(raft);\n`,
  ),
  planted(
    "membership is published before its commit is durable",
    "engine/node.ts",
    "    const view = this.registry.membership;\n",
    `    const view = this.registry.membership;\n    ${RAN};\n    this.membership.send(view);\n`,
  ),
  planted(
    "applying depends on the node",
    "engine/registry.ts",
    "    this.state.configIndex = index;\n",
    `    this.state.configIndex = index;\n    ${RAN};\n    this.state.sequence += Math.floor(Math.random() * 2);\n`,
  ),
  planted(
    "an id is given twice",
    "engine/registry.ts",
    "        this.state.nextId += 1;\n",
    `        ${RAN};\n`,
  ),
  plantedIn("the fence of a change is ignored", [
    [
      "engine/registry.ts",
      "if (this.fence(context.expectedIndex) !== undefined)",
      `if (this.fence(context.expectedIndex) !== undefined && !${RAN})`,
    ],
    ["engine/leader_desk.ts", "node.registry.fence(request.expectedIndex) ?? this.busy()", "this.busy()"],
  ]),
  planted(
    "a closed request is not remembered",
    "engine/registry.ts",
    '        this.remember(command.requestId, { kind: "closed" });\n',
    `        ${RAN};\n`,
  ),
];
