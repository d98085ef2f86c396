"use client";

import { basePath } from "../../client/base_path";
import type { ClusterSummary } from "../../protocol/api";
import { formatAge, plural } from "../../protocol/words";
import { clusterHref } from "../shell/cluster_href";
import { StateGlyph, stateText } from "../ui/glyphs";

/** Columns: name, state, leader, members, newest fact, kind; on a phone two lines. */
export const overviewGrid =
  "grid items-center gap-x-4 px-4 grid-cols-[minmax(96px,168px)_minmax(0,1fr)_128px_132px_72px_72px] max-wide:grid-cols-[minmax(0,1fr)_auto] max-wide:px-3";

const noticeInk = {
  critical: "text-lost",
  warning: "text-degraded",
  info: "text-muted",
} as const;

function membersWords({ voters, learners }: ClusterSummary): string {
  if (voters === 0) return "-";
  return `${plural(voters, "voter")}${learners === 0 ? "" : `, ${plural(learners, "learner")}`}`;
}

/** One cluster. `elapsedMs`: since the list came. `stale`: it did not come lately, so nothing here is current. */
export function ClusterRow({
  cluster,
  elapsedMs,
  stale,
}: {
  cluster: ClusterSummary;
  elapsedMs: number;
  stale: boolean;
}) {
  const state = stale ? "unknown" : cluster.state;
  const { notice, leader, factAgeMs } = cluster;
  const told = notice !== null && notice.tone !== "info" ? notice : null;
  const age = factAgeMs === null ? null : factAgeMs + elapsedMs;
  return (
    <tr
      className={`${overviewGrid} relative min-h-11 border-line border-t py-2 hover:bg-raised has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:-outline-offset-2 ${stale ? "hatched" : ""}`}
    >
      <th scope="row" className="min-w-0 text-left font-medium">
        <a
          href={`${basePath}${clusterHref(cluster.name)}`}
          className="block truncate font-mono after:absolute after:inset-0 after:content-[''] focus-visible:outline-none"
        >
          {cluster.name}
        </a>
      </th>
      <td className="min-w-0 max-wide:col-span-2 max-wide:row-start-2">
        <span className="flex items-start gap-2">
          <StateGlyph state={state} className={`mt-1 shrink-0 ${stateText[state]}`} />
          <span className="min-w-0">
            <span className={state === "lost" ? "font-medium text-lost" : stale ? "text-muted" : ""}>
              {stale ? `Last known: ${cluster.sentence}` : cluster.sentence}
            </span>
            {told !== null && (
              <span className={`block break-words text-small ${noticeInk[told.tone]}`}>{told.text}</span>
            )}
          </span>
        </span>
      </td>
      <td className="min-w-0 truncate text-secondary max-wide:hidden">
        {leader === null ? (
          <span className="text-muted">No leader known</span>
        ) : (
          <>
            <span className="font-mono">{leader}</span>, term {cluster.term}
          </>
        )}
      </td>
      <td className="text-secondary max-wide:hidden">{membersWords(cluster)}</td>
      <td className="text-right text-secondary max-wide:hidden">{formatAge(age)}</td>
      <td className="text-right text-muted text-small">{cluster.kind}</td>
    </tr>
  );
}
