import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  changedAnswerSchema,
  clusterListSchema,
  historyAnswerSchema,
  identitySchema,
  nextLearnerSchema,
  requestOutcomeSchema,
} from "../../protocol/api";
import { assessmentSchema } from "../../protocol/assess";
import { machineSchema } from "../../protocol/machine";
import { membershipViewSchema } from "../../protocol/membership";
import { problem } from "../../protocol/problem";
import { clusterStatusSchema } from "../../protocol/status";
import { MemoryHost } from "../clusters/testing/memory_host";
import type { Gateway } from "./gateway";
import { ask, openGateway } from "./testing/ask";
import { MemoryCluster } from "./testing/memory_cluster";

let cluster: MemoryCluster;
let host: MemoryHost;
let gateway: Gateway;

beforeEach(async () => {
  cluster = new MemoryCluster();
  host = new MemoryHost();
  gateway = await openGateway({ clusters: [cluster], machine: host });
});
afterEach(() => gateway.close());

const fence = { "if-match": '"e1:1"' };

describe("reading", () => {
  it("lists the clusters with their state sentence", async () => {
    const answer = await ask(gateway, { path: "/api/clusters" });
    const { clusters } = clusterListSchema.parse(answer.json());
    expect(clusters).toHaveLength(1);
    expect(clusters[0]).toMatchObject({
      name: "local",
      state: "ok",
      sentence: "Quorum OK - 3 of 3 voters healthy, can lose 1.",
    });
    expect(answer.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  });

  it("calls a cluster unknown whose facts are too old, whatever they say", async () => {
    cluster.tell({ factAgeMs: 42_000 });
    const answer = await ask(gateway, { path: "/api/clusters" });
    expect(clusterListSchema.parse(answer.json()).clusters[0]).toMatchObject({
      state: "unknown",
      sentence: "Unknown - no data for 42 s.",
    });
  });

  it("serves the newest membership under its fence, and says when it is still the same", async () => {
    cluster.publish(["1", "2", "3"], ["4"]);
    const answer = await ask(gateway, { path: "/api/clusters/local/membership" });
    expect(membershipViewSchema.parse(answer.json())).toEqual(cluster.view);
    expect(answer.headers.etag).toBe('"e1:2"');
    const headers = { "if-none-match": '"e1:2"' };
    const again = await ask(gateway, { path: "/api/clusters/local/membership", headers });
    expect([again.status, again.text]).toEqual([304, ""]);
  });

  it("serves the newest status", async () => {
    const answer = await ask(gateway, { path: "/api/clusters/local/status" });
    expect(clusterStatusSchema.parse(answer.json()).members.map((member) => member.name)).toEqual([
      "n1",
      "n2",
      "n3",
    ]);
  });

  it("answers HEAD like GET, without the body", async () => {
    const get = await ask(gateway, { path: "/api/clusters/local/membership" });
    const head = await ask(gateway, { method: "HEAD", path: "/api/clusters/local/membership" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([
      200,
      "",
      String(Buffer.byteLength(get.text)),
    ]);
  });

  it("pages through the history", async () => {
    const entry = {
      index: 1,
      term: 1,
      time: 0,
      kind: "created" as const,
      changes: [],
      actor: "tester",
      requestId: "",
      outcome: "applied" as const,
      reason: "",
      refusedBy: null,
      members: ["1"],
      learners: [],
      sequence: 1,
    };
    cluster.entries = [entry, { ...entry, index: 2 }, { ...entry, index: 3 }];
    const answer = await ask(gateway, { path: "/api/clusters/local/history?after=1&limit=1" });
    const page = historyAnswerSchema.parse(answer.json());
    expect([page.entries.map(({ index }) => index), page.more]).toEqual([[2], true]);
  });

  it("says what it would pick for the next learner, and what became of a request", async () => {
    const next = await ask(gateway, { path: "/api/clusters/local/learners/next" });
    expect(nextLearnerSchema.parse(next.json())).toEqual({ id: "4", name: "n4", address: null });
    cluster.outcome = { state: "applied", index: 7 };
    const outcome = await ask(gateway, { path: "/api/clusters/local/requests/request-1" });
    expect(requestOutcomeSchema.parse(outcome.json())).toEqual({ state: "applied", index: 7 });
  });

  it("judges a proposed change without making it", async () => {
    const body = { changes: [{ kind: "remove", id: "3" }] };
    const answer = await ask(gateway, { method: "POST", path: "/api/clusters/local/assess", body });
    const assessment = assessmentSchema.parse(answer.json());
    expect([assessment.before.voters, assessment.after.voters, assessment.risk]).toEqual([3, 2, "type-name"]);
    expect(cluster.asked).toEqual([]);
  });

  it("describes itself", async () => {
    const answer = await ask(gateway, { path: "/api/openapi.json" });
    expect(answer.json()).toMatchObject({ openapi: "3.1.0" });
  });

  it("is alive as somebody, and ready once it has a view", async () => {
    const alive = identitySchema.parse((await ask(gateway, { path: "/livez" })).json());
    expect(alive).toMatchObject({ ok: true, pid: process.pid, clusterId: "e1", nodeId: "1" });
    expect((await ask(gateway, { path: "/readyz" })).status).toBe(200);
    cluster.isReady = false;
    expect((await ask(gateway, { path: "/readyz" })).problem().code).toBe("not-ready");
  });
});

describe("changing", () => {
  const changes = [
    {
      asks: {
        method: "POST",
        path: "/api/clusters/local/learners",
        body: { id: "4", address: "127.0.0.1:7504" },
      },
      action: { kind: "add-learner", id: "4", address: "127.0.0.1:7504" },
    },
    {
      asks: { method: "POST", path: "/api/clusters/local/members/4/promote" },
      action: { kind: "promote", id: "4" },
    },
    {
      asks: { method: "POST", path: "/api/clusters/local/members/3/demote", body: {} },
      action: { kind: "demote", id: "3" },
    },
    {
      asks: { method: "DELETE", path: "/api/clusters/local/members/3" },
      action: { kind: "remove", id: "3", stopProcess: false },
    },
    {
      asks: { method: "DELETE", path: "/api/clusters/local/members/3?stopProcess=true" },
      action: { kind: "remove", id: "3", stopProcess: true },
    },
    {
      asks: { method: "DELETE", path: "/api/clusters/local/members/3", body: { stopProcess: true } },
      action: { kind: "remove", id: "3", stopProcess: true },
    },
    {
      asks: {
        method: "POST",
        path: "/api/clusters/local/changes",
        body: {
          changes: [
            { kind: "promote", id: "4" },
            { kind: "remove", id: "3" },
          ],
        },
      },
      action: {
        kind: "changes",
        changes: [
          { kind: "promote", id: "4" },
          { kind: "remove", id: "3" },
        ],
      },
    },
  ];

  it.each(changes)("hands $action.kind on, fenced by what the operator saw", async ({ asks, action }) => {
    const headers = { ...fence, "idempotency-key": "request-1", "rollcall-deadline-ms": "2500" };
    const answer = await ask(gateway, { ...asks, headers });
    expect(changedAnswerSchema.parse(answer.json()).requestId).toBe("request-1");
    expect(answer.headers.etag).toBe('"e1:1"');
    const context = {
      fence: { epoch: "e1", committedIndex: 1 },
      requestId: "request-1",
      actor: "tester",
      timeoutMs: 2500,
    };
    expect(cluster.asked).toEqual([{ action, context }]);
  });

  it("makes up a request id, and waits 10 s, where the caller says nothing", async () => {
    await ask(gateway, { method: "POST", path: "/api/clusters/local/members/4/promote", headers: fence });
    expect(cluster.asked[0]?.context).toMatchObject({
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timeoutMs: 10_000,
    });
  });

  it("transfers leadership, fenced by leader and term", async () => {
    cluster.answer = ({ context }) => {
      const applied = cluster.applied(context.requestId ?? "");
      return applied.ok ? { ok: true, answer: { ...applied.answer, leader: { id: "2", term: 2 } } } : applied;
    };
    const body = { target: "2", leader: "1", term: 1 };
    const answer = await ask(gateway, { method: "POST", path: "/api/clusters/local/leader", body });
    expect(changedAnswerSchema.parse(answer.json()).leader).toEqual({ id: "2", term: 2 });
    expect(cluster.asked[0]?.action).toEqual({
      kind: "transfer",
      target: "2",
      seen: { leader: "1", term: 1 },
    });
  });

  it("takes a plan that adds its own node, or a name that a step waits for, and neither by halves", async () => {
    const path = "/api/clusters/local/plans";
    const post = (body: object, at = path) => ask(gateway, { method: "POST", path: at, body });
    const newcomer = { name: "n4", peerUrls: ["http://10.0.0.4:2380"] };
    const replace = { kind: "replace", target: "3", ...newcomer, typedName: "n3" };
    expect((await post(replace)).status).toBe(200);
    expect((await post({ kind: "add-learner", ...newcomer })).status).toBe(200);
    expect((await post({ typedName: "n3" }, `${path}/plan-0001/confirm`)).status).toBe(200);
    expect(cluster.planned).toMatchObject([
      { plan: replace },
      { plan: { kind: "add-learner" } },
      { id: "plan-0001", verb: "confirm", typedName: "n3" },
    ]);
    for (const half of [
      { kind: "replace", target: "3" },
      { kind: "replace", target: "3", learner: "4", ...newcomer },
      { kind: "replace", target: "3", name: "n4" },
      { kind: "add-learner", name: "n4", peerUrls: ["10.0.0.4:2380"] },
    ]) {
      expect((await post(half)).status).toBe(422);
    }
  });

  it("makes and steers a guided plan, and says why one was not made", async () => {
    const path = "/api/clusters/local/plans";
    const plan = { kind: "replace", learner: "4", target: "3" };
    const headers = { "idempotency-key": "plan-0001" };
    expect((await ask(gateway, { method: "POST", path, body: plan, headers })).json()).toEqual({
      id: "plan-0001",
    });
    await ask(gateway, { method: "POST", path: `${path}/plan-0001/pause` });
    expect(cluster.planned).toEqual([
      { plan, id: "plan-0001" },
      { id: "plan-0001", verb: "pause" },
    ]);
    expect((await ask(gateway, { method: "POST", path: `${path}/plan-0001/undo` })).status).toBe(422);
    expect(
      (await ask(gateway, { method: "POST", path, body: { kind: "promote", learner: "4", target: "3" } }))
        .status,
    ).toBe(422);
    cluster.planProblem = problem("invalid-change", "Nothing was done: ann has another one under way.");
    expect((await ask(gateway, { method: "POST", path, body: plan })).json()).toMatchObject({
      code: "invalid-change",
    });
  });

  it("settles a request whose answer was lost", async () => {
    cluster.outcome = { state: "not-applied" };
    const answer = await ask(gateway, {
      method: "POST",
      path: "/api/clusters/local/requests/request-1/settle",
    });
    expect(answer.json()).toEqual({ state: "not-applied" });
  });

  it("answers a lost fence with the newest membership and its fence", async () => {
    const newest = cluster.publish(["1", "2"], []);
    cluster.answer = () => ({
      ok: false,
      problem: problem("fence-lost", "It moved.", { membership: newest }),
    });
    const answer = await ask(gateway, {
      method: "POST",
      path: "/api/clusters/local/members/4/promote",
      headers: fence,
    });
    expect(answer.problem()).toMatchObject({ code: "fence-lost", membership: newest });
    expect(answer.headers.etag).toBe('"e1:2"');
  });

  it("hides a bug's details from the caller and tells them to the log", async () => {
    const lines: unknown[] = [];
    const own = await openGateway({
      clusters: [cluster],
      log: (level, text, fields) => lines.push([level, text, fields]),
    });
    cluster.answer = () => {
      throw new Error("the secret is out");
    };
    const answer = await ask(own, {
      method: "POST",
      path: "/api/clusters/local/members/4/promote",
      headers: fence,
    });
    await own.close();
    expect(answer.problem().code).toBe("internal");
    expect(answer.text).not.toContain("secret");
    expect(JSON.stringify(lines)).toContain("the secret is out");
  });
});

describe("this machine", () => {
  it("shows its processes and acts on them", async () => {
    const machine = machineSchema.parse((await ask(gateway, { path: "/api/machine" })).json());
    expect(machine.processes.map(({ name }) => name)).toEqual(["n1"]);
    const path = "/api/machine/processes/2/kill";
    await ask(gateway, { method: "POST", path });
    await ask(gateway, { method: "POST", path, body: { confirmQuorumLoss: true } });
    const load = await ask(gateway, {
      method: "POST",
      path: "/api/machine/load",
      body: { ratePerSecond: 100 },
    });
    expect(machineSchema.parse(load.json()).load.ratePerSecond).toBe(100);
    expect(host.calls).toEqual(["kill 2", "kill 2 confirmed", "load 100"]);
  });

  it("passes a refusal on", async () => {
    host.refusal = problem("would-stop-quorum", "Stopping n2 loses quorum.");
    const answer = await ask(gateway, { method: "POST", path: "/api/machine/processes/2/stop" });
    expect(answer.problem().code).toBe("would-stop-quorum");
  });

  it("is absent where this console runs no processes", async () => {
    const bare = await openGateway({ clusters: [cluster] });
    const answers = await Promise.all([
      ask(bare, { path: "/api/machine" }),
      ask(bare, { method: "POST", path: "/api/machine/processes/2/stop" }),
    ]);
    await bare.close();
    expect(answers.map((answer) => answer.problem().code)).toEqual(["not-found", "not-found"]);
  });
});
