import type { MembershipSnapshot } from "../../../protocol/membership";
import { LEARNER_ROLE, type LearnerToJoin } from "./learner_join";
import type { NodeRecord } from "./node_link";

/** d-engine's numbers for a follower, and for a voter's status. */
const FOLLOWER_ROLE = 1;
const ACTIVE_STATUS = 3;

/**
 * The `[cluster]` table of the configuration file with which a learner that was added here is started (TOML). Its own role is follower: a
 * node whose file says learner asks to join when it starts, is refused as already added, and ends. Directories are the operator's
 * to add.
 */
export function learnerConfig(
  learner: LearnerToJoin,
  snapshot: MembershipSnapshot,
  records: ReadonlyMap<number, NodeRecord>,
): string {
  const lines: string[] = [];
  for (const [id, { address, status }] of records) {
    if (id === learner.id) continue;
    const votes = snapshot.members.includes(String(id));
    lines.push(nodeLine(id, address, votes ? FOLLOWER_ROLE : LEARNER_ROLE, votes ? ACTIVE_STATUS : status));
  }
  lines.push(nodeLine(learner.id, learner.address, FOLLOWER_ROLE, learner.status));
  return [
    "# In the new node's d-engine configuration file. It is added already: with role 4 it would ask to join again, and end.",
    "[cluster]",
    `node_id = ${learner.id}`,
    `listen_address = ${quoted(learner.address)}`,
    "initial_cluster = [",
    ...lines,
    "]",
  ].join("\n");
}

function nodeLine(id: number, address: string, role: number, status: number): string {
  return `  { id = ${id}, address = ${quoted(address)}, role = ${role}, status = ${status} },`;
}

/** A TOML basic string; addresses come from other nodes. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
