import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddedEngine, MembershipSnapshot, Receiver } from "rollcall/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownPort } from "../server/testing/ports";
import { PlacementStore } from "./placement_store";
import { assign, movesBetween } from "./rebalance";
import { type Rebalance, ShardScheduler } from "./shard_scheduler";
import { joinFourth, promoteWhenReady, startThree } from "./three_nodes";

const SHARDS = Array.from({ length: 60 }, (_, at) => `shard-${at}`);

describe("an assignment", () => {
  it("is the same for the same members, in whatever order, and gives everyone a share", () => {
    const assignment = assign(SHARDS, [1, 2, 3]);
    expect(assign(SHARDS, [3, 1, 2])).toEqual(assignment);
    for (const id of [1, 2, 3])
      expect([...assignment.values()].filter((one) => one === id).length).toBeGreaterThan(5);
    expect(assign(SHARDS, []).size).toBe(0);
  });

  it("moves only what a leaver held, and to a joiner only what it takes", () => {
    const before = assign(SHARDS, [1, 2, 3]);
    for (const { from } of movesBetween(before, assign(SHARDS, [1, 2]))) expect(from).toBe(3);
    for (const { to } of movesBetween(before, assign(SHARDS, [1, 2, 3, 4]))) expect(to).toBe(4);
    expect(movesBetween(before, before)).toEqual([]);
  });
});

/** A receiver whose newest value the test sets: what a slow reader sees is on the other side of what is tested here. */
function scripted(): {
  receiver: Receiver<MembershipSnapshot>;
  show: (snapshot: MembershipSnapshot) => void;
} {
  let newest: MembershipSnapshot = { members: [], learners: [], committedIndex: 0 };
  const receiver: Receiver<MembershipSnapshot> = {
    borrow: () => newest,
    borrowAndUpdate: () => newest,
    changed: async () => "closed",
    close: () => undefined,
    async *[Symbol.asyncIterator]() {
      yield newest;
    },
  };
  return {
    receiver,
    show: (snapshot) => {
      newest = snapshot;
    },
  };
}

describe("a scheduler", () => {
  it("compares with what it held itself, so skipped snapshots do no harm", () => {
    const { receiver, show } = scripted();
    const did: Rebalance[] = [];
    const scheduler = new ShardScheduler(receiver, new PlacementStore(), SHARDS, (one) => did.push(one));
    scheduler.lookOnce();
    show({ members: [1, 2, 3], learners: [], committedIndex: 1 });
    scheduler.lookOnce();
    // It sleeps while 4 joins, 5 joins and 4 leaves.
    show({ members: [1, 2, 3, 5], learners: [], committedIndex: 9 });
    scheduler.lookOnce();
    scheduler.lookOnce();
    expect(did.map(({ committedIndex, joined, left }) => ({ committedIndex, joined, left }))).toEqual([
      { committedIndex: 1, joined: [1, 2, 3], left: [] },
      { committedIndex: 9, joined: [5], left: [] },
    ]);
  });

  it("does a membership's rebalance once, however many run it and in whatever order they wake", () => {
    const store = new PlacementStore();
    const views = [scripted(), scripted(), scripted()];
    const did: Rebalance[] = [];
    const schedulers = views.map(
      ({ receiver }) => new ShardScheduler(receiver, store, SHARDS, (one) => did.push(one)),
    );
    const old = { members: [1, 2, 3], learners: [], committedIndex: 1 };
    const next = { members: [1, 2], learners: [3], committedIndex: 7 };
    for (const [at, view] of views.entries()) view.show(at === 2 ? old : next);
    for (const scheduler of schedulers) scheduler.lookOnce();
    expect(did.map(({ placed }) => placed)).toEqual(["done", "done before", "out of date"]);
    expect(store.placement).toEqual({ committedIndex: 7, shards: assign(SHARDS, [1, 2]) });
  });
});

describe("schedulers on real engines", () => {
  let folder: string;
  const engines: EmbeddedEngine[] = [];
  const address = async () => `127.0.0.1:${await ownPort()}`;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-example-"));
  });

  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.stop()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it("follow a join, a promotion and a removal, each rebalance done once, and end with their engines", async () => {
    const store = new PlacementStore();
    const did: Rebalance[] = [];
    const ends: Promise<void>[] = [];
    const schedule = (engine: EmbeddedEngine): void => {
      engines.push(engine);
      ends.push(new ShardScheduler(engine.watchMembership(), store, SHARDS, (one) => did.push(one)).run());
    };
    for (const engine of await startThree(folder, address)) schedule(engine);
    const [first] = engines;
    if (first === undefined) throw new Error("no engine");
    const fourth = await joinFourth(folder, first, address);
    schedule(fourth);
    await promoteWhenReady(first, fourth.nodeId);
    const withFour = assign(SHARDS, [1, 2, 3, 4]);
    await expect.poll(() => store.placement.shards, { timeout: 200_000 }).toEqual(withFour);
    expect(await first.removeNode(4)).toMatchObject({ kind: "applied" });
    const { committedIndex } = first.watchMembership().borrow();
    await expect.poll(() => store.placement.committedIndex, { timeout: 200_000 }).toBe(committedIndex);
    expect(store.placement.shards).toEqual(assign(SHARDS, [1, 2, 3]));
    const indexes = store.done.map((one) => one.committedIndex);
    expect(new Set(indexes).size).toBe(indexes.length);
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    await Promise.all(engines.map((engine) => engine.stop()));
    await Promise.all(ends);
    const doneTwice = did.filter(({ placed }) => placed === "done").map((one) => one.committedIndex);
    expect(doneTwice).toEqual(indexes);
  });
});
