import type { Snapshot } from "../raft/types";
import { createDataDirectory } from "../storage";
import { emptyConfState } from "./configuration";
import { firstFiles } from "./directory_files";
import { fromOpenFault } from "./faults";
import { Registry } from "./registry";
import { joinSnapshotData } from "./snapshot_data";
import type { FormOptions, StartFault } from "./types";

const NO_APPLICATION_STATE = new Uint8Array();

/** The log snapshot a node starts from: the same for all initial voters, at index 1 of term 1; an empty one for a learner-to-be. */
function firstSnapshot({ start }: FormOptions): Snapshot {
  if (start.kind === "join") {
    const data = joinSnapshotData(Registry.empty().encode(), NO_APPLICATION_STATE);
    return { metadata: { index: 0, term: 0, confState: emptyConfState }, data };
  }
  const registry = Registry.bootstrap(start.voters, start.time, start.actor);
  const data = joinSnapshotData(registry.encode(), NO_APPLICATION_STATE);
  return { metadata: { index: 1, term: 1, confState: registry.confState }, data };
}

/**
 * Makes `dataDir` that of one node of one cluster, durably; undefined once done. Never touches a directory that holds a node: an
 * old id with an empty directory could vote twice. After a crash midway it can be called again.
 */
export async function formNode(options: FormOptions): Promise<StartFault | undefined> {
  const { dataDir, clusterId, id, uuid, name, address, secret, start } = options;
  const contacts = start.kind === "join" ? start.contacts : start.voters.filter((voter) => voter.id !== id);
  const fault = await createDataDirectory(dataDir, {
    manifest: { clusterId, nodeId: id, uuid, name },
    snapshot: firstSnapshot(options),
    files: firstFiles({
      address,
      secret,
      contacts: contacts.map((one) => ({ id: one.id, address: one.address })),
    }),
  });
  return fault === undefined ? undefined : fromOpenFault(fault);
}
