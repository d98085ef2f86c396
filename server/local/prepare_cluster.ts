import { existsSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { FormOptions, StartFault } from "../engine/types";
import { type DirectoryLock, lockDirectory } from "../storage/directory_lock";
import { makeDirectory } from "./durable_file";
import { askIdentity } from "./livez";
import { activeNodes, consoleUrl, hostNode, newPlan, type Plan, type PlannedNode } from "./plan";
import { PlanFile, unwritable } from "./plan_file";
import { DEFAULT_PORT, pickPorts, portIsFree, portOf } from "./ports";
import { endProcess, type ProcessIdentity } from "./process_facts";
import { directoryFault } from "./process_table";
import { RunFile } from "./run_file";
import { type Sighting, sight } from "./running_nodes";

/** Voters of a new cluster when none are asked for. */
export const DEFAULT_VOTERS = 3;

export interface PrepareOptions {
  readonly directory: string;
  /** Port of the page; the plan's, or 7400, when undefined. */
  readonly port: number | undefined;
  /** Voters of a new cluster. */
  readonly voters: number | undefined;
  /** Names of nodes to leave alone, because their data is lost. */
  readonly without: readonly string[];
  /** Makes a data directory. */
  readonly form: (options: FormOptions) => Promise<StartFault | undefined>;
  readonly now: () => number;
  readonly actor: string;
}

/** A cluster of this machine, ready to be started: everything that could refuse was looked at. */
export interface PreparedCluster {
  readonly planFile: PlanFile;
  readonly run: RunFile;
  /** Made just now. */
  readonly fresh: boolean;
  /** The node this process embeds. */
  readonly host: PlannedNode;
  /** Found running; to be taken over. */
  readonly running: readonly {
    readonly node: PlannedNode;
    readonly identity: ProcessIdentity;
    readonly answers: boolean;
  }[];
  /** Members that do not run. A learner whose admission was never seen waits until the cluster is found to have it. */
  readonly toStart: readonly PlannedNode[];
  readonly lock: DirectoryLock;
}

/** One clear sentence: what, where, what to do. */
export interface Refusal {
  readonly message: string;
}

/**
 * Makes or reads the plan, makes the data directories that the plan still lacks, and finds the nodes that run already. Whatever
 * stands in the way is answered before anything is started, and the directory is free again then.
 */
export async function prepareCluster(options: PrepareOptions): Promise<PreparedCluster | Refusal> {
  const { directory } = options;
  try {
    makeDirectory(directory);
  } catch (error) {
    return unwritable(directory, error);
  }
  const lock = await lockRoot(directory);
  if (lock.kind !== "lock") return lock;
  const prepared = await prepareLocked(options, lock).catch((error: unknown) => unwritable(directory, error));
  if ("message" in prepared) {
    await lock.release();
    forgetEmpty(directory);
  }
  return prepared;
}

/** Nothing was made: no empty directory stays behind either. */
function forgetEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // There is something in it.
  }
}

async function prepareLocked(
  options: PrepareOptions,
  lock: DirectoryLock,
): Promise<PreparedCluster | Refusal> {
  const found = PlanFile.load(options.directory);
  const fresh = !(found instanceof PlanFile) && found.kind === "missing";
  const planFile = fresh ? await makePlan(options) : found;
  if (!(planFile instanceof PlanFile)) return planFile;
  const mismatch = fresh ? undefined : adjustPlan(planFile, options);
  if (mismatch !== undefined) return mismatch;
  const host = hostNode(withoutNodes(planFile.current, options.without));
  if (host === undefined) return noMemberLeft(options);
  takePagePort(planFile, host.id);
  await dropUnformedLearners(planFile);
  const run = new RunFile(options.directory);
  const sightings = await look(planFile, run, host, options.without);
  if ("message" in sightings) return sightings;
  const fault = (await check(planFile, sightings, fresh)) ?? (await formMissing(planFile, options));
  if (fault !== undefined) return fault;
  const current = (node: PlannedNode) => planFile.node(node.id) ?? node;
  return {
    planFile,
    run,
    fresh,
    host: current(host),
    running: sightings.running.map((seen) => ({ ...seen, node: current(seen.node) })),
    toStart: sightings.stopped.filter((node) => node.id !== host.id && node.seenAt > 0).map(current),
    lock,
  };
}

async function lockRoot(directory: string): Promise<DirectoryLock | ({ readonly kind: "fault" } & Refusal)> {
  const first = await lockDirectory(directory, { waitMs: 0 });
  if (first.kind === "lock") return first;
  // A process on its way out is waited for, one that serves its page is not.
  const plan = PlanFile.load(directory);
  const port = plan instanceof PlanFile ? plan.current.port : undefined;
  const serves = port !== undefined && typeof (await askIdentity(port, 500)) !== "string";
  const lock = serves ? first : await lockDirectory(directory);
  if (lock.kind === "lock") return lock;
  if (lock.kind !== "locked") return { kind: "fault", message: lock.message };
  const who = lock.pid === undefined ? "another process" : `process ${lock.pid}`;
  const page = serves ? `, its page is http://127.0.0.1:${port}` : "";
  const message = `Rollcall runs already from ${directory} (${who}${page}); stop it with \`rollcall down\`, or choose another --data-dir.`;
  return { kind: "fault", message };
}

async function makePlan(options: PrepareOptions): Promise<PlanFile | Refusal> {
  const { directory, port = DEFAULT_PORT, voters = DEFAULT_VOTERS } = options;
  const leftover = existsSync(join(directory, "n1", "raft"));
  if (leftover) {
    const message = `${directory} holds the data of a node but no plan.json; restore the plan from a copy, or choose another --data-dir.`;
    return { message };
  }
  const ports = await pickPorts(port, voters);
  if (ports === undefined) return portTaken(port);
  return PlanFile.create(directory, newPlan(ports, options.now()));
}

function adjustPlan(planFile: PlanFile, { port, voters }: PrepareOptions): Refusal | undefined {
  const plan = planFile.current;
  const initial = plan.nodes.filter((node) => node.origin === "initial").length;
  if (voters !== undefined && voters !== initial) {
    const message = `The cluster in ${planFile.directory} was made with ${initial} voters; --voters ${voters} is for a new one. Add members with \`rollcall add-learner\`, or choose another --data-dir.`;
    return { message };
  }
  if (port === undefined || port === plan.port) return undefined;
  const owner = plan.nodes.find(
    (node) => node.consolePort !== plan.port && (node.consolePort === port || portOf(node.address) === port),
  );
  if (owner !== undefined)
    return { message: `--port ${port} is planned for ${owner.name} already; choose another.` };
  planFile.save({
    ...plan,
    port,
    nodes: plan.nodes.map((node) => (node.consolePort === plan.port ? { ...node, consolePort: port } : node)),
  });
  return undefined;
}

/** The page has one address, whichever node serves it. */
function takePagePort(planFile: PlanFile, host: number): void {
  const plan = planFile.current;
  const holder = plan.nodes.find((node) => node.id !== host && node.consolePort === plan.port);
  const former = planFile.node(host)?.consolePort ?? plan.port;
  if (holder !== undefined) planFile.update(holder.id, { consolePort: former });
  planFile.update(host, { consolePort: plan.port });
}

function withoutNodes(plan: Plan, names: readonly string[]): Plan {
  return { ...plan, nodes: plan.nodes.filter((node) => !names.includes(node.name)) };
}

function noMemberLeft({ directory, without }: PrepareOptions): Refusal {
  const but = without.length === 0 ? "" : ` but ${without.join(", ")}`;
  return {
    message: `No member of the cluster in ${directory} is left on this machine${but}; nothing can be started.`,
  };
}

/** A learner whose directory was never made was never proposed either. */
async function dropUnformedLearners(planFile: PlanFile): Promise<void> {
  for (const node of planFile.current.nodes) {
    if (node.origin === "learner" && !node.formed) planFile.drop(node.id);
  }
}

interface Sightings {
  readonly host: PlannedNode;
  readonly running: PreparedCluster["running"];
  readonly stopped: readonly PlannedNode[];
}

async function look(
  planFile: PlanFile,
  run: RunFile,
  host: PlannedNode,
  without: readonly string[],
): Promise<Sightings | Refusal> {
  const nodes = activeNodes(withoutNodes(planFile.current, without));
  const seen = await Promise.all(
    nodes.map(async (node) => ({ node, sighting: await sight(planFile, run, node) })),
  );
  const running: { node: PlannedNode; identity: ProcessIdentity; answers: boolean }[] = [];
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
  return { host, running, stopped };
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

/** Directories and ports of what is to be started. */
async function check(
  planFile: PlanFile,
  { host, stopped }: Sightings,
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

function portTaken(port: number): Refusal {
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

/** Makes the directories of initial voters that the plan still lacks; each at most once in the plan's life. */
async function formMissing(planFile: PlanFile, options: PrepareOptions): Promise<Refusal | undefined> {
  const plan = planFile.current;
  const initial = plan.nodes.filter((node) => node.origin === "initial");
  const voters = initial.map(({ id, name, address, uuid }) => ({ id, name, address, uuid }));
  for (const node of initial) {
    if (node.formed || node.removed) continue;
    const { id, name, address, uuid } = node;
    const fault = await options.form({
      dataDir: planFile.pathOf(node),
      clusterId: plan.clusterId,
      secret: plan.secret,
      id,
      name,
      address,
      uuid,
      start: { kind: "bootstrap", voters, time: plan.created, actor: options.actor },
    });
    // Made before a crash that came between it and the plan's mark.
    const made = fault?.kind === "directory-exists" && directoryFault(planFile, node) === undefined;
    if (fault !== undefined && !made) return { message: fault.message };
    planFile.update(id, { formed: true });
  }
  return undefined;
}
