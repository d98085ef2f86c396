import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ownStretch } from "../testing/ports";
import { exists, type Run, until, Workplace } from "./testing/command";

let place: Workplace;
let port: number;

beforeAll(Workplace.prepare);

beforeEach(async () => {
  place = new Workplace();
  port = await ownStretch();
});

afterEach(() => place.cleanUp());

async function json(
  ...words: readonly string[]
): Promise<{ readonly code: number | string; readonly body: Record<string, unknown> }> {
  const { code, out } = await place.run([...words, "--json"]);
  // Nothing is printed where no console answered in time.
  return { code, body: out === "" ? {} : JSON.parse(out) };
}

/** Repeats a change that waits for the learner to catch up. */
async function untilDone(...words: readonly string[]): Promise<void> {
  await until(async () => (await place.run(words)).code === 0);
}

interface Snapshot {
  readonly members: string[];
  readonly learners: string[];
  readonly committedIndex: number;
}

interface Shown {
  readonly membership: { readonly snapshot: Snapshot };
  readonly status: { readonly leadership: { readonly id: string } };
}

/** What a console says, once one answers: on a busy machine none may within the time the command gives it. */
async function shown(...flags: readonly string[]): Promise<Shown> {
  for (;;) {
    const { code, out } = await place.run(["members", ...flags, "--json"]);
    if (code === 0) return JSON.parse(out);
  }
}

async function snapshot(...flags: readonly string[]): Promise<Snapshot> {
  return (await shown(...flags)).membership.snapshot;
}

test("from a shell: add, promote, transfer, demote, remove; watched all the while", async () => {
  const up = place.start(["up", "--port", String(port)]);
  await up.says("Rollcall:");
  await untilDone("members");
  const watch = place.start(["watch", "--json"]);
  await watch.says('"type":"membership"');
  await until(async () => (await json("add-learner", "--here")).code === 0);
  await untilDone("promote", "n4");
  expect((await snapshot()).members).toEqual(["1", "2", "3", "4"]);
  await untilDone("transfer", "n4");
  // The console that is asked may know of it a moment later than the one that made it so.
  await until(async () => (await shown()).status.leadership.id === "4");
  await untilDone("transfer", "1");
  await untilDone("demote", "n4");
  const removed = await place.run(["remove", "n4", "--stop-process"]);
  expect(removed.out).toMatch(/^Applied at index \d+\. n4 is removed; its id is retired\.\n$/);
  expect(removed.err).toMatch(/^Fence: [0-9a-f]+:\d+, read now\.\n$/);
  await until(
    () => existsSync(place.path(".rollcall", "removed")) && !existsSync(place.path(".rollcall", "n4")),
  );
  await watch.says('"kind":"left","id":"4"');
  const kinds = watch
    .out()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter((line) => line.type === "membership")
    .flatMap((line) => line.diff.map((diff: { kind: string; id: string }) => `${diff.kind} ${diff.id}`));
  expect(kinds).toEqual([
    "joined-voter 1",
    "joined-voter 2",
    "joined-voter 3",
    "joined-learner 4",
    "promoted 4",
    "demoted 4",
    "left 4",
  ]);
});

test("refusals exit with 1, name their reason, and change nothing", async () => {
  const up = place.start(["up", "--port", String(port)]);
  await up.says("Rollcall:");
  await until(async () => (await json("add-learner", "--here")).code === 0);
  await untilDone("remove", "n4", "--stop-process");
  const before = await snapshot();
  const cases: [readonly string[], string][] = [
    [["add-learner", "--here", "--id", "4"], "id-retired"],
    [["add-learner", "--address", "127.0.0.1:9", "--id", "2"], "already-member"],
    [["add-learner", "--address", `127.0.0.1:${port + 101}`], "address-taken"],
    [["promote", "77"], "not-a-member"],
    [["promote", "n2"], "not-a-learner"],
    [["remove", "nobody"], "not-a-member"],
    [["promote", "n2", "--if-match", "0:1"], "fence-lost"],
  ];
  for (const [words, code] of cases) {
    const refused = await json(...words);
    expect([words, refused.code, refused.body.code]).toEqual([words, 1, code]);
  }
  expect(await snapshot()).toEqual(before);
});

test("three nodes bootstrapped from files, one that joins with a token, and a leader killed", async () => {
  const voters = [100, 101, 102].map((above) => `127.0.0.1:${port + above}`).join(",");
  expect((await place.run(["plan", "--voters", voters, "--out", "boot"])).code).toBe(0);
  const secret: string = JSON.parse(readFileSync(place.path("boot", "n1.json"), "utf8")).secret;
  const nodes: Run[] = [1, 2, 3].map((id) =>
    place.start([
      "node",
      "--data-dir",
      `n${id}`,
      "--bootstrap",
      `boot/n${id}.json`,
      "--port",
      String(port + id - 1),
      "--json",
    ]),
  );
  for (const node of nodes) await node.says('"event":"ready"');
  for (const id of [1, 2, 3]) expect(existsSync(place.path("boot", `n${id}.json`))).toBe(false);
  const console = ["--console", `http://127.0.0.1:${port}`];
  const address = `127.0.0.1:${port + 103}`;
  let learner: { command: string; id: string } | undefined;
  await until(async () => {
    const added = await json("add-learner", "--address", address, ...console);
    learner = added.body.learner as typeof learner;
    return added.code === 0;
  });
  const token = /ROLLCALL_JOIN_TOKEN=(\S+) /.exec(learner?.command ?? "")?.[1] ?? "";
  const words = ["node", "--data-dir", "n4", "--join", `127.0.0.1:${port + 100}`, "--listen", address];
  const withoutToken = await place.run(words);
  expect(withoutToken.code).toBe(1);
  expect(withoutToken.err).toContain("ROLLCALL_JOIN_TOKEN");
  const fourth = place.start([...words, "--port", String(port + 3)], { ROLLCALL_JOIN_TOKEN: token });
  await fourth.says("n4 of cluster");
  await untilDone("promote", "n4", ...console);
  const leader = Number((await shown(...console)).status.leadership.id);
  const victim = leader === 4 ? fourth : nodes[leader - 1];
  process.kill(victim?.pid ?? 0, "SIGKILL");
  await victim?.ended;
  const other = ["--console", `http://127.0.0.1:${port + (leader === 1 ? 1 : 0)}`];
  await untilDone("remove", String(leader), "--timeout", "5", ...other);
  expect((await snapshot(...other)).members).toHaveLength(3);
  const said = [...nodes, fourth].map((run) => run.out() + run.err()).join("");
  expect(said).not.toContain(secret);
  expect(said).not.toContain(token.split(".").at(-1));
  for (const run of [...nodes, fourth]) if (await exists(run.pid)) process.kill(run.pid, "SIGTERM");
  for (const run of [...nodes, fourth]) if (run !== victim) expect(await run.ended).toBe(0);
});

test("a bootstrapped node that lost its directory is not made again; a node's port in use is a sentence", async () => {
  const address = `127.0.0.1:${port + 100}`;
  const words = [
    "node",
    "--data-dir",
    "solo",
    "--bootstrap-single",
    "--listen",
    address,
    "--port",
    String(port),
  ];
  const solo = place.start(words);
  await solo.says("of cluster");
  const again = await place.run(["node", "--data-dir", "solo", "--port", String(port + 1)]);
  expect([again.code, again.out]).toEqual([1, ""]);
  expect(again.err).toContain(`in use by process ${solo.pid}`);
  process.kill(solo.pid, "SIGTERM");
  expect(await solo.ended).toBe(0);
  const missing = await place.run(["node", "--data-dir", "gone"]);
  expect(missing.code).toBe(1);
  expect(missing.err).toContain("gone does not exist");
  const open = await place.run(["node", "--data-dir", "solo", "--host", "0.0.0.0"]);
  expect(open.code).toBe(1);
  expect(open.err).toContain("credentials");
});
