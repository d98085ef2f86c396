import type { EngineStatus } from "../../engine/types";

/**
 * Age (ms) of the newest fact about the cluster that this process did not merely remember; null: there never was one.
 *
 * A fact is what a peer said (its view of itself, the leader's report) or what this node found out by asking. So:
 * - the only voter is the cluster: its own log is the fact, age 0;
 * - a voter that sees no leader and reports by itself keeps asking its peers, and that nobody answers is a fact too, as old
 *   as its own report: two of three dead must read "quorum lost", not "unknown";
 * - a node without a vote (a learner, one that is joining or was removed) knows only what it is told, so its facts grow old
 *   as soon as nobody speaks to it.
 */
export function factAgeOf(status: EngineStatus): number | null {
  const self = status.nodeId;
  const voters = status.membership.members;
  const votes = status.standing === "member" && voters.includes(self);
  if (votes && voters.length === 1) return 0;
  const ages = status.views.filter((view) => view.id !== self).map((view) => view.ageMs);
  const { reportedBy } = status;
  if (reportedBy !== undefined && (reportedBy.id !== self || (votes && !reportedBy.asLeader))) {
    ages.push(reportedBy.ageMs);
  }
  if (reportedBy?.id === self) {
    for (const report of status.reports) {
      if (report.id !== self && report.lastContactMs !== undefined) ages.push(report.lastContactMs);
    }
  }
  return ages.length === 0 ? null : Math.min(...ages);
}
