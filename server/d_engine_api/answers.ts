import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { EngineStatus, MembershipSnapshot } from "../engine/types";
import type { MembershipSnapshotSchema } from "../rpc/generated/d_engine_client_pb";
import type {
  ClusterMembershipSchema,
  LeaderDiscoveryResponseSchema,
} from "../rpc/generated/d_engine_cluster_pb";
import { NodeStatus } from "../rpc/generated/d_engine_common_pb";

/** d-engine's ids are uint32; ours may be larger, and a number cut short would name another node. */
const NODE_ID_MAX = 0xffff_ffff;
/** d-engine's numbers for what a node is. */
const FOLLOWER = 1;
const LEADER = 3;
const LEARNER = 4;

/** Refuses (FAILED_PRECONDITION) where an id does not fit d-engine's. */
export function checkedId(id: number): number {
  if (Number.isInteger(id) && id >= 0 && id <= NODE_ID_MAX) return id;
  const text = `d-engine's ids are 32-bit numbers and this cluster has node ${id}: its membership cannot be told here.`;
  throw new ConnectError(text, Code.FailedPrecondition);
}

/** Refuses (UNAVAILABLE, as d-engine does) while this node has no view of its own to tell. */
export function checkReady(status: EngineStatus): void {
  if (status.standing === "removed") {
    throw new ConnectError("This node was removed from the cluster", Code.Unavailable);
  }
  if (status.standing !== "member" || status.membership.committedIndex === 0) {
    throw new ConnectError("Service is not ready", Code.Unavailable);
  }
}

/** A view of the membership. */
export function toSnapshot(view: MembershipSnapshot): MessageInitShape<typeof MembershipSnapshotSchema> {
  return {
    members: view.members.map(checkedId),
    learners: view.learners.map(checkedId),
    committedIndex: BigInt(view.committedIndex),
  };
}

/**
 * The cluster's nodes, each under the address at which it serves this same interface, where it told one: d-engine's clients dial it. Learners
 * count as read-only, since nothing promotes them by itself. `version` is the index of the membership.
 */
export function toClusterMembership(status: EngineStatus): MessageInitShape<typeof ClusterMembershipSchema> {
  const voters = new Set(status.membership.members);
  const { leader } = status.leader;
  const nodes = [...status.membership.members, ...status.membership.learners].map((id) => ({
    id: checkedId(id),
    address: addressOf(status, id),
    role: id === leader ? LEADER : voters.has(id) ? FOLLOWER : LEARNER,
    status: voters.has(id) ? NodeStatus.ACTIVE : NodeStatus.READ_ONLY,
  }));
  return {
    version: BigInt(status.membership.committedIndex),
    nodes,
    ...(leader === undefined ? {} : { currentLeaderId: checkedId(leader) }),
  };
}

/** Whom this node takes for leader. */
export function toLeaderDiscovery(
  status: EngineStatus,
): MessageInitShape<typeof LeaderDiscoveryResponseSchema> {
  const { leader, term } = status.leader;
  if (leader === undefined) return { leaderId: 0, leaderAddress: "", term: BigInt(term) };
  return { leaderId: checkedId(leader), leaderAddress: addressOf(status, leader), term: BigInt(term) };
}

/** Empty where the node serves no such interface, or has not told where. */
function addressOf(status: EngineStatus, id: number): string {
  return status.dEngineApis?.get(id) ?? "";
}
