import { existsSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { FormOptions, StartFault } from "../engine/types";
import { type DirectoryLock, lockDirectory } from "../storage/directory_lock";
import { makeDirectory } from "./durable_file";
import { askIdentity } from "./livez";
import { activeNodes, hostNode, newPlan, type Plan, type PlannedNode } from "./plan";
import { PlanFile, unwritable } from "./plan_file";
import { DEFAULT_PORT, pickPorts, portOf } from "./ports";
import { directoryFault } from "./process_table";
import { RunFile } from "./run_file";
import { checkStopped, portTaken, type Refusal, type RunningNode, sightAll } from "./start_checks";

/** How long (ms) the page of a cluster that runs already may take to say so; one that is on its way out is gone sooner. */
const answerMsMax = 3000;

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
  readonly running: readonly RunningNode[];
  /** Members that do not run. A learner whose admission was never seen waits until the cluster is found to have it. */
  readonly toStart: readonly PlannedNode[];
  readonly lock: DirectoryLock;
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
  const nodes = activeNodes(withoutNodes(planFile.current, options.without));
  const sightings = await sightAll(planFile, run, nodes, host);
  if ("message" in sightings) return sightings;
  const fault =
    (await checkStopped(planFile, sightings.stopped, host, fresh)) ?? (await formMissing(planFile, options));
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
  const serves = port !== undefined && typeof (await askIdentity(port, answerMsMax)) !== "string";
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

function adjustPlan(planFile: PlanFile, { port, voters, without }: PrepareOptions): Refusal | undefined {
  const plan = planFile.current;
  const unknown = without.find((name) => !plan.nodes.some((node) => node.name === name));
  if (unknown !== undefined) {
    const names = plan.nodes.map((node) => node.name).join(", ");
    return { message: `--without ${unknown}: no node of that name is planned here; there is ${names}.` };
  }
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
