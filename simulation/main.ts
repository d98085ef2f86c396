import { type Arguments, readArguments, USAGE } from "./arguments";
import { bundleWorker } from "./bundle";
import { COVERED, Coverage } from "./coverage";
import { Pool } from "./pool";
import { Progress } from "./progress";
import { type Shrunk, shrink } from "./shrink";
import type { RunOptions, RunResult } from "./simulation";

/** Lines at the end of a failing run's trace that are printed without --trace. */
const TRACE_LINES = 120;

async function main(): Promise<number> {
  const read = readArguments(process.argv.slice(2));
  if (read === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  if ("fault" in read) {
    process.stderr.write(`${read.fault}\n\n${USAGE}`);
    return 2;
  }
  const bundle = await bundleWorker();
  const pool = new Pool(bundle.file, Math.min(read.threads, read.seeds));
  try {
    return await simulate(read, pool);
  } finally {
    await pool.close();
    bundle.remove();
  }
}

async function simulate(wanted: Arguments, pool: Pool): Promise<number> {
  const { seed, seeds, nodes, events, faults, keep, threads } = wanted;
  const optionsOf = (one: number): RunOptions => ({ seed: one, nodes, events, faults, keep });
  const run = async (options: RunOptions): Promise<RunResult> => (await pool.run(options)).result;
  const progress = new Progress(seeds, "seeds");
  const coverage = new Coverage();
  let next = seed;
  let passed = 0;
  let eventsDone = 0;
  let virtualMs = 0;
  let failure: RunResult | undefined;
  let interrupted = false;
  // A long run that is broken off says how far it came.
  process.once("SIGINT", () => {
    interrupted = true;
  });
  const work = async (): Promise<void> => {
    while (next < seed + seeds && failure === undefined && !interrupted) {
      const result = await run(optionsOf(next++));
      coverage.add(result.coverage);
      eventsDone += result.events;
      virtualMs += result.virtualMs;
      if (result.violation === undefined) passed += 1;
      else failure ??= result;
      progress.show(passed, `${coverage.seen}/${COVERED.length} kinds of faults and events`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, seeds) }, work));
  progress.clear();
  const { seconds, processorSeconds } = progress;
  if (interrupted) console.log(`interrupted: ${passed} of ${seeds} seeds`);
  console.log(
    `${passed} seeds, ${eventsDone} events, ${(virtualMs / 3_600_000).toFixed(1)} h of virtual time in ${seconds.toFixed(1)} s (${processorSeconds.toFixed(0)} s of processor time): ${(passed / seconds).toFixed(1)} seeds/s`,
  );
  if (failure !== undefined) await report(failure, optionsOf(failure.seed), wanted, run);
  else if (seeds > 1) console.log(["what happened:", ...coverage.lines()].join("\n"));
  if (failure === undefined && wanted.trace) await printTrace(optionsOf(seed), run, Number.POSITIVE_INFINITY);
  console.log(`${passed} passed, ${failure === undefined ? 0 : 1} failed`);
  return failure === undefined ? 0 : 1;
}

async function report(
  failure: RunResult,
  options: RunOptions,
  wanted: Arguments,
  run: (options: RunOptions) => Promise<RunResult>,
): Promise<void> {
  const { seed, violation } = failure;
  console.log(`\nseed ${seed} breaks "${violation?.invariant}" at event ${violation?.event}:`);
  console.log(`  ${violation?.detail}`);
  console.log(`  again: npm run simulate -- ${words(options)}`);
  console.log("shrinking ...");
  const shrunk: Shrunk = await shrink(options, failure, run);
  console.log(
    `shrunk in ${shrunk.runs} runs to ${shrunk.options.events} events and ${shrunk.result.actions.length} steps of the plan (of ${failure.actions.length}):`,
  );
  console.log(
    `  again: npm run simulate -- ${words({ ...shrunk.options, keep: new Set(shrunk.result.actions) })}`,
  );
  await printTrace(shrunk.options, run, wanted.trace ? Number.POSITIVE_INFINITY : TRACE_LINES);
}

async function printTrace(
  options: RunOptions,
  run: (options: RunOptions) => Promise<RunResult>,
  lines: number,
): Promise<void> {
  const { trace, hash } = await run({ ...options, tracing: true });
  const shown = trace.slice(-lines);
  if (shown.length < trace.length)
    console.log(`the last ${shown.length} of ${trace.length} lines (--trace for all):`);
  console.log(shown.join("\n"));
  console.log(`trace hash ${hash.toString(16)}`);
}

function words({ seed, nodes, events, faults, keep }: RunOptions): string {
  const parts = [`--seed ${seed}`, `--events ${events}`];
  if (nodes !== undefined) parts.push(`--nodes ${nodes}`);
  if (faults !== undefined) parts.push(`--faults ${faults.join(",")}`);
  if (keep !== undefined) parts.push(`--keep=${[...keep].join(",")}`);
  return parts.join(" ");
}

process.exitCode = await main();
