import { beforeEach, describe, expect, it } from "vitest";
import { problem } from "../../../protocol/problem";
import type { ChangeRefusal, HistoryRecord } from "../../engine/types";
import type { Action, ActionResult } from "../cluster";
import { ManualTimers } from "../testing/manual_timers";
import { MemoryHost } from "../testing/memory_host";
import { ScriptedEngine } from "../testing/scripted_engine";
import { EmbeddedCluster } from "./embedded_cluster";

let engine: ScriptedEngine;
let host: MemoryHost;
let timers: ManualTimers;
let cluster: EmbeddedCluster;

beforeEach(() => {
  engine = new ScriptedEngine();
  host = new MemoryHost();
  timers = new ManualTimers();
  cluster = new EmbeddedCluster({ name: "local", engine, host, timers });
});

const here = { kind: "add-learner", start: "local" } as const;
const refuse = (refusal: ChangeRefusal) => {
  engine.ending = ({ requestId = "" }) => ({ kind: "refused", requestId, refusal });
};

function act(action: Action, requestId = "request-1", committedIndex = 12): Promise<ActionResult> {
  const fence = { epoch: "0f8fad5b", committedIndex };
  return cluster.act(action, { fence, requestId, actor: "tester", timeoutMs: 10_000 });
}

describe("a learner that this machine starts", () => {
  it("is started before it is proposed, under an id of the cluster's counter, and kept once added", async () => {
    const result = await act(here);
    expect(host.calls).toEqual(["prepare 4 n4 any", "keep 4"]);
    expect(engine.calls).toEqual(["allocate", "add 4 n4 127.0.0.1:7503 within 10000"]);
    expect(result).toMatchObject({
      ok: true,
      answer: { learner: { id: "4", name: "n4", address: "127.0.0.1:7503" } },
    });
    expect(JSON.stringify(result)).not.toContain("command");
  });

  it("is not started under an id that was removed, and the next free one is named", async () => {
    const removal = {
      kind: "change",
      index: 41,
      outcome: "applied",
      changes: [{ kind: "remove", id: 4, name: "n4" }],
    } as const;
    const rest = {
      term: 2,
      time: 0,
      actor: "ann",
      requestId: "r",
      reason: "",
      refusedBy: undefined,
      members: [1],
      learners: [],
      sequence: 3,
    };
    engine.records = [{ ...rest, ...removal }];
    expect(await act({ ...here, id: "4" })).toMatchObject({
      problem: {
        code: "id-retired",
        detail: "Id 4 was removed at index 41 and stays retired. Next free: 4.",
      },
    });
    expect(host.calls).toEqual([]);
    expect(engine.calls).toEqual([
      "refused add-learner 4: Id 4 was removed at index 41 and stays retired. Next free: 4.",
    ]);
  });

  it("is ended again where it was definitely refused", async () => {
    refuse({ code: "address-taken", detail: "It is n2's." });
    expect(await act(here)).toMatchObject({
      ok: false,
      problem: { code: "address-taken", field: "address" },
    });
    expect(host.calls).toEqual(["prepare 4 n4 any", "discard 4"]);
  });

  it("is kept while the outcome is unknown, and ended once it certainly was not added", async () => {
    engine.ending = ({ requestId = "" }) => ({ kind: "unknown", requestId, detail: "The leader was lost." });
    expect(await act(here)).toMatchObject({
      ok: false,
      problem: { code: "outcome-unknown", requestId: "request-1" },
    });
    expect(host.calls).toEqual(["prepare 4 n4 any", "keep 4"]);
    expect(await cluster.settleRequest("request-1")).toEqual({ state: "not-applied" });
    expect(host.calls).toEqual(["prepare 4 n4 any", "keep 4", "retire 4"]);
  });

  it("stays where the doubt ends with applied", async () => {
    engine.ending = ({ requestId = "" }) => ({ kind: "unknown", requestId, detail: "The leader was lost." });
    await act(here);
    engine.settled = { kind: "applied", index: 14 };
    expect(await cluster.settleRequest("request-1")).toEqual({ state: "applied", index: 14 });
    expect(host.calls).toEqual(["prepare 4 n4 any", "keep 4"]);
  });

  it("is started once, however often the request is repeated", async () => {
    const [first, second] = await Promise.all([act(here), act(here)]);
    expect(await act(here)).toEqual(first);
    expect(second).toEqual(first);
    expect(host.calls).toEqual(["prepare 4 n4 any", "keep 4"]);
    expect(await act({ kind: "remove", id: "4" })).toMatchObject({ problem: { code: "request-id-reused" } });
  });

  it("is not started for a request that another console finished", async () => {
    engine.outcome = { kind: "applied", index: 9 };
    expect(await act(here)).toMatchObject({ ok: true, answer: { index: 9 } });
    engine.outcome = { kind: "closed" };
    expect(await act(here, "request-2")).toMatchObject({ problem: { code: "request-id-reused" } });
    engine.outcome = { kind: "rejected", index: 10, reason: "the fence was lost" };
    expect(await act(here, "request-3")).toMatchObject({ problem: { code: "invalid-change" } });
    engine.outcome = undefined;
    expect(await act(here, "request-4")).toMatchObject({ problem: { code: "no-leader" } });
    expect([host.calls, engine.calls]).toEqual([[], []]);
  });

  it("is not taken for added where its request id stands for another change", async () => {
    const record = {
      index: 9,
      term: 1,
      time: 0,
      kind: "change",
      actor: "ada",
      requestId: "request-1",
      outcome: "applied",
      reason: "",
      refusedBy: undefined,
      members: [1, 2, 3],
      learners: [],
      sequence: 2,
    } as const;
    const added = { kind: "add-learner", id: 5, name: "n5" } as const;
    engine.outcome = { kind: "applied", index: 9 };
    const reused = { ok: false, problem: { code: "request-id-reused" } };
    let requests = 0;
    const askedAnew = (action: Action, changes: HistoryRecord["changes"]) => {
      requests += 1;
      const requestId = `request-${requests}`;
      engine.records = [{ ...record, requestId, changes }];
      return act(action, requestId);
    };
    expect(await askedAnew(here, [{ kind: "remove", id: 5, name: "n5" }])).toMatchObject(reused);
    expect(await askedAnew(here, [added, { ...added, id: 6, name: "n6" }])).toMatchObject(reused);
    expect(await askedAnew({ ...here, name: "blue" }, [added])).toMatchObject(reused);
    expect(await askedAnew({ ...here, id: "6" }, [added])).toMatchObject(reused);
    expect(await askedAnew(here, [added])).toMatchObject({ ok: true, answer: { index: 9 } });
    expect(await askedAnew({ ...here, id: "5" }, [added])).toMatchObject({ ok: true });
    expect([host.calls, engine.calls]).toEqual([[], []]);
  });

  it("is not started where the fence is behind already, nor under an id that is taken or impossible", async () => {
    expect(await act(here, "request-1", 11)).toMatchObject({ problem: { code: "fence-lost" } });
    expect(engine.calls).toEqual(["refused add-learner 4: The cluster had changed."]);
    expect(await act({ ...here, id: "2" }, "request-2")).toMatchObject({
      problem: { code: "already-member", nextFreeId: "4" },
    });
    expect(await act({ ...here, id: "4294967296" }, "request-3")).toMatchObject({
      problem: { code: "bad-input", field: "id" },
    });
    engine.allocated = undefined;
    expect(await act(here, "request-4")).toMatchObject({ problem: { code: "no-leader" } });
    expect(host.calls).toEqual([]);
  });

  it("takes id, name and address as they are wished, and reports why it did not start", async () => {
    await act({ ...here, id: "7", name: "spare", address: "127.0.0.1:9000" });
    expect(host.calls).toEqual(["prepare 7 spare 127.0.0.1:9000", "keep 7"]);
    host.refusal = problem("start-failed", "The port is in use.");
    expect(await act(here, "request-2")).toMatchObject({ problem: { code: "start-failed" } });
    expect(engine.calls.filter((call) => call.startsWith("add"))).toHaveLength(1);
  });

  it("has the time that starting took taken off its deadline", async () => {
    const prepare = host.prepareLearner.bind(host);
    host.prepareLearner = (wish) => {
      timers.advance(4000);
      return prepare(wish);
    };
    await act(here);
    expect(engine.calls.at(-1)).toContain("within 6000");
  });

  it("is kept, and the fault passed on, where the engine stops in the middle", async () => {
    engine.ending = () => Promise.reject(new Error("stopped"));
    await expect(act(here)).rejects.toThrow("stopped");
    expect(host.calls).toEqual(["prepare 4 n4 any", "keep 4"]);
  });
});

describe("a learner that is started elsewhere", () => {
  const elsewhere = { kind: "add-learner", address: "10.0.0.9:7500" } as const;

  it("comes with the exact command, its token in the environment", async () => {
    const result = await act(elsewhere);
    expect(engine.calls).toEqual(["allocate", "add 4 n4 10.0.0.9:7500 within 10000", "mint 4"]);
    expect(result).toMatchObject({
      ok: true,
      answer: {
        learner: {
          id: "4",
          address: "10.0.0.9:7500",
          command:
            "ROLLCALL_JOIN_TOKEN=rollcall1.aa.bb npx --no-install rollcall node --data-dir ./n4 --join 127.0.0.1:7501 --listen 10.0.0.9:7500",
          tokenExpiresInMs: 900_000,
        },
      },
    });
  });

  it("is added also where no token could be made; adding it again makes one", async () => {
    engine.token = undefined;
    const result = await act(elsewhere);
    expect(result).toMatchObject({ ok: true, answer: { learner: { id: "4" } } });
    expect(JSON.stringify(result)).not.toContain("command");
  });

  it("gets no token where it was refused", async () => {
    refuse({ code: "id-retired", id: 4, index: 41, nextFreeId: 6 });
    expect(await act({ ...elsewhere, id: "4" })).toMatchObject({
      problem: {
        code: "id-retired",
        field: "id",
        nextFreeId: "6",
        detail: "Id 4 was removed at index 41 and stays retired. Next free: 6.",
      },
    });
    expect(engine.calls).toEqual(["add 4 n4 10.0.0.9:7500 within 10000"]);
  });
});

describe("a removal", () => {
  it("retires the process where that was asked, once the member is out", async () => {
    await act({ kind: "remove", id: "3", stopProcess: true });
    expect(host.calls).toEqual(["retire 3"]);
    await act({ kind: "remove", id: "2" }, "request-2");
    refuse({ code: "would-lose-quorum", detail: "No." });
    await act({ kind: "remove", id: "1", stopProcess: true }, "request-3");
    expect(host.calls).toEqual(["retire 3"]);
  });
});

describe("refusals", () => {
  it("carry what the page needs", async () => {
    const change = {
      requestId: "request-9",
      changes: [{ kind: "promote", id: 3 }],
      actor: "root",
      sinceMs: 3000,
    } as const;
    refuse({ code: "change-in-progress", change });
    expect(await act({ kind: "remove", id: "2" })).toMatchObject({
      problem: {
        code: "change-in-progress",
        detail: "Change in progress: promote n3, by root, 3 s.",
        inProgress: { kind: "promote", members: ["3"], requestId: "request-9" },
      },
    });
    refuse({ code: "leader-changed", leader: 3, term: 7 });
    expect(await act({ kind: "remove", id: "2" }, "request-2")).toMatchObject({
      problem: {
        code: "leader-changed",
        detail: "n3 leads term 7 now; nothing was done.",
        leader: { id: "3", term: 7 },
      },
    });
    refuse({ code: "node-removed", index: 41 });
    expect(await act({ kind: "remove", id: "2" }, "request-3")).toMatchObject({
      problem: { code: "node-removed" },
    });
    for (const code of ["request-closed", "not-ready", "too-many-requests"] as const) {
      refuse({ code, detail: "A sentence." });
      expect(await act({ kind: "remove", id: "2" }, `request-${code}`)).toMatchObject({
        problem: { detail: "A sentence." },
      });
    }
  });

  it("of a lost fence wait a moment for this node to see what the leader saw", async () => {
    const newer = { members: [1, 2], learners: [], committedIndex: 15 };
    refuse({ code: "fence-lost", membership: newer });
    const refused = act({ kind: "remove", id: "2" });
    await Promise.resolve();
    engine.tell({ membership: newer, sequence: 5 });
    expect(await refused).toMatchObject({
      problem: { membership: { sequence: 5, snapshot: { committedIndex: 15 } } },
    });
  });
});
