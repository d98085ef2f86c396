import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram } from "./build_program";
import { describeReport } from "./report";
import { TortureRun } from "./torture_run";

/** Real processes, killed and started again; the long run is `npm run torture`. */

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollcall-torture-"));
  program = join(folder, "node_program.mjs");
  await buildProgram(program);
});

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

describe("a tortured cluster", () => {
  it("keeps what it promised over a few cycles", async () => {
    const run = new TortureRun({ folder: join(folder, "sound"), program, seed: 1, cycles: 8 });
    const report = await run.run();
    expect(report.violations, describeReport(report)).toEqual([]);
    expect(report.cycles).toBeGreaterThanOrEqual(8);
    expect(report.seen.acknowledged).toBeGreaterThan(0);
    expect(report.final?.commands).toBeGreaterThan(0);
  });

  it("is found out when its disks answer syncs and make nothing durable", async () => {
    const options = { folder: join(folder, "lying"), program, seed: 2, cycles: 150, liesAboutSync: true };
    const report = await new TortureRun(options).run();
    expect(report.violationCount).toBeGreaterThan(0);
  });
});
