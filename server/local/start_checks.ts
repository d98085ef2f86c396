import { activeNodes, consoleUrl, type PlannedNode } from "./plan";
import type { PlanFile } from "./plan_file";
import { portIsFree, portOf } from "./ports";
import { endProcess, type ProcessIdentity } from "./process_facts";
import { directoryFault } from "./process_table";
import type { RunFile } from "./run_file";
import { type Sighting, sight } from "./running_nodes";

/** One clear sentence: what, where, what to do. */
export interface Refusal {
  readonly message: string;
}

/** A node found running. */
export interface RunningNode {
  readonly node: PlannedNode;
  readonly identity: ProcessIdentity;
  readonly answers: boolean;
}

/** Which nodes run already and which do not; a refusal where a directory is held by a stranger. */
export async function sightAll(
  planFile: PlanFile,
  run: RunFile,
  nodes: readonly PlannedNode[],
  host: PlannedNode,
): Promise<{ readonly running: readonly RunningNode[]; readonly stopped: readonly PlannedNode[] } | Refusal> {
  const seen = await Promise.all(
    nodes.map(async (node) => ({ node, sighting: await sight(planFile, run, node) })),
  );
  const running: RunningNode[] = [];
  const stopped: PlannedNode[] = [];
  for (const { node, sighting } of seen) {
    if (sighting.kind === "taken") return { message: sighting.message };
    if (sighting.kind === "stopped") stopped.push(node);
    else if (node.id !== host.id)
      running.push({ node, identity: sighting.identity, answers: sighting.answers });
    else if (await giveUp(run, node, sighting)) stopped.push(node);
    else
      return {
        message: `${node.name} runs already as process ${sighting.identity.pid}; stop it first (kill ${sighting.identity.pid}).`,
      };
  }
  return { running, stopped };
}

/** The node that this process will embed may run as a process of its own, when its turn has come: that one ends. */
async function giveUp(
  run: RunFile,
  node: PlannedNode,
  { identity }: Extract<Sighting, { kind: "running" }>,
): Promise<boolean> {
  const started = run.node(node.id);
  if (started?.pid !== identity.pid || started.born !== identity.born) return false;
  return endProcess(identity, 5000);
}

/** Directories and ports of what is to be started. A fresh plan's peer ports were tried a moment ago. */
export async function checkStopped(
  planFile: PlanFile,
  stopped: readonly PlannedNode[],
  host: PlannedNode,
  fresh: boolean,
): Promise<Refusal | undefined> {
  for (const node of stopped) {
    if (!node.formed) continue;
    const fault = directoryFault(planFile, node);
    if (fault !== undefined) return { message: `${fault}${wayOut(planFile, node)}` };
  }
  for (const node of stopped) {
    if (!(await portIsFree(node.consolePort))) {
      return node.id === host.id
        ? portTaken(node.consolePort)
        : plannedPortTaken(node.consolePort, node, "console");
    }
    const peer = portOf(node.address);
    if (!fresh && !(await portIsFree(peer))) return plannedPortTaken(peer, node, "peers");
  }
  return undefined;
}

/** How to start all the same, so that a lost node can be replaced; nothing where it is the only one. */
export function wayOut(planFile: PlanFile, node: PlannedNode): string {
  if (activeNodes(planFile.current).length === 1) return "";
  return ` To start the others so that you can do so: rollcall up --without ${node.name}`;
}

/** The page's port cannot be had. */
export function portTaken(port: number): Refusal {
  return {
    message: `Port ${port} is in use by another program; stop that one, or choose another port with --port.`,
  };
}

function plannedPortTaken(port: number, node: PlannedNode, what: string): Refusal {
  const use = what === "peers" ? `${node.name}'s peers` : `${node.name}'s console (${consoleUrl(node)})`;
  return {
    message: `Port ${port}, planned for ${use}, is in use by another program; stop that one. Nothing was started.`,
  };
}
