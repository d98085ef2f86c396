import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { powerCut } from "./power_cut";
import { Random } from "./random";

let folder: string;
let journal: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-tear-"));
  journal = `${folder}.journal`;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(journal, { force: true });
});

function put(name: string, bytes: number): void {
  writeFileSync(join(folder, name), Buffer.alloc(bytes, 1));
}

describe("a power cut", () => {
  it("takes any part of what was not synced, by cutting or by zeros, and never a byte of what was", () => {
    const kept = new Set<number>();
    for (let seed = 0; seed < 300; seed += 1) {
      put("0000000001.log", 100);
      writeFileSync(journal, "s 0000000001.log 60\n");
      const torn = powerCut(folder, journal, new Random(seed));
      const bytes = readFileSync(join(folder, "0000000001.log"));
      expect(bytes.subarray(0, 60).every((byte) => byte === 1)).toBe(true);
      kept.add(bytes.lastIndexOf(1) + 1);
      expect(torn.bytes).toBe(100 - (bytes.lastIndexOf(1) + 1));
    }
    expect(Math.min(...kept)).toBe(60);
    expect(Math.max(...kept)).toBe(100);
  });

  it("leaves alone a segment the journal does not know, and believes no line that was not finished", () => {
    put("0000000001.log", 100);
    put("0000000002.log", 100);
    writeFileSync(journal, "s 0000000002.log 100\ns 0000000002.log 1");
    for (let seed = 0; seed < 50; seed += 1)
      expect(powerCut(folder, journal, new Random(seed))).toMatchObject({ bytes: 0, names: 0 });
  });

  it("may take a name that was made or changed since the directory was synced, and no other", () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      put("0000000001.log", 10);
      put("0000000002.log", 10);
      put("0000000001.snapshot", 10);
      rmSync(join(folder, "0000000001.snapshot.unfinished"), { force: true });
      const old = "c 0000000001.log\ns 0000000001.log 10\nd\n";
      const made = "c 0000000002.log\ns 0000000002.log 10\n";
      const renamed =
        "c 0000000001.snapshot.unfinished\ns 0000000001.snapshot.unfinished 10\nr 0000000001.snapshot.unfinished 0000000001.snapshot\n";
      writeFileSync(journal, old + made + renamed);
      powerCut(folder, journal, new Random(seed));
      expect(existsSync(join(folder, "0000000001.log"))).toBe(true);
      outcomes.add(existsSync(join(folder, "0000000002.log")) ? "segment kept" : "segment gone");
      const back = existsSync(join(folder, "0000000001.snapshot.unfinished"));
      expect(existsSync(join(folder, "0000000001.snapshot"))).toBe(!back);
      outcomes.add(back ? "snapshot without its name" : "snapshot kept");
    }
    expect(outcomes.size).toBe(4);
  });
});
