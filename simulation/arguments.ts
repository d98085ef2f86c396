import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { FAULTS, type Fault } from "./plan";

/** What `npm run simulate` was asked for. */
export interface Arguments {
  readonly seeds: number;
  readonly seed: number;
  readonly nodes: number | undefined;
  readonly events: number;
  readonly faults: readonly Fault[] | undefined;
  readonly keep: ReadonlySet<number> | undefined;
  readonly trace: boolean;
  readonly threads: number;
}

/** Shown for --help and for a wrong option. */
export const USAGE = `npm run simulate -- [options]

  --seeds N      how many seeds to run (10000)
  --seed S       the first seed (1); with it alone, only this one
  --nodes K      initial voters, 1 to 7 (3 to 7, by seed)
  --events E     events of each run before it is healed (5000)
  --faults A,B   only these: ${FAULTS.join(", ")}
  --keep 3,17    only these steps of the plan, as a shrunk run prints them
  --trace        print the whole trace of a seed
  --threads T    seeds that run at once (${availableParallelism()})

Exit code 0: nothing found; 1: an invariant broke; 2: wrong options.
`;

/** Reads the command line; a string says what is wrong with it. */
export function readArguments(argv: readonly string[]): Arguments | "help" | { readonly fault: string } {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        seeds: { type: "string" },
        seed: { type: "string" },
        nodes: { type: "string" },
        events: { type: "string" },
        faults: { type: "string" },
        keep: { type: "string" },
        trace: { type: "boolean" },
        threads: { type: "string" },
        help: { type: "boolean" },
      },
    });
    if (values.help === true) return "help";
    const names = values.faults?.split(",").map((name) => name.trim());
    const unknown = names?.find((name) => !FAULTS.some((fault) => fault === name));
    if (unknown !== undefined) return { fault: `--faults: there is no fault "${unknown}"` };
    return {
      seed: whole("seed", values.seed, 1, 0, 2 ** 32 - 1),
      seeds: whole("seeds", values.seeds, values.seed === undefined ? 10_000 : 1, 1, 100_000_000),
      nodes: values.nodes === undefined ? undefined : whole("nodes", values.nodes, 3, 1, 7),
      events: whole("events", values.events, 5000, 1, 10_000_000),
      faults: names && FAULTS.filter((fault) => names.includes(fault)),
      keep: values.keep === undefined ? undefined : steps(values.keep),
      trace: values.trace === true,
      threads: whole("threads", values.threads, availableParallelism(), 1, 256),
    };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function steps(text: string): ReadonlySet<number> {
  if (text === "") return new Set();
  return new Set(text.split(",").map((step) => whole("keep", step, 0, 0, 2 ** 32 - 1)));
}

function whole(name: string, text: string | undefined, absent: number, min: number, max: number): number {
  if (text === undefined) return absent;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`--${name} is a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}
