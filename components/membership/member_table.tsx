"use client";

import { useMemo, useRef } from "react";
import { useFreshness } from "../../client/use_store";
import type { MemberId } from "../../protocol/membership";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { ColumnHead } from "../ui/column_head";
import { MemberRow } from "./member_row";
import type { CellContext } from "./row_cells";
import type { RowModel, TableRows } from "./row_model";
import { useSteadyIds } from "./use_steady_ids";
import { useTrend } from "./use_trend";
import { useVisibleParts } from "./use_visible_rows";

function Heads() {
  return (
    <thead className="block">
      <tr aria-rowindex={1} className="row-grid h-7 max-wide:sr-only">
        <ColumnHead>
          <span className="sr-only">Change</span>
        </ColumnHead>
        <ColumnHead className="pl-1 text-left">Name</ColumnHead>
        <ColumnHead>Role</ColumnHead>
        <ColumnHead>Health</ColumnHead>
        <ColumnHead className="pr-[13px] text-right">Behind</ColumnHead>
        <ColumnHead className="text-right">Contact</ColumnHead>
        <ColumnHead className="pl-6 text-left">Address</ColumnHead>
        <ColumnHead>
          <span className="sr-only">Actions</span>
        </ColumnHead>
      </tr>
    </thead>
  );
}

/**
 * The members of one role. Rows are keyed by id and never move under the pointer or the focus, unless the reader makes another
 * `choice` of rows and their order.
 */
export function MemberTable({
  ids,
  rowOf,
  label,
  order = "fixed",
  choice = "",
}: {
  ids: readonly MemberId[];
  rowOf: TableRows["rowOf"];
  label: string;
  order?: "fixed" | "moving";
  choice?: string;
}) {
  const cluster = useClusterName();
  const { live } = useFreshness(cluster);
  const { paused, now, status } = usePageTables();
  const frozenAt = paused === null ? null : now;
  const context = useMemo<CellContext>(() => ({ cluster, live, frozenAt }), [cluster, live, frozenAt]);
  const steady = useSteadyIds(ids, order, choice);
  const body = useRef<HTMLTableSectionElement>(null);
  const parts = useVisibleParts(steady.ids, choice, body, steady.focused);
  return (
    <table
      aria-label={label}
      aria-rowcount={steady.ids.length + 1}
      className="block w-full"
      {...steady.events}
    >
      <Heads />
      <tbody ref={body} className="block">
        {parts.map((part) =>
          part.kind === "space" ? (
            // biome-ignore lint/a11y/noAriaHiddenOnFocusable: space that stands for rows; nothing in it takes the focus
            <tr
              key={part.key}
              aria-hidden="true"
              className="block [overflow-anchor:none]"
              style={{ height: part.height }}
            />
          ) : (
            <TrendingRow
              key={part.id}
              row={rowOf(part.id)}
              context={context}
              reading={status?.receivedAt ?? 0}
              rowIndex={part.place + 2}
            />
          ),
        )}
      </tbody>
    </table>
  );
}

/** Runs with every reading, so that the row itself need not. */
function TrendingRow({
  row,
  context,
  reading,
  rowIndex,
}: {
  row: RowModel;
  context: CellContext;
  reading: number;
  rowIndex: number;
}) {
  const trend = useTrend(row.lag, reading);
  return <MemberRow row={row} context={context} trend={trend} rowIndex={rowIndex} />;
}
