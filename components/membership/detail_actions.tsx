"use client";

import { setUrlState } from "../../client/url_state";
import { useCluster } from "../../client/use_store";
import { CommandLine } from "../actions/command_line";
import { startCommandOf, useStartCommands } from "../actions/start_commands";
import { useClusterName } from "../shell/cluster_context";
import { Button, roomForNames } from "../ui/button";
import { incapable } from "./row_actions";
import type { RowModel } from "./row_model";

/** What can be done to a member; each opens its dialog. */
export function DetailActions({ row }: { row: RowModel }) {
  const cluster = useClusterName();
  const capabilities = useCluster(cluster, (session) => session.hello?.capabilities);
  const command = startCommandOf(useStartCommands(), cluster, row.id);
  const { id, name } = row;
  return (
    <div className="flex flex-col gap-3">
      {row.word === "Not started" && command !== undefined && (
        <CommandLine command={command} label="Copy the start command" />
      )}
      <div className={`flex flex-wrap gap-2 ${roomForNames}`}>
        {row.role === "learner" ? (
          <Button
            look="primary"
            blocked={incapable(capabilities?.promote)}
            onClick={() => setUrlState({ dialog: "promote", member: id })}
          >
            Promote {name}
          </Button>
        ) : (
          <>
            <Button
              blocked={row.leader ? `${name} leads already.` : incapable(capabilities?.transfer)}
              onClick={() => setUrlState({ dialog: "transfer", member: id })}
            >
              Transfer leadership here
            </Button>
            <Button
              blocked={incapable(capabilities?.demote)}
              onClick={() => setUrlState({ dialog: "demote", member: id })}
            >
              Demote {name}
            </Button>
            <Button
              blocked={incapable(capabilities?.guided)}
              onClick={() => setUrlState({ dialog: "replace", member: id })}
            >
              Replace {name}
            </Button>
          </>
        )}
        {capabilities?.learner.address === "peer-urls" && (
          <Button
            blocked={incapable(capabilities.updateAddress)}
            onClick={() => setUrlState({ dialog: "address", member: id })}
          >
            Update peer URLs
          </Button>
        )}
        <Button
          className="text-lost"
          blocked={incapable(capabilities?.remove)}
          onClick={() => setUrlState({ dialog: "remove", member: id })}
        >
          Remove {name}
        </Button>
      </div>
    </div>
  );
}
