import { describeDiffs, type MemberDiff } from "../protocol/diff";
import { describeHistory } from "../protocol/history_words";
import type { MemberId } from "../protocol/membership";
import { formatClock, listWords, mergedWords, type NameOf } from "../protocol/words";
import type { HistoryLine, TimelineEntry } from "./session";

/** Members named one by one in a line; more are counted. */
const NAMED_MAX = 8;
const BEFORE = "before you opened this page";

/** A line of the timeline: what happened, and the smaller print after it. */
export interface EntryWords {
  readonly words: string;
  /** "index 12", "5 changes merged", "before you opened this page"; joined with " - " where they are shown. */
  readonly details: readonly string[];
}

function names(ids: readonly MemberId[], nameOf: NameOf): string {
  if (ids.length <= NAMED_MAX) return ids.map(nameOf).join(" ");
  return `${ids.slice(0, NAMED_MAX).map(nameOf).join(" ")} and ${ids.length - NAMED_MAX} more`;
}

function diffWords(diffs: readonly MemberDiff[], nameOf: NameOf): string {
  if (diffs.length <= NAMED_MAX) return describeDiffs(diffs, nameOf);
  return `${describeDiffs(diffs.slice(0, NAMED_MAX), nameOf)} and ${diffs.length - NAMED_MAX} more`;
}

/** Words a line of the timeline. */
export function describeEntry(entry: TimelineEntry, nameOf: NameOf): EntryWords {
  switch (entry.kind) {
    case "first": {
      const learners = entry.learners.length === 0 ? "" : `; learners ${names(entry.learners, nameOf)}`;
      const nobody = entry.members.length + entry.learners.length === 0;
      const who = nobody ? "none known yet" : `${names(entry.members, nameOf)}${learners}`;
      const words = entry.created ? `Cluster created: ${who}` : `Members: ${who}`;
      return { words, details: [`index ${entry.index}`, BEFORE] };
    }
    case "membership": {
      const details = [
        mergedWords(entry.merged),
        `index ${entry.index}`,
        entry.whileAway ? "while away" : undefined,
        byWords(entry.actors ?? []),
      ];
      return {
        words: diffWords(entry.diffs, nameOf),
        details: details.filter((detail) => detail !== undefined),
      };
    }
    case "leadership":
      return { words: leadershipWords(entry, nameOf), details: [`term ${entry.term}`] };
    case "health":
      return { words: healthWords(entry, nameOf), details: [] };
    case "gap": {
      const until = entry.until === null ? "" : ` until ${formatClock(entry.until)}`;
      return { words: `Gap since ${formatClock(entry.since)}${until}`, details: [] };
    }
    case "epoch":
      return {
        words: "Gap: the indexes began anew; what happened in between is not known",
        details: [`was ${entry.from}`],
      };
    case "history":
      return {
        words: describeHistory(entry.line, nameOf),
        details: [...lineDetails(entry.line, nameOf), BEFORE],
      };
    case "attempt": {
      const { line, times, untold } = entry;
      const details = [
        times === 1 ? undefined : `${times} times`,
        ...lineDetails(line, nameOf),
        untold === 0 ? undefined : `${untold} more before it, see all history`,
      ];
      return {
        words: describeHistory(line, nameOf),
        details: details.filter((detail) => detail !== undefined),
      };
    }
  }
}

/** Where a line of the durable history stands, whose it is, and who turned it down: this node's own record says no more. */
function lineDetails(
  { index, kind, actor, outcome, refusedBy }: HistoryLine,
  nameOf: NameOf,
): readonly string[] {
  const place = outcome === "applied" ? `index ${index}` : `at index ${index}`;
  const by = byWords(actor === "" || kind === "created" ? [] : [actor]);
  const refusal =
    outcome === "refused"
      ? `refused by ${refusedBy === null ? "this console" : nameOf(refusedBy)}`
      : undefined;
  return [place, by, refusal].filter((detail) => detail !== undefined);
}

function byWords(actors: readonly string[]): string | undefined {
  if (actors.length === 0) return undefined;
  const more = actors.length - NAMED_MAX;
  const named = more > 0 ? [...actors.slice(0, NAMED_MAX), `${more} more`] : actors;
  return `by ${listWords(named, "and")}`;
}

function leadershipWords(entry: Extract<TimelineEntry, { kind: "leadership" }>, nameOf: NameOf): string {
  if (entry.to !== null) return `${nameOf(entry.to)} leads`;
  return entry.from === null ? "No leader" : `Leader ${nameOf(entry.from)} stepped down`;
}

function healthWords(entry: Extract<TimelineEntry, { kind: "health" }>, nameOf: NameOf): string {
  const { ids, to } = entry;
  const who = ids.length > NAMED_MAX ? names(ids, nameOf) : listWords(ids.map(nameOf), "and");
  return `${who} ${to.toLowerCase()}`;
}

/** The newest membership change the timeline knows, in words such as "n4 removed"; undefined if there is none. */
export function lastChangeOf(
  timeline: readonly TimelineEntry[],
  nameOf: NameOf,
): { readonly words: string; readonly time: number } | undefined {
  for (const entry of timeline) {
    if (entry.kind === "membership" && entry.at !== null) {
      const words = diffWords(entry.diffs, nameOf).replaceAll(/ left(?=,|$)/g, " removed");
      return {
        words: entry.diffs.length === 0 ? (mergedWords(entry.merged) ?? words) : words,
        time: entry.at,
      };
    }
    if (entry.kind === "history" && entry.line.outcome === "applied" && isChange(entry.line.kind)) {
      return { words: describeHistory(entry.line, nameOf), time: entry.line.time };
    }
  }
  return undefined;
}

function isChange(kind: string): boolean {
  return kind !== "created" && kind !== "transfer" && kind !== "leave-joint";
}
