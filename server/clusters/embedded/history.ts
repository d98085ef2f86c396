import type { HistoryEntry } from "../../../protocol/api";
import type { HistoryRecord } from "../../engine/types";
import { toMemberId, toMemberIds } from "./ids";

/** A line of the engine's history on the wire. A change of several members at once is a joint one. */
export function toHistoryEntry(record: HistoryRecord): HistoryEntry {
  const changes = record.changes.map((change) => ({
    kind: change.kind,
    id: toMemberId(change.id),
    name: change.name,
  }));
  const [first] = changes;
  const single = changes.length === 1 && first !== undefined ? first.kind : "joint";
  return {
    index: record.index,
    term: record.term,
    time: record.time,
    kind: record.kind === "change" ? single : record.kind,
    changes,
    actor: record.actor,
    requestId: record.requestId,
    outcome: record.outcome,
    reason: record.reason,
    ...(record.forced === true ? { forced: true } : {}),
    refusedBy: record.refusedBy === undefined ? null : toMemberId(record.refusedBy),
    members: toMemberIds(record.members),
    learners: toMemberIds(record.learners),
    sequence: record.sequence,
  };
}
