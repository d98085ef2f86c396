import type { MemberChange as WireChange } from "../../../protocol/api";
import type { MemberId, MembershipSnapshot } from "../../../protocol/membership";
import type { MembershipSnapshot as EngineSnapshot, MemberChange } from "../../engine/types";
import type { NodeId } from "../../raft/types";

/** Highest id the embedded engine has room for. */
export const NODE_ID_MAX = 0xffff_ffff;

/** A node's id as it stands on the wire. */
export function toMemberId(id: NodeId): MemberId {
  return String(id);
}

/** The engine's id of a wire id; undefined where it is none, or beyond 32 bits. */
export function toNodeId(id: MemberId): NodeId | undefined {
  if (!/^[1-9][0-9]{0,9}$/.test(id)) return undefined;
  const value = Number(id);
  return value <= NODE_ID_MAX ? value : undefined;
}

/** Ids in the engine's order, which is ascending, as wire ids. */
export function toMemberIds(ids: readonly NodeId[]): MemberId[] {
  return ids.map(toMemberId);
}

/** The engine's snapshot on the wire. */
export function toWireSnapshot(snapshot: EngineSnapshot): MembershipSnapshot {
  return {
    members: toMemberIds(snapshot.members),
    learners: toMemberIds(snapshot.learners),
    committedIndex: snapshot.committedIndex,
  };
}

/** The engine's change on the wire. */
export function toWireChange(change: MemberChange): WireChange {
  const id = toMemberId(change.id);
  if (change.kind !== "add-learner") return { kind: change.kind, id };
  return { kind: "add-learner", id, address: change.address, name: change.name };
}
