import type { HistoryEntry } from "../protocol/api";
import type { MembershipView } from "../protocol/membership";
import type { Actions } from "./actions";

/** Entries read in a row: more than a cluster keeps. */
const ENTRIES_MAX = 32_000;
/** Up to so many members a page of history has whole lists; beyond, it would be megabytes. */
const WHOLE_LISTS_MAX = 64;

/** How much of a cluster's history is asked for at once, so that reading an answer takes the browser a few milliseconds. */
export function historyPage(view: MembershipView | undefined): {
  readonly limit: number;
  readonly withoutLearners: boolean;
} {
  const { members = [], learners = [] } = view?.snapshot ?? {};
  const withoutLearners = members.length + learners.length > WHOLE_LISTS_MAX;
  return { limit: withoutLearners ? 200 : 1000, withoutLearners };
}

/** What the durable history is filtered by: kinds of changes, `refused` and `rejected` for attempts that changed nothing. */
export const historyKinds = [
  { kind: "add-learner", label: "Learner added" },
  { kind: "promote", label: "Promoted" },
  { kind: "demote", label: "Demoted" },
  { kind: "remove", label: "Removed" },
  { kind: "joint", label: "Joint" },
  { kind: "other", label: "Other" },
  { kind: "refused", label: "Refused" },
] as const;
export type HistoryKind = (typeof historyKinds)[number]["kind"];

/** Which filter shows an entry: an attempt that changed nothing is shown by `refused` alone. */
export function kindOf(entry: HistoryEntry): HistoryKind {
  if (entry.outcome !== "applied") return "refused";
  switch (entry.kind) {
    case "add-learner":
    case "promote":
    case "demote":
    case "remove":
    case "joint":
      return entry.kind;
    default:
      return "other";
  }
}

/** Tells entries apart: a request may be refused, repeated and applied. */
export function keyOf({ index, requestId, outcome, kind, time }: HistoryEntry): string {
  return [index, outcome, kind, requestId, time].join(" ");
}

/** Puts what was read beside what is known, oldest first, each entry once. The same list if nothing is new. */
export function mergeHistory(
  known: readonly HistoryEntry[],
  read: readonly HistoryEntry[],
): readonly HistoryEntry[] {
  const keys = new Set(known.map(keyOf));
  // A doubt that ended is told by how it ended.
  const ended = new Set([...known, ...read].filter(isOutcome).map(({ requestId }) => requestId));
  const stands = (entry: HistoryEntry) => isOutcome(entry) || !ended.has(entry.requestId);
  const fresh = read.filter((entry) => !keys.has(keyOf(entry)) && stands(entry));
  if (fresh.length === 0) return known;
  const rank = (entry: HistoryEntry) => (entry.outcome === "refused" ? 1 : 0);
  return [...known.filter(stands), ...fresh].sort(
    (a, b) => a.index - b.index || rank(a) - rank(b) || a.time - b.time,
  );
}

function isOutcome({ outcome }: HistoryEntry): boolean {
  return outcome !== "unknown";
}

/**
 * Reads everything the console holds behind `known`, in pages. Begins again at the newest known index, since refused attempts
 * stand at the index they met. In a large cluster (`view`) the entries come without their learners. Undefined where a page could not be read.
 */
export async function readHistory(
  read: Actions["history"],
  cluster: string,
  known: readonly HistoryEntry[],
  view?: MembershipView,
): Promise<readonly HistoryEntry[] | undefined> {
  const { limit, withoutLearners } = historyPage(view);
  let book = known;
  let after = Math.max(0, (known.at(-1)?.index ?? 0) - 1);
  for (let asked = 0; asked < ENTRIES_MAX; asked += limit) {
    const answer = await read(cluster, after, limit, withoutLearners);
    if (!answer.ok) return undefined;
    const { entries, more } = answer.value;
    const last = entries.at(-1)?.index ?? 0;
    book = mergeHistory(book, entries);
    if (!more || last <= after) return book;
    // The last index of a page may go on in the next one.
    after = Math.max(after + 1, last - 1);
  }
  return book;
}

/** The entries of the chosen kinds (none chosen: all) and actor. */
export function filterHistory(
  entries: readonly HistoryEntry[],
  { kinds, actor }: { readonly kinds: readonly string[]; readonly actor: string },
): readonly HistoryEntry[] {
  if (kinds.length === 0 && actor === "") return entries;
  return entries.filter(
    (entry) =>
      (kinds.length === 0 || kinds.includes(kindOf(entry))) && (actor === "" || entry.actor === actor),
  );
}

/** Everybody who changed or tried to change anything, in alphabetical order. */
export function actorsOf(entries: readonly HistoryEntry[]): readonly string[] {
  return [...new Set(entries.map(({ actor }) => actor))].filter(Boolean).sort();
}

/** One JSON object a line, oldest first, as log tools read it. */
export function toJsonLines(items: readonly object[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join("");
}
