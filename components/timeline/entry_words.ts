import type { HistoryLine, TimelineEntry } from "../../client/session";
import { describeDiffs } from "../../protocol/diff";
import { formatClock, formatDuration, listWords, type NameOf } from "../../protocol/words";

/** What a line of the timeline is about, for its filter. */
export type Topic = "membership" | "leadership" | "health";

/** Which filter shows an entry; null: always shown. */
export function topicOf(entry: TimelineEntry): Topic | null {
  switch (entry.kind) {
    case "first":
    case "membership":
    case "history":
      return "membership";
    case "leadership":
    case "health":
      return entry.kind;
    case "gap":
    case "epoch":
      return null;
  }
}

/** The index a line can be linked by; undefined where it has none. */
export function indexOf(entry: TimelineEntry): number | undefined {
  if (entry.kind === "first" || entry.kind === "membership") return entry.index;
  return entry.kind === "history" ? entry.line.index : undefined;
}

/** When it happened, or this browser learnt of it, ms; null: before the page was opened. */
export function timeOf(entry: TimelineEntry): number | null {
  if (entry.kind === "history") return entry.line.time;
  return entry.kind === "gap" ? entry.since : entry.at;
}

/** One change of the durable history in a line. */
export function historyWords(line: HistoryLine): string {
  return line.actor === "" ? line.words : `${line.words}, by ${line.actor}`;
}

const healthWords: Partial<Record<string, string>> = {
  "Not started": "has not started yet",
  "Receiving snapshot": "receives a snapshot",
  "Catching up": "is catching up",
  Unknown: "health unknown",
};

function firstWords(entry: Extract<TimelineEntry, { kind: "first" }>, nameOf: NameOf): string {
  const names = entry.members.map(nameOf).join(" ");
  if (entry.created) return `Cluster created: ${names}`;
  const learners = entry.learners.length === 0 ? "" : `, learners ${entry.learners.map(nameOf).join(" ")}`;
  return `Members at first sight: ${names}${learners}`;
}

function leadershipWords(entry: Extract<TimelineEntry, { kind: "leadership" }>, nameOf: NameOf): string {
  if (entry.to !== null) return `${nameOf(entry.to)} leads term ${entry.term}`;
  return entry.from === null ? `No leader, term ${entry.term}` : `Leader ${nameOf(entry.from)} stepped down`;
}

/** A line of the timeline as the operator reads it. */
export function entryWords(entry: TimelineEntry, nameOf: NameOf): string {
  switch (entry.kind) {
    case "first":
      return firstWords(entry, nameOf);
    case "membership":
      return entry.merged > 0
        ? `${entry.merged + 1} changes merged: ${describeDiffs(entry.diffs, nameOf)}`
        : describeDiffs(entry.diffs, nameOf);
    case "leadership":
      return leadershipWords(entry, nameOf);
    case "health":
      return `${listWords(entry.ids.map(nameOf), "and")} ${healthWords[entry.to] ?? entry.to.toLowerCase()}`;
    case "gap":
      return entry.until === null
        ? `Gap since ${formatClock(entry.since)}`
        : `Gap of ${formatDuration(entry.until - entry.since)} until ${formatClock(entry.until)}`;
    case "epoch":
      return `Another cluster now answers here: indexes before and after do not compare`;
    case "history":
      return historyWords(entry.line);
  }
}

/** What a line adds about where it came from; empty for what happened before this page's eyes. */
export function entryNote(entry: TimelineEntry): string {
  const notes: string[] = [];
  if (entry.kind === "first" || entry.kind === "history") notes.push("before you opened this page");
  if (entry.kind === "membership" && entry.whileAway) notes.push("while this page was away");
  return listWords(notes, "and");
}
