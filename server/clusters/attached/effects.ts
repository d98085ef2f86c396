import type { MemberId } from "../../../protocol/membership";
import type { Intent } from "./records";

/** A member as far as the effect of a change can be seen on it. */
export interface SeenMember {
  readonly id: MemberId;
  readonly name: string;
  readonly role: "voter" | "learner";
  /** The URLs or addresses its peers dial. */
  readonly peerUrls: readonly string[];
}

/** One difference between two looks at the members. */
export interface SeenChange {
  readonly kind: "add-learner" | "promote" | "demote" | "remove" | "update-address";
  readonly id: MemberId;
  readonly name: string;
  readonly peerUrls: readonly string[];
}

/** Whether two lists of URLs or ids are the same, in whatever order. */
export function sameUrls(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && [...one].sort().join(" ") === [...other].sort().join(" ");
}

/** What changed between two looks. A voter that was not there before joined and was promoted: that is how it is told. */
export function changesBetween(before: readonly SeenMember[], after: readonly SeenMember[]): SeenChange[] {
  const was = new Map(before.map((member) => [member.id, member]));
  const changes: SeenChange[] = [];
  for (const member of after) {
    const { id, name, peerUrls, role } = member;
    const old = was.get(id);
    was.delete(id);
    const change = (kind: SeenChange["kind"]) => changes.push({ kind, id, name, peerUrls });
    if (old === undefined) change("add-learner");
    if (role === "voter" && old?.role !== "voter") change("promote");
    if (role === "learner" && old?.role === "voter") change("demote");
    if (old !== undefined && !sameUrls(old.peerUrls, peerUrls)) change("update-address");
  }
  for (const { id, name, peerUrls } of was.values()) changes.push({ kind: "remove", id, name, peerUrls });
  return changes;
}

/** Whether a difference is what a request set out to do. */
export function isEffectOf(change: SeenChange, intent: Intent): boolean {
  if (change.kind !== intent.kind) return false;
  if (intent.kind === "add-learner" && intent.id === null) return sameUrls(change.peerUrls, intent.peerUrls);
  if (intent.kind === "update-address" && !sameUrls(change.peerUrls, intent.peerUrls)) return false;
  return change.id === intent.id;
}

/**
 * Whether what a request set out to do is so now, from a linearizable look at the members. A promotion of a member that is gone
 * cannot be told: it may have voted before it left.
 */
export function isInForce(
  intent: Intent,
  members: readonly SeenMember[],
  leader: MemberId | null,
): boolean | undefined {
  const member = intent.id === null ? undefined : members.find(({ id }) => id === intent.id);
  switch (intent.kind) {
    case "add-learner":
      if (intent.id !== null) return member !== undefined;
      return members.some(({ peerUrls }) => sameUrls(peerUrls, intent.peerUrls));
    case "promote":
      return member === undefined ? undefined : member.role === "voter";
    case "demote":
      return member === undefined ? undefined : member.role === "learner";
    case "remove":
      return member === undefined;
    case "update-address":
      return member === undefined ? undefined : sameUrls(member.peerUrls, intent.peerUrls);
    case "transfer":
      return leader === null ? undefined : leader === intent.id;
  }
}
