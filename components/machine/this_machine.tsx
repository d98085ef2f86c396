"use client";

import { useCluster, useFreshness, useNow } from "../../client/use_store";
import { compareIds } from "../../protocol/diff";
import { useClusterName } from "../shell/cluster_context";
import { Panel } from "../ui/panel";
import { ProcessRow } from "./process_row";
import { WriteLoad } from "./write_load";

/** Gives way to what is said of the write load, so that no row is moved down by it. */
const hint = "Processes here. Stopping a process is not removing a member.";

/** The processes that `rollcall up` runs here; absent where it runs none. */
export function ThisMachine() {
  const cluster = useClusterName();
  const machine = useCluster(cluster, (session) => session.machine);
  const offered = useCluster(cluster, (session) => session.hello?.machine ?? false);
  const now = useNow(cluster);
  const live = useFreshness(cluster).browser === "live";
  if (!offered || machine === undefined) return null;
  const elapsedMs = Math.max(0, now - machine.receivedAt);
  const processes = machine.value.processes.toSorted((a, b) => compareIds(a.id, b.id));
  return (
    <Panel
      id="machine"
      title="This machine"
      aside={
        <>
          <p className="text-muted text-small wide:min-w-40 wide:flex-1 wide:truncate" title={hint}>
            {hint}
          </p>
          <WriteLoad load={machine.value.load} elapsedMs={elapsedMs} live={live} />
        </>
      }
    >
      <ul>
        {processes.map((process) => (
          <ProcessRow key={process.id} process={process} elapsedMs={elapsedMs} live={live} />
        ))}
      </ul>
    </Panel>
  );
}
