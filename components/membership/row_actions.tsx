"use client";

import { memo } from "react";
import { type DialogName, setUrlState } from "../../client/url_state";
import { useActingBlocked, useCluster } from "../../client/use_store";
import type { Capabilities, Capability } from "../../protocol/status";
import { startCommandOf, useStartCommands } from "../actions/start_commands";
import { useClusterName } from "../shell/cluster_context";
import { Button } from "../ui/button";
import { CopyButton } from "../ui/copy_button";
import { Icon } from "../ui/glyphs";
import { Menu, MenuItem, MenuLine } from "../ui/menu";
import type { RowModel } from "./row_model";

/** Why this kind of cluster, or this console, cannot do an action at all; undefined if it can, or is not known yet. */
export function incapable(capability: Capability | undefined): string | undefined {
  return capability === undefined || capability.ok ? undefined : capability.reason;
}

function openDialog(dialog: DialogName, member: string): void {
  setUrlState({ dialog, member });
}

function PromoteButton({ row, capabilities }: { row: RowModel; capabilities: Capabilities | undefined }) {
  const blocked = useActingBlocked(useClusterName());
  return (
    <Button
      size="small"
      aria-label={`Promote ${row.name}`}
      blocked={incapable(capabilities?.promote) ?? blocked ?? undefined}
      onClick={() => openDialog("promote", row.id)}
    >
      Promote
    </Button>
  );
}

function RoleItems({ row, capabilities }: { row: RowModel; capabilities: Capabilities | undefined }) {
  if (row.role === "learner") {
    return (
      <MenuItem blocked={incapable(capabilities?.promote)} onSelect={() => openDialog("promote", row.id)}>
        Promote to voter
      </MenuItem>
    );
  }
  return (
    <>
      <MenuItem
        blocked={row.leader ? `${row.name} leads already.` : incapable(capabilities?.transfer)}
        onSelect={() => openDialog("transfer", row.id)}
      >
        Transfer leadership here
      </MenuItem>
      <MenuItem blocked={incapable(capabilities?.demote)} onSelect={() => openDialog("demote", row.id)}>
        Demote to learner
      </MenuItem>
      <MenuItem blocked={incapable(capabilities?.guided)} onSelect={() => openDialog("replace", row.id)}>
        Replace by another node
      </MenuItem>
    </>
  );
}

/** What can be done to a member: a menu, and for a learner its promotion at hand. Everything opens a dialog first. */
export const RowActions = memo(function RowActions({ row }: { row: RowModel }) {
  const cluster = useClusterName();
  const capabilities = useCluster(cluster, (session) => session.hello?.capabilities);
  const command = startCommandOf(useStartCommands(), cluster, row.id);
  const waiting = row.word === "Not started" && command !== undefined;
  return (
    <>
      {waiting && (
        <CopyButton
          size="small"
          text={() => command}
          label="Command"
          aria-label={`Copy the start command of ${row.name}`}
        />
      )}
      {!waiting && row.role === "learner" && <PromoteButton row={row} capabilities={capabilities} />}
      <Menu
        trigger={
          <Button look="quiet" size="small" aria-label={`Actions for ${row.name}`} square>
            <Icon name="more" />
          </Button>
        }
      >
        <MenuItem onSelect={() => setUrlState({ member: row.id, dialog: undefined })}>Details</MenuItem>
        <RoleItems row={row} capabilities={capabilities} />
        {capabilities?.learner.address === "peer-urls" && (
          <MenuItem
            blocked={incapable(capabilities.updateAddress)}
            onSelect={() => openDialog("address", row.id)}
          >
            Update peer URLs
          </MenuItem>
        )}
        <MenuLine />
        <MenuItem
          danger
          blocked={incapable(capabilities?.remove)}
          onSelect={() => openDialog("remove", row.id)}
        >
          Remove from the cluster
        </MenuItem>
      </Menu>
    </>
  );
}, sameActions);

/** A row is made anew from every frame; its actions depend on little of it. */
function sameActions({ row: before }: { row: RowModel }, { row: after }: { row: RowModel }): boolean {
  return (
    before.id === after.id &&
    before.name === after.name &&
    before.role === after.role &&
    before.leader === after.leader &&
    before.word === after.word
  );
}
