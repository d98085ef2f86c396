/** `npm run simulate:mutants`: plants one known bug after the other and counts the seeds until the simulator finds it. */
import { availableParallelism } from "node:os";
import { bundleWorker, staleReplacements } from "./bundle";
import { allBugs } from "./planted/all_bugs";
import type { PlantedBug } from "./planted/planted_bug";
import { Pool } from "./pool";
import { Progress } from "./progress";

const USAGE = `npm run simulate:mutants -- [--markdown] [PART OF A BUG'S NAME]

  --markdown   end with the table of docs/correctness.md

Exit code 0: every planted bug is caught; 1: one was missed; 2: wrong options or changed sources.
`;
const EVENTS = 5000;
/** Every bug gets so many seeds, then those not found yet get more. After the last of these a bug counts as missed. */
const PASSES = [8, 80, 800];

interface Verdict {
  /** Seeds in which the planted code ran, up to the one that found it. */
  ran: number;
  seeds: number;
  seconds: number;
  invariant: string | undefined;
  detail: string;
}

/** Goes on until a bug is found or has had `seeds` seeds. */
async function hunt(bug: PlantedBug, verdict: Verdict, seeds: number, tried: () => void): Promise<void> {
  const began = performance.now();
  const bundle = await bundleWorker(bug.replacements);
  const pool = new Pool(bundle.file, 1);
  try {
    while (verdict.invariant === undefined && verdict.seeds < seeds) {
      verdict.seeds += 1;
      const { result, plantedRan } = await pool.run({ seed: verdict.seeds, events: EVENTS });
      tried();
      if (!plantedRan) continue;
      verdict.ran += 1;
      verdict.invariant = result.violation?.invariant;
      verdict.detail = result.violation?.detail ?? "";
    }
  } finally {
    await pool.close();
    bundle.remove();
    verdict.seconds += (performance.now() - began) / 1000;
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const markdown = argv.includes("--markdown");
  const wanted = argv.filter((word) => word !== "--markdown").join(" ");
  if (wanted.startsWith("-")) {
    process.stdout.write(USAGE);
    return wanted === "--help" ? 0 : 2;
  }
  const bugs = allBugs.filter(({ name }) => name.includes(wanted));
  const stale = await staleReplacements(bugs.flatMap(({ replacements }) => replacements));
  if (stale.length > 0) {
    process.stderr.write(`Planted bugs that do not fit the sources any more:\n${stale.join("\n")}\n`);
    return 2;
  }
  const verdicts = new Map(
    bugs.map((bug): [PlantedBug, Verdict] => [
      bug,
      { ran: 0, seeds: 0, seconds: 0, invariant: undefined, detail: "" },
    ]),
  );
  const progress = new Progress(bugs.length, "planted bugs", false);
  await huntAll(verdicts, progress);
  progress.clear();
  const caught = [...verdicts.values()].filter(({ invariant }) => invariant !== undefined).length;
  if (markdown) for (const [bug, verdict] of verdicts) console.log(row(bug, verdict));
  const { seconds, processorSeconds } = progress;
  console.log(
    `${bugs.length} planted bugs, ${caught} caught, in ${seconds.toFixed(0)} s (${processorSeconds.toFixed(0)} s of processor time)`,
  );
  console.log(`${caught} passed, ${bugs.length - caught} failed`);
  return caught === bugs.length && bugs.length > 0 ? 0 : 1;
}

/** Hunts for all of them with few seeds, then for the rest with more. */
async function huntAll(verdicts: ReadonlyMap<PlantedBug, Verdict>, progress: Progress): Promise<void> {
  let caught = 0;
  let tried = 0;
  for (const seeds of PASSES) {
    const queue = [...verdicts].filter(([, { invariant }]) => invariant === undefined);
    const show = (): void => {
      tried += 1;
      progress.show(caught, `caught, up to ${seeds} seeds each, ${tried} seeds run`);
    };
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [bug, verdict] = next;
        await hunt(bug, verdict, seeds, show);
        if (verdict.invariant === undefined && seeds !== PASSES.at(-1)) continue;
        if (verdict.invariant !== undefined) caught += 1;
        progress.clear();
        console.log(line(bug, verdict));
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  }
}

function line(bug: PlantedBug, verdict: Verdict): string {
  const { ran, seeds, invariant, detail } = verdict;
  if (invariant === undefined) return `MISSED  ${bug.name}: ${seeds} seeds, its code ran in ${ran}`;
  const exception = invariant === "no unexpected exception" ? ` (${detail.slice(0, 90)})` : "";
  return `caught  ${bug.name}: by "${invariant}"${exception} after ${ran} ${ran === 1 ? "seed" : "seeds"}, ${verdict.seconds.toFixed(1)} s`;
}

function row(bug: PlantedBug, { ran, seconds, invariant }: Verdict): string {
  return `| ${bug.name} | ${invariant ?? "**missed**"} | ${ran} | ${seconds.toFixed(1)} |`;
}

process.exitCode = await main(process.argv.slice(2));
