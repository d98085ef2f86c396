"use client";

import { useRef, useState } from "react";
import { actorsOf, filterHistory, historyPage, keyOf } from "../../client/history_book";
import { clusterStore } from "../../client/store";
import { setUrlState } from "../../client/url_state";
import { useCluster, useNames, useUrlState } from "../../client/use_store";
import type { HistoryEntry } from "../../protocol/api";
import { plural } from "../../protocol/words";
import { useClusterName } from "../shell/cluster_context";
import { useScrollToLinked } from "../shell/use_scroll_to_linked";
import { Button } from "../ui/button";
import { ColumnHead } from "../ui/column_head";
import { ExportButton } from "../ui/export_button";
import { Notice } from "../ui/notice";
import { Panel } from "../ui/panel";
import { Skeleton } from "../ui/skeleton";
import { HistoryFilters } from "./history_filters";
import { HistoryRow, historyGrid } from "./history_row";
import { useHistory } from "./use_history";

/** Rows shown at first, and more at a time. */
const pageRows = 100;

function Heads() {
  return (
    <thead className="block max-wide:sr-only">
      <tr className={`${historyGrid} h-7 content-center border-line border-t`}>
        <ColumnHead className="text-right">Index</ColumnHead>
        <ColumnHead>When</ColumnHead>
        <ColumnHead>What</ColumnHead>
        <ColumnHead>By</ColumnHead>
        <ColumnHead>Outcome</ColumnHead>
      </tr>
    </thead>
  );
}

/** How many rows are shown: at least as many as reach the linked index. */
function useShownRows(entries: readonly HistoryEntry[], at: number | undefined): [number, () => void] {
  const [wanted, setWanted] = useState(pageRows);
  const place = at === undefined ? -1 : entries.findIndex((entry) => entry.index === at);
  const rows = Math.max(wanted, place + 1);
  return [rows, () => setWanted(rows + pageRows)];
}

function Rows({ entries }: { entries: readonly HistoryEntry[] }) {
  const nameOf = useNames(useClusterName());
  const { at } = useUrlState();
  const newestFirst = entries.toReversed();
  const [rows, more] = useShownRows(newestFirst, at);
  const body = useRef<HTMLTableSectionElement>(null);
  useScrollToLinked(body, at, newestFirst.length > 0, "center");
  const missing = at !== undefined && !newestFirst.some((entry) => entry.index === at);
  return (
    <>
      {missing && (
        <div className="px-3 pb-2">
          <Notice state="unknown">
            Nothing at index {at} is shown: it is filtered out, or older than what is kept.
          </Notice>
        </div>
      )}
      <table aria-label="History" aria-rowcount={entries.length + 1} className="block w-full">
        <Heads />
        <tbody ref={body} className="block">
          {newestFirst.slice(0, rows).map((entry) => (
            <HistoryRow key={keyOf(entry)} entry={entry} nameOf={nameOf} linked={entry.index === at} />
          ))}
        </tbody>
      </table>
      {newestFirst.length > rows && (
        <div className="flex items-center gap-3 border-line border-t px-3 py-2">
          <Button size="small" onClick={more}>
            Show {Math.min(pageRows, newestFirst.length - rows)} older
          </Button>
          <span className="text-muted text-small">
            {rows} of {plural(newestFirst.length, "entry", "entries")}
          </span>
        </div>
      )}
    </>
  );
}

/** Entries as they are saved: learners that were left out because there are many are not said to be none. */
function exported(entries: readonly HistoryEntry[], cluster: string): readonly object[] {
  if (!historyPage(clusterStore(cluster).getState().view).withoutLearners) return entries;
  return entries.map(({ learners: _, ...kept }) => kept);
}

/** The durable history, newest first, with its filters and its export. */
export function HistoryPanel() {
  const cluster = useClusterName();
  const { kinds, actor } = useUrlState();
  const { entries, failed } = useHistory(cluster);
  const self = useCluster(cluster, (session) => session.status?.value.self?.name);
  const shown = filterHistory(entries ?? [], { kinds, actor });
  const filtered = kinds.length > 0 || actor !== "";
  return (
    <Panel
      id="history"
      title="History"
      aside={
        <>
          {entries !== undefined && (
            <span className="text-muted text-small">
              {filtered
                ? `${shown.length} of ${plural(entries.length, "entry", "entries")}`
                : plural(entries.length, "entry", "entries")}
            </span>
          )}
          <span className="ml-auto">
            <ExportButton name={`${cluster}-history.jsonl`} items={() => exported(shown, cluster)} />
          </span>
        </>
      }
    >
      <div className="px-3 pb-2">
        <HistoryFilters kinds={kinds} actor={actor} actors={actorsOf(entries ?? [])} />
        {self !== undefined && (
          <p className="mt-1 text-muted text-small">
            Applied changes are the cluster's own record. Refused attempts are those that {self} turned down
            since it started.
          </p>
        )}
      </div>
      {failed && (
        <div className="px-3 pb-2">
          <Notice state="unknown">
            The console did not answer{entries === undefined ? "" : "; this may not be the newest"}. Trying
            again.
          </Notice>
        </div>
      )}
      {entries === undefined && (
        <div aria-busy="true" className="flex h-9 items-center border-line border-t px-3">
          <Skeleton className="h-3 w-96 max-w-full" />
        </div>
      )}
      {entries !== undefined && shown.length === 0 && (filtered || !failed) && (
        <p className="border-line border-t px-3 py-2 text-secondary">
          {filtered ? "Nothing matches. " : "Nothing has happened yet."}
          {filtered && (
            <Button look="quiet" size="small" onClick={() => setUrlState({ kinds: [], actor: "" })}>
              Clear the filters
            </Button>
          )}
        </p>
      )}
      {shown.length > 0 && <Rows entries={shown} />}
    </Panel>
  );
}
