import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ownPort, ownStretch } from "../testing/ports";
import { exists, type Run, until, Workplace } from "./testing/command";

let place: Workplace;
let port: number;

beforeAll(Workplace.prepare);

beforeEach(async () => {
  place = new Workplace();
  port = await ownStretch();
});

afterEach(() => place.cleanUp());

interface Ready {
  readonly url: string;
  readonly nodes: readonly { readonly name: string; readonly pid: number; readonly adopted: boolean }[];
}

async function up(...flags: readonly string[]): Promise<{ readonly run: Run; readonly ready: Ready }> {
  const run = place.start(["up", "--json", ...flags]);
  await run.says("\n");
  return { run, ready: JSON.parse(run.out()) };
}

interface Members {
  readonly membership: {
    readonly snapshot: {
      readonly members: string[];
      readonly learners: string[];
      readonly committedIndex: number;
    };
  };
  readonly status: {
    readonly leadership: { readonly id: string | null };
    readonly members: readonly { readonly id: string; readonly health: { readonly state: string } }[];
  };
}

/** What a console says, once one answers: on a busy machine none may for seconds. */
async function members(...flags: readonly string[]): Promise<Members> {
  return JSON.parse(await untilDone("members", "--json", ...flags));
}

/** Repeats a command until it is done; what it printed then. */
async function untilDone(...words: readonly string[]): Promise<string> {
  for (;;) {
    const { code, out } = await place.run(words);
    if (code === 0) return out;
  }
}

/** Waits until there is a leader and all of `healthy` voters are healthy. */
async function untilHealthy(healthy: number): Promise<Members> {
  let last = await members();
  await until(async () => {
    last = await members();
    const count = last.status.members.filter((member) => member.health.state === "healthy").length;
    return last.status.leadership.id !== null && count >= healthy;
  });
  return last;
}

test("an empty folder becomes three voters in three processes; SIGINT ends all of them with code 0", async () => {
  const run = place.start(["up", "--port", String(port)]);
  await run.says("Ctrl-C stops all three");
  const [first, second] = run.out().split("\n");
  expect(first).toMatch(
    /^n1 pid \d+ {2}n2 pid \d+ {2}n3 pid \d+ - (leader n[123], term \d+|electing a leader)$/,
  );
  expect(second).toBe(`Rollcall: http://127.0.0.1:${port}   (Ctrl-C stops all three)`);
  const pids = [...run.out().matchAll(/pid (\d+)/g)].map((match) => Number(match[1]));
  expect(new Set(pids).size).toBe(3);
  expect(pids[0]).toBe(run.pid);
  expect((await members()).membership.snapshot.members).toEqual(["1", "2", "3"]);
  expect(statSync(place.path(".rollcall", "plan.json")).mode & 0o777).toBe(0o600);
  process.kill(run.pid, "SIGINT");
  expect(await run.ended).toBe(0);
  for (const pid of pids) expect(await exists(pid)).toBe(false);
});

test("the next start finds the same members at the same index, with the learner that was added here", async () => {
  const first = await up("--port", String(port));
  await untilHealthy(3);
  expect(await untilDone("add-learner", "--here", "--name", "blue")).toContain("blue is a learner.");
  const before = (await members()).membership.snapshot;
  expect(before.learners).toHaveLength(1);
  expect((await place.run(["down"])).code).toBe(0);
  expect(await first.run.ended).toBe(0);
  const second = await up();
  expect(second.ready.nodes.map((node) => node.name)).toEqual(["n1", "n2", "n3", "blue"]);
  expect((await untilHealthy(4)).membership.snapshot).toEqual(before);
});

test("SIGKILL of the whole group of `up` leaves the other nodes; the next `up` takes them over, `down` ends all", async () => {
  const first = await up("--port", String(port));
  const others = first.ready.nodes.slice(1).map((node) => node.pid);
  process.kill(-first.run.pid, "SIGKILL");
  expect(await first.run.ended).toBe("SIGKILL");
  for (const pid of others) expect(await exists(pid)).toBe(true);
  await until(async () => ["2", "3"].includes((await members()).status.leadership.id ?? ""));
  const second = await up();
  expect(second.ready.nodes.slice(1).map((node) => node.pid)).toEqual(others);
  expect(second.ready.nodes.map((node) => node.adopted)).toEqual([false, true, true]);
  await untilHealthy(3);
  const down = await place.run(["down", "--json"]);
  expect(down.code).toBe(0);
  const stopped: { stopped: { name: string }[] } = JSON.parse(down.out);
  expect(stopped.stopped.map((one) => one.name).sort()).toEqual(["n1", "n2", "n3"]);
  expect(await second.run.ended).toBe(0);
  for (const pid of others) expect(await exists(pid)).toBe(false);
});

test("`down` ends nodes whose `up` is gone, a frozen one too; a second `down` has nothing to do", async () => {
  const { run, ready } = await up("--port", String(port));
  process.kill(run.pid, "SIGKILL");
  await run.ended;
  const others = ready.nodes.slice(1).map((node) => node.pid);
  process.kill(others[0] ?? 0, "SIGSTOP");
  const down = await place.run(["down"]);
  expect(down.out).toContain("n2");
  expect(down.code).toBe(0);
  for (const pid of others) expect(await exists(pid)).toBe(false);
  const again = await place.run(["down"]);
  expect([again.code, again.out]).toEqual([0, `Nothing runs from ${place.path(".rollcall")}.\n`]);
});

test("a second `up` of the same directory, and one on a port in use, are refused and disturb nothing", async () => {
  const { run, ready } = await up("--port", String(port));
  const second = await place.run(["up"]);
  expect(second.code).toBe(1);
  expect(second.err).toContain(`process ${run.pid}, its page is ${ready.url}`);
  const elsewhere = await place.run(["up", "--data-dir", "other", "--port", String(port)]);
  expect([elsewhere.code, elsewhere.out]).toEqual([1, ""]);
  expect(elsewhere.err).toContain(`Port ${port} is in use by another program`);
  const server = createServer();
  const taken = await ownPort();
  await new Promise<void>((resolve) => server.listen(taken, "127.0.0.1", resolve));
  const foreign = await place.run(["up", "--data-dir", "other", "--port", String(taken)]);
  server.close();
  expect(foreign.code).toBe(1);
  for (const { pid } of ready.nodes) expect(await exists(pid)).toBe(true);
});

test("a lost directory is refused in a sentence; without it the others start, and it can be replaced", async () => {
  const first = await up("--port", String(port));
  await untilHealthy(3);
  process.kill(first.run.pid, "SIGTERM");
  expect(await first.run.ended).toBe(0);
  renameSync(place.path(".rollcall", "n2"), place.path("lost"));
  const refused = await place.run(["up"]);
  expect(refused.code).toBe(1);
  expect(refused.err.trim().split("\n")).toHaveLength(1);
  expect(refused.err).toContain("rollcall up --without n2");
  await up("--without", "n2");
  await untilHealthy(2);
  await untilDone("remove", "n2");
  await untilDone("add-learner", "--here");
  const { snapshot } = (await members()).membership;
  expect(snapshot.members).toEqual(["1", "3"]);
  expect(snapshot.learners).toHaveLength(1);
});

test("a node whose log is damaged stops the start with its own sentence, and nothing is left running", async () => {
  const first = await up("--port", String(port));
  await untilHealthy(3);
  process.kill(first.run.pid, "SIGTERM");
  await first.run.ended;
  const log = place.path(".rollcall", "n2", "raft", "0000000001.log");
  const bytes = readFileSync(log);
  bytes.fill(0xff, 280, 290);
  writeFileSync(log, bytes);
  const refused = await place.run(["up"]);
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(/^n2 did not start\. .*0000000001\.log is damaged.*--without n2\n$/);
  expect((await place.run(["down"])).out).toContain("Nothing runs");
  truncateSync(place.path(".rollcall", "plan.json"), 50);
  const damaged = await place.run(["up"]);
  expect([damaged.code, damaged.out]).toEqual([1, ""]);
  expect(damaged.err).toContain("plan.json is damaged");
  rmSync(place.path(".rollcall", "plan.json"));
  expect((await place.run(["up"])).err).toContain("no plan.json");
});

test("variables stand for the flags of `up` and `down`, and are not taken for those of the other nodes", async () => {
  const env = {
    ROLLCALL_DATA_DIR: place.path("there"),
    ROLLCALL_PORT: String(port),
    ROLLCALL_HOST: "0.0.0.0",
  };
  const run = place.start(["up", "--json"], env);
  await run.says("\n");
  const down = await place.run(["down"], env);
  expect([down.code, down.err]).toEqual([0, ""]);
  expect(await run.ended).toBe(0);
});

test("Ctrl-C while the nodes start ends them, and is no fault", async () => {
  const run = place.start(["up", "--port", String(port)]);
  await until(() => {
    try {
      return readFileSync(place.path(".rollcall", "run.json"), "utf8").includes('"2"');
    } catch {
      return false;
    }
  });
  process.kill(run.pid, "SIGINT");
  expect([await run.ended, run.err()]).toEqual([0, expect.stringMatching(/^Stopping all nodes \.\.\.\n/)]);
  expect(run.err()).not.toContain("did not start");
  expect((await place.run(["down"])).out).toContain("Nothing runs");
});
