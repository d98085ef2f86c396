import { rmSync } from "node:fs";
import { type Problem, problem } from "../../protocol/problem";
import type { ClusterStatus } from "../../protocol/status";
import type { FormOptions, StartFault } from "../engine/types";
import { syncDirectory, systemReason } from "./durable_file";
import { newNode, type PlannedNode } from "./plan";
import { directoryExists, type PlanFile } from "./plan_file";
import { pickNextPorts, portIsFree, portOf } from "./ports";
import { type ProcessTable, STOP_FAST_MS } from "./process_table";

/** A started learner must answer within this long (ms). */
const startMsMax = 15_000;

/** A learner that is to run on this machine, before it is proposed. */
export interface LearnerWish {
  readonly id: string;
  readonly name: string;
  /** host:port; picked when undefined. */
  readonly address: string | undefined;
}

/** A learner's process that runs and waits to be proposed. */
export interface PreparedLearner {
  readonly address: string;
  /** It was added, or nobody knows. */
  readonly keep: () => void;
  /** It was certainly not added: ends the process and removes what was made for it. */
  readonly discard: () => Promise<void>;
}

export interface LearnerContext {
  readonly planFile: PlanFile;
  readonly form: (options: FormOptions) => Promise<StartFault | undefined>;
  readonly status: () => ClusterStatus | undefined;
  readonly log: (level: "info" | "warn" | "error", text: string) => void;
}

/**
 * Makes a data directory for a learner-to-be and starts its process; answers once the node has its ports and its console answers
 * as itself. Whatever fails leaves nothing behind.
 */
export async function prepareLearner(
  context: LearnerContext,
  table: ProcessTable,
  wish: LearnerWish,
): Promise<PreparedLearner | Problem> {
  const node = await planNode(context.planFile, wish);
  if ("code" in node) return node;
  const { planFile, log } = context;
  const discard = () => undo(context, table, node);
  try {
    planFile.add(node);
    const fault = await context.form(formOptions(context, node));
    if (fault !== undefined) throw new Error(fault.message);
    planFile.update(node.id, { formed: true });
    const refused = await table.of(node).start();
    if (refused !== undefined) throw new Error(refused.detail);
    await untilRunning(table, node);
  } catch (error) {
    await discard();
    return problem("start-failed", `${node.name} did not start here: ${systemReason(error)}`);
  }
  log("info", `${node.name} runs as pid ${table.of(node).pid} and waits to be added.`);
  return { address: node.address, keep: () => {}, discard };
}

async function planNode(planFile: PlanFile, wish: LearnerWish): Promise<PlannedNode | Problem> {
  const id = Number(wish.id);
  if (!Number.isInteger(id) || id < 1 || id > 0xffff_ffff) {
    return problem("bad-input", "An id of this cluster is a whole number from 1 to 4294967295.", {
      field: "id",
    });
  }
  const known = planFile.node(id);
  if (known?.removed === true) {
    const detail = `Id ${id} was removed and stays retired. Leave the id out to get the next free one.`;
    return problem("id-retired", detail, { field: "id" });
  }
  if (known !== undefined) {
    return problem("already-member", `Id ${id} is that of ${known.name} on this machine.`, { field: "id" });
  }
  const ports = await pickNextPorts(planFile.current);
  if (ports === undefined) return problem("start-failed", "No free port was found on this machine.");
  const address = wish.address ?? `127.0.0.1:${ports.peer}`;
  const host = address.slice(0, address.lastIndexOf(":"));
  if (host !== "127.0.0.1" && host !== "localhost") {
    return problem("bad-input", "A process started here listens on 127.0.0.1; pick a port of that.", {
      field: "address",
    });
  }
  const port = portOf(address);
  if (wish.address !== undefined && !(await portIsFree(port))) {
    return problem("bad-input", `Port ${port} is in use on this machine.`, { field: "address" });
  }
  const consolePort = ports.console === port ? ports.peer : ports.console;
  const node = newNode(id, wish.name, address, consolePort);
  const path = planFile.pathOf(node);
  return directoryExists(path) ? problem("start-failed", `${path} exists already; move it away.`) : node;
}

function formOptions(context: LearnerContext, node: PlannedNode): FormOptions {
  const plan = context.planFile.current;
  const known = new Map<number, string>();
  for (const member of context.status()?.members ?? []) known.set(Number(member.id), member.address);
  for (const other of plan.nodes) {
    if (other.id !== node.id && !other.removed && !known.has(other.id)) known.set(other.id, other.address);
  }
  return {
    dataDir: context.planFile.pathOf(node),
    clusterId: plan.clusterId,
    secret: plan.secret,
    id: node.id,
    name: node.name,
    address: node.address,
    uuid: node.uuid,
    start: { kind: "join", contacts: [...known].map(([id, address]) => ({ id, address })) },
  };
}

async function untilRunning(table: ProcessTable, node: PlannedNode): Promise<void> {
  const process = table.of(node);
  const deadline = performance.now() + startMsMax;
  for (;;) {
    await process.poll();
    if (process.state === "running") return;
    if (process.state === "exited") throw new Error(`it exited (${process.exit ?? "nobody saw how"}).`);
    if (performance.now() > deadline) throw new Error(`it did not answer within ${startMsMax / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function undo(
  { planFile, log }: LearnerContext,
  table: ProcessTable,
  node: PlannedNode,
): Promise<void> {
  await table.stop(node.id, STOP_FAST_MS);
  table.forget(node.id);
  try {
    rmSync(planFile.pathOf(node), { recursive: true, force: true });
    syncDirectory(planFile.directory);
    planFile.drop(node.id);
  } catch (error) {
    log("error", `What was made for ${node.name} could not be taken away again: ${systemReason(error)}.`);
  }
}
