import type { ConfChangeV2, ConfState, NodeId } from "../server/raft/types";

const ascending = (ids: Iterable<NodeId>): NodeId[] => [...new Set(ids)].sort((a, b) => a - b);

/**
 * What a change makes of a configuration, by the rules of the dissertation (4.2, 4.3) and written independently of the core: the
 * checker's own opinion. Undefined: it cannot be applied.
 */
export function referenceChange(config: ConfState, change: ConfChangeV2): ConfState | undefined {
  const joint = config.votersOutgoing.length > 0;
  if (change.changes.length === 0) {
    if (!joint) return undefined;
    return {
      voters: config.voters,
      votersOutgoing: [],
      learners: ascending([...config.learners, ...config.learnersNext]),
      learnersNext: [],
      autoLeave: false,
    };
  }
  if (joint) return undefined;
  const entering = change.changes.length > 1;
  const outgoing = entering ? config.voters : [];
  let voters = [...config.voters];
  let learners = [...config.learners];
  let next: NodeId[] = [];
  for (const { type, nodeId } of change.changes) {
    voters = voters.filter((id) => id !== nodeId);
    learners = learners.filter((id) => id !== nodeId);
    next = next.filter((id) => id !== nodeId);
    if (type === "add-node") voters.push(nodeId);
    else if (type === "add-learner-node") (outgoing.includes(nodeId) ? next : learners).push(nodeId);
  }
  if (voters.length === 0) return undefined;
  return {
    voters: ascending(voters),
    votersOutgoing: ascending(outgoing),
    learners: ascending(learners),
    learnersNext: ascending(next),
    autoLeave: entering,
  };
}

/** A configuration as one line; equal configurations have equal lines. */
export function configurationLine(config: ConfState): string {
  const { voters, votersOutgoing, learners, learnersNext } = config;
  const outgoing = votersOutgoing.length > 0 ? ` & ${votersOutgoing.join(",")}` : "";
  const rest = [...learners.map((id) => `L${id}`), ...learnersNext.map((id) => `next L${id}`)].join(",");
  return `{${voters.join(",")}${outgoing}${rest === "" ? "" : ` ${rest}`}}`;
}

/** Whether `holds` is true of a majority of each half. */
export function agreesIn(config: ConfState, holds: (id: NodeId) => boolean): boolean {
  return [config.voters, config.votersOutgoing].every(
    (half) => half.length === 0 || half.filter(holds).length * 2 > half.length,
  );
}
