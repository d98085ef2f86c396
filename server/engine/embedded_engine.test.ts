import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownPort } from "../testing/ports";
import { EmbeddedEngine, formNode, redeemJoinToken } from "./index";
import type { ChangeOutcome, EngineConfig, MemberRecord, MembershipSnapshot, StartFault } from "./types";

/** The engine over real files and sockets. Every wait is for a condition. */

let root: string;
const running = new Set<EmbeddedEngine>();
/** For what shall be done, however busy the machine is. */
const patient = { timeoutMs: 120_000 };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "rollcall-engine-"));
});

afterEach(async () => {
  await Promise.all([...running].map((engine) => engine.stop()));
  running.clear();
  await rm(root, { recursive: true, force: true });
});

function started(result: EmbeddedEngine | StartFault): EmbeddedEngine {
  if (!(result instanceof EmbeddedEngine)) throw new Error(result.message);
  running.add(result);
  return result;
}

async function start(id: number, config: Partial<EngineConfig> = {}): Promise<EmbeddedEngine> {
  return started(await EmbeddedEngine.start({ dataDir: join(root, `n${id}`), tickMs: 10, ...config }));
}

async function form(size: number): Promise<void> {
  const voters: MemberRecord[] = [];
  for (let id = 1; id <= size; id += 1) {
    voters.push({ id, name: `n${id}`, address: `127.0.0.1:${await ownPort()}`, uuid: randomUUID() });
  }
  const shared = { clusterId: randomUUID(), secret: randomBytes(32).toString("hex") };
  const bootstrap = { kind: "bootstrap" as const, voters, time: 0, actor: "test" };
  for (const voter of voters) {
    expect(
      await formNode({ ...shared, ...voter, dataDir: join(root, voter.name), start: bootstrap }),
    ).toBeUndefined();
  }
}

/** Waits until something holds. The test's own time limit ends it otherwise. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** The engine that leads, once there is one that has applied an entry of its term. */
async function leaderOf(engines: readonly EmbeddedEngine[]): Promise<EmbeddedEngine> {
  for (;;) {
    const leader = engines.find((engine) => engine.isLeader());
    if (leader !== undefined && (await leader.waitReady(100))) return leader;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Tries again where the guard did not hear from a node lately, as on a machine that is busy for seconds. */
async function onceHealthy(change: () => Promise<ChangeOutcome>): Promise<ChangeOutcome> {
  for (;;) {
    const outcome = await change();
    const waits = ["not-caught-up", "would-lose-quorum"];
    if (outcome.kind !== "refused" || !waits.includes(outcome.refusal.code)) return outcome;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function startAll(size: number, config: Partial<EngineConfig> = {}): Promise<EmbeddedEngine[]> {
  const engines = await Promise.all(Array.from({ length: size }, (_, at) => start(at + 1, config)));
  for (const engine of engines) expect(await engine.waitReady(patient.timeoutMs)).toBe(true);
  return engines;
}

function watch(engine: EmbeddedEngine): MembershipSnapshot[] {
  const receiver = engine.watchMembership();
  const seen: MembershipSnapshot[] = [];
  void (async () => {
    for await (const view of receiver) seen.push(view);
  })();
  return seen;
}

describe("an embedded engine", () => {
  it("leads alone, keeps its membership across a restart, and stops twice without harm", async () => {
    await form(1);
    const [engine] = await startAll(1);
    expect(engine?.watchMembership().borrow()).toEqual({ members: [1], learners: [], committedIndex: 1 });
    const outcome = await engine?.addLearner({ id: 2, address: "127.0.0.1:9" }, patient);
    expect(outcome).toMatchObject({ kind: "applied", membership: { members: [1], learners: [2] } });
    const view = engine?.watchMembership().borrow();
    const closed = engine?.watchMembership();
    closed?.borrowAndUpdate();
    const waiting = closed?.changed();
    await engine?.stop();
    await engine?.stop();
    expect(await waiting).toBe("closed");
    const again = await start(1);
    expect(again.watchMembership().borrow()).toEqual(view);
    expect(again.history(0, 10).map((record) => record.kind)).toEqual(["created", "change"]);
  });

  it("takes in a node by a join token, promotes it and removes another; every node sees the same", async () => {
    await form(3);
    const engines = await startAll(3);
    const [first] = engines;
    if (first === undefined) throw new Error("no engine");
    const seen = engines.map(watch);
    const address = `127.0.0.1:${await ownPort()}`;
    expect(
      await first.addLearner({ id: first.nextId(), address, name: "n4" }, { ...patient, expectedIndex: 1 }),
    ).toMatchObject({ kind: "applied" });
    const token = await first.mintJoinToken(4, patient.timeoutMs);
    const join4 = { dataDir: join(root, "n4"), contact: first.address, token: token?.token ?? "" };
    expect(await redeemJoinToken(join4)).toMatchObject({ id: 4, clusterId: first.clusterId });
    // The same directory has what it needs; another one cannot use the token again.
    expect(await redeemJoinToken({ ...join4, dataDir: join(root, "thief") })).toMatchObject({
      kind: "join-refused",
    });
    const fourth = await start(4);
    expect(await fourth.waitReady(patient.timeoutMs)).toBe(true);
    expect(await onceHealthy(() => fourth.promote(4, patient))).toMatchObject({
      kind: "applied",
      membership: { members: [1, 2, 3, 4], learners: [] },
    });
    const victim = engines.find((engine) => !engine.isLeader());
    const removal = await onceHealthy(() => fourth.removeNode(victim?.nodeId ?? 0, patient));
    expect(removal, JSON.stringify(removal)).toMatchObject({ kind: "applied" });
    const newest = fourth.watchMembership().borrow();
    const staying = engines.filter((engine) => engine !== victim);
    await until(() =>
      staying.every((engine) => engine.watchMembership().borrow().committedIndex === newest.committedIndex),
    );
    for (const engine of staying) expect(engine.watchMembership().borrow()).toEqual(newest);
    await until(() => victim?.status().standing === "removed");
    for (const views of seen) {
      for (const [at, view] of views.entries())
        expect(view.committedIndex).toBeGreaterThan(views[at - 1]?.committedIndex ?? 0);
    }
  });

  it("installs a log snapshot on a node that was away, with the index of its configuration", async () => {
    await form(3);
    const engines = await startAll(3, { snapshotEvery: 50 });
    const leader = await leaderOf(engines);
    const away = engines.find((engine) => engine !== leader);
    if (away === undefined) throw new Error("no follower");
    await away.stop();
    running.delete(away);
    await leader.addLearner({ id: 9, address: "127.0.0.1:9" }, patient);
    const writes = Array.from({ length: 1500 }, () => leader.propose(new Uint8Array(), patient));
    for (const write of writes) expect(await write).toMatchObject({ kind: "applied" });
    const back = await start(away.nodeId, { snapshotEvery: 50 });
    const seen = watch(back);
    await until(() => back.status().appliedIndex >= leader.status().commitIndex);
    await until(() => seen.at(-1)?.learners.includes(9) === true);
    expect(back.watchMembership().borrow()).toEqual(leader.watchMembership().borrow());
  });

  it("says in one sentence why it does not start", async () => {
    await form(1);
    const missing = await EmbeddedEngine.start(join(root, "nowhere"));
    expect(missing).toMatchObject({ kind: "missing-directory", message: expect.stringContaining("nowhere") });
    await startAll(1);
    expect(await EmbeddedEngine.start(join(root, "n1"))).toMatchObject({ kind: "locked" });
  });

  it("says that its port is taken, and gives the directory back", async () => {
    await form(1);
    const port = await ownPort();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(port, "127.0.0.1", resolve));
    const config = { dataDir: join(root, "n1"), listen: `127.0.0.1:${port}` };
    expect(await EmbeddedEngine.start(config)).toMatchObject({
      kind: "port-in-use",
      message: expect.stringContaining(`${port}`),
    });
    await new Promise((resolve) => squatter.close(resolve));
    expect((await start(1, config)).nodeId).toBe(1);
  });
});
