import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describePlan } from "../../../protocol/plan_words";
import { problem } from "../../../protocol/problem";
import type { ChangeInProgress, MemberStatus } from "../../../protocol/status";
import { learner, member, plain, voters } from "../../../protocol/testing/status_fixture";
import { namesOf } from "../../../protocol/words";
import { ManualTimers } from "../testing/manual_timers";
import { DOUBT_MS } from "./plan_doubts";
import { PlanDriver } from "./plan_driver";
import { RecordBook } from "./record_book";
import { SequentialCluster } from "./testing/sequential_cluster";

let directory: string;
let timers: ManualTimers;
let cluster: SequentialCluster;
let driver: PlanDriver;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-plan-"));
  timers = new ManualTimers();
});
afterEach(() => {
  driver.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A console on these members, new or started again. */
function console(members: MemberStatus[]): void {
  const book = RecordBook.open(directory, { cluster: "prod" });
  cluster = new SequentialCluster(book, members);
  driver = new PlanDriver({ port: cluster, book, timers });
  cluster.onChange = () => driver.look();
  driver.start();
}

/** Lets what is under way end, and the clock go on by a second at a time. */
async function pass(seconds = 3): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    timers.advance(1000);
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  }
}

const n4 = { name: "n4", peerUrls: ["http://h4:2380"] };
const context = (requestId: string) => ({ requestId, actor: "ann", timeoutMs: 1000 });
const replace = (target = "3", requestId = "plan-0001") =>
  driver.create({ kind: "replace", target, ...n4 }, context(requestId));
const plan = (id = "plan-0001") => driver.describe(cluster.status()).find((one) => one.id === id);
const line = () => {
  const status = cluster.status();
  const shown = plan();
  return shown === undefined ? "" : describePlan(shown, status, namesOf(status.members)).line;
};
const dead = () => [...voters(2), member({ id: "3", health: "down", sinceMs: 60_000 })];

describe("a plan that the console carries out", () => {
  it("replaces a dead voter: out first, then the new one in, started, caught up, promoted", async () => {
    console(dead());
    expect(replace()).toBeUndefined();
    expect(line()).toBe("Step 1 of 4 - removing n3");
    await pass();
    expect(cluster.made).toEqual(["remove 3", "add-learner n4"]);
    expect(plan()).toMatchObject({ learner: "4", step: "starting", startCommand: "etcd --name n4 # 4" });
    expect(line()).toBe("Step 3 of 4 - waiting: n4 to be started");
    // Whoever starts it may take days: nobody is polled fast for that.
    expect(driver.inDoubt).toBe(false);
    cluster.let("4", "healthy", { promotable: { ok: false, reason: "it is behind" } });
    await pass();
    expect(line()).toBe("Step 3 of 4 - waiting: n4: it is behind");
    expect(plan()?.startCommand).toBeUndefined();
    cluster.let("4", "healthy", { promotable: { ok: true } });
    await pass();
    expect(cluster.made.at(-1)).toBe("promote 4");
    expect(plan()).toMatchObject({ state: "done", step: "finished" });
    expect(line()).toBe("Done. n4 votes; n3 is out.");
  });

  it("replaces a leader that is alive: last, and leadership moves first", async () => {
    console(voters(3));
    replace("1");
    await pass();
    expect(cluster.made).toEqual(["add-learner n4"]);
    cluster.let("4", "healthy", { promotable: { ok: true } });
    await pass(8);
    expect(cluster.made).toEqual(["add-learner n4", "promote 4", "transfer 2", "remove 1"]);
    expect(plan()?.state).toBe("done");
    const entries = cluster.book.history(0, 20).entries;
    expect(entries.map(({ actor, outcome }) => `${actor} ${outcome}`)).toEqual(Array(4).fill("ann applied"));
  });

  it("goes on where a restart of the console left it", async () => {
    console(dead());
    replace();
    await pass();
    driver.close();
    cluster.book.close();
    const members = cluster.members;
    console(members);
    await pass();
    expect(plan()).toMatchObject({ state: "running", learner: "4", step: "starting" });
    cluster.let("4", "healthy", { promotable: { ok: true } });
    await pass();
    expect(cluster.made).toEqual(["promote 4"]);
    expect(plan()?.state).toBe("done");
  });

  it("rests while the cluster is attached read-only, and goes on when it is not", async () => {
    console(dead());
    cluster.loseAnswer = "before";
    replace();
    await pass(1);
    driver.close();
    const { members } = cluster;
    const may = { ok: false, reason: "This cluster is attached read-only." } as const;
    console(members);
    const { capabilities } = cluster;
    cluster.capabilities = { ...capabilities, guided: may };
    let asked = 0;
    const settle = cluster.settleRequest.bind(cluster);
    cluster.settleRequest = (requestId) => {
      asked += 1;
      return settle(requestId);
    };
    await pass(30);
    expect([cluster.asked, asked, driver.inDoubt]).toEqual([[], 0, false]);
    expect(line()).toBe("Step 1 of 4 - waiting: this cluster is attached read-only");
    cluster.capabilities = capabilities;
    await pass(DOUBT_MS / 1000 + 3);
    expect(cluster.made).toEqual(["remove 3", "add-learner n4"]);
  });

  it("does not give up before the members are known again after a restart", async () => {
    console(voters(3));
    replace();
    await pass();
    const { members } = cluster;
    driver.close();
    console(members);
    const read = cluster.status.bind(cluster);
    let known = false;
    cluster.status = () => (known ? read() : { ...read(), members: [], configuration: plain([]) });
    await pass();
    expect(plan()?.state).toBe("running");
    known = true;
    cluster.let("4", "healthy", { promotable: { ok: true } });
    await pass();
    expect(plan()?.state).toBe("done");
  });

  it("does not take a member for gone that one member's list, which is behind, does not know yet", async () => {
    console(voters(3));
    replace();
    await pass();
    const { members } = cluster;
    driver.close();
    console(members);
    const read = cluster.status.bind(cluster);
    let isBehind = true;
    cluster.status = () => {
      const status = read();
      return isBehind ? { ...status, members: status.members.filter(({ id }) => id !== "4") } : status;
    };
    await pass();
    expect(plan()?.state).toBe("running");
    isBehind = false;
    cluster.let("4", "healthy", { promotable: { ok: true } });
    await pass();
    expect(plan()?.state).toBe("done");
  });

  it("asks what became of a step whose answer was lost, and makes it once", async () => {
    console(voters(3));
    cluster.loseAnswer = "after";
    replace();
    await pass(1);
    expect(cluster.made).toEqual(["add-learner n4"]);
    cluster.observe();
    await pass();
    expect(plan()).toMatchObject({ learner: "4", step: "starting" });
    expect(cluster.asked).toEqual(["add-learner n4"]);
  });

  it("makes a step again only once it is certain that it had no effect", async () => {
    console(voters(3));
    cluster.loseAnswer = "before";
    replace();
    await pass(1);
    expect(cluster.asked).toEqual(["add-learner n4"]);
    expect(line()).toBe("Step 1 of 4 - waiting: the outcome of the last step, which is not known");
    expect(driver.inDoubt).toBe(true);
    cluster.reachable = false;
    await pass(60);
    expect(cluster.asked).toHaveLength(1);
    expect(plan()?.waitingFor).toBe("the outcome of the last step, which is not known: nobody answers");
    cluster.reachable = true;
    await pass(DOUBT_MS / 1000 + 2);
    expect(cluster.made).toEqual(["add-learner n4"]);
    expect(cluster.asked).toHaveLength(2);
  });

  it("knows after a crash that a step may have been made", async () => {
    console(voters(3));
    cluster.act = (action) => {
      cluster.asked.push(action.kind);
      return new Promise(() => {});
    };
    replace();
    await pass(1);
    expect(cluster.asked).toEqual(["add-learner"]);
    driver.close();
    console([...voters(3), learner({ id: "4", name: "", health: "down", word: "Not started" })]);
    await pass(DOUBT_MS / 1000 + 3);
    expect(plan()).toMatchObject({ state: "running", learner: "4", step: "starting" });
    expect(cluster.asked).toEqual([]);
  });

  it.each(
    (["killed before", "killed after"] as const).flatMap((moment) =>
      ["removal", "addition", "promotion"].map((name, step) => [moment, name, step] as const),
    ),
  )(
    "goes on after the console was %s the %s was made, and makes each change once",
    async (moment, _, step) => {
      console(dead());
      const act = cluster.act.bind(cluster);
      cluster.act = (action, context) => {
        if (cluster.asked.length === step) cluster.loseAnswer = moment;
        return act(action, context);
      };
      replace();
      const start = () => {
        if (cluster.members.some(({ id }) => id === "4")) {
          cluster.let("4", "healthy", { promotable: { ok: true } });
        }
      };
      const passAndStart = async () => {
        await pass();
        start();
        await pass(DOUBT_MS / 1000 + 3);
        start();
        await pass(DOUBT_MS / 1000 + 3);
      };
      await passAndStart();
      expect(cluster.asked).toHaveLength(step + 1);
      const { made, members } = cluster;
      driver.close();
      cluster.book.close();
      console(members);
      cluster.lastId = 3;
      await passAndStart();
      expect(plan()?.state).toBe("done");
      expect([...made, ...cluster.made]).toEqual(["remove 3", "add-learner n4", "promote 4"]);
      expect(cluster.book.openRequests).toEqual([]);
    },
  );

  it("does not say that it waits for its own step, and does for somebody else's change", async () => {
    console(voters(3));
    cluster.act = () => new Promise(() => {});
    replace();
    await pass(1);
    const read = cluster.status.bind(cluster);
    const changing = (requestId: string) => {
      const changeInProgress: ChangeInProgress = {
        kind: "remove",
        members: ["2"],
        actor: "bob",
        requestId,
        sinceMs: 0,
      };
      cluster.status = () => ({ ...read(), changeInProgress });
      return line();
    };
    expect(changing("plan-0001-1")).toBe("Step 1 of 4 - adding n4 as learner");
    expect(changing("request-9")).toContain("waiting: change in progress: remove n2, by bob");
  });

  it("waits with the cluster's own reason where a step is turned down, and tries again ever more rarely", async () => {
    console(voters(3));
    cluster.refuseWith = problem("invalid-change", "Unhealthy cluster: a member is not connected.");
    replace();
    await pass(2);
    expect(line()).toBe("Step 1 of 4 - waiting: unhealthy cluster: a member is not connected");
    await pass(30);
    expect(cluster.asked.length).toBeGreaterThan(1);
    expect(cluster.asked.length).toBeLessThan(5);
    cluster.refuseWith = undefined;
    await pass(60);
    expect(cluster.made).toEqual(["add-learner n4"]);
  });

  it("tries at the same pace where what stands in the way passes by itself", async () => {
    console(voters(3));
    cluster.refuseWith = problem("cluster-unhealthy", "n2 came back a moment ago.");
    replace();
    await pass(31);
    expect(cluster.asked).toHaveLength(7);
    cluster.refuseWith = undefined;
    await pass(6);
    expect(cluster.made).toEqual(["add-learner n4"]);
  });

  it("rests while paused, ends where it is when stopped, and undoes nothing", async () => {
    console(voters(3));
    replace();
    expect(driver.steer("plan-0001", "pause")).toBeUndefined();
    await pass();
    // What was under way when it was paused still ended.
    expect(cluster.made).toEqual(["add-learner n4"]);
    cluster.let("4", "healthy", { promotable: { ok: true } });
    await pass();
    expect(line()).toBe("Paused at step 3 of 4 - n4 becoming a voter");
    expect(driver.steer("plan-0001", "stop")).toBeUndefined();
    await pass();
    expect(cluster.made).toEqual(["add-learner n4"]);
    expect(line()).toBe("Stopped. n4 stays a learner; n3 still votes. Nothing is undone.");
    expect(driver.steer("plan-0001", "resume")).toMatchObject({ code: "invalid-change" });
  });

  it("finds out what became of its last step also after it was stopped", async () => {
    console(voters(3));
    cluster.loseAnswer = "after";
    replace();
    await pass(1);
    driver.steer("plan-0001", "stop");
    cluster.observe();
    await pass();
    expect(cluster.book.openRequests).toEqual([]);
    expect(cluster.book.history(0, 10).entries.at(-1)).toMatchObject({ outcome: "applied", actor: "ann" });
    expect(driver.inDoubt).toBe(false);
    expect(line()).toBe("Stopped. n4 stays a learner; n3 still votes. Nothing is undone.");
  });

  it("is in nobody's way once it was stopped, although its last step stays in doubt", async () => {
    console(voters(3));
    cluster.loseAnswer = "before";
    replace();
    await pass(1);
    cluster.requestOutcome = () => Promise.resolve(problem("no-leader", "n3 was asked and does not answer."));
    cluster.settleRequest = cluster.requestOutcome;
    await pass(30);
    expect(cluster.made).toEqual([]);
    driver.steer("plan-0001", "stop");
    expect(driver.create({ kind: "replace", target: "3", ...n4 }, context("plan-0002"))).toBeUndefined();
    await pass();
    expect(cluster.made).toEqual(["add-learner n4"]);
  });

  it("waits for the name where a step leaves no spare", async () => {
    console(voters(2));
    driver.create({ kind: "replace", target: "2", ...n4 }, context("plan-0001"));
    await pass();
    cluster.let("3", "healthy", { promotable: { ok: true } });
    await pass();
    expect(plan()).toMatchObject({ step: "removing", typeName: "n2" });
    expect(driver.steer("plan-0001", "confirm", "n1")).toMatchObject({ field: "typedName" });
    await pass();
    expect(cluster.made.at(-1)).toBe("promote 3");
    expect(driver.steer("plan-0001", "confirm", "n2")).toBeUndefined();
    await pass();
    expect(cluster.made.at(-1)).toBe("remove 2");
    expect(plan()?.state).toBe("done");
  });
});

describe("plans beside each other", () => {
  it("a queued learner is added once the present one votes, and does not hold its promotion up", async () => {
    console([...voters(3), learner({ id: "4", promotable: { ok: false, reason: "it is behind" } })]);
    const five = { name: "n5", peerUrls: ["http://h5:2380"] };
    expect(driver.create({ kind: "add-learner", ...five }, context("queued-1"))).toBeUndefined();
    expect(driver.create({ kind: "promote", learner: "4" }, context("plan-0001"))).toBeUndefined();
    await pass();
    expect(cluster.made).toEqual([]);
    expect(plan("queued-1")?.waitingFor).toContain("n4 is a learner");
    cluster.let("4", "healthy", { promotable: { ok: true } });
    await pass(8);
    expect(cluster.made).toEqual(["promote 4", "add-learner n5"]);
    cluster.let("5", "healthy");
    await pass();
    expect(plan("queued-1")?.state).toBe("done");
  });

  it("a second promotion or replacement is refused while one is under way; a repeat is the same plan", () => {
    console([...voters(3), learner({ id: "4", health: "down" })]);
    const promotion = { kind: "promote", learner: "4" } as const;
    expect(driver.create(promotion, context("plan-0001"))).toBeUndefined();
    expect(driver.create(promotion, context("plan-0001"))).toBeUndefined();
    expect(driver.create({ ...promotion, learner: "5" }, context("plan-0001"))).toMatchObject({
      code: "request-id-reused",
    });
    expect(driver.create(promotion, context("plan-0002"))).toMatchObject({ code: "invalid-change" });
  });

  it("takes no request id that stands for a change, whatever became of that", async () => {
    console([...voters(3), learner({ id: "4", health: "down" })]);
    const remove = (id: string, requestId: string) => {
      const { epoch, snapshot } = cluster.membership();
      const fence = { epoch, committedIndex: snapshot.committedIndex };
      return cluster.act({ kind: "remove", id }, { ...context(requestId), fence });
    };
    await remove("3", "applied-1");
    cluster.loseAnswer = "before";
    await remove("2", "in-doubt-1");
    cluster.book.settle("closed-1", { state: "not-applied" });
    for (const id of ["applied-1", "in-doubt-1", "closed-1"]) {
      expect(driver.create({ kind: "promote", learner: "4" }, context(id))).toMatchObject({
        code: "request-id-reused",
      });
    }
    expect(plan()).toBeUndefined();
  });

  it.each([
    ["not-a-voter", { kind: "replace", target: "9", ...n4 }],
    ["not-a-learner", { kind: "promote", learner: "1" }],
    ["address-taken", { kind: "replace", target: "3", name: "n4", peerUrls: ["http://h2:2380"] }],
    ["already-member", { kind: "add-learner", name: "n2", peerUrls: ["http://h4:2380"] }],
  ] as const)("what cannot be is refused at once: %s", (code, body) => {
    console(voters(3));
    const peerUrls = "peerUrls" in body ? [...body.peerUrls] : [];
    const asked = "peerUrls" in body ? { ...body, peerUrls } : body;
    expect(driver.create(asked, context("plan-0001"))).toMatchObject({ code });
    expect(driver.describe(cluster.status())).toEqual([]);
  });

  it("the place of a dead member may be taken over by the one that replaces it", async () => {
    console(dead());
    const body = { kind: "replace", target: "3", name: "n3", peerUrls: ["http://h3:2380"] } as const;
    expect(driver.create({ ...body, peerUrls: [...body.peerUrls] }, context("plan-0001"))).toBeUndefined();
    await pass();
    expect(cluster.made).toEqual(["remove 3", "add-learner n3"]);
  });
});
