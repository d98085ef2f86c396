"use client";

import { useIdFormat, useNames } from "../../client/use_store";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { Panel } from "../ui/panel";
import { Term } from "../ui/term";
import { MemberTable } from "./member_table";
import { tableRows } from "./row_model";
import { RowSkeletons } from "./row_skeletons";

/** The voters, in fixed order. */
export function Voters() {
  const tables = usePageTables();
  const cluster = useClusterName();
  const rows = tableRows(tables, "voter", useNames(cluster), useIdFormat(cluster));
  const loading = tables.view === undefined || tables.status === undefined;
  return (
    <Panel id="voters" title={<Term of="voter">Voters</Term>}>
      {loading && <RowSkeletons rows={3} />}
      {!loading && rows.ids.length === 0 && (
        <p className="border-line border-t px-3 py-2 text-secondary">No voter is known yet.</p>
      )}
      {!loading && rows.ids.length > 0 && <MemberTable ids={rows.ids} rowOf={rows.rowOf} label="Voters" />}
    </Panel>
  );
}
