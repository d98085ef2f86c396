import { beforeEach, describe, expect, it } from "vitest";
import type { RequestOutcome } from "../protocol/api";
import { problem } from "../protocol/problem";
import type { ReadResult } from "./actions";
import { createPendingStore, type PendingStore, type WatchedRequest } from "./pending";
import { VirtualClock } from "./testing/virtual_clock";

let clock: VirtualClock;
let storage: Map<string, string>;
let asked: [string, number][];
let outcome: ReadResult<RequestOutcome>;
let settled: ReadResult<RequestOutcome>;
let store: PendingStore;

const pending: ReadResult<RequestOutcome> = { ok: true, value: { state: "pending" } };
const silence: ReadResult<RequestOutcome> = { ok: false, problem: undefined };

function makeStore(): PendingStore {
  const begun = clock.time;
  return createPendingStore({
    ...clock.ports,
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
    },
    requestOutcome: async (_cluster, id) => {
      asked.push([`ask ${id}`, clock.time - begun]);
      return outcome;
    },
    settleRequest: async (_cluster, id) => {
      asked.push([`settle ${id}`, clock.time - begun]);
      return settled;
    },
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  storage = new Map();
  asked = [];
  outcome = pending;
  settled = pending;
  store = makeStore();
});

function request(requestId: string): WatchedRequest {
  return {
    requestId,
    cluster: "local",
    action: "promote",
    member: "4",
    doing: "Promoting n4",
    sentAt: clock.time,
    deadlineAt: clock.time + 10_000,
  };
}
const only = () => store.getState().requests[0];

describe("a request of unknown outcome", () => {
  it("is watched with growing intervals until its deadline, then settled", async () => {
    store.watch(request("r-1"));
    expect(only()).toMatchObject({
      outcome: { state: "watching" },
      sentence: "Outcome unknown - watching. Promoting n4 may have been applied. Do not repeat it.",
    });
    await clock.advance(30_000);
    expect(asked.slice(0, 7)).toEqual([
      ["ask r-1", 500],
      ["ask r-1", 1000],
      ["ask r-1", 2000],
      ["ask r-1", 4000],
      ["ask r-1", 8000],
      ["settle r-1", 13_000],
      ["settle r-1", 18_000],
    ]);
    expect(only()?.outcome.state).toBe("watching");
    settled = { ok: true, value: { state: "not-applied" } };
    await clock.advance(5000);
    expect(only()).toMatchObject({
      outcome: { state: "not-applied", reason: null },
      sentence: "Not applied.",
    });
    expect(clock.pending).toBe(0);
  });

  it("resolves to what really happened", async () => {
    store.watch(request("r-1"));
    outcome = { ok: true, value: { state: "applied", index: 58 } };
    await clock.advance(500);
    expect(only()).toMatchObject({
      outcome: { state: "applied", index: 58 },
      sentence: "Applied at index 58.",
    });
    store.watch(request("r-2"));
    outcome = { ok: true, value: { state: "rejected", index: 59, reason: "fence lost" } };
    await clock.advance(500);
    expect(store.getState().requests[1]).toMatchObject({
      outcome: { state: "not-applied", reason: "fence lost" },
      sentence: "Not applied.",
    });
  });

  it("is not watched for ever at a console whose node was removed", async () => {
    store.watch(request("r-1"));
    outcome = { ok: false, problem: problem("node-removed", "This node was removed at index 60.") };
    await clock.advance(500);
    expect(only()?.outcome.state).toBe("not-known-here");
    expect(only()?.sentence).toMatch(/^Outcome unknown - this node was removed and cannot tell\./);
    expect(clock.pending).toBe(0);
    store.dismiss("r-1");
    expect(only()).toBeUndefined();
  });

  it("stays unknown while nobody answers", async () => {
    outcome = silence;
    settled = silence;
    store.watch(request("r-1"));
    await clock.advance(120_000);
    expect(only()?.outcome.state).toBe("watching");
    expect(asked.length).toBeLessThan(30);
  });

  it("is watched once, however often it is given", async () => {
    store.watch(request("r-1"));
    store.watch(request("r-1"));
    await clock.advance(500);
    expect(store.getState().requests).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it("survives a reload and is asked about at once", async () => {
    store.watch(request("r-1"));
    store.stop();
    expect(clock.pending).toBe(0);
    store = makeStore();
    expect(store.getState().requests).toEqual([]);
    store.start();
    store.start();
    outcome = { ok: true, value: { state: "applied", index: 58 } };
    await clock.advance(0);
    expect(asked).toEqual([["ask r-1", 0]]);
    expect(only()?.sentence).toBe("Applied at index 58.");
    store = makeStore();
    store.start();
    expect(only()?.sentence).toBe("Applied at index 58.");
    expect(clock.pending).toBe(0);
  });

  it("is dismissed only once its outcome is known", async () => {
    store.watch(request("r-1"));
    store.dismiss("r-1");
    expect(store.getState().requests).toHaveLength(1);
    outcome = { ok: true, value: { state: "applied", index: 58 } };
    await clock.advance(500);
    store.dismiss("r-1");
    expect(store.getState().requests).toEqual([]);
    expect(storage.get("rollcall.pending")).toBe("[]");
  });

  it("is kept beside twenty others, the resolved ones going first", async () => {
    outcome = { ok: true, value: { state: "applied", index: 1 } };
    for (let number = 0; number < 25; number += 1) {
      store.watch(request(`r-${number}`));
      await clock.advance(500);
    }
    outcome = pending;
    store.watch(request("last"));
    const ids = store.getState().requests.map(({ requestId }) => requestId);
    expect(ids).toHaveLength(20);
    expect(ids.at(-1)).toBe("last");
    expect(ids).not.toContain("r-0");
  });

  it.each(["nonsense", '[{"requestId":1}]', "{}"])("is not read out of a storage that holds %s", (text) => {
    storage.set("rollcall.pending", text);
    store.start();
    expect(store.getState().requests).toEqual([]);
  });
});
