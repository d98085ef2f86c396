import { resolve } from "node:path";
import { listWords } from "../../protocol/words";
import { PlanFile } from "../local/plan_file";
import { endProcess, identityOf, isRunning, type ProcessIdentity } from "../local/process_facts";
import { RunFile } from "../local/run_file";
import { sight } from "../local/running_nodes";
import { directoryHolder } from "../storage";
import type { Command } from "./command";
import { localDataDir } from "./console_options";
import { exitCodes } from "./exit_codes";

/** `up` stops its nodes within 5 s; this is how long (ms) it is waited for before everything is ended from here. */
const upMsMax = 7000;
const nodeMsMax = 5000;

interface Target {
  readonly name: string;
  readonly identity: ProcessIdentity;
}

export const down: Command = {
  name: "down",
  summary: "Stop the local cluster, from any shell.",
  description: [
    "Stops all nodes that run from the data directory, gracefully and at the same time, whether or not the `rollcall up` that started them still lives. The data stays.",
  ],
  operands: [],
  options: {
    "data-dir": localDataDir,
    json: { help: "Print what was stopped as JSON." },
  },
  examples: ["rollcall down", "rollcall down --data-dir /var/lib/rollcall"],
  async run(parsed, { cwd, out, err }) {
    const directory = resolve(cwd, parsed.text["data-dir"] ?? ".rollcall");
    const planFile = PlanFile.load(directory);
    if (!(planFile instanceof PlanFile)) {
      err(`${planFile.message}\n`);
      return exitCodes.failed;
    }
    const { up, nodes, doubts } = await findAll(planFile);
    const survivors = await stopAll(up, nodes);
    for (const doubt of doubts) err(`${doubt}\n`);
    for (const { name, identity } of survivors) err(`${name} (process ${identity.pid}) did not end.\n`);
    const stopped = [...(up === undefined ? [] : [up]), ...nodes].filter(
      (target) => !survivors.includes(target),
    );
    if (parsed.flags.has("json")) {
      const list = stopped.map(({ name, identity }) => ({ name, pid: identity.pid }));
      out(`${JSON.stringify({ stopped: list })}\n`);
    } else {
      const names = stopped.map(({ name, identity }) => `${name} (pid ${identity.pid})`);
      out(names.length === 0 ? `Nothing runs from ${directory}.\n` : `Stopped ${listWords(names, "and")}.\n`);
    }
    return survivors.length + doubts.length === 0 ? exitCodes.done : exitCodes.failed;
  },
};

async function findAll(planFile: PlanFile) {
  const run = new RunFile(planFile.directory);
  const up = await findUp(planFile, run);
  const nodes: Target[] = [];
  const doubts: string[] = [];
  const sightings = await Promise.all(
    planFile.current.nodes.map(async (node) => ({ node, sighting: await sight(planFile, run, node) })),
  );
  for (const { node, sighting } of sightings) {
    if (sighting.kind === "running" && sighting.identity.pid !== up?.identity.pid) {
      nodes.push({ name: node.name, identity: sighting.identity });
    }
    // The node that `up` embeds is held by that very process.
    const holder = sighting.kind === "taken" ? await directoryHolder(planFile.pathOf(node)) : undefined;
    if (sighting.kind === "taken" && (up === undefined || holder?.pid !== up.identity.pid)) {
      doubts.push(sighting.message);
    }
  }
  return { up: up === undefined ? undefined : await named(up, planFile), nodes, doubts };
}

/** The `rollcall up` of this directory: who holds it, else who was recorded and still lives. */
async function findUp(planFile: PlanFile, run: RunFile): Promise<Target | undefined> {
  const holder = await directoryHolder(planFile.directory);
  const held = holder?.pid === undefined ? undefined : await identityOf(holder.pid);
  const recorded = run.up();
  const identity = held ?? (recorded !== undefined && (await isRunning(recorded)) ? recorded : undefined);
  return identity === undefined ? undefined : { name: "rollcall up", identity };
}

/** `up` by the name of the node that it embeds. */
async function named(up: Target, planFile: PlanFile): Promise<Target> {
  for (const node of planFile.current.nodes) {
    const holder = await directoryHolder(planFile.pathOf(node));
    if (holder?.pid === up.identity.pid) return { ...up, name: node.name };
  }
  return up;
}

/** Lets `up` stop its nodes, and ends what is left. Those that are still there afterwards. */
async function stopAll(up: Target | undefined, nodes: readonly Target[]): Promise<readonly Target[]> {
  const results: { readonly target: Target; readonly gone: boolean }[] = [];
  if (up !== undefined) results.push({ target: up, gone: await endProcess(up.identity, upMsMax) });
  const ended = await Promise.all(
    nodes.map(async (target) => ({ target, gone: await endProcess(target.identity, nodeMsMax) })),
  );
  return [...results, ...ended].filter(({ gone }) => !gone).map(({ target }) => target);
}
