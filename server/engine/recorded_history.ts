import { without } from "../raft/confchange/id_lists";
import type { ConfState, NodeId } from "../raft/types";
import { allVoters } from "./configuration";
import type { HistoryRecord, MembershipSnapshot } from "./types";

/** The two lists of a membership, ascending. */
export type Lists = Pick<MembershipSnapshot, "members" | "learners">;

/** What became of one list from one record to the next, ascending. */
interface Difference {
  readonly came: readonly NodeId[];
  readonly went: readonly NodeId[];
}

/**
 * A record as the registry keeps it: with what it changed of the lists instead of the lists themselves, which in a large cluster
 * would make up nearly all of every log snapshot.
 */
export interface StoredRecord extends Omit<HistoryRecord, "members" | "learners" | "refusedBy"> {
  readonly members: Difference;
  readonly learners: Difference;
}

/** The lists of a configuration. */
export function listsOf(state: ConfState): Lists {
  return { members: allVoters(state), learners: state.learners };
}

/** What a record must say for `before` to become `after`. */
export function differenceOf(before: Lists, after: Lists): Pick<StoredRecord, "members" | "learners"> {
  return {
    members: difference(before.members, after.members),
    learners: difference(before.learners, after.learners),
  };
}

function difference(before: readonly NodeId[], after: readonly NodeId[]): Difference {
  if (before === after) return { came: [], went: [] };
  return { came: without(after, before), went: without(before, after) };
}

/** Walks from the newest lists back, undoing one record after the other. */
class Backwards {
  readonly members: NodeId[];
  readonly learners: NodeId[];

  constructor(newest: Lists) {
    this.members = [...newest.members];
    this.learners = [...newest.learners];
  }

  undo(record: StoredRecord): void {
    undo(this.members, record.members);
    undo(this.learners, record.learners);
  }
}

function undo(list: NodeId[], { came, went }: Difference): void {
  for (const id of came) {
    const at = placeOf(list, id);
    if (list[at] === id) list.splice(at, 1);
  }
  for (const id of went) list.splice(placeOf(list, id), 0, id);
}

/** Where an id stands in an ascending list, or would. */
function placeOf(list: readonly NodeId[], id: NodeId): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of the first record with an index above `after`. */
export function firstAfter(records: readonly StoredRecord[], after: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((records[middle]?.index ?? 0) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The records from place `from` to before `end`, with their lists. `newest`: the lists after the last record of all. */
export function withLists(
  records: readonly StoredRecord[],
  from: number,
  end: number,
  newest: Lists,
): HistoryRecord[] {
  const walk = new Backwards(newest);
  const found: HistoryRecord[] = [];
  let lists: Lists | undefined;
  for (let at = records.length - 1; at >= from; at -= 1) {
    const record = records[at];
    if (record === undefined) continue;
    if (at < end) {
      // Records that changed nothing share the lists of the one before them.
      lists ??= { members: [...walk.members], learners: [...walk.learners] };
      found.push({ ...record, ...lists, refusedBy: undefined });
    }
    if (changes(record)) lists = undefined;
    walk.undo(record);
  }
  return found.reverse();
}

function changes({ members, learners }: StoredRecord): boolean {
  return members.came.length + members.went.length + learners.came.length + learners.went.length > 0;
}

/** The lists in force from `index` on, where a record of it is kept. */
export function listsAt(records: readonly StoredRecord[], index: number, newest: Lists): Lists | undefined {
  const at = firstAfter(records, index) - 1;
  if (records[at]?.index !== index) return undefined;
  const walk = new Backwards(newest);
  for (let later = records.length - 1; later > at; later -= 1) {
    const record = records[later];
    if (record !== undefined) walk.undo(record);
  }
  return { members: walk.members, learners: walk.learners };
}
