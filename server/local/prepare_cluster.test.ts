import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formNode } from "../engine/form";
import type { FormOptions } from "../engine/types";
import { inspectDataDirectory, isOpenFault } from "../storage";
import { ownStretch } from "../testing/ports";
import { newNode } from "./plan";
import { PlanFile } from "./plan_file";
import { portOf } from "./ports";
import { type PreparedCluster, type PrepareOptions, prepareCluster } from "./prepare_cluster";

let root: string;
let directory: string;
let port: number;
let formed: FormOptions[];
let held: PreparedCluster[];
let listeners: Server[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "rollcall-prepare-"));
  directory = join(root, "data");
  formed = [];
  held = [];
  listeners = [];
  port = await ownStretch();
});

afterEach(async () => {
  for (const prepared of held) await prepared.lock.release();
  for (const server of listeners) await new Promise((resolve) => server.close(resolve));
  rmSync(root, { recursive: true, force: true });
});

async function attempt(more: Partial<PrepareOptions> = {}) {
  const prepared = await prepareCluster({
    directory,
    port: undefined,
    voters: undefined,
    without: [],
    form: (options) => {
      formed.push(options);
      return formNode(options);
    },
    now: () => 1_700_000_000_000,
    actor: "test",
    ...more,
  });
  if ("lock" in prepared) held.push(prepared);
  return prepared;
}

/** Prepares, and gives the directory free again at once. */
async function prepare(more: Partial<PrepareOptions> = {}): Promise<PreparedCluster> {
  const prepared = await attempt(more);
  if ("message" in prepared) throw new Error(prepared.message);
  await prepared.lock.release();
  return prepared;
}

async function refusal(more: Partial<PrepareOptions> = {}): Promise<string> {
  const prepared = await attempt(more);
  if (!("message" in prepared)) throw new Error("it was not refused");
  return prepared.message;
}

async function occupy(taken: number): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  listeners.push(server);
  await new Promise<void>((resolve) => server.listen(taken, "127.0.0.1", resolve));
}

test("a new cluster is planned before it is made, and made once", async () => {
  let plannedFirst = false;
  const first = await prepare({
    port,
    form: (options) => {
      plannedFirst = existsSync(join(directory, "plan.json"));
      formed.push(options);
      return formNode(options);
    },
  });
  expect(plannedFirst).toBe(true);
  expect(first.fresh).toBe(true);
  expect(first.host.id).toBe(1);
  expect(first.toStart.map((node) => node.id)).toEqual([2, 3]);
  expect(formed).toHaveLength(3);
  const again = await prepare();
  expect(again.fresh).toBe(false);
  expect(formed).toHaveLength(3);
  expect(again.planFile.current).toEqual(first.planFile.current);
});

test("every initial voter is formed alike, under its own id and uuid", async () => {
  const { planFile } = await prepare({ port });
  const starts = new Set(formed.map(({ start }) => JSON.stringify(start)));
  expect(starts.size).toBe(1);
  for (const node of planFile.current.nodes) {
    const manifest = inspectDataDirectory(planFile.pathOf(node));
    expect(manifest).toMatchObject({
      nodeId: node.id,
      uuid: node.uuid,
      clusterId: planFile.current.clusterId,
    });
  }
});

test("a crash between making a directory and marking it in the plan loses nothing", async () => {
  const { planFile } = await prepare({ port });
  planFile.update(2, { formed: false });
  const again = await prepare();
  expect(again.planFile.node(2)?.formed).toBe(true);
  const manifest = inspectDataDirectory(planFile.pathOf({ directory: "n2" }));
  expect(isOpenFault(manifest) ? "" : manifest.uuid).toBe(planFile.node(2)?.uuid);
});

test("a directory that was made and is gone is never made again", async () => {
  await prepare({ port });
  rmSync(join(directory, "n2"), { recursive: true });
  expect(await refusal()).toContain("n2 does not exist");
  expect(await refusal()).toContain("rollcall up --without n2");
  expect(existsSync(join(directory, "n2"))).toBe(false);
  expect(formed).toHaveLength(3);
});

test("without a lost node the others start, and the lowest of them serves the page at its old address", async () => {
  await prepare({ port });
  rmSync(join(directory, "n1"), { recursive: true });
  const { host, toStart, planFile } = await prepare({ without: ["n1"] });
  expect(host).toMatchObject({ id: 2, consolePort: port });
  expect(toStart.map((node) => node.id)).toEqual([3]);
  const ports = planFile.current.nodes.map((node) => node.consolePort);
  expect(new Set(ports).size).toBe(3);
  expect(await refusal({ without: ["n1", "n2", "n3"] })).toContain("No member of the cluster");
  expect(await refusal({ without: ["n2", "N1"] })).toBe(
    "--without N1: no node of that name is planned here; there is n1, n2, n3.",
  );
});

test("the directory of another cluster, or of another node, is refused", async () => {
  await prepare({ port });
  cpSync(join(directory, "n3"), join(root, "kept"), { recursive: true });
  rmSync(join(directory, "n3"), { recursive: true });
  cpSync(join(directory, "n2"), join(directory, "n3"), { recursive: true });
  expect(await refusal()).toContain("belongs to node 2, not to node 3");
  rmSync(join(directory, "n3"), { recursive: true });
  const other = await prepare({ directory: join(root, "other"), port });
  cpSync(join(other.planFile.directory, "n3"), join(directory, "n3"), { recursive: true });
  expect(await refusal()).toContain("belongs to cluster");
});

test("node data without a plan is not planned over", async () => {
  await prepare({ port });
  rmSync(join(directory, "plan.json"));
  expect(await refusal({ port })).toContain("no plan.json");
  expect(readdirSync(directory)).toContain("n1");
});

test("a damaged plan is refused and left as it is", async () => {
  await prepare({ port });
  const path = join(directory, "plan.json");
  const text = readFileSync(path, "utf8").slice(0, -30);
  writeFileSync(path, text);
  expect(await refusal()).toContain("is damaged");
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("the page's port in use is refused; a fresh plan steps over other taken ones", async () => {
  await occupy(port);
  expect(await refusal({ port })).toBe(
    `Port ${port} is in use by another program; stop that one, or choose another port with --port.`,
  );
  expect(existsSync(directory)).toBe(false);
  await occupy(port + 101);
  const { planFile } = await prepare({ port: port + 1 });
  expect(planFile.current.nodes.map((node) => portOf(node.address))).not.toContain(port + 101);
});

test("a planned port that somebody took meanwhile is refused before anything is started", async () => {
  const { planFile } = await prepare({ port });
  const node = planFile.node(2);
  const peer = portOf(node?.address ?? "");
  await occupy(peer);
  expect(await refusal()).toContain(`Port ${peer}, planned for n2's peers, is in use`);
  await occupy(node?.consolePort ?? 0);
  expect(await refusal()).toContain("planned for n2's console");
});

test("another --port moves the page and stays in the plan; one that is planned already is refused", async () => {
  const { planFile } = await prepare({ port });
  const other = planFile.node(2)?.consolePort ?? 0;
  expect(await refusal({ port: other })).toContain(`--port ${other} is planned for n2`);
  const moved = await prepare({ port: port + 5 });
  expect(moved.host.consolePort).toBe(port + 5);
  expect((await prepare()).planFile.current.port).toBe(port + 5);
});

test("--voters is for a new cluster", async () => {
  await prepare({ port, voters: 1 });
  expect(await refusal({ voters: 3 })).toContain("was made with 1 voters");
  expect((await prepare({ voters: 1 })).toStart).toEqual([]);
});

test("only one may have the directory; it says who", async () => {
  const first = await attempt({ port });
  expect("lock" in first).toBe(true);
  expect(await refusal()).toContain(`runs already from ${directory} (process ${process.pid})`);
});

test("a learner that was never made is forgotten; one that may have been added waits", async () => {
  const { planFile } = await prepare({ port });
  planFile.add(newNode(4, "n4", `127.0.0.1:${port + 107}`, port + 7));
  planFile.add({ ...newNode(5, "n5", `127.0.0.1:${port + 108}`, port + 8), formed: true });
  const { clusterId, secret } = planFile.current;
  const learner = planFile.node(5);
  if (learner === undefined) throw new Error("not planned");
  const { id, name, address, uuid } = learner;
  const start = { kind: "join", contacts: [] } as const;
  await formNode({ dataDir: planFile.pathOf(learner), clusterId, secret, id, name, address, uuid, start });
  const again = await prepare();
  expect(again.planFile.node(4)).toBeUndefined();
  expect(again.toStart.map((node) => node.id)).toEqual([2, 3]);
  again.planFile.update(5, { seenAt: 9 });
  expect((await prepare()).toStart.map((node) => node.id)).toEqual([2, 3, 5]);
});

test("a removed node is not started, and the page goes to the next one", async () => {
  const { planFile } = await prepare({ port });
  planFile.update(1, { removed: true });
  const { host, toStart } = await prepare();
  expect(host).toMatchObject({ id: 2, consolePort: port });
  expect(toStart.map((node) => node.id)).toEqual([3]);
  const reloaded = PlanFile.load(directory);
  expect(reloaded instanceof PlanFile && reloaded.current.port).toBe(port);
});
