import { beforeEach, describe, expect, it } from "vitest";
import { type ProblemCode, problem } from "../protocol/problem";
import { everything } from "../protocol/testing/capabilities_fixture";
import { type Actions, createActions } from "./actions";
import { VirtualClock } from "./testing/virtual_clock";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

let clock: VirtualClock;
let sent: Sent[];
let answer: (sent: Sent) => Promise<Response>;
let actions: Actions;

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  actions = createActions({
    ...clock.ports,
    fetch: (url, init) => {
      sent.push({ url, init });
      return answer({ url, init });
    },
    requestId: () => "made-up-1",
    deadlineMs: 10_000,
    graceMs: 2000,
  });
});

const json =
  (body: unknown, status = 200) =>
  () =>
    Promise.resolve(Response.json(body, { status }));
const refusal = (code: ProblemCode, extra = {}) => {
  const body = problem(code, "Because.", extra);
  return json(body, body.status);
};
const view = {
  epoch: "e1",
  exact: true,
  sequence: 2,
  snapshot: { members: ["1", "2", "3"], learners: [], committedIndex: 57 },
};
const changed = { requestId: "made-up-1", index: 57, membership: view };
const context = { cluster: "local", etag: '"e1:56"' };
const unknown = { kind: "outcome-unknown", requestId: "made-up-1", deadlineAt: 1_010_000 };

describe("a change", () => {
  it("carries fence, request id and deadline, and comes back with the view once applied", async () => {
    answer = json(changed);
    expect(await actions.promote(context, "4")).toEqual({ kind: "applied", answer: changed });
    expect(sent).toMatchObject([
      {
        url: "/api/clusters/local/members/4/promote",
        init: {
          method: "POST",
          body: "{}",
          headers: {
            "if-match": '"e1:56"',
            "idempotency-key": "made-up-1",
            "rollcall-deadline-ms": "10000",
            "content-type": "application/json",
          },
        },
      },
    ]);
  });

  it("goes to its own place, with its own body", async () => {
    answer = json(changed);
    await actions.addLearner({ ...context, requestId: "given-01" }, { id: "4", address: "127.0.0.1:7504" });
    await actions.demote(context, "2");
    await actions.removeMember(context, "4", true);
    await actions.removeMember(context, "4");
    await actions.change(context, [{ kind: "promote", id: "4" }]);
    await actions.transfer({ cluster: "a b" }, { target: "2", leader: "1", term: 3 });
    expect(sent.map(({ url, init }) => [init.method, url, init.body])).toEqual([
      ["POST", "/api/clusters/local/learners", '{"id":"4","address":"127.0.0.1:7504"}'],
      ["POST", "/api/clusters/local/members/2/demote", "{}"],
      ["DELETE", "/api/clusters/local/members/4", '{"stopProcess":true}'],
      ["DELETE", "/api/clusters/local/members/4", "{}"],
      ["POST", "/api/clusters/local/changes", '{"changes":[{"kind":"promote","id":"4"}]}'],
      ["POST", "/api/clusters/a%20b/leader", '{"target":"2","leader":"1","term":3}'],
    ]);
    expect(new Headers(sent[0]?.init.headers).get("idempotency-key")).toBe("given-01");
    expect(new Headers(sent[5]?.init.headers).has("if-match")).toBe(false);
  });

  it("that lost its fence brings the newest membership", async () => {
    answer = refusal("fence-lost", { membership: view });
    expect(await actions.promote(context, "4")).toMatchObject({ kind: "fence-lost", membership: view });
  });

  it.each([
    ["would-lose-quorum", {}, "refused"],
    ["change-in-progress", {}, "refused"],
    ["transfer-failed", {}, "refused"],
    ["no-leader", {}, "no-leader"],
    ["bad-input", { field: "address" }, "bad-input"],
    ["id-retired", { field: "id", nextFreeId: "6" }, "bad-input"],
    ["already-member", {}, "refused"],
  ] as const)("refused with %s %j is %s", async (code, extra, kind) => {
    answer = refusal(code, extra);
    const result = await actions.promote(context, "4");
    expect(result).toMatchObject({ kind, problem: { code, ...extra } });
    if (result.kind === "bad-input") expect(result.field).toBe("field" in extra ? extra.field : undefined);
  });

  it.each([
    ["the network breaks", () => Promise.reject(new TypeError("failed to fetch"))],
    ["the answer is no JSON", () => Promise.resolve(new Response("<html>", { status: 502 }))],
    ["the answer is another JSON", json({ hello: 1 })],
    ["an error is no problem", json({ error: "x" }, 500)],
    ["the server fails inside", refusal("internal")],
    ["the server says so", refusal("outcome-unknown", { requestId: "made-up-1" })],
  ])("is of unknown outcome, never failed, where %s", async (_case, reply) => {
    answer = reply;
    expect(await actions.promote(context, "4")).toEqual(unknown);
  });

  it("is of unknown outcome when no answer comes until the deadline and the way back", async () => {
    answer = ({ init }) =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      });
    const result = actions.promote(context, "4");
    await clock.advance(11_999);
    expect(sent[0]?.init.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(await result).toEqual(unknown);
    expect(clock.pending).toBe(0);
  });

  it("that starts a process first is given longer", async () => {
    answer = () => Promise.reject(new TypeError("failed to fetch"));
    expect(await actions.addLearner(context, { start: "local" })).toMatchObject({ deadlineAt: 1_030_000 });
  });
});

describe("a reading", () => {
  it("is checked against its schema", async () => {
    answer = json({ id: "4", name: "n4", address: null });
    expect(await actions.nextLearner("local")).toEqual({
      ok: true,
      value: { id: "4", name: "n4", address: null },
    });
    answer = json({ id: 4 });
    expect(await actions.nextLearner("local")).toEqual({ ok: false, problem: undefined });
    answer = refusal("not-found");
    expect(await actions.nextLearner("local")).toMatchObject({ ok: false, problem: { code: "not-found" } });
    answer = () => Promise.reject(new TypeError("failed to fetch"));
    expect(await actions.history("local", 5)).toEqual({ ok: false, problem: undefined });
    expect(sent.at(-1)?.url).toBe("/api/clusters/local/history?after=5&limit=200");
  });

  it("of a request's outcome asks, or settles", async () => {
    answer = json({ state: "applied", index: 58 });
    expect(await actions.requestOutcome("local", "r-1")).toEqual({
      ok: true,
      value: { state: "applied", index: 58 },
    });
    await actions.settleRequest("local", "r-1");
    expect(sent.map(({ url, init }) => [init.method, url])).toEqual([
      ["GET", "/api/clusters/local/requests/r-1"],
      ["POST", "/api/clusters/local/requests/r-1/settle"],
    ]);
  });

  it("lists the clusters", async () => {
    const known = { leader: "n1", term: 2, voters: 3, learners: 0, factAgeMs: 100, notice: null };
    const row = { name: "local", kind: "embedded", state: "ok", sentence: "Quorum OK.", ...known };
    answer = json({ clusters: [{ ...row, capabilities: everything }] });
    expect(await actions.clusters()).toMatchObject({ ok: true, value: [row] });
    answer = json({ clusters: [row] });
    expect(await actions.clusters()).toEqual({ ok: false, problem: undefined });
  });
});
