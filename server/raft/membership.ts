/** Configuration changes as they take effect (dissertation 4): when their entry is applied, not when it is appended. */
import { assert } from "./assert";
import { type ChangedConfig, changeConfig } from "./confchange/changer";
import { describeConfig } from "./confchange/notation";
import { becomeFollower } from "./election";
import { handleProposal } from "./proposals";
import type { Raft } from "./raft";
import { broadcastAppend, maybeCommit, maybeSendAppend } from "./replication";
import { type Appended, type ConfChangeV2, type ConfState, NONE, type Refusal } from "./types";

const LEAVE_JOINT = new Uint8Array(0);

/** Puts the configuration in force that follows from a committed change. Asserts that one does. */
export function applyConfChange(raft: Raft, change: ConfChangeV2): ConfState {
  const result = changeConfig(raft.tracker.config, change);
  assert(result.kind === "changed", () => {
    const detail = result.kind === "refused" ? result.detail : "";
    return `a committed configuration change does not apply: ${detail}`;
  });
  return switchToConfig(raft, result);
}

/** Puts a configuration in force and acts on it: a leader may have to step down, or can commit more, or has new peers. */
export function switchToConfig(raft: Raft, changed: ChangedConfig): ConfState {
  const { config } = changed;
  raft.tracker.switchTo(changed, raft.log.lastIndex());
  raft.note("INFO", () => `switched to configuration ${describeConfig(config)}`);
  if (raft.role !== "leader") return config;
  const progress = raft.tracker.get(raft.id);
  if (progress === undefined || progress.isLearner) {
    if (raft.config.stepDownOnRemoval) becomeFollower(raft, raft.term, NONE);
    return config;
  }
  if (maybeCommit(raft)) {
    broadcastAppend(raft);
  } else {
    for (const id of raft.tracker.ids) {
      if (id !== raft.id) maybeSendAppend(raft, id, false);
    }
  }
  if (!raft.tracker.isVoter(raft.leadTransferee)) raft.leadTransferee = NONE;
  return config;
}

/** Entries up to `index` have been applied. A leader then leaves a joint configuration that is to be left by itself. */
export function appliedTo(raft: Raft, index: number, bytes: number): void {
  raft.log.appliedTo(Math.max(index, raft.log.applied), bytes);
  if (raft.tracker.config.autoLeave) proposeLeaveJoint(raft);
}

/**
 * Proposes to leave the joint configuration. Undefined, and nothing done, unless this node leads, the configuration in
 * force is joint, and no configuration entry may be unapplied. Refused while leadership is being transferred.
 */
export function proposeLeaveJoint(raft: Raft): Appended | Refusal | undefined {
  if (raft.role !== "leader" || !raft.isJoint || raft.pendingConfIndex > raft.log.applied) return undefined;
  const outcome = handleProposal(raft, [{ type: "conf-change-v2", data: LEAVE_JOINT }]);
  raft.note("INFO", () => `leaving the joint configuration: ${outcome.kind}`);
  return outcome;
}
