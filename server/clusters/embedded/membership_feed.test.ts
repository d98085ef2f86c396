import { expect, it } from "vitest";
import type { HistoryRecord } from "../../engine/types";
import { ScriptedEngine } from "../testing/scripted_engine";
import { MembershipFeed, newestView } from "./membership_feed";

it("counts a view by its own place in the history, though the engine is one change further", () => {
  const engine = new ScriptedEngine();
  const record = { index: 12, outcome: "applied", sequence: 4 } as HistoryRecord;
  const refusal = { index: 11, outcome: "refused", sequence: 3 } as HistoryRecord;
  engine.history = () => [refusal, record, { ...record, index: 13, sequence: 5 }] as never[];
  engine.tell({ sequence: 5 });
  expect(newestView(engine)).toMatchObject({ sequence: 4, snapshot: { committedIndex: 12 } });
});

it("publishes newer views only, and ends with the engine's", async () => {
  const engine = new ScriptedEngine();
  let changes = 0;
  const feed = new MembershipFeed(engine, () => {
    changes += 1;
  });
  const reader = feed.subscribe();
  reader.borrowAndUpdate();
  const at = (committedIndex: number) => ({ members: [1, 2, 3], learners: [], committedIndex });
  engine.tell({ membership: at(14), sequence: 5 });
  expect(await reader.changed()).toBe("changed");
  engine.tell({ membership: at(13), sequence: 5 });
  await Promise.resolve();
  expect([reader.borrowAndUpdate().snapshot.committedIndex, changes]).toEqual([14, 1]);
  const ended = reader.changed();
  feed.close();
  expect(await ended).toBe("closed");
});
