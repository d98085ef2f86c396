import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "./build_program";
import { describeReport } from "./report";
import { TortureRun } from "./torture_run";

const HELP = `Tortures a cluster of three to five real node processes and checks that it kept what it promised.

usage: npm run torture -- [--cycles N] [--seed S] [--keep]

--cycles N  kill and restart cycles (default 200)
--seed S    seeds every choice (default: one of its own, printed); the machine's timing is not seeded
--keep      keep the folder with the nodes' files; it is kept anyway when something broke
--help      this text

Faults: kill -9 of one, two, all and of the leader, with what was not synced torn off the files; SIGSTOP; a full, a slow and a
failing disk. Under way all the time: commands, linearizable reads, joins, promotions, demotions, removals, joint changes, transfers.

Exit status: 0 everything held, 1 something did not, 2 it could not be run.
`;

const CYCLES = 200;

interface Arguments {
  readonly cycles: number;
  readonly seed: number;
  readonly keep: boolean;
}

function parse(args: readonly string[]): Arguments | string {
  let cycles = CYCLES;
  let seed = Math.floor(Math.random() * 2 ** 31);
  let keep = false;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    if (word === "--keep") keep = true;
    else if (word === "--cycles" || word === "--seed") {
      at += 1;
      const value = Number(args[at]);
      if (!Number.isInteger(value) || value < 1) return `${word} needs a whole number from 1 up`;
      if (word === "--cycles") cycles = value;
      else seed = value;
    } else return `unknown option ${word}; --help lists them`;
  }
  return { cycles, seed, keep };
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(HELP);
    return 0;
  }
  const options = parse(args);
  if (typeof options === "string") {
    process.stderr.write(`torture: ${options}\n`);
    return 2;
  }
  const { seed, cycles, keep } = options;
  const folder = mkdtempSync(join(tmpdir(), "rollcall-torture-"));
  const program = join(folder, "node_program.mjs");
  await buildProgram(program);
  process.stdout.write(`seed ${seed}, ${cycles} cycles\n`);
  let said = -1;
  const onProgress = (at: { cycles: number; acknowledged: number; violations: number }): void => {
    const line = `${at.cycles} of ${cycles} cycles, ${at.acknowledged} commands acknowledged, ${at.violations} violations`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line} `);
    else if (Math.floor(at.cycles / 20) > said) {
      said = Math.floor(at.cycles / 20);
      process.stderr.write(`${line}\n`);
    }
  };
  const run = new TortureRun({ folder, program, seed, cycles, onProgress });
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      run.abandon();
      process.stderr.write(`\ninterrupted; files: ${folder}\n`);
      process.exit(130);
    });
  }
  const report = await run.run();
  if (process.stderr.isTTY) process.stderr.write("\n");
  process.stdout.write(describeReport(report));
  if (keep || report.violationCount > 0) process.stdout.write(`files: ${folder}\n`);
  else rmSync(folder, { recursive: true, force: true });
  return report.violationCount === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
