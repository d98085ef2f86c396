"use client";

import { clusterStore } from "../../client/store";
import { formatDuration, plural } from "../../protocol/words";
import { Button } from "../ui/button";
import { Icon } from "../ui/glyphs";
import { useClusterName, usePageTables } from "./cluster_context";

/** Freezes tables and timeline; state, freshness and dialogs stay live. */
export function PauseButton() {
  const cluster = useClusterName();
  const { paused } = usePageTables();
  if (paused === null) {
    return (
      <Button look="quiet" onClick={() => clusterStore(cluster).pause()}>
        <Icon name="pause" />
        Pause
      </Button>
    );
  }
  return (
    <>
      <span className="whitespace-nowrap text-small text-degraded">
        Paused {formatDuration(paused.forMs)} - {plural(paused.waiting, "change")} waiting
      </span>
      <Button onClick={() => clusterStore(cluster).resume()}>
        <Icon name="play" />
        Resume
      </Button>
    </>
  );
}
