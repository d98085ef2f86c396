"use client";

import { clusterStore } from "../../client/store";
import { catchUpSeconds } from "../../protocol/promotion";
import type { ClusterState } from "../../protocol/state";
import { formatAge, formatCount, formatDuration } from "../../protocol/words";
import { Icon, StateGlyph, stateText } from "../ui/glyphs";
import { useVisibleNow } from "../ui/visible_now";
import type { RowModel } from "./row_model";
import { sourceWords } from "./source_words";

/** What every cell that shows an age needs besides its row. */
export interface CellContext {
  readonly cluster: string;
  /** Both hops live. Otherwise values are kept and nothing is called healthy. */
  readonly live: boolean;
  /** While paused: the moment everything stands at. */
  readonly frozenAt: number | null;
}

function glyphOf(row: RowModel, live: boolean): ClusterState {
  if (!live || row.health === "unknown" || row.word === "Not started") return "unknown";
  return row.health === "healthy" ? "ok" : "lost";
}

function healthWords(row: RowModel, live: boolean, now: number): string {
  if (row.mark === "left") return "Removed";
  if (!live) return row.word === "Unknown" ? "Unknown" : `Unknown, was ${row.word}`;
  if (row.word === "Not started") return "Not started - waiting for first contact";
  if (row.health === "down" && row.since !== null) return `${row.word} ${formatDuration(now - row.since)}`;
  if (row.word !== "Catching up") return row.word;
  const lag = row.lag === null ? null : { entries: row.lag, current: row.lagCurrent };
  const seconds = catchUpSeconds({ lag, ratePerSecond: row.rate });
  return seconds === undefined ? row.word : `${row.word}, about ${formatDuration(seconds * 1000)}`;
}

/** Health in glyph and word, for how long when down, and its source on hover. */
export function HealthCell({ row, context }: { row: RowModel; context: CellContext }) {
  const { ref, now } = useVisibleNow(context.cluster, context.frozenAt);
  const state = glyphOf(row, context.live);
  const words = healthWords(row, context.live, now);
  return (
    <span
      ref={ref}
      onPointerEnter={(event) => {
        const source = sourceWords(context.cluster, row.id, Date.now());
        event.currentTarget.title = source === undefined ? words : `${words} (${source})`;
      }}
      className="flex min-w-0 wide:relative wide:z-1 items-center gap-1.5"
    >
      <StateGlyph state={state} size={10} className={`shrink-0 ${stateText[state]}`} />
      <span className={`truncate ${state === "lost" ? "font-medium text-lost" : ""}`}>{words}</span>
    </span>
  );
}

/** Entries behind the leader, with the way it moves. */
export function LagCell({
  row,
  trend,
  live,
}: {
  row: RowModel;
  trend: "up" | "down" | "flat";
  live: boolean;
}) {
  if (row.leader || row.lag === null)
    return <span className="text-muted max-wide:hidden wide:mr-[13px]">-</span>;
  const known = row.lagCurrent && live;
  return (
    <span className={`inline-flex items-center gap-1 ${known ? "" : "text-muted"}`}>
      {formatCount(row.lag)}
      {!row.lagCurrent && ", last known"}
      <span className="inline-flex w-[9px] shrink-0">
        {known && trend !== "flat" && (
          <>
            <Icon name={trend === "up" ? "rising" : "falling"} size={9} />
            <span className="sr-only">{trend === "up" ? "rising" : "falling"}</span>
          </>
        )}
      </span>
    </span>
  );
}

/** When the status came that the tables show, ms. */
function readingAt(cluster: string): number | null {
  const { pause, status } = clusterStore(cluster).getState();
  return (pause?.frozen ?? { status }).status?.receivedAt ?? null;
}

/** Since the last contact; ticks while in view. */
export function ContactCell({ row, context }: { row: RowModel; context: CellContext }) {
  const { ref, now } = useVisibleNow(context.cluster, context.frozenAt);
  const at = row.contactAt === "reading" ? readingAt(context.cluster) : row.contactAt;
  const age = at === null ? null : Math.max(0, now - at);
  return (
    <span ref={ref} className={age !== null && age < 2000 ? "text-secondary" : ""}>
      {row.mark === "left" ? "-" : row.leader && context.live ? "now" : formatAge(age)}
    </span>
  );
}
