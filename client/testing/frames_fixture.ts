import type { HelloFrame, MembershipFrame, StatusFrame } from "../../protocol/frames";
import type { ClusterStatus, MemberStatus } from "../../protocol/status";
import { everything } from "../../protocol/testing/capabilities_fixture";
import { statusOf } from "../../protocol/testing/status_fixture";

const yes = { ok: true as const };

/** The first frame of a connection to a cluster that can do everything. */
export const hello: HelloFrame = {
  type: "hello",
  version: 1,
  cluster: "local",
  kind: "embedded",
  capabilities: everything,
  actor: "root",
  mayAct: yes,
  mayForce: false,
  signedIn: false,
  machine: true,
};

/** A membership frame; its sequence is its index unless given. */
export function membership(
  index: number,
  members: readonly string[],
  learners: readonly string[] = [],
  more: { readonly epoch?: string; readonly sequence?: number } = {},
): MembershipFrame {
  return {
    type: "membership",
    cluster: "local",
    epoch: more.epoch ?? "e1",
    exact: true,
    merged: 0,
    sequence: more.sequence ?? index,
    snapshot: { members: [...members], learners: [...learners], committedIndex: index },
  };
}

/** A status frame of these members. */
export function status(members: readonly MemberStatus[], changes: Partial<ClusterStatus> = {}): StatusFrame {
  return { type: "status", cluster: "local", ...statusOf(members, changes) };
}
