import type { NodeId } from "../raft/types";
import type { Node } from "./node";
import type { Clock } from "./node_ports";
import type { ChangeRefusal, HistoryRecord, MemberChange } from "./types";

/** Refusals kept at one node; the oldest go first. */
const REFUSALS_MAX = 500;

/**
 * Changes this node turned down before any entry was made. Not replicated: an audit of this node alone, labelled so, kept while it
 * runs. They stand in the history behind the configuration that was in force.
 */
export class Refusals {
  private readonly records: HistoryRecord[] = [];
  private readonly id: NodeId;
  private readonly clock: Clock;

  constructor(id: NodeId, clock: Clock) {
    this.id = id;
    this.clock = clock;
  }

  note(
    changes: readonly MemberChange[],
    requestId: string,
    actor: string,
    refusal: ChangeRefusal,
    node: Node,
  ): void {
    const { members, learners, committedIndex } = node.membership.current;
    this.records.push({
      index: committedIndex,
      term: node.leader.current.term,
      time: Math.floor(this.clock.wall()),
      kind: "change",
      changes: changes.map((change) => ({
        kind: change.kind,
        id: change.id,
        name:
          change.kind === "add-learner"
            ? change.name
            : (node.registry.member(change.id)?.name ?? `n${change.id}`),
      })),
      actor,
      requestId,
      outcome: "refused",
      reason: "detail" in refusal ? refusal.detail : refusal.code,
      refusedBy: this.id,
      members,
      learners,
      sequence: node.registry.sequence,
    });
    if (this.records.length > REFUSALS_MAX) this.records.shift();
  }

  /** The refusals of the span that `history` covers, put in their place; at most `limit` records in all. */
  merge(history: readonly HistoryRecord[], after: number, limit: number): HistoryRecord[] {
    const last = history.length < limit ? Number.MAX_SAFE_INTEGER : (history.at(-1)?.index ?? 0);
    const own = this.records.filter((record) => record.index > after && record.index <= last);
    if (own.length === 0) return [...history];
    const rank = (record: HistoryRecord): number => (record.outcome === "refused" ? 1 : 0);
    return [...history, ...own]
      .sort((a, b) => a.index - b.index || rank(a) - rank(b) || a.time - b.time)
      .slice(0, limit);
  }
}
