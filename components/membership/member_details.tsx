"use client";

import { setUrlState } from "../../client/url_state";
import { useIdFormat, useNames, useUrlState } from "../../client/use_store";
import type { MemberId } from "../../protocol/membership";
import { membersById } from "../../protocol/quorum";
import { useClusterName, usePageTables } from "../shell/cluster_context";
import { LeaderBadge, RoleBadge } from "../ui/badge";
import { Modal } from "../ui/dialog";
import { DetailActions } from "./detail_actions";
import { DetailFacts } from "./detail_facts";
import { focusMember } from "./focus";
import { tableRows } from "./row_model";

function close(): void {
  setUrlState({ member: undefined });
}

/** Everything known about the member that the URL names, and what can be done to it. */
export function MemberDetails() {
  const { member, dialog } = useUrlState();
  if (member === undefined || dialog !== undefined) return null;
  return <Details id={member} />;
}

function Details({ id }: { id: MemberId }) {
  const tables = usePageTables();
  const nameOf = useNames(useClusterName());
  const format = useIdFormat(useClusterName());
  const voters = tables.view?.snapshot.members ?? [];
  const learners = tables.view?.snapshot.learners ?? [];
  const role = voters.includes(id) ? "voter" : learners.includes(id) ? "learner" : undefined;
  const row = role && tableRows(tables, role, nameOf, format).rowOf(id);
  const status = tables.status && membersById(tables.status.value.members).get(id);
  if (tables.view === undefined) return null;
  return (
    <Modal
      open
      shape="sheet"
      onOpenChange={(open) => !open && close()}
      onClosed={(restore) => (row === undefined ? restore() : focusMember(id))}
      title={<span className="font-mono">{nameOf(id)}</span>}
    >
      {row === undefined ? (
        <p className="text-secondary">{nameOf(id)} is not a member of this cluster.</p>
      ) : (
        <div className="flex flex-col gap-4">
          <div className="flex gap-1">
            <RoleBadge of={row.role} />
            {row.leader && <LeaderBadge />}
          </div>
          <DetailFacts row={row} status={status} />
          <DetailActions row={row} />
        </div>
      )}
    </Modal>
  );
}
