import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddedEngine } from "rollcall/engine";
import { PlacementStore } from "./placement_store";
import { ShardScheduler } from "./shard_scheduler";
import { joinFourth, promoteWhenReady, startThree } from "./three_nodes";

/** Three nodes, a fourth joins, is promoted and leaves again; every node's scheduler tells what it did. */

const SHARDS = Array.from({ length: 12 }, (_, at) => `shard-${at}`);
const folder = mkdtempSync(join(tmpdir(), "rollcall-example-"));
const store = new PlacementStore();
const engines: EmbeddedEngine[] = [];
const schedulers: Promise<void>[] = [];

function schedule(engine: EmbeddedEngine): void {
  engines.push(engine);
  const scheduler = new ShardScheduler(engine.watchMembership(), store, SHARDS, (did) => {
    const who = [...did.joined.map((id) => `+${id}`), ...did.left.map((id) => `-${id}`)].join(" ");
    console.log(
      `node ${engine.nodeId}: index ${did.committedIndex} ${who}: ${did.moves} moves, ${did.placed}`,
    );
  });
  schedulers.push(scheduler.run());
}

try {
  for (const engine of await startThree(folder)) schedule(engine);
  const [first] = engines;
  if (first === undefined) throw new Error("no engine");
  const fourth = await joinFourth(folder, first);
  schedule(fourth);
  await promoteWhenReady(first, fourth.nodeId);
  const removed = await first.removeNode(fourth.nodeId);
  if (removed.kind !== "applied") throw new Error(JSON.stringify(removed));
} finally {
  await Promise.all(engines.map((engine) => engine.stop()));
  // The receivers closed with their engines, so every scheduler has ended.
  await Promise.all(schedulers);
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${store.done.length} rebalances were done, each once`);
