import type { Notice } from "../../../protocol/status";
import type { LeaderClaim } from "./leadership";
import type { NodeRestart, NodeView } from "./node_views";

/** A node whose view is not the cluster's, since it restarted or since before this console watched. */
export interface ForgetfulNode {
  readonly id: number;
  readonly restart: NodeRestart | undefined;
  readonly view: NodeView;
}

/** Says of such a node what it forgot, and whether it now counts with other voters than the cluster. */
export function forgetfulNotice({ id, restart, view }: ForgetfulNode, cluster: NodeView): Notice {
  const base = { id: `forgot-${id}`, member: String(id) };
  const forgot = `Node ${id} ${restart === undefined ? "tells another membership" : fallOf(restart)}.`;
  if (view.members.join() === cluster.members.join()) {
    const advice = "d-engine nodes keep no membership across a restart. It still counts the same voters.";
    return { ...base, tone: "info", text: forgot, advice };
  }
  const text = `${forgot} It counts the voters ${listOf(view.members)}; the cluster has ${listOf(cluster.members)}.`;
  const advice =
    "It reckons with another majority: put the current members into its configuration file and restart it.";
  return { ...base, tone: "warning", text: text.slice(0, 512), advice };
}

function fallOf({ epoch, fromIndex, toIndex }: NodeRestart): string {
  return `restarted: its index fell from ${fromIndex} to ${toIndex}, which begins epoch ${epoch} of that node`;
}

function listOf(ids: readonly number[]): string {
  return ids.length === 0 ? "none" : ids.join(", ");
}

/** Says that more than one node claims to lead: one of them was cut off, or they count different voters. */
export function leadersNotice(claims: readonly LeaderClaim[]): Notice | undefined {
  if (new Set(claims.map(({ leader }) => leader)).size < 2) return undefined;
  const said = claims.map(({ leader, term }) => `node ${leader} in term ${term}`).join(", ");
  const advice =
    "Check that the nodes reach each other, and that their configuration files name the same voters.";
  return {
    id: "leaders",
    tone: "critical",
    text: `Several nodes say that they lead: ${said}.`,
    advice,
    member: null,
  };
}

/** Says that a learner waits in vain. */
export function heldBackNotice(id: number, reason: string): Notice {
  const advice = "Add another promotable learner; or it is evicted, and can be added again.";
  return {
    id: `held-back-${id}`,
    tone: "warning",
    text: `Learner ${id}: ${reason}`,
    advice,
    member: String(id),
  };
}

const gravity: Readonly<Record<Notice["tone"], number>> = { critical: 0, warning: 1, info: 2 };

/** The gravest first, as many as a status may carry. */
export function inOrder(notices: readonly Notice[]): Notice[] {
  return [...notices].sort((a, b) => gravity[a.tone] - gravity[b.tone]).slice(0, 64);
}
