import type { ConfChangeSingle, ConfChangeV2, ConfState, NodeId } from "../types";
import { shared } from "./id_lists";

/** Why a configuration change does not apply to a configuration. `detail` is a sentence for people. */
export interface ConfChangeRefusal {
  readonly kind: "refused";
  readonly reason:
    | "already-joint"
    | "not-joint"
    | "no-voters-yet"
    | "removes-all-voters"
    | "several-voters"
    | "inconsistent";
  readonly detail: string;
}

/** A configuration that follows from a change. */
export interface ChangedConfig {
  readonly kind: "changed";
  readonly config: ConfState;
  /** Members that start from nothing known about their log, also when their id was removed and added in one change. */
  readonly fresh: readonly NodeId[];
}

/** Nobody: the configuration of a node that has not joined. */
export const EMPTY_CONFIG: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** Whether two majorities are in force. */
export function isJoint(config: ConfState): boolean {
  return config.votersOutgoing.length > 0;
}

/** Whether a change asks to leave a joint configuration: it is the one that changes nothing. */
export function leavesJoint(change: ConfChangeV2): boolean {
  return change.changes.length === 0;
}

/** Whether a change goes through a joint configuration: it says so, or it makes several changes. */
export function entersJoint(change: ConfChangeV2): boolean {
  return !leavesJoint(change) && (change.transition !== "auto" || change.changes.length > 1);
}

/** What `change` makes of `config`, by the protocol it asks for. Pure; neither argument is touched. */
export function changeConfig(config: ConfState, change: ConfChangeV2): ChangedConfig | ConfChangeRefusal {
  if (leavesJoint(change)) return leaveJoint(config);
  if (entersJoint(change)) return enterJoint(config, change.transition !== "joint-explicit", change.changes);
  return simpleChange(config, change.changes);
}

/** Changes that alter the voters by at most one, and so need no joint configuration (dissertation 4.2). */
export function simpleChange(
  config: ConfState,
  changes: readonly ConfChangeSingle[],
): ChangedConfig | ConfChangeRefusal {
  if (isJoint(config)) return refuse("already-joint", "can't apply simple config change in joint config");
  const draft = new ConfigDraft(config);
  if (!draft.apply(changes)) return refuse("removes-all-voters", "removed all voters");
  const before = new Set(config.voters);
  const added = [...draft.incoming].filter((id) => !before.has(id)).length;
  const removed = config.voters.filter((id) => !draft.incoming.has(id)).length;
  if (added + removed > 1) {
    return refuse("several-voters", "more than one voter changed without entering joint config");
  }
  return draft.finish(false);
}

/** The first half of an arbitrary change (dissertation 4.3): the voters of before must agree as well from now on. */
export function enterJoint(
  config: ConfState,
  autoLeave: boolean,
  changes: readonly ConfChangeSingle[],
): ChangedConfig | ConfChangeRefusal {
  if (isJoint(config)) return refuse("already-joint", "config is already joint");
  if (config.voters.length === 0) {
    return refuse("no-voters-yet", "can't make a zero-voter config joint");
  }
  const draft = new ConfigDraft(config);
  for (const id of config.voters) draft.outgoing.add(id);
  if (!draft.apply(changes)) return refuse("removes-all-voters", "removed all voters");
  return draft.finish(autoLeave);
}

/** The second half: only the incoming voters count; those that waited to become learners do. */
export function leaveJoint(config: ConfState): ChangedConfig | ConfChangeRefusal {
  if (!isJoint(config)) return refuse("not-joint", "can't leave a non-joint config");
  const draft = new ConfigDraft(config);
  for (const id of draft.learnersNext) draft.learners.add(id);
  draft.learnersNext.clear();
  draft.outgoing.clear();
  return draft.finish(false);
}

/** Why `config` cannot be a configuration, or undefined. Checked on what comes from a disk or a peer. */
export function checkConfig(config: ConfState): string | undefined {
  for (const ids of [config.voters, config.votersOutgoing, config.learners, config.learnersNext]) {
    let last = 0;
    for (const id of ids) {
      if (id <= last) return `ids are not ascending from 1: ${ids.join(" ")}`;
      last = id;
    }
  }
  for (const id of config.learnersNext) {
    if (!config.votersOutgoing.includes(id)) return `${id} waits to be a learner but is no outgoing voter`;
    if (config.learners.includes(id)) return `${id} waits to be a learner but is one already`;
    if (config.voters.includes(id)) return `${id} waits to be a learner but is an incoming voter`;
  }
  const outgoing = shared(config.learners, config.votersOutgoing);
  if (outgoing !== undefined) return `${outgoing} is both a learner and an outgoing voter`;
  const voter = shared(config.learners, config.voters);
  if (voter !== undefined) return `${voter} is both a learner and a voter`;
  if (isJoint(config) && config.voters.length === 0) return "a joint configuration without incoming voters";
  if (!isJoint(config) && config.autoLeave) return "a configuration that is not joint cannot be left";
  return undefined;
}

function refuse(reason: ConfChangeRefusal["reason"], detail: string): ConfChangeRefusal {
  return { kind: "refused", reason, detail };
}

/** A configuration while single changes are made to it. Changes to voters are made to the incoming half. */
class ConfigDraft {
  readonly incoming: Set<NodeId>;
  readonly outgoing: Set<NodeId>;
  readonly learners: Set<NodeId>;
  readonly learnersNext: Set<NodeId>;
  readonly #fresh = new Set<NodeId>();

  constructor(config: ConfState) {
    this.incoming = new Set(config.voters);
    this.outgoing = new Set(config.votersOutgoing);
    this.learners = new Set(config.learners);
    this.learnersNext = new Set(config.learnersNext);
  }

  /** False when no incoming voter would be left. An id of 0 stands for a change that was called off and does nothing. */
  apply(changes: readonly ConfChangeSingle[]): boolean {
    for (const { type, nodeId } of changes) {
      if (nodeId === 0) continue;
      if (type === "add-node") this.#makeVoter(nodeId);
      else if (type === "add-learner-node") this.#makeLearner(nodeId);
      else if (type === "remove-node") this.#remove(nodeId);
    }
    return this.incoming.size > 0;
  }

  finish(autoLeave: boolean): ChangedConfig | ConfChangeRefusal {
    const config: ConfState = {
      voters: ascending(this.incoming),
      learners: ascending(this.learners),
      votersOutgoing: ascending(this.outgoing),
      learnersNext: ascending(this.learnersNext),
      autoLeave,
    };
    const fault = checkConfig(config);
    if (fault !== undefined) return refuse("inconsistent", fault);
    return { kind: "changed", config, fresh: ascending(this.#fresh) };
  }

  #isMember(id: NodeId): boolean {
    return this.incoming.has(id) || this.outgoing.has(id) || this.learners.has(id);
  }

  #makeVoter(id: NodeId): void {
    if (!this.#isMember(id)) this.#fresh.add(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    this.incoming.add(id);
  }

  /** An outgoing voter cannot be a learner yet: it becomes one when the joint configuration is left. */
  #makeLearner(id: NodeId): void {
    if (!this.#isMember(id)) this.#fresh.add(id);
    this.incoming.delete(id);
    if (this.outgoing.has(id)) this.learnersNext.add(id);
    else this.learners.add(id);
  }

  #remove(id: NodeId): void {
    this.incoming.delete(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
    if (!this.outgoing.has(id)) this.#fresh.delete(id);
  }
}

function ascending(ids: ReadonlySet<NodeId>): readonly NodeId[] {
  return [...ids].sort((a, b) => a - b);
}
