"use client";

import { useDeferredValue } from "react";
import { setUrlState, type UrlState } from "../../client/url_state";
import { useActingBlocked, useCluster, useIdFormat, useNames, useUrlState } from "../../client/use_store";
import type { MemberId } from "../../protocol/membership";
import { plural } from "../../protocol/words";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { Panel } from "../ui/panel";
import { Term } from "../ui/term";
import { LearnerFilter } from "./learner_filter";
import { MemberTable } from "./member_table";
import { incapable } from "./row_actions";
import { type RowFacts, rowFacts, tableRows } from "./row_model";
import { RowSkeletons } from "./row_skeletons";

/** Below this many learners a filter is no help. */
const filterFrom = 6;

function matches(row: RowFacts, needle: string): boolean {
  return [row.name, row.id, row.idWords, row.address, row.word].some((text) =>
    text.toLowerCase().includes(needle),
  );
}

/** The ids that the filter lets through, in the chosen order. */
function chosen(
  ids: readonly MemberId[],
  factsOf: (id: MemberId) => RowFacts,
  { filter, sort }: Pick<UrlState, "filter" | "sort">,
): readonly MemberId[] {
  const needle = filter.trim().toLowerCase();
  const shown = needle === "" ? ids : ids.filter((id) => matches(factsOf(id), needle));
  if (sort !== "lag") return shown;
  const lag = new Map(shown.map((id) => [id, factsOf(id).lag ?? -1]));
  return shown.toSorted((a, b) => (lag.get(b) ?? 0) - (lag.get(a) ?? 0));
}

function AddLearnerButton() {
  const cluster = useClusterName();
  const capability = useCluster(cluster, (session) => session.hello?.capabilities.addLearner);
  const blocked = useActingBlocked(cluster);
  return (
    <Button
      size="small"
      blocked={incapable(capability) ?? blocked ?? undefined}
      onClick={() => setUrlState({ dialog: "add", member: undefined })}
    >
      Add learner
    </Button>
  );
}

/** The learners: filtered and, on demand, most behind first; otherwise in fixed order. */
export function Learners() {
  const tables = usePageTables();
  const url = useUrlState();
  const cluster = useClusterName();
  const [nameOf, format] = [useNames(cluster), useIdFormat(cluster)];
  const { ids: all, rowOf } = tableRows(tables, "learner", nameOf, format);
  const ids = chosen(all, rowFacts(tables, nameOf, format), url);
  const count = tables.view?.snapshot.learners.length;
  // A view without the status that follows it would be rows of unknown members, for a moment; and the voters come first.
  const loading = !useDeferredValue(tables.view !== undefined && tables.status !== undefined);
  const filtering = all.length >= filterFrom || url.filter !== "" || url.sort === "lag";
  return (
    <Panel
      id="learners"
      title={<Term of="learner">Learners</Term>}
      aside={
        <>
          {count !== undefined && count > 0 && (
            <span className="text-muted text-small">
              {url.filter === "" ? plural(count, "learner") : `${ids.length} of ${plural(count, "learner")}`}
            </span>
          )}
          <span className="ml-auto flex flex-wrap items-center gap-2">
            {filtering && <LearnerFilter filter={url.filter} sort={url.sort} />}
            <AddLearnerButton />
          </span>
        </>
      }
    >
      {loading && <RowSkeletons rows={1} />}
      {!loading && all.length === 0 && (
        <p className="border-line border-t px-3 py-2 text-secondary">
          No learners. A learner receives the log without a vote: add one, let it catch up, promote it.
        </p>
      )}
      {!loading && all.length > 0 && ids.length === 0 && (
        <p className="border-line border-t px-3 py-2 text-secondary">
          No learner matches.{" "}
          <Button look="quiet" size="small" onClick={() => setUrlState({ filter: "" })}>
            Clear the filter
          </Button>
        </p>
      )}
      {!loading && ids.length > 0 && (
        <MemberTable
          ids={ids}
          rowOf={rowOf}
          label="Learners"
          order={url.sort === "lag" ? "moving" : "fixed"}
          choice={`${url.sort} ${url.filter}`}
        />
      )}
    </Panel>
  );
}
