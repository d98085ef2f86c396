/** `npm run simulate:mutants`: plants one known bug after the other and counts the seeds until the simulator finds it. */
import { availableParallelism } from "node:os";
import { bundleWorker } from "./bundle";
import { clientBugs } from "./planted/client_bugs";
import { coreBugs } from "./planted/core_bugs";
import { membershipBugs } from "./planted/membership_bugs";
import type { PlantedBug } from "./planted/planted_bug";
import { storageBugs } from "./planted/storage_bugs";
import { Pool } from "./pool";
import { Progress } from "./progress";

const EVENTS = 5000;
/** Every bug gets so many seeds, then those not found yet get more. After the last of these a bug counts as missed. */
const PASSES = [8, 80, 800];

interface Verdict {
  /** Seeds in which the planted code ran, up to the one that found it. */
  ran: number;
  seeds: number;
  invariant: string | undefined;
  detail: string;
}

/** Goes on until a bug is found or has had `seeds` seeds. */
async function hunt(bug: PlantedBug, verdict: Verdict, seeds: number): Promise<void> {
  const bundle = await bundleWorker(bug.replacements);
  const pool = new Pool(bundle.file, 1);
  try {
    while (verdict.invariant === undefined && verdict.seeds < seeds) {
      verdict.seeds += 1;
      const { result, plantedRan } = await pool.run({ seed: verdict.seeds, events: EVENTS });
      if (!plantedRan) continue;
      verdict.ran += 1;
      verdict.invariant = result.violation?.invariant;
      verdict.detail = result.violation?.detail ?? "";
    }
  } finally {
    await pool.close();
    bundle.remove();
  }
}

async function main(): Promise<number> {
  const wanted = process.argv.slice(2).join(" ");
  const all = [...coreBugs, ...membershipBugs, ...clientBugs, ...storageBugs];
  const bugs = all.filter(({ name }) => name.includes(wanted));
  const verdicts = new Map(
    bugs.map((bug): [PlantedBug, Verdict] => [bug, { ran: 0, seeds: 0, invariant: undefined, detail: "" }]),
  );
  const progress = new Progress(bugs.length, "bugs");
  let caught = 0;
  for (const seeds of PASSES) {
    const queue = [...verdicts].filter(([, { invariant }]) => invariant === undefined);
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [bug, verdict] = next;
        await hunt(bug, verdict, seeds);
        if (verdict.invariant === undefined && seeds !== PASSES.at(-1)) continue;
        if (verdict.invariant !== undefined) caught += 1;
        progress.clear();
        console.log(line(bug, verdict));
        progress.show(caught, "caught");
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  }
  progress.clear();
  console.log(`${bugs.length} planted bugs, ${caught} caught, in ${progress.seconds.toFixed(0)} s`);
  console.log(`${caught} passed, ${bugs.length - caught} failed`);
  return caught === bugs.length ? 0 : 1;
}

function line(bug: PlantedBug, { ran, seeds, invariant, detail }: Verdict): string {
  if (invariant === undefined) return `MISSED  ${bug.name}: ${seeds} seeds, its code ran in ${ran}`;
  const exception = invariant === "no unexpected exception" ? ` (${detail.slice(0, 90)})` : "";
  return `caught  ${bug.name}: by "${invariant}"${exception} after ${ran} ${ran === 1 ? "seed" : "seeds"}`;
}

process.exitCode = await main();
