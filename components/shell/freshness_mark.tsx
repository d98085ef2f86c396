"use client";

import { useCluster, useFreshness, useNow } from "../../client/use_store";
import type { ClusterState } from "../../protocol/state";
import { formatDuration, formatSourceAge } from "../../protocol/words";
import { StateGlyph, stateText } from "../ui/glyphs";
import { Tip } from "../ui/tip";
import { useClusterName } from "./cluster_context";

/** How fresh the page is, over both hops: browser to console, console to cluster. */
export function FreshnessMark() {
  const cluster = useClusterName();
  const freshness = useFreshness(cluster);
  const now = useNow(cluster);
  const lastFrameAt = useCluster(cluster, (session) => session.lastFrameAt);
  const frameAgeMs = lastFrameAt === null ? null : Math.max(0, now - lastFrameAt);
  const state: ClusterState = freshness.word === "Live" ? "ok" : "unknown";
  const age = freshness.browser === "disconnected" ? frameAgeMs : freshness.dataAgeMs;
  const shown =
    freshness.live || freshness.word === "Connecting" || age === null ? "" : ` ${formatDuration(age)}`;
  return (
    <Tip
      text={
        <>
          <span className="block">
            Browser to console: {freshness.browser}
            {frameAgeMs !== null && `, last frame ${formatSourceAge(frameAgeMs)}`}.
          </span>
          <span className="block">
            Console to cluster: {freshness.cluster}
            {freshness.dataAgeMs !== null && `, newest fact ${formatSourceAge(freshness.dataAgeMs)}`}.
          </span>
        </>
      }
    >
      <button
        type="button"
        aria-label={`Freshness: ${freshness.word}${shown}`}
        className={`flex h-8 min-w-0 cursor-help items-center gap-1.5 whitespace-nowrap rounded-control px-2 max-wide:min-h-11 ${stateText[state]}`}
      >
        <StateGlyph state={state} size={10} className="shrink-0" />
        <span className={`truncate ${state === "ok" ? "text-secondary" : "font-medium"}`}>
          {freshness.word}
          {shown}
        </span>
      </button>
    </Tip>
  );
}
