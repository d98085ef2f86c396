"use client";

import Link from "next/link";
import { useRef, useState } from "react";
import type { TimelineEntry } from "../../client/session";
import { describeEntry } from "../../client/timeline_words";
import { setUrlState } from "../../client/url_state";
import { useNames, useUrlState } from "../../client/use_store";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { historyHref } from "../shell/cluster_href";
import { useScrollToLinked } from "../shell/use_scroll_to_linked";
import { Button, buttonClass } from "../ui/button";
import { ExportButton } from "../ui/export_button";
import { Panel } from "../ui/panel";
import { preference, usePreference } from "../ui/preference";
import { toggleClass } from "../ui/toggle";
import { indexOf, type Topic, topicOf } from "./entry_facts";
import { TimelineLine } from "./timeline_line";

const topics: readonly { topic: Topic; label: string }[] = [
  { topic: "membership", label: "Members" },
  { topic: "leadership", label: "Leader" },
  { topic: "health", label: "Health" },
  { topic: "refused", label: "Refused" },
];
/** Topics left out, joined by commas. */
const hiddenTopics = preference("timeline.hidden", "");

/** What a link that shows no topic at all says. */
const noTopic = "none";

/** The topics shown: those of the URL, else the ones this browser chose last. */
function useTopics(): readonly Topic[] {
  const { kinds } = useUrlState();
  const hidden = usePreference(hiddenTopics).split(",");
  const all = topics.map(({ topic }) => topic);
  const named = all.filter((topic) => kinds.includes(topic));
  if (named.length > 0 || kinds.includes(noTopic)) return named;
  return all.filter((topic) => !hidden.includes(topic));
}

function chooseTopics(chosen: readonly Topic[]): void {
  const hidden = topics.filter(({ topic }) => !chosen.includes(topic)).map(({ topic }) => topic);
  hiddenTopics.set(hidden.join(","));
  setUrlState({ kinds: hidden.length === 0 ? [] : chosen.length === 0 ? [noTopic] : chosen });
}

function isShown(entry: TimelineEntry, shown: readonly Topic[]): boolean {
  const topic = topicOf(entry);
  return topic === null || shown.includes(topic);
}

/** Switches for the kinds of entries. */
export function TimelineFilter() {
  const shown = useTopics();
  const toggle = (topic: Topic) =>
    chooseTopics(shown.includes(topic) ? shown.filter((other) => other !== topic) : [...shown, topic]);
  return (
    <fieldset className="ml-auto flex gap-0.5">
      <legend className="sr-only">Show in the timeline</legend>
      {topics.map(({ topic, label }) => (
        <button
          key={topic}
          type="button"
          aria-pressed={shown.includes(topic)}
          onClick={() => toggle(topic)}
          className={toggleClass}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

/** Lines shown at first, and more at a time. */
const linesAtFirst = 100;

/** The newest entries, newest first. `limit`: how many at most. */
export function TimelineList({ limit }: { limit?: number }) {
  const { timeline, view } = usePageTables();
  const nameOf = useNames(useClusterName());
  const { at } = useUrlState();
  const topicsShown = useTopics();
  const [linesWanted, setLinesWanted] = useState(linesAtFirst);
  const all = timeline.filter((entry) => isShown(entry, topicsShown));
  const linkedPlace = at === undefined ? -1 : all.findIndex((entry) => indexOf(entry) === at);
  const lines = limit ?? Math.max(linesWanted, linkedPlace + 1);
  const shown = all.slice(0, lines);
  const list = useRef<HTMLOListElement>(null);
  useScrollToLinked(list, at, linkedPlace >= 0 && linkedPlace < lines, "nearest");
  if (shown.length === 0) {
    return (
      <p className="border-line border-t px-3 py-2 text-secondary">
        {view === undefined ? "Waiting for the first snapshot." : "Nothing of the chosen kinds yet."}
      </p>
    );
  }
  return (
    <>
      <ol ref={list}>
        {shown.map((entry) => (
          <TimelineLine
            key={entry.key}
            entry={entry}
            words={describeEntry(entry, nameOf)}
            nameOf={nameOf}
            linked={at !== undefined && indexOf(entry) === at}
          />
        ))}
      </ol>
      {limit === undefined && all.length > lines && (
        <p className="border-line border-t px-3 py-2">
          <Button size="small" onClick={() => setLinesWanted(lines + linesAtFirst)}>
            Show {Math.min(linesAtFirst, all.length - lines)} older
          </Button>
        </p>
      )}
    </>
  );
}

/** Where the durable history is, and the entries shown as a file: oldest first, each with its words. */
export function TimelineFooter() {
  const cluster = useClusterName();
  const { timeline, view } = usePageTables();
  const nameOf = useNames(cluster);
  const topicsShown = useTopics();
  const items = () =>
    timeline
      .filter((entry) => isShown(entry, topicsShown))
      .toReversed()
      .map((entry) => {
        const { key: _, ...kept } = entry;
        return { ...kept, ...describeEntry(entry, nameOf) };
      });
  // Nothing to save yet, and the panel has not got its height.
  if (view === undefined) return null;
  return (
    <div className="flex items-center justify-between gap-2 border-line border-t px-3 py-1.5">
      <Link href={historyHref(cluster)} className={`${buttonClass("quiet", "small")} -ml-2`}>
        All history
      </Link>
      <ExportButton name={`${cluster}-timeline.jsonl`} items={items} />
    </div>
  );
}

/** What happened: membership changes as this browser computed them, leadership and health beside them. */
export function Timeline({ className = "" }: { className?: string }) {
  return (
    <Panel id="timeline" title="Timeline" aside={<TimelineFilter />} className={`flex flex-col ${className}`}>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <TimelineList />
      </div>
      <TimelineFooter />
    </Panel>
  );
}
