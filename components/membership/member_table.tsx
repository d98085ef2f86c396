"use client";

import { useMemo } from "react";
import { useFreshness } from "../../client/use_store";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { MemberRow } from "./member_row";
import type { CellContext } from "./row_cells";
import type { RowModel } from "./row_model";
import { useTrend } from "./use_trend";

const head = "text-muted text-head";

function Heads() {
  return (
    <thead className="block">
      <tr className="row-grid h-7 max-wide:sr-only">
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
  return (
    <table aria-label={label} className="block w-full">
      <Heads />
      <tbody className="block">
        {rows.map((row) => (
          <TrendingRow key={row.id} row={row} context={context} reading={status?.receivedAt ?? 0} />
        ))}
      </tbody>
    </table>
  );
}

/** Runs with every reading, so that the row itself need not. */
function TrendingRow({ row, context, reading }: { row: RowModel; context: CellContext; reading: number }) {
  const trend = useTrend(row.lag, reading);
  return <MemberRow row={row} context={context} trend={trend} />;
}
