"use client";

import { useMemo, useRef } from "react";
import { useFreshness } from "../../client/use_store";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { MemberRow } from "./member_row";
import type { CellContext } from "./row_cells";
import type { RowModel } from "./row_model";
import { useTrend } from "./use_trend";
import { useVisibleRows } from "./use_visible_rows";

const head = "text-muted text-head";

function Heads() {
  return (
    <thead className="block">
      <tr aria-rowindex={1} className="row-grid h-7 max-wide:sr-only">
        <th scope="col" className={head}>
          <span className="sr-only">Change</span>
        </th>
        <th scope="col" className={`${head} pl-1 text-left`}>
          Name
        </th>
        <th scope="col" className={`${head} text-left`}>
          Role
        </th>
        <th scope="col" className={`${head} text-left`}>
          Health
        </th>
        <th scope="col" className={`${head} pr-[13px] text-right`}>
          Behind
        </th>
        <th scope="col" className={`${head} text-right`}>
          Contact
        </th>
        <th scope="col" className={`${head} pl-6 text-left`}>
          Address
        </th>
        <th scope="col" className={head}>
          <span className="sr-only">Actions</span>
        </th>
      </tr>
    </thead>
  );
}

/** The members of one role. Rows are keyed by id and never move under the pointer. */
export function MemberTable({ rows, label }: { rows: readonly RowModel[]; label: string }) {
  const cluster = useClusterName();
  const { live } = useFreshness(cluster);
  const { paused, now, status } = usePageTables();
  const frozenAt = paused === null ? null : now;
  const context = useMemo<CellContext>(() => ({ cluster, live, frozenAt }), [cluster, live, frozenAt]);
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end, above, below } = useVisibleRows(rows.length, body);
  return (
    <table aria-label={label} aria-rowcount={rows.length + 1} className="block w-full">
      <Heads />
      <tbody ref={body} className="block" style={{ paddingTop: above, paddingBottom: below }}>
        {rows.slice(first, end).map((row, place) => (
          <TrendingRow
            key={row.id}
            row={row}
            context={context}
            reading={status?.receivedAt ?? 0}
            rowIndex={first + place + 2}
          />
        ))}
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
