import type { MemberId } from "../../protocol/membership";
import { assessConfiguration, healthIn } from "../../protocol/quorum";
import type { ClusterStatus } from "../../protocol/status";

/**
 * Why ending or freezing this member's process would take quorum away, in a sentence; undefined where it would not: it does not
 * vote, is down anyway, or quorum is gone already. Of joint halves each counts for itself.
 * `knownDown`: members whose process is seen not to run; the cluster notices that seconds later.
 */
export function quorumLoss(
  status: ClusterStatus,
  id: MemberId,
  name: string,
  knownDown: (id: MemberId) => boolean = () => false,
): string | undefined {
  const reported = healthIn(status.members);
  const health = (member: MemberId) => (knownDown(member) ? "down" : reported(member));
  // Where nobody could tell, the voters may well be up: then it is asked for once too often rather than not at all.
  const hoped = (member: MemberId) => (health(member) === "unknown" ? "healthy" : health(member));
  const before = assessConfiguration(status.configuration, hoped);
  const after = assessConfiguration(status.configuration, (member) =>
    member === id ? "down" : hoped(member),
  );
  const lost = after.halves.find(
    (half, at) => half.healthy < half.quorum && (before.halves[at]?.healthy ?? 0) >= half.quorum,
  );
  if (lost === undefined) return undefined;
  return `Stopping ${name} loses quorum: ${lost.healthy} of ${lost.voters} voters would be healthy and ${lost.quorum} are needed; starting it again brings it back.`;
}
