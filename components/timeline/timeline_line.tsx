"use client";

import { Fragment, memo } from "react";
import type { TimelineEntry } from "../../client/session";
import { clusterStore } from "../../client/store";
import type { EntryWords } from "../../client/timeline_words";
import { describeHistory } from "../../protocol/history_words";
import { formatClock, formatUtc, type NameOf, plural } from "../../protocol/words";
import { useClusterName } from "../shell/cluster_context";
import { IndexLink } from "../shell/index_link";
import { Button } from "../ui/button";
import { indexOf, timeOf } from "./entry_facts";
import { EntryGlyph } from "./entry_glyph";

function Parts({ entry, nameOf }: { entry: Extract<TimelineEntry, { kind: "membership" }>; nameOf: NameOf }) {
  const cluster = useClusterName();
  if (entry.merged === 0) return null;
  if (typeof entry.parts !== "string") {
    return (
      <ol className="mt-1 border-line border-l pl-2 text-secondary text-small">
        {entry.parts.map((line) => (
          <li key={line.index}>
            <span className="font-mono">{line.index}</span> {describeHistory(line, nameOf)}
            {line.actor !== "" && `, by ${line.actor}`}
          </li>
        ))}
      </ol>
    );
  }
  return (
    <Button
      size="small"
      className="mt-1"
      off={entry.parts === "loading"}
      onClick={() => void clusterStore(cluster).expand(entry.key)}
    >
      {entry.parts === "loading" && "Loading..."}
      {entry.parts === "failed" && "Not loaded, try again"}
      {entry.parts === "none" && `Show all ${plural(entry.merged + 1, "change")}`}
    </Button>
  );
}

/** The small print: when, at which index, and whether this page saw it happen. */
function Details({ entry, details }: { entry: TimelineEntry; details: readonly string[] }) {
  const index = indexOf(entry);
  const time = timeOf(entry);
  return (
    <p className="text-muted text-small">
      {time !== null && entry.kind !== "gap" && (
        <>
          <time className="mr-1" dateTime={new Date(time).toISOString()} title={formatUtc(time)}>
            {formatClock(time)}
          </time>{" "}
        </>
      )}
      <span>
        {details.map((detail, place) => (
          <Fragment key={detail}>
            {place > 0 && " - "}
            {index !== undefined && detail === `index ${index}` ? (
              <IndexLink index={index} className="hover:underline">
                index {index}
              </IndexLink>
            ) : (
              detail
            )}
          </Fragment>
        ))}
      </span>
    </p>
  );
}

/** The times that a gap's words name; undefined for other lines, which have theirs below. */
function gapInUtc(entry: TimelineEntry): string | undefined {
  if (entry.kind !== "gap") return undefined;
  return [entry.since, ...(entry.until === null ? [] : [entry.until])].map(formatUtc).join(" until ");
}

type LineProps = {
  entry: TimelineEntry;
  /** Its words, made by the list: names change with every member that joins, and few lines with them. */
  words: EntryWords;
  nameOf: NameOf;
  linked: boolean;
};

/** One line of the timeline. */
export const TimelineLine = memo(function TimelineLine({ entry, words: said, nameOf, linked }: LineProps) {
  const { words, details } = said;
  return (
    <li
      {...(linked ? { "aria-current": "true" as const } : {})}
      className={`flex gap-2 border-line border-t px-3 py-1.5 ${linked ? "bg-voter-tint" : ""}`}
    >
      <EntryGlyph entry={entry} />
      <div className="min-w-0 flex-1">
        <p className="break-words" title={gapInUtc(entry)}>
          {words}
        </p>
        <Details entry={entry} details={details} />
        {entry.kind === "membership" && <Parts entry={entry} nameOf={nameOf} />}
      </div>
    </li>
  );
}, sameLine);

/** Names matter beyond the words only where the parts of merged changes are listed. */
function sameLine(before: LineProps, after: LineProps): boolean {
  const listed = after.entry.kind === "membership" && typeof after.entry.parts !== "string";
  return (
    before.entry === after.entry &&
    before.linked === after.linked &&
    before.words.words === after.words.words &&
    before.words.details.join() === after.words.details.join() &&
    (!listed || before.nameOf === after.nameOf)
  );
}
