import { diffMembership, type MemberDiff } from "../protocol/diff";
import type { MemberId, MembershipView } from "../protocol/membership";
import type { ClusterStatus, MemberHealth, MemberStatus } from "../protocol/status";
import type { ClusterSession, HistoryLine, TimelineEntry } from "./session";

/** Lines kept in the timeline. */
export const TIMELINE_ENTRIES_MAX = 500;

/** An entry before it gets its key. */
export type NewEntry = TimelineEntry extends infer Entry
  ? Entry extends TimelineEntry
    ? Omit<Entry, "key">
    : never
  : never;

type TimelinePart = Pick<ClusterSession, "timeline" | "nextKey">;

/** Puts entries, oldest first, in front of the timeline and drops the oldest beyond the bound. */
export function addEntries(session: TimelinePart, entries: readonly NewEntry[]): TimelinePart {
  if (entries.length === 0) return { timeline: session.timeline, nextKey: session.nextKey };
  const keyed = entries.map((entry, place): TimelineEntry => ({ ...entry, key: session.nextKey + place }));
  return {
    timeline: [...keyed.reverse(), ...session.timeline].slice(0, TIMELINE_ENTRIES_MAX),
    nextKey: session.nextKey + entries.length,
  };
}

/** The line for a view this page starts from. */
export function firstEntry(view: MembershipView): NewEntry {
  const { members, learners, committedIndex } = view.snapshot;
  return { kind: "first", at: null, created: committedIndex === 1, members, learners, index: committedIndex };
}

/** What a new view means next to the one held before; index and sequence compare within one epoch only. */
export function viewEntries(
  held: MembershipView,
  view: MembershipView,
  at: number,
  whileAway: boolean,
): { readonly entries: readonly NewEntry[]; readonly diffs: readonly MemberDiff[] } {
  if (held.epoch !== view.epoch) {
    const epoch: NewEntry = { kind: "epoch", at, from: held.epoch, to: view.epoch };
    return { entries: [epoch, firstEntry(view)], diffs: [] };
  }
  const diffs = diffMembership(held.snapshot, view.snapshot);
  const merged = Math.max(0, view.sequence - held.sequence - 1);
  const entry: NewEntry = {
    kind: "membership",
    at,
    diffs,
    fromIndex: held.snapshot.committedIndex,
    index: view.snapshot.committedIndex,
    merged,
    whileAway,
    parts: "none",
  };
  return { entries: [entry], diffs };
}

/** Puts lines of the durable history, oldest first, below everything else; the line they begin from gives way to them. */
export function addHistory(session: TimelinePart, lines: readonly HistoryLine[]): readonly TimelineEntry[] {
  if (lines.length === 0) return session.timeline;
  const start = session.timeline.findLastIndex((entry) => entry.kind === "first");
  const newer = start < 0 ? session.timeline : session.timeline.slice(0, start);
  // Keys below those of the page's own entries: the lines are older than any of them.
  const older = lines.map(
    (line, place): TimelineEntry => ({
      kind: "history",
      key: place - lines.length,
      at: null,
      line,
    }),
  );
  return [...newer, ...older.reverse()].slice(0, TIMELINE_ENTRIES_MAX);
}

/** Attempts told one by one at a time; of those before them only the number. */
const ATTEMPTS_AT_ONCE = 10;

/** Puts attempts that changed nothing, oldest first, on top. What is tried again and again is one line that counts. */
export function addAttempts(session: TimelinePart, lines: readonly HistoryLine[]): TimelinePart {
  const told = lines.slice(-ATTEMPTS_AT_ONCE);
  let part = session;
  let untold = lines.length - told.length;
  for (const line of told) {
    const [newest, ...older] = part.timeline;
    const { time: at } = line;
    if (untold === 0 && newest?.kind === "attempt" && isRepeat(newest.line, line)) {
      const again = { ...newest, at, line, times: newest.times + 1 };
      part = { timeline: [again, ...older], nextKey: part.nextKey };
    } else {
      part = addEntries(part, [{ kind: "attempt", at, line, times: 1, untold }]);
    }
    untold = 0;
  }
  return { timeline: part.timeline, nextKey: part.nextKey };
}

function isRepeat(one: HistoryLine, other: HistoryLine): boolean {
  const words = ({ kind, changes, actor, outcome, reason, refusedBy }: HistoryLine) =>
    JSON.stringify([kind, changes, actor, outcome, reason, refusedBy]);
  return words(one) === words(other);
}

/** Replaces the parts of one membership entry; the frozen timeline of a pause shows them too. */
export function setParts(
  session: ClusterSession,
  key: number,
  parts: Extract<TimelineEntry, { kind: "membership" }>["parts"],
): ClusterSession {
  const put = (timeline: readonly TimelineEntry[]) =>
    timeline.map((entry) => (entry.key === key && entry.kind === "membership" ? { ...entry, parts } : entry));
  const { pause } = session;
  return {
    ...session,
    timeline: put(session.timeline),
    pause: pause && { ...pause, frozen: { ...pause.frozen, timeline: put(pause.frozen.timeline) } },
  };
}

/** Opens a gap, or opens the newest one again where nothing happened since it closed. */
export function openGap(session: TimelinePart, since: number): TimelinePart {
  const [newest, ...older] = session.timeline;
  if (newest?.kind !== "gap") return addEntries(session, [{ kind: "gap", at: since, since, until: null }]);
  return { timeline: [{ ...newest, until: null }, ...older], nextKey: session.nextKey };
}

/** Closes the open gap, wherever it stands. */
export function closeGap(session: TimelinePart, until: number): TimelinePart {
  const open = session.timeline.some((entry) => entry.kind === "gap" && entry.until === null);
  if (!open) return { timeline: session.timeline, nextKey: session.nextKey };
  const timeline = session.timeline.map((entry) =>
    entry.kind === "gap" && entry.until === null ? { ...entry, until } : entry,
  );
  return { timeline, nextKey: session.nextKey };
}

/** Membership lines whose makers are not known yet, newest first. */
export function withoutActors(timeline: readonly TimelineEntry[]): readonly MembershipLine[] {
  return timeline.filter(
    (entry): entry is MembershipLine => entry.kind === "membership" && entry.actors === undefined,
  );
}

type MembershipLine = Extract<TimelineEntry, { kind: "membership" }>;

/** Tells membership lines who made them, from lines of the durable history that cover them whole. */
export function setActors(
  session: TimelinePart,
  lines: readonly HistoryLine[],
  keys: ReadonlySet<number>,
): TimelinePart {
  const timeline = session.timeline.map((entry) => {
    if (entry.kind !== "membership" || !keys.has(entry.key)) return entry;
    const own = lines.filter(
      ({ index, outcome }) => outcome === "applied" && index > entry.fromIndex && index <= entry.index,
    );
    const actors = new Set(own.map(({ actor }) => actor).filter((actor) => actor !== ""));
    return { ...entry, actors: [...actors] };
  });
  return { timeline, nextKey: session.nextKey };
}

/** A leader gained, lost or changed between two statuses; nothing where leader and term are the same. */
export function leadershipEntries(
  previous: ClusterStatus | undefined,
  next: ClusterStatus,
  at: number,
): NewEntry[] {
  if (previous === undefined || previous.epoch !== next.epoch) return [];
  const { id: from, term: fromTerm } = previous.leadership;
  const { id: to, term } = next.leadership;
  if (from === to && (to === null || fromTerm === term)) return [];
  return [{ kind: "leadership", at, from, to, term }];
}

type HealthWord = MemberHealth["word"];

/** Words that mean no difference to an operator who reads a timeline: a learner drifts between them under load. */
const wellWords: ReadonlySet<HealthWord> = new Set(["Healthy", "Catching up", "Receiving snapshot"]);

function worthALine(from: HealthWord, to: HealthWord): boolean {
  return from !== to && !(wellWords.has(from) && wellWords.has(to));
}

/**
 * Members whose health changed, those that changed alike in one line. "Unknown" is no event: it says something about this
 * console, not about the member, so a member is compared with its last known word.
 */
export function healthEntries(
  words: Readonly<Record<MemberId, HealthWord>>,
  members: readonly MemberStatus[],
  at: number,
): { readonly entries: readonly NewEntry[]; readonly words: Readonly<Record<MemberId, HealthWord>> } {
  const groups = new Map<string, { from: HealthWord; to: HealthWord; ids: MemberId[] }>();
  const next: Record<MemberId, HealthWord> = {};
  for (const { id, health } of members) {
    const from = words[id];
    const to = health.word === "Unknown" ? from : health.word;
    if (to !== undefined) next[id] = to;
    if (from === undefined || to === undefined || !worthALine(from, to)) continue;
    const key = `${from}/${to}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { from, to, ids: [id] });
    else group.ids.push(id);
  }
  const entries = [...groups.values()].map((group): NewEntry => ({ kind: "health", at, ...group }));
  return { entries, words: next };
}
