import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RecordBook } from "../attached/record_book";
import { ManualTimers } from "../testing/manual_timers";
import { DEngineObserver } from "./observer";
import { PROBE_EVERY_MS } from "./options";
import { serveScript } from "./testing/scripted_node";

let directory: string;
const ending: (() => unknown)[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-d-engine-observer-"));
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  rmSync(directory, { recursive: true, force: true });
});

it("a node that answers and never tells its view hides the others' for a while only", async () => {
  const timers = new ManualTimers();
  const book = RecordBook.open(directory, { cluster: "lab" });
  ending.push(() => book.close());
  let asked = 0;
  const nodes: { id: number; address: string; status: number }[] = [];
  const view = { members: [1, 2], learners: [], committedIndex: 7 };
  const telling = await serveScript({ view, metadata: () => ({ nodes, leader: 1 }) });
  const mute = await serveScript({
    metadata: () => {
      asked += 1;
      return { nodes, leader: 1 };
    },
  });
  ending.push(telling.close, mute.close);
  const addresses = [telling.address, mute.address];
  for (const [at, address] of addresses.entries()) nodes.push({ id: at + 1, address, status: 3 });
  const observer = new DEngineObserver(
    { name: "lab", endpoints: addresses, recordBook: book, random: () => 0.5 },
    timers,
    () => {},
  );
  ending.push(() => observer.close());
  let seen = 0;
  await expect
    .poll(
      () => {
        // Time goes on with each of its answers, so that it counts as one that answers; and a little in between, since the answer may
        // be taken in only after the time for the next question has come.
        timers.advance(asked > seen ? PROBE_EVERY_MS : 1);
        seen = asked;
        return observer.membership.newest.snapshot;
      },
      { timeout: 60_000 },
    )
    .toEqual({ members: ["1", "2"], learners: [], committedIndex: 7 });
});
