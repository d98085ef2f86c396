"use client";

import { useEffect, useState } from "react";
import { describeEntry } from "../../client/timeline_words";
import { useCluster, useNames } from "../../client/use_store";
import { announce, announcements } from "./announce";
import { useClusterName, usePageBand } from "./cluster_context";
import { useSpaced } from "./use_spaced";

/** Says every new state and every new line of the timeline. */
function useChangesAnnounced(): void {
  const cluster = useClusterName();
  const nameOf = useNames(cluster);
  const newest = useCluster(cluster, (session) => session.timeline[0]);
  const { description, freshness } = usePageBand();
  // Before the first snapshot there is nothing to say.
  const word = freshness.word === "Connecting" ? "" : description.word;
  const words = newest === undefined ? "" : describeEntry(newest, nameOf).words;
  // External system: the screen reader.
  useEffect(() => {
    if (word !== "") announce(words === "" ? `${word}.` : `${word}. ${words}.`);
  }, [word, words]);
}

/** Speaks for the page: a polite summary at most once in 5 s, and an alert only when quorum or connection is lost. */
export function Announcer() {
  useChangesAnnounced();
  const alert = useAlert();
  const status = useSpaced(announcements((state) => state.text));
  return (
    <>
      <div role="status" aria-live="polite" className="sr-only">
        {status}
      </div>
      <div role="alert" aria-live="assertive" className="sr-only">
        {alert}
      </div>
    </>
  );
}

type AlertKind = "lost" | "disconnected" | null;

/** What was said first stays: on its way back a lost quorum is for a while one without a leader, which is no second alert. */
function useAlert(): string {
  const { description } = usePageBand();
  const kind: AlertKind = !description.alert ? null : description.state === "lost" ? "lost" : "disconnected";
  const [said, setSaid] = useState<{ kind: AlertKind; sentence: string }>({ kind: null, sentence: "" });
  if (said.kind !== kind) setSaid({ kind, sentence: alertSentence(kind, description.word) });
  return said.sentence;
}

/** Without figures that tick: an alert is said once. */
function alertSentence(kind: AlertKind, word: string): string {
  if (kind === null) return "";
  return kind === "lost"
    ? `${word}: membership cannot change.`
    : "Disconnected: what is shown is the last known state.";
}
