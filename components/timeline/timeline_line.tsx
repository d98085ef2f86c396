"use client";

import { memo } from "react";
import type { TimelineEntry } from "../../client/session";
import { clusterStore } from "../../client/store";
import { setUrlState } from "../../client/url_state";
import { formatClock, formatUtc, type NameOf, plural } from "../../protocol/words";
import { useClusterName } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { EntryGlyph } from "./entry_glyph";
import { entryNote, entryWords, historyWords, indexOf, timeOf } from "./entry_words";

/** The link that a change has of its own. */
function IndexLink({ index }: { index: number }) {
  const cluster = useClusterName();
  return (
    <a
      href={`?c=${encodeURIComponent(cluster)}&at=${index}`}
      aria-label={`Link to index ${index}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        setUrlState({ at: index });
      }}
      className="font-mono hover:underline max-wide:py-3"
    >
      index {index}
    </a>
  );
}

function Parts({ entry }: { entry: Extract<TimelineEntry, { kind: "membership" }> }) {
  const cluster = useClusterName();
  if (entry.merged === 0) return null;
  if (typeof entry.parts !== "string") {
    return (
      <ol className="mt-1 border-line border-l pl-2 text-secondary text-small">
        {entry.parts.map((line) => (
          <li key={line.index}>
            <span className="font-mono">{line.index}</span> {historyWords(line)}
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

/** One line of the timeline: what, when, at which index, and whether this page saw it happen. */
export const TimelineLine = memo(function TimelineLine(props: {
  entry: TimelineEntry;
  nameOf: NameOf;
  linkedIndex: number | undefined;
}) {
  const { entry, nameOf } = props;
  const index = indexOf(entry);
  const time = timeOf(entry);
  const note = entryNote(entry);
  const linked = index !== undefined && index === props.linkedIndex;
  return (
    <li
      {...(linked ? { "aria-current": "true" as const } : {})}
      className={`flex gap-2 border-line border-t px-3 py-1.5 ${linked ? "bg-voter-tint" : ""}`}
    >
      <EntryGlyph entry={entry} />
      <div className="min-w-0 flex-1">
        <p className="break-words">{entryWords(entry, nameOf)}</p>
        <p className="flex flex-wrap gap-x-2 text-muted text-small">
          {time !== null && (
            <time dateTime={new Date(time).toISOString()} title={formatUtc(time)}>
              {formatClock(time)}
            </time>
          )}
          {index !== undefined && <IndexLink index={index} />}
          {note !== "" && <span>{note}</span>}
        </p>
        {entry.kind === "membership" && <Parts entry={entry} />}
      </div>
    </li>
  );
});
