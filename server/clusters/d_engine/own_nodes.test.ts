import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DEngineApi, startDEngineApi } from "../../d_engine_api/api_server";
import { RecordBook } from "../attached/record_book";
import type { Cluster } from "../cluster";
import { D_ENGINE_MISSING, dEngineWatch } from "../testing/d_engine_nodes";
import { RealNodes } from "../testing/real_nodes";
import { connectDEngine } from "./connect";

/** Longest wait for real nodes on a busy machine (ms): a bound on hanging, not a claim. */
const PATIENCE_MS = 100_000;

describe("our own nodes, watched as a d-engine cluster", { timeout: 3 * PATIENCE_MS }, () => {
  let nodes: RealNodes;
  let apis: DEngineApi[];
  let cluster: Cluster;
  let book: RecordBook;
  let folder: string;

  beforeEach(async () => {
    nodes = await RealNodes.start(3);
    apis = [];
    for (const engine of nodes.engines) {
      const api = await startDEngineApi({ engine, host: "127.0.0.1", port: 0 });
      if ("message" in api) throw new Error(api.message);
      engine.setDEngineApi(`127.0.0.1:${api.port}`);
      apis.push(api);
    }
    folder = mkdtempSync(join(tmpdir(), "rollcall-book-"));
    book = RecordBook.open(folder, { cluster: "ours" });
    cluster = connectDEngine({
      name: "ours",
      endpoints: [`127.0.0.1:${apis[0]?.port}`],
      recordBook: book,
    });
  });

  afterEach(async () => {
    await cluster.close();
    await Promise.all(apis.map((api) => api.close()));
    await nodes.close();
    book.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const status = () => cluster.watchStatus().borrow();
  const view = () => cluster.watchMembership().borrow();
  const until = (condition: () => boolean, what: string) =>
    expect.poll(condition, { timeout: PATIENCE_MS, message: what }).toBe(true);
  const agreed = () =>
    until(() => {
      const { id, agree, term } = status().leadership;
      return id !== null && agree === 3 && term > 0;
    }, "three voters agree on a leader");

  it("are found from one of them, with leader, term and every node's view", async () => {
    await agreed();
    const leader = await nodes.leader();
    expect(status().leadership).toMatchObject({ id: String(leader.nodeId), answering: 3, agree: 3 });
    expect(view()).toMatchObject({ epoch: "d1", snapshot: { members: ["1", "2", "3"], committedIndex: 1 } });
    expect(status().members.map(({ ownView }) => ownView?.committedIndex)).toEqual([1, 1, 1]);
  });

  it("show a learner that was added elsewhere, and that a node went", async () => {
    await agreed();
    const leader = await nodes.leader();
    const added = await leader.addLearner({ id: 4, address: await nodes.startLearner(4) });
    expect(added.kind).toBe("applied");
    await until(() => view().snapshot.learners.join() === "4", "the learner is seen");
    const { committedIndex } = leader.status().membership;
    expect(view().snapshot).toEqual({ members: ["1", "2", "3"], learners: ["4"], committedIndex });
    const victim = leader.nodeId === 3 ? 2 : 3;
    await apis[victim - 1]?.close();
    await nodes.stop(victim);
    const down = () => status().members.find(({ id }) => id === String(victim))?.health.state === "down";
    await until(down, "the node is gone");
    expect(view().epoch).toBe("d1");
  });

  it("take no learner over this interface, and say so", async () => {
    await agreed();
    const { epoch, snapshot } = view();
    const fence = { epoch, committedIndex: snapshot.committedIndex };
    const context = { fence, requestId: "request-to-join", actor: "tester", timeoutMs: 30_000 };
    const action = {
      kind: "add-learner",
      id: "9",
      address: "127.0.0.1:1",
      learnerKind: "read-only",
    } as const;
    expect(await cluster.act(action, context)).toMatchObject({ ok: false, problem: { code: "unsupported" } });
    expect((await nodes.leader()).status().membership.learners).toEqual([]);
  });

  it.skipIf(dEngineWatch === undefined)(
    `can be watched with d-engine's own client${dEngineWatch === undefined ? ` (skipped: ${D_ENGINE_MISSING})` : ""}`,
    async () => {
      await agreed();
      const client = spawn(dEngineWatch ?? "", [`http://127.0.0.1:${apis[0]?.port}`]);
      const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
      const next = async () => JSON.parse((await lines.next()).value ?? "null");
      try {
        expect(await next()).toEqual({ members: [1, 2, 3], learners: [], committedIndex: 1 });
        const leader = await nodes.leader();
        await leader.addLearner({ id: 4, address: await nodes.startLearner(4) });
        const { committedIndex } = leader.status().membership;
        expect(await next()).toEqual({ members: [1, 2, 3], learners: [4], committedIndex });
      } finally {
        client.kill("SIGKILL");
      }
    },
  );
});
