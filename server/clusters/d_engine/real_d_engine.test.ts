import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MembershipView } from "../../../protocol/membership";
import type { ClusterStatus, MemberStatus } from "../../../protocol/status";
import { ownPort } from "../../testing/ports";
import { RecordBook } from "../attached/record_book";
import type { ActionResult } from "../cluster";
import { D_ENGINE_MISSING, DEngineNodes, dEngineProgram } from "../testing/d_engine_nodes";
import { connectDEngine } from "./connect";
import type { DEngineCluster } from "./d_engine_cluster";

/** Longest wait for real processes on a busy machine (ms): a bound on hanging, not a claim. */
const PATIENCE_MS = 100_000;

describe.skipIf(dEngineProgram === undefined)(
  `a real d-engine cluster${dEngineProgram === undefined ? ` (skipped: ${D_ENGINE_MISSING})` : ""}`,
  { timeout: 3 * PATIENCE_MS },
  () => {
    let nodes: DEngineNodes;
    let folder: string;
    let book: RecordBook;
    let cluster: DEngineCluster;
    let requests = 0;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "rollcall-book-"));
      book = RecordBook.open(folder, { cluster: "de" });
    });

    afterEach(async () => {
      await cluster?.close();
      await nodes?.end();
      book.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const attach = (endpoints: readonly string[]) => {
      cluster = connectDEngine({ name: "de", endpoints, recordBook: book });
      return cluster;
    };
    const status = (): ClusterStatus => cluster.watchStatus().borrow();
    const view = (): MembershipView => cluster.watchMembership().borrow();
    const member = (id: number): MemberStatus | undefined =>
      status().members.find((one) => one.id === String(id));
    const until = (condition: () => boolean, what: string) =>
      expect.poll(condition, { timeout: PATIENCE_MS, message: what }).toBe(true);
    const healthy = () => status().members.filter(({ health }) => health.state === "healthy").length;
    const agreed = (voters: number) =>
      until(() => {
        const { id, agree, term } = status().leadership;
        return id !== null && agree === voters && term > 0 && healthy() >= voters;
      }, `${voters} voters agree on a leader`);
    const add = (
      id: number,
      address: string,
      learnerKind: "promotable" | "read-only",
      timeoutMs = 30_000,
    ) => {
      requests += 1;
      const { epoch, snapshot } = view();
      const context = {
        fence: { epoch, committedIndex: snapshot.committedIndex },
        requestId: `request-${requests}-${id}`,
        actor: "tester",
        timeoutMs,
      };
      return cluster.act({ kind: "add-learner", id: String(id), address, learnerKind }, context);
    };
    const applied = (result: ActionResult) => {
      if (!result.ok) throw new Error(result.problem.detail);
      return result.answer;
    };

    it("is found from one endpoint, and every node's own word is told", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses.slice(0, 1));
      expect(cluster.ready()).toBe(true);
      await agreed(3);
      expect(view()).toMatchObject({
        epoch: "d1",
        exact: true,
        snapshot: { members: ["1", "2", "3"], learners: [], committedIndex: 0 },
      });
      expect(status().members.map(({ address }) => address)).toEqual(nodes.addresses);
      for (const one of status().members) {
        expect(one.ownView).toMatchObject({ members: ["1", "2", "3"], leader: status().leadership.id });
        expect(one.ownView?.term).toBe(status().leadership.term);
      }
      expect(status().loopbackOnly).toBe(true);
    });

    it("takes a read-only learner at the leader, and remembers who added it", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      const address = `127.0.0.1:${await ownPort()}`;
      const answer = applied(await add(4, address, "read-only"));
      expect(answer.membership.snapshot).toMatchObject({ members: ["1", "2", "3"], learners: ["4"] });
      expect(answer.index).toBe(answer.membership.snapshot.committedIndex);
      await until(() => member(4)?.health.word === "Not started", "the learner is not started");
      expect(member(4)?.promotable).toMatchObject({
        ok: false,
        reason: expect.stringContaining("read-only"),
      });
      expect(member(4)?.facts).toContainEqual(expect.objectContaining({ value: "Read-only" }));
      const { entries } = await cluster.history(0, 10);
      expect(entries.at(-1)).toMatchObject({ kind: "add-learner", actor: "tester", outcome: "applied" });

      const again = await add(4, `127.0.0.1:${await ownPort()}`, "read-only");
      expect(again).toMatchObject({ ok: false, problem: { code: "already-member", field: "id" } });
      const taken = await add(5, address, "read-only");
      expect(taken).toMatchObject({ ok: false, problem: { code: "address-taken" } });
    });

    it("holds one promotable learner back for parity, and promotes two by itself", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      const address = `127.0.0.1:${await ownPort()}`;
      const { learner } = applied(await add(4, address, "promotable"));
      nodes.configureFrom(4, learner?.command ?? "");
      nodes.run(4);
      await until(() => member(4)?.facts.some(({ dueInMs }) => dueInMs !== null) === true, "a countdown");
      expect(member(4)?.role).toBe("learner");
      expect(member(4)?.promotable).toMatchObject({ ok: false, reason: expect.stringContaining("odd") });
      expect(status().notices).toContainEqual(expect.objectContaining({ id: "held-back-4", member: "4" }));

      await nodes.prepareLearner(5, 1);
      nodes.run(5);
      await until(() => view().snapshot.members.join() === "1,2,3,4,5", "both are voters");
      await agreed(5);
      expect(status().notices).toEqual([]);
      const { entries } = await cluster.history(0, 20);
      const promoted = entries.filter(({ kind }) => kind === "promote").flatMap(({ changes }) => changes);
      expect(promoted.map(({ id }) => id).sort()).toEqual(["4", "5"]);
    });

    it("evicts a learner that parity holds back", async () => {
      nodes = await DEngineNodes.start(3, { evictAfterSeconds: 3 });
      attach(nodes.addresses);
      await agreed(3);
      await nodes.prepareLearner(4, 1);
      nodes.run(4);
      await until(() => view().snapshot.learners.includes("4"), "the learner joined by itself");
      await until(() => !view().snapshot.learners.includes("4"), "it was evicted");
      expect(view().snapshot).toMatchObject({ members: ["1", "2", "3"], learners: [] });
    });

    it("turns away a node that was added already and asks to join again", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      const address = await nodes.prepareLearner(4, 1);
      applied(await add(4, address, "promotable"));
      nodes.run(4);
      expect(await nodes.exit(4)).toBe(1);
      expect(nodes.log(4)).toContain("already been added");
    });

    it("names a restarted node's epoch, and goes on by the others", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      applied(await add(7, `127.0.0.1:${await ownPort()}`, "read-only"));
      const { committedIndex } = view().snapshot;
      const victim = status().leadership.id === "1" ? 2 : 1;
      await until(() => member(victim)?.ownView?.committedIndex === committedIndex, "it has the change");
      await nodes.stop(victim);
      await until(() => member(victim)?.health.word === "Unreachable", "it is gone");
      nodes.run(victim);
      await until(() => member(victim)?.ownView?.committedIndex === 0, "it forgot");
      await agreed(3);
      const notice = status().notices.find(({ member: id }) => id === String(victim));
      expect(notice?.text).toContain(`its index fell from ${committedIndex} to 0`);
      expect(notice?.text).toContain("epoch 2 of that node");
      expect(view()).toMatchObject({ epoch: "d1", snapshot: { learners: ["7"], committedIndex } });
    });

    it("begins an epoch when every node restarted", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      applied(await add(7, `127.0.0.1:${await ownPort()}`, "read-only"));
      for (const id of [1, 2, 3]) {
        await until(() => member(id)?.ownView?.learners.includes("7") === true, `node ${id} has the change`);
      }
      const before = view();
      const stale = { epoch: before.epoch, committedIndex: before.snapshot.committedIndex };
      await Promise.all([1, 2, 3].map((id) => nodes.stop(id)));
      for (const id of [1, 2, 3]) nodes.run(id);
      await until(() => view().epoch === "d2", "a new epoch");
      expect(view().snapshot).toEqual({ members: ["1", "2", "3"], learners: [], committedIndex: 0 });
      await agreed(3);
      const context = { fence: stale, requestId: "request-of-before", actor: "tester", timeoutMs: 5000 };
      const action = { kind: "add-learner", id: "8", address: "127.0.0.1:1" } as const;
      expect(await cluster.act(action, context)).toMatchObject({
        ok: false,
        problem: { code: "fence-lost" },
      });
    });

    it("finds what it recorded outdated after its own restart, though one node never comes back", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      applied(await add(7, `127.0.0.1:${await ownPort()}`, "read-only"));
      for (const id of [1, 2, 3]) {
        await until(() => member(id)?.ownView?.learners.includes("7") === true, `node ${id} has the change`);
      }
      await cluster.close();
      await Promise.all([1, 2, 3].map((id) => nodes.stop(id)));
      // A node answers once it reached all of the others: the third goes after that.
      for (const id of [1, 2, 3]) nodes.run(id);
      for (const id of [1, 2]) {
        await expect
          .poll(() => nodes.log(id).split("Node is running").length, { timeout: PATIENCE_MS })
          .toBe(3);
      }
      await nodes.kill(3);
      attach(nodes.addresses);
      expect(view()).toMatchObject({ epoch: "d1", snapshot: { learners: ["7"] } });
      await until(() => view().epoch === "d2", "a new epoch");
      expect(view().snapshot).toEqual({ members: ["1", "2", "3"], learners: [], committedIndex: 0 });
    });

    it("shows a lost quorum, refuses what could not be applied, and comes back", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      const leader = Number(status().leadership.id);
      const others = [1, 2, 3].filter((id) => id !== leader);
      for (const id of others) await nodes.kill(id);
      await until(() => healthy() === 1 && status().leadership.answering === 1, "one voter is left");
      const refused = await add(4, `127.0.0.1:${await ownPort()}`, "read-only");
      expect(refused).toMatchObject({ ok: false, problem: { code: "no-leader" } });

      const [first = 0, second = 0] = others;
      nodes.run(first);
      await until(
        () => member(first)?.facts.some(({ label }) => label === "Start") === true,
        "the first waits for the second",
      );
      nodes.run(second);
      await agreed(3);
      applied(await add(4, `127.0.0.1:${await ownPort()}`, "read-only"));
    });

    it("keeps a join without an answer as a doubt, and reads what became of it", async () => {
      nodes = await DEngineNodes.start(3);
      attach(nodes.addresses);
      await agreed(3);
      const others = [1, 2, 3].filter((id) => String(id) !== status().leadership.id);
      // The leader takes the entry and nobody acknowledges it.
      for (const id of others) nodes.signal(id, "SIGSTOP");
      const result = await add(4, `127.0.0.1:${await ownPort()}`, "read-only", 2000);
      const requestId = `request-${requests}-4`;
      expect(result).toMatchObject({ ok: false, problem: { code: "outcome-unknown", requestId } });
      expect(await cluster.requestOutcome(requestId)).toEqual({ state: "pending" });
      for (const id of others) nodes.signal(id, "SIGCONT");
      await until(() => view().snapshot.learners.includes("4"), "the entry was applied after all");
      const { committedIndex } = view().snapshot;
      await expect
        .poll(() => cluster.settleRequest(requestId), { timeout: PATIENCE_MS })
        .toEqual({ state: "applied", index: committedIndex });
    });
  },
);
