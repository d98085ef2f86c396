import { renameSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory, syncDirectory, systemReason } from "./durable_file";
import { STOP_GRACE_MS } from "./node_process";
import { directoryExists, type PlanFile } from "./plan_file";
import type { ProcessTable } from "./process_table";

/**
 * Ends a removed member's process and moves its data to `removed/NAME-TIME`. For the node that this process embeds only the plan
 * is marked: the page goes on. A no-op for a member that runs elsewhere.
 */
export async function retireNode(
  context: {
    readonly planFile: PlanFile;
    readonly self: number;
    readonly log: (level: "info" | "warn" | "error", text: string) => void;
  },
  table: ProcessTable,
  id: number,
): Promise<void> {
  const { planFile, log } = context;
  const node = planFile.node(id);
  if (node === undefined) return;
  planFile.update(id, { removed: true });
  if (id === context.self) return;
  await table.stop(id, STOP_GRACE_MS);
  table.forget(id);
  const path = planFile.pathOf(node);
  if (!directoryExists(path)) return;
  const time = new Date().toISOString().replaceAll(/[-:]/g, "").replace(/\..*/, "Z");
  const aside = join(planFile.directory, "removed", `${node.name}-${time}`);
  try {
    makeDirectory(join(planFile.directory, "removed"));
    renameSync(path, aside);
    syncDirectory(planFile.directory);
    log("info", `The data of ${node.name} was moved to ${aside}.`);
  } catch (error) {
    log("warn", `The data of ${node.name} could not be moved to ${aside}: ${systemReason(error)}.`);
  }
}
