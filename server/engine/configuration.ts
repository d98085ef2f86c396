import { union } from "../raft/confchange/id_lists";
import type { ConfChangeSingle, ConfChangeV2, ConfState, NodeId } from "../raft/types";
import type { Configuration, MemberChange, MembershipSnapshot } from "./types";

const byId = (a: NodeId, b: NodeId): number => a - b;

/** The configuration of a node that has not joined yet. */
export const emptyConfState: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** Whether both say the same, field by field. */
export function sameConfState(a: ConfState, b: ConfState): boolean {
  const fields = ["voters", "learners", "votersOutgoing", "learnersNext"] as const;
  return (
    a.autoLeave === b.autoLeave &&
    fields.every(
      (field) => a[field].length === b[field].length && a[field].every((id, at) => id === b[field][at]),
    )
  );
}

/** Whether two halves are in force. */
export function isJoint(state: ConfState): boolean {
  return state.votersOutgoing.length > 0;
}

/** Of each configuration what was worked out of it: they never change, and are asked many times. */
const workedOut = new WeakMap<ConfState, { voters: readonly NodeId[]; nodes: readonly NodeId[] }>();

function membersOf(state: ConfState): {
  readonly voters: readonly NodeId[];
  readonly nodes: readonly NodeId[];
} {
  const known = workedOut.get(state);
  if (known !== undefined) return known;
  const voters = Object.freeze(union(state.voters, state.votersOutgoing));
  const members = { voters, nodes: Object.freeze(union(voters, state.learners)) };
  workedOut.set(state, members);
  return members;
}

/** Every voter of either half, ascending. */
export function allVoters(state: ConfState): readonly NodeId[] {
  return membersOf(state).voters;
}

/** Every node of the configuration, ascending. */
export function allNodes(state: ConfState): readonly NodeId[] {
  return membersOf(state).nodes;
}

/** What a watcher sees of a configuration: while joint both halves are members, because both still vote. */
export function toSnapshot(state: ConfState, committedIndex: number): MembershipSnapshot {
  return Object.freeze({
    members: allVoters(state),
    learners: Object.freeze([...state.learners].sort(byId)),
    committedIndex,
  });
}

/** The configuration with both its halves, for status(). */
export function toConfiguration(state: ConfState): Configuration {
  return {
    incoming: [...state.voters].sort(byId),
    outgoing: [...state.votersOutgoing].sort(byId),
    learners: [...state.learners].sort(byId),
    learnersNext: [...state.learnersNext].sort(byId),
    autoLeave: state.autoLeave,
  };
}

const single: Record<MemberChange["kind"], ConfChangeSingle["type"]> = {
  "add-learner": "add-learner-node",
  promote: "add-node",
  demote: "add-learner-node",
  remove: "remove-node",
};

/** The core's form of a request. `auto` is joint as soon as it holds more than one change, and is then left by itself. */
export function toConfChange(changes: readonly MemberChange[], context: Uint8Array): ConfChangeV2 {
  return {
    transition: "auto",
    changes: changes.map((change) => ({ type: single[change.kind], nodeId: change.id })),
    context,
  };
}

/** Whether `voters` of which `healthy` are up can commit: a majority, and of an empty set always (dissertation 4.3). */
export function hasMajority(voters: readonly NodeId[], healthy: (id: NodeId) => boolean): boolean {
  if (voters.length === 0) return true;
  return voters.filter(healthy).length >= Math.floor(voters.length / 2) + 1;
}

/** The voters there would be after `changes`, taken one by one. */
export function votersAfter(voters: readonly NodeId[], changes: readonly MemberChange[]): NodeId[] {
  const after = new Set(voters);
  for (const change of changes) {
    if (change.kind === "promote") after.add(change.id);
    else if (change.kind !== "add-learner") after.delete(change.id);
  }
  return [...after].sort(byId);
}
