"use client";

import { useNames } from "../../client/use_store";
import { plural } from "../../protocol/words";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { Panel } from "../ui/panel";
import { Term } from "../ui/term";
import { MemberTable } from "./member_table";
import { rowModels } from "./row_model";
import { RowSkeletons } from "./row_skeletons";

/** The voters, in fixed order. */
export function Voters() {
  const tables = usePageTables();
  const nameOf = useNames(useClusterName());
  const rows = rowModels(tables, "voter", nameOf);
  const count = tables.view?.snapshot.members.length;
  return (
    <Panel
      id="voters"
      title={<Term of="voter">Voters</Term>}
      aside={count !== undefined && <span className="text-muted text-small">{plural(count, "voter")}</span>}
    >
      {tables.view === undefined ? (
        <RowSkeletons rows={3} />
      ) : (
        <MemberTable of="voter" rows={rows} label="Voters" />
      )}
    </Panel>
  );
}
