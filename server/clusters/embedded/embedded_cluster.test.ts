import { afterEach, describe, expect, it } from "vitest";
import { clusterStatusSchema } from "../../../protocol/status";
import type { ActionContext, ActionResult, Cluster } from "../cluster";
import type { MemoryHost } from "../testing/memory_host";
import { RealNodes, until } from "../testing/real_nodes";
import { EmbeddedCluster } from "./embedded_cluster";

let nodes: RealNodes | undefined;
const clusters: EmbeddedCluster[] = [];

async function start(voters: number): Promise<RealNodes> {
  nodes = await RealNodes.start(voters);
  return nodes;
}

function clusterOf(of: RealNodes, id: number, host?: MemoryHost): EmbeddedCluster {
  const cluster = new EmbeddedCluster({ name: "local", engine: of.engine(id), host });
  clusters.push(cluster);
  return cluster;
}

afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.close();
  await nodes?.close();
  nodes = undefined;
});

let requests = 0;
function context(cluster: Cluster, change: Partial<ActionContext> = {}): ActionContext {
  requests += 1;
  const { epoch, snapshot } = cluster.watchMembership().borrow();
  const fence = { epoch, committedIndex: snapshot.committedIndex };
  return { fence, requestId: `request-${requests}`, actor: "tester", timeoutMs: 120_000, ...change };
}

const statusOf = (cluster: Cluster) => cluster.watchStatus().borrow();
const viewOf = (cluster: Cluster) => cluster.watchMembership().borrow();

function applied(result: ActionResult) {
  if (!result.ok) throw new Error(`${result.problem.code}: ${result.problem.detail}`);
  return result.answer;
}

/** Tries again where the guard did not hear from a node lately, as on a machine that is busy for seconds. */
async function onceHealthy(cluster: Cluster, action: Parameters<Cluster["act"]>[0]) {
  for (;;) {
    const result = await cluster.act(action, context(cluster));
    if (result.ok || !["not-caught-up", "would-lose-quorum"].includes(result.problem.code))
      return applied(result);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function refused(result: ActionResult) {
  if (result.ok) throw new Error("it was done");
  return result.problem;
}

describe("an embedded cluster", () => {
  it("shows the same members, leader and view on every node", async () => {
    const three = await start(3);
    const consoles = [1, 2, 3].map((id) => clusterOf(three, id));
    // All at the same moment: what each of them says is looked at below.
    const allSaid = () =>
      consoles.map(statusOf).every(({ leadership, members, factAgeMs, lastLogIndex }) => {
        const fresh = leadership.agree === 3 && factAgeMs !== null && factAgeMs < 3000;
        const whole = members.every(({ console, ownView }) => console !== null && ownView !== null);
        const healthy = members.every(({ health }) => health.word === "Healthy");
        return fresh && whole && healthy && lastLogIndex !== null;
      });
    const sameLeader = () => new Set(consoles.map((one) => statusOf(one).leadership.id)).size === 1;
    await until(() => allSaid() && sameLeader());
    const statuses = consoles.map((one) => clusterStatusSchema.parse(statusOf(one)));
    const leader = statuses[0]?.leadership.id;
    for (const [at, status] of statuses.entries()) {
      expect(status.leadership).toMatchObject({ id: leader, answering: 3, agree: 3, noneForMs: null });
      expect(status.configuration.incoming).toEqual(["1", "2", "3"]);
      expect(status.members.map(({ id, name, role, console }) => [id, name, role, console])).toEqual([
        ["1", "n1", "voter", "http://127.0.0.1:7401"],
        ["2", "n2", "voter", "http://127.0.0.1:7402"],
        ["3", "n3", "voter", "http://127.0.0.1:7403"],
      ]);
      expect(status.members.every(({ ownView }) => ownView?.committedIndex === 1)).toBe(true);
      expect(status.self).toEqual({
        id: String(at + 1),
        name: `n${at + 1}`,
        standing: "member",
        index: null,
      });
      expect(status.loopbackOnly).toBe(true);
      expect(status.lastLogIndex).toBeGreaterThan(0);
    }
    const views = consoles.map(viewOf);
    expect(new Set(views.map((view) => JSON.stringify(view))).size).toBe(1);
    expect(views[0]).toMatchObject({ exact: true, sequence: 1, snapshot: { committedIndex: 1 } });
    expect(views[0]?.epoch).toMatch(/^[^":\s]+$/);
    expect(consoles.every((one) => one.ready())).toBe(true);
  });

  it("takes a learner through its life from any node, each step fenced by the one before", async () => {
    const three = await start(3);
    const consoles = [1, 2, 3].map((id) => clusterOf(three, id));
    const follower = consoles.find((one) => statusOf(one).self?.id !== statusOf(one).leadership.id);
    if (follower === undefined) throw new Error("no follower");
    const address = await three.startLearner(4);
    const added = applied(await follower.act({ kind: "add-learner", id: "4", address }, context(follower)));
    expect(added).toMatchObject({ membership: { sequence: 2, snapshot: { learners: ["4"] } } });
    expect(added.index).toBe(added.membership.snapshot.committedIndex);
    await until(() => statusOf(follower).members.some(({ promotable }) => promotable?.ok === true));
    const promoted = await onceHealthy(follower, { kind: "promote", id: "4" });
    expect(promoted.membership.snapshot.members).toEqual(["1", "2", "3", "4"]);
    const demoted = await onceHealthy(follower, { kind: "demote", id: "4" });
    expect(demoted.membership.snapshot.learners).toEqual(["4"]);
    const removed = await onceHealthy(follower, { kind: "remove", id: "4" });
    expect(removed.membership).toMatchObject({
      sequence: 5,
      snapshot: { members: ["1", "2", "3"], learners: [] },
    });
    await until(() => consoles.every((one) => viewOf(one).sequence === 5));
    const { entries, more } = await follower.history(0, 100);
    expect(more).toBe(false);
    expect(entries.map(({ kind, actor, sequence }) => [kind, actor, sequence])).toEqual([
      ["created", "tester", 1],
      ["add-learner", "tester", 2],
      ["promote", "tester", 3],
      ["demote", "tester", 4],
      ["remove", "tester", 5],
    ]);
    const retired = refused(await follower.act({ kind: "add-learner", id: "4", address }, context(follower)));
    expect(retired).toMatchObject({ code: "id-retired", field: "id", nextFreeId: "5" });
    expect(retired.detail).toMatch(/^Id 4 was removed at index \d+ and stays retired\. Next free: 5\.$/);
  });

  it("refuses a fence that was lost, with the newest view, and a fence of another epoch", async () => {
    const one = await start(1);
    const cluster = clusterOf(one, 1);
    const before = context(cluster);
    applied(
      await cluster.act({ kind: "add-learner", id: "2", address: "127.0.0.1:65001" }, context(cluster)),
    );
    const late = refused(await cluster.act({ kind: "remove", id: "2" }, before));
    expect(late).toMatchObject({ code: "fence-lost", membership: viewOf(cluster) });
    const fence = { epoch: "other", committedIndex: viewOf(cluster).snapshot.committedIndex };
    const foreign = refused(await cluster.act({ kind: "remove", id: "2" }, context(cluster, { fence })));
    expect(foreign.code).toBe("fence-lost");
    expect(viewOf(cluster).snapshot.learners).toEqual(["2"]);
  });

  it("gives a repeat the first answer, and tells what became of a request", async () => {
    const one = await start(1);
    const cluster = clusterOf(one, 1);
    const same = context(cluster);
    const action = { kind: "add-learner", id: "2", address: "127.0.0.1:65001" } as const;
    const [first, second] = await Promise.all([cluster.act(action, same), cluster.act(action, same)]);
    expect(second).toEqual(first);
    expect(await cluster.act(action, same)).toEqual(first);
    const index = applied(first).index;
    expect(await cluster.requestOutcome(same.requestId)).toEqual({ state: "applied", index });
    expect(await cluster.requestOutcome("never-sent")).toEqual({ state: "pending" });
    expect(await cluster.settleRequest("never-sent")).toEqual({ state: "not-applied" });
    expect(await cluster.requestOutcome("never-sent")).toEqual({ state: "not-applied" });
    const fence = { epoch: same.fence.epoch, committedIndex: index };
    expect(await cluster.act(action, { ...same, fence })).toEqual(first);
    const plan = await cluster.createPlan({ kind: "promote", learner: "2" }, same);
    expect(plan?.code).toBe("request-id-reused");
    const other = refused(
      await cluster.act({ kind: "remove", id: "2" }, { ...same, ...{ fence: context(cluster).fence } }),
    );
    expect(other.code).toBe("request-id-reused");
    const closed = refused(
      await cluster.act({ kind: "remove", id: "2" }, context(cluster, { requestId: "never-sent" })),
    );
    expect(closed.code).toBe("request-id-reused");
  });

  it("tells each refusal with its field", async () => {
    const one = await start(1);
    const cluster = clusterOf(one, 1);
    const address = "127.0.0.1:65001";
    applied(await cluster.act({ kind: "add-learner", id: "2", address }, context(cluster)));
    const problemOf = async (action: Parameters<Cluster["act"]>[0]) => {
      const { code, field } = refused(await cluster.act(action, context(cluster)));
      return [code, field];
    };
    const changes = [
      { kind: "remove", id: "2" },
      { kind: "promote", id: "2" },
    ] as const;
    expect(await problemOf({ kind: "add-learner", id: "4294967296", address: "127.0.0.1:1" })).toEqual([
      "bad-input",
      "id",
    ]);
    expect(await problemOf({ kind: "add-learner", id: "3" })).toEqual(["bad-input", "address"]);
    expect(await problemOf({ kind: "add-learner", id: "1", address: "127.0.0.1:1" })).toEqual([
      "already-member",
      "id",
    ]);
    expect(await problemOf({ kind: "add-learner", id: "2", address: "127.0.0.1:1" })).toEqual([
      "already-member",
      "id",
    ]);
    expect(await problemOf({ kind: "add-learner", id: "3", address })).toEqual(["address-taken", "address"]);
    expect(await problemOf({ kind: "add-learner", id: "3", start: "local" })).toEqual([
      "unsupported",
      undefined,
    ]);
    expect(await problemOf({ kind: "promote", id: "9" })).toEqual(["not-a-member", undefined]);
    expect(await problemOf({ kind: "promote", id: "1" })).toEqual(["not-a-learner", undefined]);
    expect(await problemOf({ kind: "demote", id: "2" })).toEqual(["not-a-voter", undefined]);
    expect(await problemOf({ kind: "promote", id: "2" })).toEqual(["not-caught-up", undefined]);
    expect(await problemOf({ kind: "remove", id: "1" })).toEqual(["would-lose-quorum", undefined]);
    expect(await problemOf({ kind: "changes", changes })).toEqual(["bad-input", "changes.1.id"]);
    expect(statusOf(cluster).members[1]?.health).toMatchObject({ word: "Not started" });
  });

  it("lets what loses quorum be forced from a follower, by its name, and records that it was", async () => {
    const three = await start(3);
    const leader = (await three.leader()).nodeId;
    const [follower = 0, dead = 0] = [1, 2, 3].filter((id) => id !== leader);
    const cluster = clusterOf(three, follower);
    await three.stop(dead);
    await until(() => statusOf(cluster).members[dead - 1]?.health.state === "down");
    const removal = { kind: "remove", id: String(leader) } as const;
    const refusal = refused(await cluster.act(removal, context(cluster)));
    expect(refusal.code).toBe("would-lose-quorum");
    const wrong = refused(await cluster.act(removal, context(cluster, { force: `n${dead}` })));
    expect(wrong.detail).toContain(`n${leader} has to be typed`);
    const answer = applied(await cluster.act(removal, context(cluster, { force: `n${leader}` })));
    const { entries } = await cluster.history(1, 10);
    expect(entries.filter(({ forced }) => forced === true)).toMatchObject([
      { index: answer.index, kind: "remove", outcome: "applied", actor: "tester" },
    ]);
  });

  it("makes several changes at once, and shows both halves to quorum", async () => {
    const three = await start(3);
    const cluster = clusterOf(three, (await three.leader()).nodeId);
    const ids = ["4", "5"];
    for (const id of ids) {
      const address = await three.startLearner(Number(id));
      applied(await cluster.act({ kind: "add-learner", id, address }, context(cluster)));
    }
    await until(
      () => statusOf(cluster).members.filter(({ promotable }) => promotable?.ok === true).length === 2,
    );
    const changes = ids.map((id) => ({ kind: "promote", id }) as const);
    const answer = await onceHealthy(cluster, { kind: "changes", changes });
    expect(answer.membership).toMatchObject({
      sequence: 5,
      snapshot: { members: ["1", "2", "3", "4", "5"] },
    });
    expect(statusOf(cluster).configuration.outgoing).toEqual([]);
    const { entries } = await cluster.history(0, 100);
    expect(entries.slice(-2).map(({ kind }) => kind)).toEqual(["joint", "leave-joint"]);
  });

  it("transfers leadership, fenced by leader and term", async () => {
    const three = await start(3);
    const cluster = clusterOf(three, 1);
    await until(() => statusOf(cluster).leadership.agree === 3);
    await until(() => statusOf(cluster).members.every(({ health }) => health.state === "healthy"));
    const { id: leader, term } = statusOf(cluster).leadership;
    const target = ["1", "2", "3"].find((id) => id !== leader) ?? "";
    const carried = context(cluster);
    const answer = applied(await cluster.transfer(target, { leader, term }, carried));
    expect(answer.leader?.id).toBe(target);
    expect(applied(await cluster.transfer(target, { leader, term }, carried))).toEqual(answer);
    expect(answer.leader?.term).toBeGreaterThan(term);
    const late = refused(await cluster.transfer(target, { leader, term }, context(cluster)));
    expect(late).toMatchObject({ code: "leader-changed", leader: { id: target } });
    expect(refused(await cluster.transfer("4294967296", { leader, term }, context(cluster))).field).toBe(
      "target",
    );
  });

  it("says that quorum is lost, by its own asking, and that nothing can be changed", async () => {
    const three = await start(3);
    const cluster = clusterOf(three, 1);
    await until(() => statusOf(cluster).leadership.agree === 3);
    await Promise.all([three.stop(2), three.stop(3)]);
    await until(() => statusOf(cluster).leadership.id === null);
    await until(() => statusOf(cluster).members.filter(({ health }) => health.state === "down").length === 2);
    await until(() => statusOf(cluster).leadership.answering === 1);
    const status = statusOf(cluster);
    expect(status.factAgeMs).toBeLessThan(5000);
    expect(status.leadership.noneForMs).toBeGreaterThan(0);
    expect(status.members[1]?.health).toMatchObject({ word: "Unreachable", source: { by: "this node" } });
    const result = refused(
      await cluster.act({ kind: "remove", id: "3" }, context(cluster, { timeoutMs: 1000 })),
    );
    expect(result.code).toBe("no-leader");
    expect(await cluster.requestOutcome("request-x")).toMatchObject({ code: "no-leader" });
  });

  it("goes on serving its last view once it was removed, and says so with the index", async () => {
    const three = await start(3);
    const away = clusterOf(three, (await three.leader()).nodeId === 3 ? 2 : 3);
    const self = statusOf(away).self?.id ?? "";
    const cluster = clusterOf(three, 1);
    await until(() => statusOf(cluster).members.every(({ health }) => health.state === "healthy"));
    const removed = await onceHealthy(cluster, { kind: "remove", id: self });
    await until(() => statusOf(away).self?.standing === "removed");
    expect(statusOf(away).self?.index).toBe(removed.index);
    expect(away.ready()).toBe(true);
    const problem = refused(await away.act({ kind: "remove", id: "1" }, context(away)));
    expect(problem).toMatchObject({ code: "node-removed" });
    expect(problem.detail).toContain(`index ${removed.index}`);
    // It hears nobody any more; that is its own removal, and says nothing about them.
    await until(() =>
      statusOf(away).members.every(({ id, health }) => health.word === (id === self ? "Removed" : "Unknown")),
    );
  });
});
