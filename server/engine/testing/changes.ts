import type { NodeId } from "../../raft/types";
import type { ChangeOutcome, MemberChange } from "../types";
import type { VirtualCluster } from "./virtual_cluster";

/** The addition of a learner under a name and an address of its own. */
export function learner(id: NodeId): MemberChange {
  return { kind: "add-learner", id, address: `h${id}:1`, name: `n${id}` };
}

/** Why a change was refused; how it ended where it was not. */
export function refusalCode(outcome: ChangeOutcome): string {
  return outcome.kind === "refused" ? outcome.refusal.code : outcome.kind;
}

/** Makes a change through a node, and waits for its outcome. */
export async function change(
  cluster: VirtualCluster,
  at: NodeId,
  changes: readonly MemberChange[],
  options = {},
): Promise<ChangeOutcome> {
  return cluster.settle(cluster.replica(at).change(changes, options));
}

/** Adds a learner with a host of its own, and waits until it may vote. */
export async function caughtUp(cluster: VirtualCluster, id: NodeId): Promise<void> {
  cluster.addHost(id);
  const leader = await cluster.leader();
  await change(cluster, leader, [learner(id)]);
  await cluster.until(`${id} caught up`, () => {
    const report = cluster
      .replica(leader)
      .status()
      .reports.find((one) => one.id === id);
    return report !== undefined && report.promotionBlocked === undefined;
  });
}

/** The rest of three voters. */
export function others(leader: NodeId): NodeId[] {
  return [1, 2, 3].filter((id) => id !== leader);
}
