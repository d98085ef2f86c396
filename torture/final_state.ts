import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { isOpenFault, openData, systemClock } from "../server/storage";
import { nodeFileSystem } from "../server/storage/node_fs";
import { readAppliedLog } from "./applied_log";
import type { Cluster, TorturedNode } from "./cluster";
import type { Ledger } from "./ledger";

/** What was compared at the end. */
export interface FinalCounts {
  readonly commands: number;
  readonly members: number;
  readonly logEntriesCompared: number;
}

/**
 * Compares what the members hold with each other and with everything that was promised; then ends all processes and compares the
 * committed entries in all logs, those of removed nodes too.
 */
export async function judgeFinalState(
  cluster: Cluster,
  ledger: Ledger,
  members: readonly TorturedNode[],
): Promise<FinalCounts> {
  let first: { readonly node: number; readonly bytes: Buffer } | undefined;
  for (const node of members) {
    const path = join(node.settings.dataDir, "applied.dump");
    const dumped = await node.process?.ask({ op: "dump", path });
    const history = await node.process?.ask({ op: "history" });
    if (dumped === undefined || history === undefined) {
      ledger.violate(`node ${node.id} ended while it was asked for its state`);
      continue;
    }
    const bytes = readFileSync(path);
    ledger.judgeApplied(node.id, readAppliedLog(bytes));
    ledger.judgeHistory(node.id, history);
    if (first === undefined) first = { node: node.id, bytes };
    else if (!bytes.equals(first.bytes))
      ledger.violate(`nodes ${first.node} and ${node.id} hold different states`);
  }
  await Promise.all(members.map((node) => node.process?.ask({ op: "stop" })));
  await cluster.dispose();
  for (const node of cluster.all()) cluster.readTrace(node);
  const logs = new Map<number, ReadonlyMap<number, string>>();
  for (const node of cluster.all()) {
    const entries = await committedEntries(node.settings.dataDir);
    if (typeof entries === "string") ledger.violate(`the log of node ${node.id} cannot be read: ${entries}`);
    else logs.set(node.id, entries);
  }
  return {
    commands: first === undefined ? 0 : readAppliedLog(first.bytes).length,
    members: members.length,
    logEntriesCompared: ledger.judgeLogs(logs),
  };
}

async function committedEntries(path: string): Promise<ReadonlyMap<number, string> | string> {
  const storage = openData({ fs: nodeFileSystem, clock: systemClock, path, expected: {} });
  if (isOpenFault(storage)) return storage.message;
  const { entries, hardState } = storage.recovered;
  await storage.close();
  return new Map(
    entries
      .filter(({ index }) => index <= hardState.commit)
      .map(({ index, term, type, data }) => [index, `term ${term} ${type} ${crc32(data).toString(16)}`]),
  );
}
