import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { replayScenario } from "./replay";
import { findScenarios, readScenario } from "./scenario_files";

const SUITE = fileURLToPath(new URL("../../../../shared/raft-testdata", import.meta.url));
const OWN = fileURLToPath(new URL("./scenarios", import.meta.url));

function filesIn(folder: string): readonly string[] {
  const found = findScenarios([folder]);
  if ("error" in found) throw new Error(found.error);
  return found.files;
}

function expectToPass(file: string): number {
  const replay = replayScenario(file, readScenario(file));
  if (replay.kind === "format-error") throw new Error(`${replay.file}:${replay.line}: ${replay.detail}`);
  for (const { directive, expected, actual } of replay.results) {
    expect(actual, `${directive.file}:${directive.line}: ${directive.command}`).toBe(expected);
  }
  return replay.results.length;
}

describe.skipIf(!existsSync(SUITE))(`the etcd-io/raft suite at ${SUITE}`, () => {
  const files = existsSync(SUITE) ? filesIn(SUITE) : [];
  test.each(files.map((file) => [basename(file), file]))("%s", (_name, file) => {
    expect(expectToPass(file)).toBeGreaterThan(0);
  });

  test("is complete: 41 files, 743 commands", () => {
    const counts = files.map((file) => {
      const replay = replayScenario(file, readScenario(file));
      return replay.kind === "format-error" ? 0 : replay.results.length;
    });
    expect(counts).toHaveLength(41);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(743);
  });
});

describe.skipIf(!existsSync(OWN))("scenarios of this project", () => {
  test.each((existsSync(OWN) ? filesIn(OWN) : []).map((file) => [basename(file), file]))(
    "%s",
    (_name, file) => {
      expect(expectToPass(file)).toBeGreaterThan(0);
    },
  );
});
