import type { RunOptions, RunResult } from "./simulation";

/** Runs that shrinking may take. */
const RUNS_MAX = 300;

/** The smallest failing run that was found. */
export interface Shrunk {
  readonly options: RunOptions;
  readonly result: RunResult;
  readonly runs: number;
}

/**
 * Leaves out steps of the plan as long as the same invariant still breaks (delta debugging: ever smaller parts), and ends the run
 * where it broke.
 */
export async function shrink(
  options: RunOptions,
  failing: RunResult,
  run: (options: RunOptions) => Promise<RunResult>,
): Promise<Shrunk> {
  const { violation } = failing;
  let best: Shrunk = { options, result: failing, runs: 0 };
  if (violation === undefined) return best;
  let runs = 0;
  const attempt = async (smaller: RunOptions): Promise<boolean> => {
    if (runs >= RUNS_MAX) return false;
    runs += 1;
    const result = await run(smaller);
    if (result.violation?.invariant !== violation.invariant) return false;
    best = { options: smaller, result, runs };
    return true;
  };
  const ended = Math.min(options.events, violation.event + 1);
  if (ended < options.events) await attempt({ ...options, events: ended });
  let events = best.options.events >> 1;
  while (violation.event >= options.events && events > 50 && (await attempt({ ...best.options, events })))
    events >>= 1;
  for (let part = best.result.actions.length >> 1; part >= 1 && runs < RUNS_MAX; part >>= 1) {
    for (let from = 0; from < best.result.actions.length && runs < RUNS_MAX; ) {
      const { actions } = best.result;
      const keep = new Set([...actions.slice(0, from), ...actions.slice(from + part)]);
      if (!(await attempt({ ...best.options, keep }))) from += part;
    }
  }
  return { ...best, runs };
}
