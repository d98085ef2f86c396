"use client";

import { clusterStore } from "../../client/store";
import type { TablesView } from "../../client/use_store";
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
  return <Paused cluster={cluster} paused={paused} />;
}

function Paused({ cluster, paused }: { cluster: string; paused: NonNullable<TablesView["paused"]> }) {
  return (
    <>
      <span className="mr-2 whitespace-nowrap text-small text-degraded">
        Paused {formatDuration(paused.forMs)} - {plural(paused.waiting, "change")} waiting
      </span>
      <Button onClick={() => clusterStore(cluster).resume()}>
        <Icon name="play" />
        Resume
      </Button>
    </>
  );
}

/** On a phone, while paused: the same under the state, since the header has no room for it. */
export function PausedBar() {
  const cluster = useClusterName();
  const { paused } = usePageTables();
  if (paused === null) return null;
  return (
    <section
      aria-label="Paused"
      className="flex items-center justify-between gap-2 border-line border-b bg-degraded-tint px-4 py-1 wide:hidden"
    >
      <Paused cluster={cluster} paused={paused} />
    </section>
  );
}
