import { EmbeddedEngine } from "../server/engine/embedded_engine";
import type { MemberChange } from "../server/engine/types";
import type { FileSystem, OpenFile } from "../server/storage/file_system";
import { nodeFileSystem } from "../server/storage/node_fs";
import { measure } from "./measure";
import type { BenchAnswers, BenchQuestion, BenchSettings, Measured } from "./wire";

/** One real node that is asked to measure itself: the load starts in the process it is for, as in an embedding program. */

const settings: BenchSettings = JSON.parse(process.argv[2] ?? "{}");

/** The machine's disk, whose syncs answer at once and make nothing durable: what syncing costs is the difference. */
function withoutSync(): FileSystem {
  const wrap = (file: OpenFile): OpenFile => ({
    path: file.path,
    write: (bytes, position, done) => file.write(bytes, position, done),
    datasync: (done) => void setImmediate(done, undefined),
    close: (done) => file.close(done),
  });
  return {
    ...nodeFileSystem,
    create: (path, done) => nodeFileSystem.create(path, (error, file) => done(error, file && wrap(file))),
    openSync: (path) => wrap(nodeFileSystem.openSync(path)),
    syncDirectory: (_, done) => void setImmediate(done, undefined),
  };
}

const state = Buffer.alloc(settings.stateBytes, 7);
const engine = await EmbeddedEngine.startOn(settings.sync ? undefined : { fs: withoutSync() }, {
  dataDir: settings.dataDir,
  snapshotEvery: settings.snapshotEvery,
  stateMachine: { apply: () => undefined, snapshot: () => state, restore: () => undefined },
  onFailure: (message) => {
    process.stderr.write(`${message}\n`);
    process.exit(1);
  },
});
if (!(engine instanceof EmbeddedEngine)) throw new Error(engine.message);
const node: EmbeddedEngine = engine;

async function applied(answer: Promise<{ readonly kind: string }>): Promise<boolean> {
  return (await answer).kind === "applied";
}

function measureProposals(count: number, window: number, bytes: number): Promise<Measured> {
  const data = Buffer.alloc(bytes, 1);
  return measure(count, window, () => applied(node.propose(data)));
}

/**
 * Adds learners that nobody runs and removes them again, in turn. `atOnce` 2: both in one change, through joint consensus. Ids are
 * never used again, so every learner is a new one.
 */
function measureChanges(count: number, atOnce: 1 | 2): Promise<Measured> {
  let ids: readonly number[] = [];
  return measure(count, 1, async () => {
    const changes: MemberChange[] = ids.map((id) => ({ kind: "remove", id }));
    if (ids.length > 0) ids = [];
    else {
      ids = [node.nextId(), node.nextId() + 1].slice(0, atOnce);
      for (const id of ids)
        changes.push({
          kind: "add-learner",
          id,
          address: `127.0.0.1:${1 + (id % 9999)}`,
          name: `spare${id}`,
        });
    }
    return applied(node.changeMembership(changes));
  });
}

async function answer(question: BenchQuestion): Promise<BenchAnswers[BenchQuestion["op"]]> {
  switch (question.op) {
    case "ready":
      return { leads: (await node.waitReady(30_000)) && node.isLeader() };
    case "propose":
      return measureProposals(question.count, question.window, question.bytes);
    case "change":
      return measureChanges(question.count, question.atOnce);
    case "read":
      return measure(question.count, question.window, async () => (await node.readIndex()) !== undefined);
  }
}

process.on("message", ({ id, question }: { id: number; question: BenchQuestion }) => {
  void answer(question).then((reply) => process.send?.({ id, answer: reply }));
});
process.on("disconnect", () => process.exit(0));
