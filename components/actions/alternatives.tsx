"use client";

import { machineActions } from "../../client/machine_actions";
import { setUrlState } from "../../client/url_state";
import { useCluster } from "../../client/use_store";
import type { Alternative } from "../../protocol/assess";
import { useClusterName } from "../shell/cluster_context";
import { Button, roomForNames } from "../ui/button";

const dialogs = { remove: "remove", transfer: "transfer", replace: "replace", "add-learner": "add" } as const;

/** Something better to do than the change at hand; a process can be started only where this machine runs it. */
export function Alternatives({ of, off }: { of: readonly Alternative[]; off: boolean }) {
  const processes = useCluster(useClusterName(), (session) => session.machine?.value.processes);
  const possible = of.filter(
    ({ kind, id }) =>
      kind !== "start" ||
      processes?.some((process) => process.id === id && process.state === "exited" && process.member),
  );
  if (possible.length === 0) return null;
  const choose = ({ kind, id }: Alternative) => {
    if (kind === "start") {
      if (id !== undefined) void machineActions().process(id, "start");
    } else setUrlState({ dialog: dialogs[kind], member: id });
  };
  return (
    <span className={`mr-auto flex flex-wrap gap-2 max-wide:basis-full ${roomForNames}`}>
      {possible.map((alternative) => (
        <Button key={alternative.label} off={off} onClick={() => choose(alternative)}>
          {alternative.label}
        </Button>
      ))}
    </span>
  );
}
