"use client";

import type { TimelineEntry } from "../../client/session";
import { useNames, useUrlState } from "../../client/use_store";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { Panel } from "../ui/panel";
import { preference, usePreference } from "../ui/preference";
import { type Topic, topicOf } from "./entry_facts";
import { TimelineLine } from "./timeline_line";

const topics: readonly { topic: Topic; label: string }[] = [
  { topic: "membership", label: "Membership" },
  { topic: "leadership", label: "Leadership" },
  { topic: "health", label: "Health" },
];
/** Topics left out, joined by commas. */
const hiddenTopics = preference("timeline.hidden", "");

function isShown(entry: TimelineEntry, hidden: readonly string[]): boolean {
  const topic = topicOf(entry);
  return topic === null || !hidden.includes(topic);
}

/** Switches for the kinds of entries. */
export function TimelineFilter() {
  const hidden = usePreference(hiddenTopics).split(",").filter(Boolean);
  const toggle = (topic: Topic) => {
    const next = hidden.includes(topic) ? hidden.filter((other) => other !== topic) : [...hidden, topic];
    hiddenTopics.set(next.join(","));
  };
  return (
    <fieldset className="ml-auto flex gap-1">
      <legend className="sr-only">Show in the timeline</legend>
      {topics.map(({ topic, label }) => (
        <button
          key={topic}
          type="button"
          aria-pressed={!hidden.includes(topic)}
          onClick={() => toggle(topic)}
          className="h-6 rounded-control border border-transparent px-1.5 text-muted text-small hover:bg-raised aria-pressed:border-line aria-pressed:bg-raised aria-pressed:text-secondary max-wide:h-11 max-wide:px-3"
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

/** The newest entries, newest first. `limit`: how many at most. */
export function TimelineList({ limit }: { limit?: number }) {
  const { timeline, view } = usePageTables();
  const nameOf = useNames(useClusterName());
  const { at } = useUrlState();
  const hidden = usePreference(hiddenTopics).split(",");
  const shown = timeline.filter((entry) => isShown(entry, hidden)).slice(0, limit);
  if (shown.length === 0) {
    return (
      <p className="border-line border-t px-3 py-2 text-secondary">
        {view === undefined ? "Waiting for the first snapshot." : "Nothing of the chosen kinds yet."}
      </p>
    );
  }
  return (
    <ol>
      {shown.map((entry) => (
        <TimelineLine key={entry.key} entry={entry} nameOf={nameOf} linkedIndex={at} />
      ))}
    </ol>
  );
}

/** What happened: membership changes as this browser computed them, leadership and health beside them. */
export function Timeline({ className = "" }: { className?: string }) {
  return (
    <Panel id="timeline" title="Timeline" aside={<TimelineFilter />} className={`flex flex-col ${className}`}>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <TimelineList />
      </div>
    </Panel>
  );
}
