import type { NodeId } from "../raft/types";
import type { Node } from "./node";
import type { Clock } from "./node_ports";
import type { ChangeRefusal, HistoryRecord, MemberChange } from "./types";

/** Why, where the refusal itself carries facts instead of a sentence. */
const reasons: Readonly<Record<Exclude<ChangeRefusal, { readonly detail: string }>["code"], string>> = {
  "fence-lost": "the cluster had changed",
  "change-in-progress": "another change was under way",
  "node-removed": "this node is no member any more",
  "id-retired": "the id stays retired",
  "leader-changed": "leadership had moved",
  "transfer-failed": "it did not take over",
};

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
  private noted = 0;

  constructor(id: NodeId, clock: Clock) {
    this.id = id;
    this.clock = clock;
  }

  /** Attempts that changed nothing and stand in this node's history, counted since it started. */
  get count(): number {
    return this.noted;
  }

  /** The log has one, that every node turned down: it stands in the history by itself. */
  rejected(): void {
    this.noted += 1;
  }

  /** `asked`: the changes, or whom a transfer was to make leader. */
  note(
    asked: readonly MemberChange[] | NodeId,
    requestId: string,
    actor: string,
    refusal: ChangeRefusal,
    node: Node,
  ): void {
    const { members, learners, committedIndex } = node.membership.current;
    const nameOf = (id: NodeId) => node.registry.member(id)?.name ?? `n${id}`;
    const transfer = typeof asked === "number";
    this.noted += 1;
    this.records.push({
      index: committedIndex,
      term: node.leader.current.term,
      time: Math.floor(this.clock.wall()),
      kind: transfer ? "transfer" : "change",
      // As the registry records a transfer that was made.
      changes: transfer
        ? [{ kind: "promote", id: asked, name: nameOf(asked) }]
        : asked.map((change) => ({
            kind: change.kind,
            id: change.id,
            name: change.kind === "add-learner" ? change.name : nameOf(change.id),
          })),
      actor,
      requestId,
      outcome: "refused",
      reason: "detail" in refusal ? refusal.detail : reasons[refusal.code],
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
