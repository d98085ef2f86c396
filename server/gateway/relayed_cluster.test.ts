import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterListSchema } from "../../protocol/api";
import type { ServerFrame } from "../../protocol/frames";
import { problem } from "../../protocol/problem";
import type { ClusterStatus } from "../../protocol/status";
import type { Cluster } from "../clusters/cluster";
import { UNINFORMED_AFTER_MS } from "../clusters/relayed/options";
import { RelayedCluster } from "../clusters/relayed/relayed_cluster";
import { ManualTimers } from "../clusters/testing/manual_timers";
import type { Receiver } from "../engine/types";
import type { Gateway } from "./gateway";
import { ask, openGateway } from "./testing/ask";
import { listen } from "./testing/listen";
import { MemoryCluster } from "./testing/memory_cluster";

/** A console of a node, and what it shows. */
interface Node {
  readonly cluster: MemoryCluster;
  readonly gateway: Gateway;
}

const self = (id: string) => ({ id, name: `n${id}`, standing: "member" as const, index: null });
const closing: (() => Promise<void>)[] = [];
let timers: ManualTimers;
let node: Node;

beforeEach(async () => {
  timers = new ManualTimers();
  node = await openNode("1");
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function openNode(id: string, options: Partial<Parameters<typeof openGateway>[0]> = {}): Promise<Node> {
  const cluster = new MemoryCluster();
  cluster.tell({ self: self(id) });
  const gateway = await openGateway({ clusters: [cluster], ...options });
  closing.push(() => gateway.close());
  return { cluster, gateway };
}

function relay(
  nodes: readonly Node[],
  options: Partial<ConstructorParameters<typeof RelayedCluster>[0]> = {},
) {
  const endpoints = nodes.map(({ gateway }) => gateway.url);
  const cluster = new RelayedCluster({ name: "app", endpoints, timers, random: () => 0, ...options });
  closing.push(() => cluster.close());
  return cluster;
}

/** Lets the link make its next attempt, whenever that is. */
function letTimePass(): void {
  const ticking = setInterval(() => timers.advance(500), 5);
  closing.push(async () => clearInterval(ticking));
}

/** The first value of a watch that is as wanted, now or later. */
async function seen<T>(watch: Receiver<T>, holds: (value: T) => boolean): Promise<T> {
  for await (const value of watch) if (holds(value)) return value;
  throw new Error("the watch ended");
}

const live = (cluster: Cluster) => seen(cluster.watchStatus(), ({ factAgeMs }) => factAgeMs !== null);
const faulty = ({ notices }: ClusterStatus) => notices.some(({ id }) => id === "consoles");

describe("a cluster that is shown through a node's console", () => {
  it("shows its views and status as they are told there, with no node of its own", async () => {
    const cluster = relay([node]);
    await live(cluster);
    node.cluster.publish(["1", "2", "3"], ["4"]);
    const view = await seen(cluster.watchMembership(), ({ snapshot }) => snapshot.committedIndex === 2);
    expect(view).toEqual(node.cluster.view);
    const status = await seen(cluster.watchStatus(), ({ committedIndex }) => committedIndex === 2);
    expect(status).toMatchObject({ self: null, leadership: { id: "1" }, notices: [] });
  });

  it("passes changes on with fence and request id, and shows what the answer says at once", async () => {
    const cluster = relay([node]);
    await live(cluster);
    node.cluster.answer = ({ context }) => {
      node.cluster.publish(["1", "2", "3", "4"], []);
      return node.cluster.applied(context.requestId ?? "");
    };
    const fence = { epoch: "e1", committedIndex: 1 };
    const context = { fence, requestId: "promote-4", actor: "ann", timeoutMs: 2000 };
    const result = await cluster.act({ kind: "promote", id: "4" }, context);
    expect(result).toMatchObject({ ok: true, answer: { requestId: "promote-4", index: 2 } });
    expect(cluster.watchMembership().borrow().snapshot.members).toEqual(["1", "2", "3", "4"]);
    expect(node.cluster.asked).toMatchObject([
      { action: { kind: "promote", id: "4" }, context: { fence, requestId: "promote-4", timeoutMs: 2000 } },
    ]);
  });

  it("says for whom it passes a change on, and is named beside", async () => {
    const credentials = [{ role: "operator", actor: "relay", token: "a-token-of-the-node" }] as const;
    const guarded = await openNode("1", { credentials });
    const cluster = relay([guarded], { token: () => "a-token-of-the-node" });
    await live(cluster);
    const asked = { fence: { epoch: "e1", committedIndex: 1 }, timeoutMs: 2000 };
    for (const [place, actor] of ["ann", "Zoë K.", "relay"].entries()) {
      await cluster.act({ kind: "remove", id: "3" }, { ...asked, requestId: `remove-3-${place}`, actor });
    }
    expect(guarded.cluster.asked.map(({ context }) => context.actor)).toEqual([
      "ann via relay",
      "Zoë K. via relay",
      "relay",
    ]);
  });

  it("starts no process there", async () => {
    const cluster = relay([node]);
    await live(cluster);
    const context = {
      fence: { epoch: "e1", committedIndex: 1 },
      requestId: "add-here",
      actor: "",
      timeoutMs: 1,
    };
    const result = await cluster.act({ kind: "add-learner", start: "local" }, context);
    expect(result).toMatchObject({ ok: false, problem: { code: "unsupported" } });
    expect(node.cluster.asked).toEqual([]);
  });

  it("reads history, outcomes and the next learner there", async () => {
    const cluster = relay([node]);
    await live(cluster);
    node.cluster.outcome = { state: "applied", index: 7 };
    expect(await cluster.requestOutcome("request-1")).toEqual({ state: "applied", index: 7 });
    expect(await cluster.settleRequest("request-1")).toEqual({ state: "applied", index: 7 });
    expect(await cluster.history(0, 10)).toEqual({ entries: [], more: false });
    expect(await cluster.nextLearner()).toEqual({ id: "4", name: "n4", address: null });
  });

  it("says why nothing is heard, lets what it holds grow old, and hears again", async () => {
    const other = await openNode("2");
    const cluster = relay([node, other]);
    await live(cluster);
    await node.gateway.close();
    await other.gateway.close();
    const lost = await seen(cluster.watchStatus(), faulty);
    expect(lost.members).toHaveLength(3);
    timers.advance(6000);
    const old = await seen(cluster.watchStatus(), ({ factAgeMs }) => (factAgeMs ?? 0) >= 5000);
    expect(old.members.every(({ health }) => health.state === "unknown")).toBe(true);
    expect(await cluster.history(0, 10)).toMatchObject({ code: "not-ready" });
    const back = await openGateway({ clusters: [other.cluster], port: other.gateway.port });
    closing.push(() => back.close());
    letTimePass();
    await seen(cluster.watchStatus(), (status) => !faulty(status) && (status.factAgeMs ?? 9999) < 5000);
  });

  it("leaves a console that hears nobody for one that does", async () => {
    const other = await openNode("2");
    const cluster = relay([node, other]);
    await live(cluster);
    node.cluster.tell({ factAgeMs: 20_000 });
    other.cluster.tell({ leadership: { id: "2", term: 5, answering: 2, agree: 2, noneForMs: null } });
    await seen(cluster.watchStatus(), ({ factAgeMs }) => (factAgeMs ?? 0) >= 20_000);
    timers.advance(UNINFORMED_AFTER_MS);
    node.cluster.tell({ factAgeMs: 30_000 });
    letTimePass();
    const onTheWay: ClusterStatus[] = [];
    const status = await seen(
      cluster.watchStatus(),
      (told) => onTheWay.push(told) > 0 && told.leadership.id === "2",
    );
    expect(status.factAgeMs).toBeLessThan(5000);
    // Nothing was wrong with what was left.
    expect(onTheWay.some(faulty)).toBe(false);
  });

  it("is no loop: the console of another attached cluster is not followed", async () => {
    node.cluster.tell({ self: null });
    const cluster = relay([node]);
    const status = await seen(cluster.watchStatus(), faulty);
    expect(status.notices[0]?.text).toContain("not the console of one of the cluster's own nodes");
    expect(status.members).toEqual([]);
  });

  it("passes over an endpoint that is no node's console", async () => {
    const attached = await openNode("1");
    attached.cluster.tell({ self: null });
    const cluster = relay([attached, node]);
    await live(cluster);
    expect(cluster.watchStatus().borrow().notices).toEqual([]);
  });

  it("stays in the epoch of its stream, whatever another console answers", async () => {
    const cluster = relay([node]);
    await seen(cluster.watchMembership(), ({ epoch }) => epoch === "e1");
    const stranger = { ...node.cluster.view, epoch: "e2" };
    const moved = problem("fence-lost", "Moved.", { membership: stranger });
    node.cluster.answer = () => ({ ok: false, problem: moved });
    const context = {
      fence: { epoch: "e1", committedIndex: 1 },
      requestId: "promote-4",
      actor: "",
      timeoutMs: 2000,
    };
    expect(await cluster.act({ kind: "promote", id: "4" }, context)).toMatchObject({ ok: false });
    expect(cluster.watchMembership().borrow().epoch).toBe("e1");
  });

  it("leaves nothing behind when it is closed while it waits for the next attempt", async () => {
    const alone = new ManualTimers();
    const cluster = relay([], { endpoints: ["http://127.0.0.1:1/"], timers: alone });
    await seen(cluster.watchStatus(), faulty);
    expect(alone.pending).toBe(2);
    await cluster.close();
    expect(alone.pending).toBe(0);
  });

  it("says that the token is missing, and shows itself with the right one", async () => {
    const token = "a-token-of-some-length";
    const guarded = await openNode("1", { credentials: [{ role: "viewer", actor: "ann", token }] });
    const status = await seen(relay([guarded]).watchStatus(), faulty);
    expect(status.notices[0]?.text).toContain("the token is missing there, or is not accepted");
    const cluster = relay([guarded], { token: () => token });
    await live(cluster);
    // It may look there and not act: nothing is offered here that would be refused.
    expect(cluster.capabilities.promote.ok).toBe(false);
  });
});

describe("a console that shows such a cluster", () => {
  const isHello = (frame: ServerFrame) => frame.type === "hello";

  it("offers nothing before a node answered, and then tells every page what it can do", async () => {
    const cluster = relay([], { endpoints: ["http://127.0.0.1:1"] });
    await seen(cluster.watchStatus(), faulty);
    const front = await openGateway({ clusters: [cluster] });
    closing.push(() => front.close());
    const early = await listen(front, "/ws?cluster=app");
    const hello = await early.frame(isHello);
    expect(hello).toMatchObject({ kind: "embedded", capabilities: { promote: { ok: false } } });
    const { clusters } = clusterListSchema.parse((await ask(front, { path: "/api/clusters" })).json());
    expect(clusters).toMatchObject([{ name: "app", state: "unknown", notice: { tone: "warning" } }]);
  });

  it("tells its pages anew what can be done when that changes", async () => {
    const cluster = relay([node]);
    const front = await openGateway({ clusters: [cluster] });
    closing.push(() => front.close());
    const page = await listen(front, "/ws?cluster=app");
    const offered = await page.frame(
      (frame) => frame.type === "hello" && frame.capabilities.promote.ok === true,
    );
    expect(offered).toMatchObject({ capabilities: { startHere: { ok: false } } });
  });

  it("refuses everything where it is attached read-only", async () => {
    const cluster = relay([node], { readOnly: true });
    await live(cluster);
    const front = await openGateway({ clusters: [cluster] });
    closing.push(() => front.close());
    const headers = { "if-match": '"e1:1"' };
    for (const path of ["members/1/demote", "requests/request-1/settle"]) {
      const asked = { method: "POST", path: `/api/clusters/app/${path}`, headers, body: {} };
      expect((await ask(front, asked)).problem()).toMatchObject({ code: "read-only" });
    }
    expect(node.cluster.asked).toEqual([]);
  });
});
