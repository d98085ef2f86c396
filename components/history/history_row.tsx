"use client";

import { memo } from "react";
import type { HistoryEntry } from "../../protocol/api";
import { describeHistory } from "../../protocol/history_words";
import { formatDay, formatUtc, type NameOf } from "../../protocol/words";
import { IndexLink } from "../shell/index_link";
import { StateBadge } from "../ui/badge";

/** Columns: index, when, what, by, outcome; on a phone what happened takes the second line. */
export const historyGrid =
  "grid items-start gap-x-4 px-3 grid-cols-[64px_150px_minmax(0,1fr)_120px_150px] max-wide:grid-cols-[max-content_minmax(0,1fr)_max-content]";

function Outcome({ entry, nameOf }: { entry: HistoryEntry; nameOf: NameOf }) {
  if (entry.outcome === "applied") return <StateBadge state="ok">Applied</StateBadge>;
  if (entry.outcome === "rejected") return <StateBadge state="unknown">Not applied</StateBadge>;
  if (entry.outcome === "unknown") return <StateBadge state="unknown">Outcome unknown</StateBadge>;
  const by = entry.refusedBy === null ? "" : ` by ${nameOf(entry.refusedBy)}`;
  return <StateBadge state="degraded">Refused{by}</StateBadge>;
}

/** One entry; its index is its link. */
export const HistoryRow = memo(function HistoryRow(props: {
  entry: HistoryEntry;
  nameOf: NameOf;
  linked: boolean;
}) {
  const { entry, nameOf, linked } = props;
  const { index, time, actor, requestId } = entry;
  return (
    <tr
      {...(linked ? { "aria-current": "true" as const } : {})}
      className={`${historyGrid} border-line border-t py-2 ${linked ? "bg-voter-tint" : ""}`}
    >
      <td className="text-right">
        <IndexLink
          index={index}
          className="underline decoration-line underline-offset-[3px] hover:decoration-current"
        >
          {index}
        </IndexLink>
      </td>
      <td className="text-secondary">
        <time dateTime={new Date(time).toISOString()} title={formatUtc(time)}>
          {formatDay(time)}
        </time>
      </td>
      <th
        scope="row"
        title={requestId === "" ? undefined : `request ${requestId}, term ${entry.term}`}
        className="min-w-0 break-words text-left font-normal max-wide:order-1 max-wide:col-span-3"
      >
        {describeHistory(entry, nameOf)}
      </th>
      <td className="min-w-0 truncate text-secondary max-wide:order-2 max-wide:col-span-3">
        {actor !== "" && <span className="wide:sr-only">by </span>}
        {actor === "" ? <span className="max-wide:hidden">-</span> : actor}
      </td>
      <td className="max-wide:text-right">
        <Outcome entry={entry} nameOf={nameOf} />
      </td>
    </tr>
  );
});
