import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyConfState } from "../server/engine/configuration";
import { createDataDirectory, isOpenFault, openLogStorage } from "../server/storage";
import type { Question } from "./comparison";
import { measure } from "./measure";

const DATA = Buffer.alloc(200, 1);

/** The log of one node by itself: what sharing a sync brings, without a cluster around it. */
export async function withLog(answer: (question: Question) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-bench-log-"));
  const path = join(folder, "n1");
  try {
    const confState = { ...emptyConfState, voters: [1] };
    const fault = await createDataDirectory(path, {
      manifest: { clusterId: "bench", nodeId: 1, uuid: randomUUID(), name: "n1" },
      snapshot: { metadata: { index: 1, term: 1, confState }, data: new Uint8Array() },
      files: new Map(),
    });
    if (fault !== undefined) throw new Error(fault.message);
    const storage = await openLogStorage({ path, expected: {} });
    if (isOpenFault(storage)) throw new Error(storage.message);
    let index = 1;
    const append = (): Promise<boolean> => {
      index += 1;
      const entries = [{ index, term: 1, type: "normal" as const, data: DATA }];
      const write = { entries, hardState: undefined, snapshot: undefined, sync: true };
      return new Promise((done) => storage.append(write, (failure) => done(failure === undefined)));
    };
    await answer({
      title: "The log alone: one synced entry at a time, or 64 waiting (they share the next sync)",
      figure: "perSecond",
      sides: [
        { name: "one at a time", measure: () => measure(300, 1, append) },
        { name: "64 waiting", measure: () => measure(12_000, 64, append) },
      ],
    });
    await storage.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
