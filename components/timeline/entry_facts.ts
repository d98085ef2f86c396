import type { TimelineEntry } from "../../client/session";

/** What a line of the timeline is about, for its filter. */
export type Topic = "membership" | "leadership" | "health" | "refused";

/** Which filter shows an entry; null: always shown. */
export function topicOf(entry: TimelineEntry): Topic | null {
  switch (entry.kind) {
    case "first":
    case "membership":
      return "membership";
    case "history":
      return entry.line.outcome === "applied" ? "membership" : "refused";
    case "attempt":
      return "refused";
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
  return entry.kind === "history" && entry.line.outcome === "applied" ? entry.line.index : undefined;
}

/** When it happened, or this browser learnt of it, ms; null: before the page was opened. */
export function timeOf(entry: TimelineEntry): number | null {
  if (entry.kind === "history") return entry.line.time;
  return entry.kind === "gap" ? entry.since : entry.at;
}
