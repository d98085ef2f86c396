import { directoryHolder } from "../storage";
import { askIdentity } from "./livez";
import { consoleUrl, type PlannedNode } from "./plan";
import type { PlanFile } from "./plan_file";
import { identityOf, isRunning, type ProcessIdentity } from "./process_facts";
import { isNode } from "./process_table";
import type { RunFile } from "./run_file";

/** How long a console may take to say who it is (ms); a frozen one never does. */
const answerTimeoutMs = 600;

/**
 * Whether a planned node runs already. `running`: by its own word and by the lock on its directory, or it was started for this plan
 * and does not answer (frozen, or still starting). `taken`: its directory is held by a process that is not shown to be it.
 */
export type Sighting =
  | { readonly kind: "stopped" }
  | { readonly kind: "running"; readonly identity: ProcessIdentity; readonly answers: boolean }
  | { readonly kind: "taken"; readonly message: string };

/** Looks for a node's process: who holds its directory, who answers at its console, who was started for it. */
export async function sight(planFile: PlanFile, run: RunFile, node: PlannedNode): Promise<Sighting> {
  const path = planFile.pathOf(node);
  const recorded = run.node(node.id);
  const [holder, answer, recordedLives] = await Promise.all([
    directoryHolder(path),
    askIdentity(node.consolePort, answerTimeoutMs),
    recorded === undefined ? false : isRunning(recorded),
  ]);
  if (holder === undefined) {
    // Started a moment ago, it has not come to the lock yet.
    if (recorded !== undefined && recordedLives)
      return { kind: "running", identity: recorded, answers: false };
    return { kind: "stopped" };
  }
  const { pid } = holder;
  if (pid === undefined) {
    return { kind: "taken", message: `${path} is in use by another process; stop that one first.` };
  }
  const answered = isNode(answer, node, planFile.current.clusterId) && typeof answer !== "string";
  if (answered && answer.pid === pid) {
    const identity = await identityOf(pid);
    return identity === undefined ? { kind: "stopped" } : { kind: "running", identity, answers: true };
  }
  if (recorded?.pid === pid && recordedLives) return { kind: "running", identity: recorded, answers: false };
  return {
    kind: "taken",
    message: `${path} is in use by process ${pid}, which does not answer as ${node.name} at ${consoleUrl(node)}; stop it first (kill ${pid}).`,
  };
}
