import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { SeenChange } from "../attached/effects";
import { RecordBook } from "../attached/record_book";
import { EtcdMembership } from "./members_watch";

const HOUR_MS = 3_600_000;

let directory: string;
let wall: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-members-"));
  wall = 1_800_000_000_000;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = () => RecordBook.open(directory, { cluster: "prod", wallClock: () => wall });

function left(id: string, name: string): SeenChange {
  return { kind: "remove", id, name, peerUrls: [] };
}

it("remembers over a restart, for a day, whose data directory must not be used again", () => {
  const snapshot = { members: ["1", "2"], learners: [], committedIndex: 9 };
  const book = open();
  const view = { epoch: "c1-b1", exact: false, sequence: 2, snapshot };
  book.published({ view, changes: [left("3", "n3"), left("4", "")] });
  book.close();

  wall += 23 * HOUR_MS;
  let now = 5000;
  const again = open();
  const membership = new EtcdMembership(again, () => now);
  expect(membership.removed).toEqual([{ id: "3", name: "n3" }]);
  now += 2 * HOUR_MS;
  expect(membership.removed).toEqual([]);
  again.close();
});
