import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemTimers } from "../clusters/timers";
import { launchDetached } from "./launch";
import { lastLine } from "./log_file";
import { NodeProcess, type NodeProcessOptions } from "./node_process";
import { identityOf, isRunning, type ProcessIdentity, signalProcess, waitForExit } from "./process_facts";

const obedient = "setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(0))";
const stubborn = "setInterval(() => {}, 1000); process.on('SIGTERM', () => {}); console.log('deaf')";
const broken = "console.error('the disk is gone'); process.exit(3)";

let directory: string;
let logPath: string;
const started: ProcessIdentity[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-process-"));
  logPath = join(directory, "log");
});

afterEach(async () => {
  for (const identity of started.splice(0)) await signalProcess(identity, "SIGKILL");
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function make(script: string, more: Partial<NodeProcessOptions> = {}): NodeProcess {
  const command = { program: process.execPath, words: [] };
  return new NodeProcess({
    name: "n2",
    launch: () => launchDetached(command, ["-e", script], logPath),
    answers: async () => true,
    lastWords: () => lastLine(logPath),
    timers: systemTimers,
    onStarted: (identity) => started.push(identity),
    onChange: () => {},
    onExit: () => {},
    ...more,
  });
}

async function until(node: NodeProcess, state: NodeProcess["state"]): Promise<void> {
  while (node.state !== state) {
    await node.poll();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function written(text: string): Promise<void> {
  while (lastLine(logPath) !== text) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("a started process is starting until its node answers, then running", async () => {
  let answers = false;
  const node = make(obedient, { answers: async () => answers });
  expect(await node.start()).toBeUndefined();
  await node.poll();
  expect(node.state).toBe("starting");
  answers = true;
  await node.poll();
  expect(node.state).toBe("running");
  expect(node.pid).toBe(started[0]?.pid);
  expect((await node.start())?.code).toBe("process-state");
});

test("it is in a session of its own, so the end of its starter's group does not reach it", async () => {
  const node = make(obedient);
  await node.start();
  expect(() => process.kill(-(node.pid ?? 0), 0)).not.toThrow();
});

test("a killed process is exited with the signal's name, and can be started again", async () => {
  const exits: (number | null)[] = [];
  const node = make(obedient, { onExit: (asked, code) => exits.push(asked ? -1 : code) });
  await node.start();
  await until(node, "running");
  const first = node.pid;
  await node.kill();
  await until(node, "exited");
  expect(node.exit).toBe("SIGKILL");
  expect(node.pid).toBeNull();
  expect(exits).toEqual([null]);
  expect(await node.start()).toBeUndefined();
  await until(node, "running");
  expect(node.pid).not.toBe(first);
  expect(node.exit).toBeNull();
});

test("a process that fails says its last words", async () => {
  const node = make(broken, { answers: async () => false });
  await node.start();
  await until(node, "exited");
  expect(node.exit).toBe("code 3: the disk is gone");
});

test("frozen and thawed, by its owner or from outside, it goes back to running", async () => {
  const node = make(obedient);
  await node.start();
  await until(node, "running");
  await node.freeze();
  expect(node.state).toBe("frozen");
  await node.thaw();
  expect(node.state).toBe("running");
  process.kill(node.pid ?? 0, "SIGSTOP");
  await until(node, "frozen");
  process.kill(node.pid ?? 0, "SIGCONT");
  await until(node, "running");
  expect((await node.thaw())?.code).toBe("process-state");
});

test("a frozen process still ends when it is asked to stop", async () => {
  const node = make(`${obedient}; console.log('ready')`);
  await node.start();
  await written("ready");
  await until(node, "running");
  await node.freeze();
  await node.stop();
  expect(node.state).toBe("stopping");
  await until(node, "exited");
  expect(node.exit).toBe("code 0");
});

test("a process that does not obey is killed after the grace", async () => {
  const node = make(stubborn);
  await node.start();
  await written("deaf");
  await until(node, "running");
  await node.stop(50);
  await until(node, "exited");
  expect(node.exit).toBe("SIGKILL");
});

test("an adopted process that is nobody's child is seen to end, without words about how", async () => {
  const child = spawn(process.execPath, ["-e", obedient], { stdio: "ignore" });
  children.push(child);
  const identity = await identityOf(child.pid ?? 0);
  if (identity === undefined) throw new Error("it did not start");
  const node = make(obedient);
  node.adopt(identity, true);
  expect(node.state).toBe("running");
  child.kill("SIGKILL");
  await until(node, "exited");
  expect(node.exit).toBeNull();
});

test("how an adopted process ended is known if it was killed from here", async () => {
  const child = spawn(process.execPath, ["-e", obedient], { stdio: "ignore" });
  children.push(child);
  const identity = await identityOf(child.pid ?? 0);
  if (identity === undefined) throw new Error("it did not start");
  const node = make(obedient);
  node.adopt(identity, true);
  await node.kill();
  await until(node, "exited");
  expect(node.exit).toBe("SIGKILL");
});

test("a pid that belongs to another process by now is never signalled", async () => {
  const child = spawn(process.execPath, ["-e", obedient], { stdio: "ignore" });
  children.push(child);
  const identity = await identityOf(child.pid ?? 0);
  if (identity === undefined) throw new Error("it did not start");
  const recycled = { pid: identity.pid, born: `${identity.born}0` };
  expect(await signalProcess(recycled, "SIGKILL")).toBe(false);
  const node = make(obedient);
  node.adopt(recycled, true);
  await node.kill();
  await node.poll();
  expect(node.state).toBe("exited");
  expect(await isRunning(identity)).toBe(true);
  child.kill("SIGKILL");
  expect(await waitForExit(identity, 10_000)).toBe(true);
});

test("what cannot be started is a sentence", async () => {
  const node = make("", { launch: () => "cannot write /nowhere" });
  expect((await node.start())?.detail).toBe("n2 did not start: cannot write /nowhere");
  expect(node.state).toBe("exited");
  expect(node.exit).toBe("cannot write /nowhere");
});
