import { openSync, writeFileSync, writeSync } from "node:fs";
import { EmbeddedEngine } from "../server/engine/embedded_engine";
import { AppliedLog, encodeCommand } from "./applied_log";
import { FaultyDisk } from "./faulty_disk";
import { type TraceRecord, traceLine } from "./trace";
import {
  type Answers,
  EXIT_DISK_FAILED,
  EXIT_NOT_STARTED,
  type FromNode,
  type NodeSettings,
  type Question,
  type ToNode,
} from "./wire";

/** One real node: the engine over real files and sockets, driven by the run over Node's own channel to its child. */

const settings: NodeSettings = JSON.parse(process.argv[2] ?? "{}");
const trace = openSync(settings.tracePath, "a", 0o600);
const note = (record: TraceRecord) => writeSync(trace, traceLine(record));

function end(code: number, sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}

const disk = new FaultyDisk(settings.journalPath, settings.liesAboutSync);
let booted = false;
const applied = new AppliedLog(
  (index, chain) => note({ kind: "applied", index, chain }),
  (index) => booted && note({ kind: "installed", index }),
);
const engine = await EmbeddedEngine.startOn(
  { fs: disk, segmentBytes: settings.segmentBytes },
  {
    dataDir: settings.dataDir,
    tickMs: settings.tickMs,
    snapshotEvery: settings.snapshotEvery,
    stateMachine: applied,
    onFailure: (message) => end(EXIT_DISK_FAILED, message),
    log: (level, text) => {
      if (level === "error") process.stderr.write(`${text}\n`);
    },
  },
);
if (!(engine instanceof EmbeddedEngine)) end(EXIT_NOT_STARTED, engine.message);
const node: EmbeddedEngine = engine;

booted = true;
note({ kind: "boot", applied: node.status().appliedIndex });
void (async () => {
  const receiver = node.watchMembership();
  for (;;) {
    const { committedIndex, members, learners } = receiver.borrowAndUpdate();
    const configuration = `${members.join(",")}|${learners.join(",")}`;
    note({ kind: "watched", index: committedIndex, configuration });
    if ((await receiver.changed()) === "closed") return;
  }
})();
void (async () => {
  for await (const { term, leader } of node.leaderChanges()) {
    if (leader !== undefined) note({ kind: "leader", term, leader });
  }
})();

async function answer(question: Question): Promise<Answers[Question["op"]]> {
  switch (question.op) {
    case "propose":
      return node.propose(encodeCommand(question.client, question.sequence, question.bytes), question);
    case "read": {
      const index = await node.readIndex(question.timeoutMs);
      return { index, applied: node.status().appliedIndex };
    }
    case "change":
      return node.changeMembership(question.changes, question.options);
    case "transfer":
      return node.transferLeadership(question.target, question);
    case "settle":
      return node.settleRequest(question.requestId, question.timeoutMs);
    case "allocate":
      return { id: await node.allocateId(question.timeoutMs) };
    case "token":
      return { token: (await node.mintJoinToken(question.id, question.timeoutMs))?.token };
    case "status":
      return node.status();
    case "dump":
      writeFileSync(question.path, applied.snapshot());
      return { entries: applied.entries };
    case "history":
      return node.history(0, 100_000).map(({ requestId, outcome, index }) => ({ requestId, outcome, index }));
    case "disk":
      disk.set(question.mode);
      return { kind: "done" };
    case "stop":
      await node.stop();
      return { kind: "done" };
  }
}

function send(message: FromNode): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

process.on("message", ({ id, question }: ToNode) => {
  void answer(question).then((reply) => {
    send({ kind: "answer", id, answer: reply });
    if (question.op === "stop") process.disconnect();
  });
});
// A run that ended leaves no node behind.
process.on("disconnect", () => process.exit(0));
send({ kind: "started" });
