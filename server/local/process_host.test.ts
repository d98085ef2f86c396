import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { statusOf, voters } from "../../protocol/testing/status_fixture";
import { systemTimers } from "../clusters/timers";
import type { FormOptions, StartFault } from "../engine/types";
import { createDataDirectory } from "../storage";
import { ownStretch } from "../testing/ports";
import { launchDetached } from "./launch";
import { newPlan, type PlannedNode } from "./plan";
import { PlanFile } from "./plan_file";
import { pickPorts } from "./ports";
import { identityOf, isRunning } from "./process_facts";
import { LocalProcessHost, type ProcessHostOptions } from "./process_host";
import { RunFile } from "./run_file";

/** A small process with the console of a node: it answers /livez as the node it was told to be. */
const console_ = `
const [port, identity] = process.argv.slice(1);
process.on("SIGTERM", () => process.exit(0));
require("node:http").createServer((_, response) => response.end(identity.replace("PID", process.pid)))
  .listen(Number(port), "127.0.0.1");
`;

let directory: string;
let planFile: PlanFile;
let hosts: LocalProcessHost[];
let formed: FormOptions[];
let uuidOf: (node: PlannedNode) => string;
let formFault: StartFault | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-host-"));
  hosts = [];
  formed = [];
  formFault = undefined;
  uuidOf = (planned) => planned.uuid;
  const base = await ownStretch();
  const ports = await pickPorts(base, 3);
  if (ports === undefined) throw new Error(`port ${base} is taken`);
  const created = PlanFile.create(directory, newPlan(ports, 0));
  if (!(created instanceof PlanFile)) throw new Error(created.message);
  planFile = created;
  for (const planned of planFile.current.nodes) await makeData(planned);
});

afterEach(async () => {
  for (const host of hosts) {
    await host.table.killAll();
    await host.stopAll(100);
    host.close();
  }
  rmSync(directory, { recursive: true, force: true });
});

/** The storage of a node, as an engine would make it. */
async function makeData(of: {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
}): Promise<void> {
  const { clusterId } = planFile.current;
  const confState = { voters: [1], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  const fault = await createDataDirectory(join(directory, `n${of.id}`), {
    manifest: { clusterId, nodeId: of.id, uuid: of.uuid, name: of.name },
    snapshot: { metadata: { index: 1, term: 1, confState }, data: new Uint8Array() },
    files: new Map(),
  });
  if (fault !== undefined) throw new Error(fault.message);
}

function host(more: Partial<ProcessHostOptions> = {}): LocalProcessHost {
  const made = new LocalProcessHost({
    planFile,
    run: new RunFile(directory),
    self: 1,
    restart: false,
    launch: (planned) => {
      const identity = {
        ok: true,
        pid: "PID",
        clusterId: planFile.current.clusterId,
        nodeId: String(planned.id),
        uuid: uuidOf(planned),
      };
      const text = JSON.stringify(identity).replace('"PID"', "PID");
      const command = { program: process.execPath, words: ["-e", console_] };
      return launchDetached(command, [String(planned.consolePort), text], join(directory, "log"));
    },
    timers: systemTimers,
    log: () => {},
    form: async (options) => {
      formed.push(options);
      if (formFault === undefined) await makeData(options);
      return formFault;
    },
    status: () => undefined,
    propose: async () => ({ kind: "applied", index: 1 }),
    ...more,
  });
  hosts.push(made);
  return made;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

function node(id: number): PlannedNode {
  const found = planFile.node(id);
  if (found === undefined) throw new Error(`no node ${id}`);
  return found;
}

async function until(made: LocalProcessHost, id: string, state: string): Promise<void> {
  const receiver = made.watch();
  for (;;) {
    const row = receiver.borrowAndUpdate().processes.find((process) => process.id === id);
    if (row?.state === state) break;
    await made.table.poll();
    await pause();
  }
  receiver.close();
}

test("the page's own process stands in the table and cannot be stopped from it", async () => {
  const made = host();
  const [row] = made.watch().borrow().processes;
  expect(row).toMatchObject({ id: "1", state: "running", pid: process.pid, servesPage: true, member: true });
  const refusal = await made.act("1", "kill", true);
  expect(refusal?.code).toBe("process-state");
  expect(refusal?.detail).toContain(`kill ${process.pid}`);
  expect((await made.act("9", "stop", true))?.code).toBe("not-found");
});

test("every state and pid shows in the frames, through kill and start", async () => {
  const made = host();
  await made.start(2);
  await until(made, "2", "running");
  expect(await made.act("2", "freeze", false)).toBeUndefined();
  await until(made, "2", "frozen");
  expect(await made.act("2", "thaw", false)).toBeUndefined();
  expect(await made.act("2", "kill", false)).toBeUndefined();
  await until(made, "2", "exited");
  expect(await made.act("2", "start", false)).toBeUndefined();
  await until(made, "2", "running");
  expect(await made.act("2", "stop", false)).toBeUndefined();
  await until(made, "2", "exited");
});

test("a console that answers as another node is not taken for it", async () => {
  uuidOf = () => "another";
  const made = host();
  await made.start(2);
  const receiver = made.watch();
  for (let at = 0; at < 40; at += 1) {
    await made.table.poll();
    await pause();
  }
  expect(receiver.borrow().processes.find((row) => row.id === "2")?.state).toBe("starting");
});

test("a node whose directory is lost is not started", async () => {
  const made = host();
  rmSync(join(directory, "n2"), { recursive: true });
  const refusal = await made.start(2);
  expect(refusal?.code).toBe("start-failed");
  expect(refusal?.detail).toContain("remove node 2 from the cluster and add a new node with a new id");
});

test("all processes end at the same time, and none is left", async () => {
  const made = host();
  await made.start(2);
  await made.start(3);
  await until(made, "2", "running");
  await until(made, "3", "running");
  await made.act("3", "freeze", true);
  const run = new RunFile(directory);
  const identities = [run.node(2), run.node(3)];
  await made.stopAll(5000);
  for (const identity of identities)
    expect(identity !== undefined && (await isRunning(identity))).toBe(false);
});

test("an exited process is started again if that was asked for, but not after a stop", async () => {
  const after = (_: number, call: () => void) => systemTimers.after(1, call);
  const made = host({ restart: true, timers: { ...systemTimers, after } });
  await made.start(2);
  await until(made, "2", "running");
  const first = made.table.of(node(2)).pid;
  await made.act("2", "kill", false);
  while ([null, first].includes(made.table.of(node(2)).pid)) await pause();
  await until(made, "2", "running");
  // The hasty clock above would turn the grace of a stop into a kill.
  const patient = host({ restart: true });
  const identity = new RunFile(directory).node(2);
  if (identity === undefined) throw new Error("not recorded");
  made.close();
  patient.adopt(2, identity, true);
  await patient.act("2", "stop", false);
  await until(patient, "2", "exited");
  expect(await isRunning(identity)).toBe(false);
});

test("a learner is formed with the members it may meet, started, and answers before it is proposed", async () => {
  const made = host();
  const prepared = await made.prepareLearner({ id: "4", name: "blue", address: undefined });
  if ("code" in prepared) throw new Error(prepared.detail);
  expect(prepared.address).toBe(planFile.node(4)?.address);
  expect(formed[0]?.start).toMatchObject({
    kind: "join",
    contacts: planFile.current.nodes.slice(0, 3).map(({ id, address }) => ({ id, address })),
  });
  const row = made
    .watch()
    .borrow()
    .processes.find((process) => process.id === "4");
  expect(row).toMatchObject({ name: "blue", state: "running", member: true });
  prepared.keep();
  expect(planFile.node(4)?.formed).toBe(true);
});

test("a learner that was refused leaves nothing behind", async () => {
  const made = host();
  const prepared = await made.prepareLearner({ id: "4", name: "n4", address: undefined });
  if ("code" in prepared) throw new Error(prepared.detail);
  const identity = new RunFile(directory).node(4);
  await prepared.discard();
  expect(identity !== undefined && (await isRunning(identity))).toBe(false);
  expect(planFile.node(4)).toBeUndefined();
  expect(readdirSync(directory)).not.toContain("n4");
  expect(
    made
      .watch()
      .borrow()
      .processes.map((row) => row.id),
  ).toEqual(["1"]);
});

test("a learner that cannot be formed or whose wishes cannot be met is a problem that names the field", async () => {
  const made = host();
  const taken = planFile.current.nodes[0]?.consolePort ?? 0;
  const wishes = [
    { id: "0", name: "n0", address: undefined },
    { id: "2", name: "n2", address: undefined },
    { id: "4", name: "n4", address: "10.0.0.1:7503" },
  ];
  const problems = [];
  for (const wish of wishes) problems.push(await made.prepareLearner(wish));
  expect(problems.map((found) => "code" in found && found.field)).toEqual(["id", "id", "address"]);
  formFault = { kind: "io", message: "the disk is full." };
  const failed = await made.prepareLearner({ id: "4", name: "n4", address: undefined });
  expect("code" in failed && failed.detail).toContain("the disk is full.");
  expect(planFile.node(4)).toBeUndefined();
  expect(taken).toBeGreaterThan(0);
});

test("a removed member's process ends, its data is set aside, its id is not started again", async () => {
  const made = host();
  await made.start(3);
  await until(made, "3", "running");
  const identity = new RunFile(directory).node(3);
  await made.retire("3");
  expect(identity !== undefined && (await isRunning(identity))).toBe(false);
  expect(readdirSync(directory)).not.toContain("n3");
  expect(readdirSync(join(directory, "removed"))[0]).toMatch(/^n3-\d{8}T\d{6}Z$/);
  expect(planFile.node(3)?.removed).toBe(true);
  await made.retire("99");
});

test("membership tells who is no longer a member; an older view does not", async () => {
  const made = host();
  await made.start(3);
  made.observe({ members: ["1", "2"], learners: [], committedIndex: 1 });
  expect(planFile.node(3)?.removed).toBe(false);
  made.observe({ members: ["1", "2"], learners: [], committedIndex: 7 });
  expect(planFile.node(3)?.removed).toBe(true);
  const row = made
    .watch()
    .borrow()
    .processes.find((process) => process.id === "3");
  expect(row?.member).toBe(false);
  await made.act("3", "kill", true);
  await until(made, "3", "exited");
  expect((await made.act("3", "start", true))?.detail).toContain("was removed from the cluster");
});

/** A disk that is full until the result is called. */
function fillDisk(): () => void {
  planFile.save = () => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  return () => {
    planFile.save = PlanFile.prototype.save;
  };
}

test("a plan that cannot be written ends nothing: it is told once, and written as soon as it can be", async () => {
  const told: string[] = [];
  const made = host({ log: (level, text) => void told.push(`${level}: ${text}`) });
  await made.start(3);
  const free = fillDisk();
  made.observe({ members: ["1", "2"], learners: [], committedIndex: 7 });
  made.observe({ members: ["1", "2"], learners: [], committedIndex: 8 });
  expect(planFile.node(3)?.removed).toBe(false);
  free();
  const receiver = made.watch();
  while (receiver.borrowAndUpdate().processes.find(({ id }) => id === "3")?.member !== false) {
    await receiver.changed();
  }
  receiver.close();
  expect(planFile.node(3)?.removed).toBe(true);
  expect(told.filter((line) => line.startsWith("error"))).toEqual([
    `error: The plan in ${directory} cannot be written: no space is left on the device; it is tried again until it can.`,
  ]);
});

test("a learner that a full disk has no room for is refused with that reason", async () => {
  const made = host();
  const free = fillDisk();
  const refused = await made.prepareLearner({ id: "4", name: "n4", address: undefined });
  free();
  expect(refused).toMatchObject({
    code: "start-failed",
    detail: "n4 did not start here: no space is left on the device",
  });
});

test("the own node's removal shows and is planned, though its view never says so", async () => {
  const removed = { id: "1", name: "n1", standing: "removed", index: 7 } as const;
  const made = host({ status: () => statusOf(voters(3), { self: removed }) });
  const receiver = made.watch();
  while (receiver.borrowAndUpdate().processes.find(({ id }) => id === "1")?.member !== false) await pause();
  receiver.close();
  expect(planFile.node(1)?.removed).toBe(true);
});

test("an adopted process is shown with its pid and can be ended", async () => {
  const first = host();
  await first.start(2);
  await until(first, "2", "running");
  const identity = new RunFile(directory).node(2);
  if (identity === undefined) throw new Error("not recorded");
  const second = host();
  second.adopt(2, identity, true);
  expect(
    second
      .watch()
      .borrow()
      .processes.find((row) => row.id === "2")?.pid,
  ).toBe(identity.pid);
  expect(await identityOf(identity.pid)).toEqual(identity);
  await second.stopAll(5000);
  expect(await isRunning(identity)).toBe(false);
});
